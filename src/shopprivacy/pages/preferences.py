"""The preference page: every purpose that a browser decides about, how it stands, and a form to change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import parse_qsl

from markupsafe import Markup

from shopprivacy.consent.apply_choices import ANSWER_FIELD
from shopprivacy.consent.choices import Answer, AskedPurpose, Choice, Choices, ConsentStatus
from shopprivacy.http.page import Page
from shopprivacy.http.request_head import RequestHead
from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.pages.details import Details, Facts
from shopprivacy.pages.page_context import CHOICES_PATH, Site, in_language
from shopprivacy.signals import DNT_FIELD, GPC_FIELD, objects

SAVED = "saved"
"""The query field that tells the page that a choice was just saved."""

TEMPLATE = "preferences.html"


class Visitor(Protocol):
    """What the page needs to know of whoever reads it; a ``ConsentContext`` is one."""

    @property
    def head(self) -> RequestHead:
        """The head of the request."""
        ...

    @property
    def choices(self) -> Choices | None:
        """What the visitor chose."""
        ...

    @property
    def statuses(self) -> Mapping[str, ConsentStatus]:
        """How each purpose that the browser decides about stands now."""
        ...


@dataclass(frozen=True, slots=True)
class Since:
    """A day, as ISO 8601 writes it and in words."""

    date: str
    text: str


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """What the page says of one purpose.

    ``answer_field`` is the name of its two answers. ``exempting_law`` is empty unless nobody was asked because of it;
    ``status`` is how the purpose stands in words, ``since`` when, where that was the visitor's own choice here.
    """

    name: str
    title: str
    explanation: str
    answer_field: str
    allowed: bool
    denied: bool
    exempting_law: str
    status: str
    since: Since | None
    facts: Facts


class Preferences:
    """Makes the preference page."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._details = Details(site)
        self._country = jurisdiction(site.policy.jurisdiction)

    def page(self, consent: Visitor, language: str) -> Page:
        """Return the page for a visitor."""
        site, head = self._site, consent.head
        values = {
            "title": site.words(language)["preferences_title"],
            "saved": (SAVED, "1") in parse_qsl(head.query),
            "notes": [*self._notes(consent, language)],
            "action": head.url(CHOICES_PATH),
            "hidden": self.hidden(head, language),
            "purposes": self.rows(consent, language),
            "always_on": site.titles(language, self._details.always_on()),
        }
        return Page(TEMPLATE, values, path=CHOICES_PATH)

    def hidden(self, head: RequestHead, language: str) -> Sequence[tuple[str, str]]:
        """Return the fields of the form that nobody sees."""
        return [
            ("by", "answer"),
            *(("asked", name) for name in self._site.browser.purposes),
            ("shown", self._site.wordings.name(language)),
            ("next", in_language(head.url(CHOICES_PATH), language, **{SAVED: "1"})),
        ]

    def rows(self, consent: Visitor, language: str) -> Sequence[PurposeRow]:
        """Return what the page says of each purpose."""
        return [self._row(consent, language, purpose) for purpose in self._site.browser.purposes.values()]

    def _notes(self, consent: Visitor, language: str) -> Iterator[Markup]:
        """Say which signal was heeded, and which purposes it denied."""
        denied = [
            name
            for name, purpose in self._site.browser.purposes.items()
            if purpose.signalled and consent.statuses[name] is ConsentStatus.DENIED
        ]
        for field, key in ((GPC_FIELD, "gpc_notice"), (DNT_FIELD, "dnt_notice")):
            if (
                field in self._site.browser.signal_fields
                and objects((field,), consent.head.header)
                and denied
            ):
                yield self._site.say(language, key, purposes=self._site.titles(language, denied))

    def _row(self, consent: Visitor, language: str, purpose: AskedPurpose) -> PurposeRow:
        site = self._site
        text = site.purpose(language, purpose.name)
        status = consent.statuses[purpose.name]
        key, answer = _status_of(consent, purpose, site.browser.signal_fields)
        law = "" if key else self._details.exempting_law(purpose.name)
        if not key and not law:  # nothing is stored in the browser: no law need exempt it
            key = "status_no_objection"
        return PurposeRow(
            name=purpose.name,
            title=text.title,
            explanation=text.explanation,
            answer_field=ANSWER_FIELD + purpose.name,
            allowed=purpose.is_allowed(status),
            denied=status is ConsentStatus.DENIED,
            exempting_law=law,
            status=site.words(language)[key] if key else "",
            since=self._since(answer, language) if answer else None,
            facts=self._details.of(purpose.name, language),
        )

    def _since(self, answer: Answer, language: str) -> Since:
        day = self._country.day(datetime.fromtimestamp(answer.at, UTC))
        return Since(day.isoformat(), self._site.policy.text(language).date(day))


def _status_of(
    consent: Visitor, purpose: AskedPurpose, signal_fields: Sequence[str]
) -> tuple[str | None, Answer | None]:
    """Return the key of the status and the answer that brought it about.

    No key: nobody was asked, because a law exempts the purpose. No answer: it lapsed, or something overtook it, a
    signal of the browser or a withdrawal by the same account elsewhere.
    """
    status = consent.statuses[purpose.name]
    answer = consent.choices.answers.get(purpose.id) if consent.choices else None
    if status in {ConsentStatus.UNDECIDED, ConsentStatus.UNKNOWN}:
        if answer is not None:
            return "status_expired", None
        return "status_undecided" if purpose.by_consent else None, None
    if status is ConsentStatus.GRANTED:
        return "status_granted", answer
    if answer is None or answer.choice is Choice.GRANTED:
        by_signal = purpose.signalled and objects(signal_fields, consent.head.header)
        return "status_objected" if by_signal else "status_withdrawn", None
    if not purpose.by_consent:
        return "status_objected", answer
    return "status_refused" if answer.choice is Choice.REFUSED else "status_withdrawn", answer
