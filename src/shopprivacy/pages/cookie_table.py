"""The cookie table, printed from the policy that the gate enforces: a cookie that is not in it is not let through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from shopprivacy.consent.cookie import COOKIE_NAME
from shopprivacy.http.request_head import RequestHead
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import COOKIES_PATH, Site, join

if TYPE_CHECKING:
    from starlette.responses import Response

    from shopprivacy.policy import Cookie

# On narrow screens each row becomes a card (WCAG 2.2, 1.4.10): then a cell says its column, and the roles say what
# browsers forget of a table that is not laid out as one.
_TABLE = Markup("""\
<table role="table" aria-label="{label}">
<thead role="rowgroup">
<tr role="row">{heads}</tr>
</thead>
<tbody role="rowgroup">
{rows}
</tbody>
</table>""")
_HEAD = Markup("""<th scope="col" role="columnheader">{text}</th>""")
_ROW = Markup("""<tr role="row"><th scope="row" role="rowheader">{name}</th>{cells}</tr>""")
_CELL = Markup("""<td role="cell" data-head="{head}">{text}</td>""")
_NAME = Markup("<code>{name}</code>")
_INTRO = Markup("<p>{ui[cookies_intro]}</p>")
_THIRD_PARTIES = Markup("<h2>{ui[third_parties]}</h2>")


class CookieTable:
    """Renders the page with all cookies and third parties."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self._site = site
        self._pages = pages

    def reply(self, head: RequestHead, language: str) -> Response:
        """Return the page. It is the same for every visitor of a language."""
        words = self._site.words(language)
        parts = [
            _INTRO.format(ui=words),
            self._table(
                language,
                "cookies_title",
                ("cookie_name", "cookie_purpose", "cookie_life", "cookie_consent"),
                self._cookies(language),
            ),
        ]
        if self._site.policy.third_parties:
            parts += [
                _THIRD_PARTIES.format(ui=words),
                self._table(
                    language,
                    "third_parties",
                    ("cookie_name", "cookie_purpose", "third_party_hosts"),
                    self._third_parties(language),
                ),
            ]
        return self._pages.page(
            head,
            language,
            COOKIES_PATH,
            words["cookies_title"],
            join(parts),
            fields=[(b"vary", b"accept-language")],
            cache=b"no-cache",
        )

    def _table(
        self, language: str, label: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
    ) -> Markup:
        words = self._site.words(language)
        heads = [words[column] for column in columns]
        return _TABLE.format(
            label=words[label],
            heads=Markup().join(_HEAD.format(text=head) for head in heads),
            rows=join(_row(heads, *row) for row in rows),
        )

    def _cookies(self, language: str) -> Iterator[tuple[str, ...]]:
        words, texts = self._site.words(language), self._site.policy.text(language)
        kept = texts.term(self._site.browser.kept_at_most)
        yield _NAME.format(name=COOKIE_NAME), words["cookie_choice"], kept, words["cookie_essential"]
        for name, cookie in self._site.policy.cookies.items():
            title = self._site.purpose(language, cookie.purpose).title if cookie.purpose else ""
            yield _NAME.format(name=name), title, texts.term(cookie.life), self._consent(cookie, language)

    def _consent(self, cookie: Cookie, language: str) -> str:
        words = self._site.words(language)
        if cookie.exempt:
            return self._site.say(language, "cookie_exempt", law=cookie.exempt)
        return words["cookie_essential" if cookie.essential else "cookie_asked"]

    def _third_parties(self, language: str) -> Iterator[tuple[str, ...]]:
        for name, party in self._site.policy.third_parties.items():
            title = self._site.purpose(language, party.purpose).title
            yield party.title or name, title, ", ".join(party.hosts)


def _row(heads: Sequence[str], name: str, *cells: str) -> Markup:
    told = zip(heads[1:], cells, strict=True)
    return _ROW.format(
        name=name, cells=Markup().join(_CELL.format(head=head, text=cell) for head, cell in told)
    )
