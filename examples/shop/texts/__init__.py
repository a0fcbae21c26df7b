"""The shop's own words in its four languages: one TOML file for each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("nl", "fr", "de", "en")
_WEIGHT = re.compile(r"[01](\.[0-9]{1,3})?")
LANGUAGE_NAMES = {"nl": "Nederlands", "fr": "Français", "de": "Deutsch", "en": "English"}


def read_texts() -> Mapping[str, Mapping[str, str]]:
    """Return each language's texts by key."""
    folder = Path(__file__).parent
    return {
        language: MappingProxyType(tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")))
        for language in LANGUAGES
    }


def accepted_languages(field: str) -> list[str]:
    """Return the languages of an ``Accept-Language`` field, the most wanted first (RFC 9110 section 12.5.4)."""
    ranges = [part.replace(" ", "").partition(";q=") for part in field.split(",")]
    weighted = [(tag, float(weight) if _WEIGHT.fullmatch(weight) else 1.0) for tag, _, weight in ranges]
    return [tag for tag, _ in sorted(weighted, key=lambda one: -one[1])]


def choose_language(chosen: str | None, accepted: Iterable[str]) -> str:
    """Return the visitor's chosen language, else the first that the browser accepts, else Dutch."""
    if chosen in LANGUAGES:
        return chosen
    for tag in accepted:
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]
