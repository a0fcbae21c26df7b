"""Answers to the questions of ``shopprivacy init``."""

from __future__ import annotations

from typing import Any, Final

FLAGS: Final = ("statistics", "advertising", "personalisation", "newsletter")

REQUIRED: Final = (
    "--shop=Voorbeeldwinkel",
    "--address=Dorpsstraat 1, 1234 AB Dorp",
    "--email=privacy@voorbeeldwinkel.example",
    "--jurisdiction=NL",
)

ANSWERS: Final[dict[str, Any]] = {
    "shop": "Voorbeeldwinkel",
    "address": "Dorpsstraat 1, 1234 AB Dorp",
    "email": "privacy@voorbeeldwinkel.example",
    "jurisdiction": "NL",
    "languages": ("nl", "en"),
    "framework": "flask",
    "mode": "enforce",
    **dict.fromkeys(FLAGS, True),
}
