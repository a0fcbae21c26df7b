"""What all pages of one shop have in common, compiled once: its policy, its words, its addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup, escape

from shopprivacy.consent.choices import BrowserPolicy
from shopprivacy.consent.consent_record import Wordings
from shopprivacy.policy.texts import PurposeText, placeholders

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

CHOICES_PATH = "/privacy/choices"
CONSENT_PATH = "/privacy/consent"
COOKIES_PATH = "/privacy/cookies"
STYLESHEET_PATH = "/privacy/banner.css"
GPC_PATH = "/.well-known/gpc.json"
# Not those before a colon: `.a :hover` is another selector than `.a:hover`.
_IDLE_BLANKS = re.compile(r"(?<=[{};:,])\s+|\s+(?=[{};])")


@cache
def stylesheet() -> bytes:
    """Return the style sheet of the banner and the pages, without its comments and the blanks that say nothing."""
    source = files("shopprivacy.pages").joinpath("static", "banner.css").read_text(encoding="utf-8")
    shown = "".join(part.partition("*/")[2] for part in ("*/" + source).split("/*"))
    return _IDLE_BLANKS.sub("", shown.strip()).encode("ascii")


@cache
def stylesheet_version() -> str:
    """Return what stands in the style sheet's address, so that browsers may keep it for ever."""
    return sha256(stylesheet()).hexdigest()[:8]


class Site:
    """A shop's policy as its pages need it."""

    def __init__(self, policy: Policy, browser: BrowserPolicy) -> None:
        self.policy = policy
        self.browser = browser
        self.wordings = Wordings(policy, browser.purposes)
        self.stylesheet_url = f"{STYLESHEET_PATH}?v={stylesheet_version()}"
        """Below the place where the shop is mounted, as all paths here are."""
        self._words: dict[str, Mapping[str, str]] = {
            language: {
                key: text.format() for key, text in policy.text(language).ui.items() if not placeholders(text)
            }
            for language in policy.languages
        }

    def words(self, language: str) -> Mapping[str, str]:
        """Return the texts of the section ``ui`` in which nothing is to be filled in. Not escaped."""
        return self._words[language]

    def say(self, language: str, key: str, **words: object) -> Markup:
        """Return a text of the section ``ui`` with its words in braces filled in, all of it escaped."""
        return escape(self.policy.text(language).ui[key]).format(**words)

    def purpose(self, language: str, name: str) -> PurposeText:
        """Return a purpose's title and explanation. Not escaped."""
        return self.policy.text(language).purpose(name)

    def titles(self, language: str, names: Iterable[str]) -> str:
        """Return the titles of purposes, in a row. Not escaped."""
        return ", ".join(self.purpose(language, name).title for name in names)


def in_language(url: str, language: str, **query: str) -> str:
    """Return the address of a page in a language."""
    return f"{url}?{urlencode({'lang': language, **query})}"


def join(parts: Iterable[Markup]) -> Markup:
    """Return pieces of HTML as one, each on a line of its own."""
    return Markup("\n").join(parts)
