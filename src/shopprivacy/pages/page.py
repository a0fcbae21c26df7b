"""The library's own pages in the shop's layout or in its own, and the short pages that say what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from shopprivacy.errors import PageError
from shopprivacy.http.page import RETRY_AFTER, Page
from shopprivacy.http.request_head import Fields, RequestHead
from shopprivacy.http.response import respond
from shopprivacy.pages.look import Look
from shopprivacy.pages.page_context import CHOICES_PATH, Site, in_language

if TYPE_CHECKING:
    from starlette.responses import Response

LAYOUT = "layout.html"
PROBLEM = "problem.html"

# Referrer-Policy: with `no-referrer` browsers send `Origin: null` on our own forms (Fetch standard, section 3.2), and
# older ones say nothing else about where a form came from.
_CACHE_CONTROL = b"cache-control"
_SAFE: Fields = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language that the page can be read in: its code, its own name, and where."""

    code: str
    name: str
    url: str


class Pages:
    """Puts what a page says into its layout: the shop's, or the library's where the shop has none."""

    def __init__(self, site: Site, look: Look | None = None) -> None:
        self.site = site
        self._look = look or Look()

    @property
    def look(self) -> Look:
        """The shop's layout. It is given once: a second application needs a Privacy of its own.

        Raises PageError where another layout is there already, whose pages it would take over.
        """
        return self._look

    @look.setter
    def look(self, look: Look) -> None:
        if self._look.layout is not None and not look.is_like(self._look):
            raise PageError(
                ["layout: this Privacy has another already; give each application a Privacy of its own"]
            )
        self._look = look

    def render(self, page: Page, head: RequestHead, language: str) -> Response:
        """Return a page as it is sent."""
        content = self.content(page, head, language)
        own = {name for name, _ in page.fields}
        fields: Fields = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", language.encode("ascii")),
            *([] if _CACHE_CONTROL in own else [(_CACHE_CONTROL, b"no-store")]),
            (b"content-security-policy", self.look.content_security_policy.encode("ascii")),
            *_SAFE,
            *page.fields,
        ]
        html = self.lay_out(content, str(page.values["title"]), language, head)
        return respond(page.status, fields, html.encode("utf-8"))

    def problem(
        self, head: RequestHead, language: str, status: int, what: str, fields: Fields | None = None
    ) -> Response:
        """Return the page that says what went wrong, by the name of its texts: ``not_counted``, ``too_many``…"""
        return self.render(self.problem_page(language, status, what, fields), head, language)

    def problem_page(self, language: str, status: int, what: str, fields: Fields | None = None) -> Page:
        """Return that page before it is rendered."""
        words = self.site.words(language)
        text = words.get(f"error_{what}") or self.site.say(language, f"error_{what}", seconds=RETRY_AFTER)
        values = {"title": words[f"error_{what}_title"], "text": text}
        return Page(PROBLEM, values, status, fields or [], CHOICES_PATH)

    def content(self, page: Page, head: RequestHead, language: str) -> Markup:
        """Return what stands in the layout."""
        policy = self.site.policy
        effective = policy.text(language).date(policy.effective)
        return self.site.render(
            page.template,
            head,
            language,
            languages=[*self._languages(head.url(head.path if page.path is None else page.path))],
            effective=self.site.say(language, "effective", date=effective, version=policy.version),
            **page.values,
        )

    def lay_out(self, content: Markup, title: str, language: str, head: RequestHead) -> str:
        """Return the whole document."""
        if self.look.layout is not None:
            try:
                document = str(self.look.layout(content, title, language))
                if content in document:
                    return document
                raise PageError(["the content is not in it unchanged; write {{ content }}"])
            except Exception as error:  # the shop's code, which may raise anything
                self.site.failed(error)
        return self.site.render(LAYOUT, head, language, content=content, title=title)

    def _languages(self, url: str) -> Iterator[OtherLanguage]:
        for code in self.site.policy.languages:
            yield OtherLanguage(code, self.site.words(code)["language"], in_language(url, code))
