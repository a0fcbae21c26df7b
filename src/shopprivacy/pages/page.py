"""The frame of the library's own pages, and the short pages that say what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup

from shopprivacy.http.page import RETRY_AFTER
from shopprivacy.http.request_head import Fields, RequestHead
from shopprivacy.http.response import respond
from shopprivacy.pages.page_context import CHOICES_PATH, COOKIES_PATH, Site, in_language, join

if TYPE_CHECKING:
    from starlette.responses import Response

_FRAME = Markup("""\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - {controller}</title>
<link rel="stylesheet" href="{stylesheet}">
</head>
<body class="sp-page">
<header class="sp-links">
<a href="{front}">{ui[back_to_shop]}</a>
<nav>{languages}</nav>
</header>
<main>
<h1>{title}</h1>
{main}
</main>
<footer class="sp-links">
<p>{reach}</p>
<a href="{choices}">{ui[cookie_settings]}</a>
<a href="{cookies}">{ui[cookies_title]}</a>
<p><small>{effective}</small></p>
</footer>
</body>
</html>
""")
_LANGUAGE = Markup("""<a href="{url}" lang="{lang}" hreflang="{lang}"{current}>{name}</a>""")
_CURRENT = Markup(""" aria-current="true\"""")
_PROBLEM = Markup("""<p>{text}</p>
<p class="sp-links"><a href="{url}" target="_top">{ui[cookie_settings]}</a></p>""")
_MAIL = Markup("""<a href="mailto:{address}">{address}</a>""")

# Nothing may be loaded but our style sheet, posted but to us, or framed but by us: a page in a hidden frame would
# let another site press its buttons. Referrer-Policy: with `no-referrer` browsers send `Origin: null` on our own
# forms (Fetch standard, section 3.2), and older ones say nothing else about where a form came from.
_POLICY = b"default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
_SAFE: Fields = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


class Pages:
    """Puts the frame around what a page says."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(
        self,
        head: RequestHead,
        language: str,
        path: str,
        title: str,
        main: Markup,
        *,
        status: int = 200,
        fields: Fields | None = None,
        cache: bytes = b"no-store",
    ) -> Response:
        """Return a page. ``path`` is where the same page stands in the other languages; ``cache`` who may keep it."""
        site = self._site
        html = _FRAME.format(
            ui=site.words(language),
            lang=language,
            title=title,
            controller=site.policy.controller.name,
            stylesheet=head.url(site.stylesheet_url),
            front=head.url("/"),
            languages=join(self._languages(language, head.url(path))),
            main=main,
            reach=Markup("<br>").join(self._reach()),
            choices=in_language(head.url(CHOICES_PATH), language),
            cookies=in_language(head.url(COOKIES_PATH), language),
            effective=site.say(
                language,
                "effective",
                date=site.policy.text(language).date(site.policy.effective),
                version=site.policy.version,
            ),
        )
        sent: Fields = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", language.encode("ascii")),
            (b"cache-control", cache),
            *_SAFE,
            *(fields or []),
        ]
        return respond(status, sent, html.encode("utf-8"))

    def problem(
        self, head: RequestHead, language: str, status: int, what: str, fields: Fields | None = None
    ) -> Response:
        """Return the page that says what went wrong, by the name of its texts: ``not_counted``, ``too_many``…"""
        words = self._site.words(language)
        text = words.get(f"error_{what}") or self._site.say(language, f"error_{what}", seconds=RETRY_AFTER)
        main = _PROBLEM.format(ui=words, text=text, url=in_language(head.url(CHOICES_PATH), language))
        return self.page(
            head, language, CHOICES_PATH, words[f"error_{what}_title"], main, status=status, fields=fields
        )

    def _languages(self, current: str, url: str) -> Iterator[Markup]:
        for language in self._site.policy.languages:
            yield _LANGUAGE.format(
                url=in_language(url, language),
                lang=language,
                current=_CURRENT if language == current else "",
                name=self._site.words(language)["language"],
            )

    def _reach(self) -> Iterator[str]:
        controller = self._site.policy.controller
        yield controller.name
        yield controller.address
        if controller.email:
            yield _MAIL.format(address=controller.email)
        yield from (line for line in (controller.phone, controller.page) if line)
