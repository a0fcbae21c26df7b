"""The cookie table, printed from the policy that the gate enforces: a cookie that is not in it is not let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shopprivacy.consent.cookie import COOKIE_NAME
from shopprivacy.http.page import Page
from shopprivacy.pages.page_context import COOKIES_PATH, Site

if TYPE_CHECKING:
    from shopprivacy.policy import Cookie

TEMPLATE = "cookies.html"


class CookieTable:
    """Makes the page with all cookies and third parties."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, language: str) -> Page:
        """Return the page. It is the same for every visitor of a language."""
        values = {
            "title": self._site.words(language)["cookies_title"],
            "cookies": [*self.cookies(language)],
            "third_parties": [*self.third_parties(language)],
        }
        fields = [(b"vary", b"accept-language"), (b"cache-control", b"no-cache")]
        return Page(TEMPLATE, values, fields=fields, path=COOKIES_PATH)

    def cookies(self, language: str) -> Iterator[tuple[str, ...]]:
        """Yield the cells of each cookie's row: name, purpose, how long it is kept, whether it needs consent."""
        words, texts = self._site.words(language), self._site.policy.text(language)
        kept = texts.term(self._site.browser.kept_at_most)
        yield COOKIE_NAME, words["cookie_choice"], kept, words["cookie_essential"]
        for name, cookie in self._site.policy.cookies.items():
            use = words[f"cookie_use_{cookie.use}"] if cookie.use else ""
            title = self._site.purpose(language, cookie.purpose).title if cookie.purpose else use
            yield name, title, texts.term(cookie.life), self._consent(cookie, language)

    def _consent(self, cookie: Cookie, language: str) -> str:
        words = self._site.words(language)
        if cookie.exempt:
            return self._site.say(language, "cookie_exempt", law=cookie.exempt)
        return words["cookie_essential" if cookie.essential else "cookie_asked"]

    def third_parties(self, language: str) -> Iterator[tuple[str, ...]]:
        """Yield the cells of each third party's row: name, purpose, hosts."""
        for name, party in self._site.policy.third_parties.items():
            title = self._site.purpose(language, party.purpose).title
            yield party.title or name, title, ", ".join(party.hosts)
