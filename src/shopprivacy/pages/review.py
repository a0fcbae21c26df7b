"""What a shop's own templates and layout must leave as it is, so that the record of consent stays true.

A template of the shop's may look like anything. But the ledger says that a visitor read certain texts, could refuse as
easily as accept, and ticked what they consent to (GDPR art. 4(11) and 7, C-673/17 Planet49, EDPB Cookie Banner
Taskforce 2023, no. 6-18). So banner and pages are rendered for visitors who are made up, in every language, and looked
at, before a real one sees them. What style sheets do to them is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from traceback import extract_tb

from jinja2 import TemplateSyntaxError
from markupsafe import Markup

from shopprivacy.consent.choices import Answer, Choice, Choices, ConsentStatus
from shopprivacy.errors import PageError
from shopprivacy.http.request_head import RequestHead
from shopprivacy.mail.pages import sample_pages
from shopprivacy.pages import banner, cookie_table, page, preferences
from shopprivacy.pages.banner import Banner
from shopprivacy.pages.cookie_table import CookieTable
from shopprivacy.pages.document import Document, Element, read_document
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import CHOICES_PATH, CONSENT_PATH, COOKIES_PATH
from shopprivacy.pages.preferences import Preferences, PurposeRow
from shopprivacy.pages.review_form import ExpectedForm, form_problems
from shopprivacy.pages.review_fragment import forms_to_us
from shopprivacy.pages.review_layout import layout_problems
from shopprivacy.pages.review_sample import sample_problems

_STATUSES = {
    ConsentStatus.UNDECIDED: None,
    ConsentStatus.GRANTED: Choice.GRANTED,
    ConsentStatus.DENIED: Choice.REFUSED,
}


def check_pages(pages: Pages) -> None:
    """Render banner and pages as they will be shown, in every language, and look at them.

    What is reviewed is what is shown: the same templates, read once, and the same layout. Raises PageError with
    everything that is wrong.
    """
    review = _Review(Pages(pages.site.raising(), pages.look))
    languages = pages.site.policy.languages
    found = [problem for language in languages for problem in review.problems(language)]
    if found:
        raise PageError(dict.fromkeys(found))


class _FrontPage(RequestHead):
    """A request that nobody sent, as far as pages ask about it."""

    __slots__ = ()

    @property
    def method(self) -> str:
        return "GET"

    @property
    def mount(self) -> str:
        return ""

    @property
    def path(self) -> str:
        return "/"

    @property
    def query(self) -> str:
        return ""

    def header(self, _name: str, /) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Somebody made up, for whom all purposes stand alike."""

    head: RequestHead
    choices: Choices | None
    statuses: Mapping[str, ConsentStatus]


class _Review:
    """Looks at what one shop shows."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._site = pages.site
        self._head = _FrontPage()
        self._banner = Banner(pages.site)
        self._preferences = Preferences(pages.site)
        self._cookie_table = CookieTable(pages.site)
        self._alone = Pages(pages.site)
        self._ours = Pages(pages.site.without_templates())

    def problems(self, language: str) -> Iterator[str]:
        """Yield what is wrong in one language, with the template and the fix."""
        for template, find in (
            (banner.TEMPLATE, self._in_banner),
            (preferences.TEMPLATE, self._in_preferences),
            (cookie_table.TEMPLATE, self._in_cookie_table),
            (page.PROBLEM, self._in_problem),
            ("layout", self._in_layout),
        ):
            where = f"{template} ({language})"
            try:
                yield from (f"{where}: {problem}" for problem in find(language))
            except Exception as error:  # templates and layouts are the shop's code, which may raise anything
                yield f"{where}: {_told(error)}"
        if self._site.templates is not None:
            yield from self._in_samples(language)

    def _in_banner(self, language: str) -> Iterator[str]:
        """Look at the banner with all that it may ask for, and with each alone, for whatever reason it asks."""
        names = [name for name, purpose in self._site.browser.purposes.items() if purpose.by_consent]
        for asked in dict.fromkeys([tuple(names), *((name,) for name in names)]) if names else ():
            for intro in self._banner.intros(language):
                yield from self._asking(language, asked, intro)

    def _asking(self, language: str, asked: Sequence[str], intro: str) -> Iterator[str]:
        shown = read_document(self._banner.render(self._head, language, asked, intro))
        yield from form_problems(
            shown,
            ExpectedForm(
                self._head.url(CONSENT_PATH),
                self._banner.hidden(self._head, language, asked),
                "checkbox",
                {("purpose", name): False for name in asked},
                self._site.words(language),
            ),
            is_ours=False,
        )
        texts = [self._site.purpose(language, name) for name in asked]
        yield from _missing(shown, [intro, *(text.explanation for text in texts)])
        yield from _missing(shown, [text.title for text in texts], without="details")
        yield from _unlinked(shown, CHOICES_PATH, COOKIES_PATH)

    def _in_preferences(self, language: str) -> Iterator[str]:
        words = self._site.words(language)
        for visitor in self._visitors():
            made = self._preferences.page(visitor, language)
            shown = read_document(self._pages.content(made, self._head, language))
            rows = self._preferences.rows(visitor, language)
            if not rows:
                yield from _posting(shown)
                continue
            boxes = {(row.answer_field, "allow"): row.allowed for row in rows}
            boxes |= {(row.answer_field, "refuse"): row.denied for row in rows}
            hidden = self._preferences.hidden(self._head, language)
            yield from form_problems(
                shown, ExpectedForm(self._head.url(CHOICES_PATH), hidden, "radio", boxes, words), is_ours=True
            )
            told = (text for row in rows for text in _told_in(row))
            yield from _missing(shown, [self._site.policy.controller.name, *told])
            yield from _unlinked(shown, COOKIES_PATH)

    def _in_cookie_table(self, language: str) -> Iterator[str]:
        shown = read_document(self._pages.content(self._cookie_table.page(language), self._head, language))
        yield from _posting(shown)
        rows = (*self._cookie_table.cookies(language), *self._cookie_table.third_parties(language))
        yield from _missing(shown, (text for row in rows for text in row))
        yield from _unlinked(shown, CHOICES_PATH)

    def _in_problem(self, language: str) -> Iterator[str]:
        made = self._pages.problem_page(language, 403, "not_counted")
        shown = read_document(self._pages.content(made, self._head, language))
        yield from _posting(shown)
        yield from _missing(shown, [self._site.words(language)["error_not_counted"]])
        yield from _unlinked(shown, CHOICES_PATH)

    def _in_layout(self, language: str) -> Iterator[str]:
        for made in (
            *(self._preferences.page(visitor, language) for visitor in self._visitors()),
            self._cookie_table.page(language),
            self._pages.problem_page(language, 403, "not_counted"),
        ):
            content, title = self._pages.content(made, self._head, language), str(made.values["title"])
            document = self._pages.lay_out(content, title, language, self._head)
            yield from layout_problems(document, content, title, language, self._pages.look.assets)

    def _in_samples(self, language: str) -> Iterator[str]:
        """Look at the pages behind the links in mail, which stand by themselves, without the shop's layout."""
        for made in sample_pages(self._site.policy, self._head, language):
            where = f"{made.template} ({language})"
            try:
                content = self._alone.content(made, self._head, language)
                ours = self._ours.content(made, self._head, language)
                found = [*sample_problems(read_document(content), read_document(ours), made)]
                title = str(made.values["title"])
                document = self._alone.lay_out(content, title, language, self._head)
                found += layout_problems(document, content, title, language, ())
            except Exception as error:  # as above
                found = [_told(error)]
            yield from (f"{where}: {problem}" for problem in found)

    def _visitors(self) -> Iterator[_Visitor]:
        """Yield somebody who has chosen nothing yet, somebody who allowed everything and somebody who refused it."""
        browser = self._site.browser
        at = int(datetime.combine(self._site.policy.effective, time(12), UTC).timestamp())
        for status, choice in _STATUSES.items():
            given = {one.id: Answer(choice, at) for one in browser.purposes.values()} if choice else {}
            choices = Choices(browser.stamp, given) if given else None
            yield _Visitor(self._head, choices, dict.fromkeys(browser.purposes, status))


def _told_in(row: PurposeRow) -> Iterator[str]:
    """Yield what a visitor is told of a purpose before choosing (GDPR art. 13)."""
    facts = row.facts
    yield from (row.title, row.explanation, row.status, row.exempting_law)
    yield from (facts.basis, facts.data, facts.keep, *facts.recipients)
    for cookie in facts.cookies:
        yield from (cookie.name, cookie.life)


def _missing(shown: Element, texts: Iterable[str], *, without: str = "") -> Iterator[str]:
    there = shown.text(without=without)
    for text in texts:
        plain = text.unescape() if isinstance(text, Markup) else text
        if " ".join(plain.split()) not in there:
            outside = f" outside <{without}>" if without else ""
            yield f'visitors must read "{plain}"{outside}; put it back'


def _posting(shown: Document) -> Iterator[str]:
    """Yield what is wrong with a page that asks for nothing."""
    yield from shown.faults
    for element in forms_to_us(shown, is_ours=True):
        yield f"{element.shown()} would post to where consent is given; only the form that asks for it may"


def _unlinked(shown: Element, *paths: str) -> Iterator[str]:
    linked = {
        link.attributes.get("href", "").partition("?")[0] for link in shown.all("a") if not link.is_unseen()
    }
    for path in paths:
        if path not in linked:
            name = "choices_url" if path == CHOICES_PATH else "cookies_url"
            yield f'there is no link to {path}; write <a href="{{{{ {name} }}}}">'


def _told(error: Exception) -> str:
    """Return what an engine or a layout raised, with the line of the template where it can be told."""
    if isinstance(error, PageError):
        return "; ".join(error.problems)
    if isinstance(error, TemplateSyntaxError):
        return f"line {error.lineno} of {error.name}: {error.message}"
    templates = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.endswith(".py")]
    line = (
        f"line {templates[-1].lineno} of {templates[-1].filename.rpartition('/')[2]}: " if templates else ""
    )
    return f"{line}{type(error).__name__}: {error}"
