"""Rules about purposes and terms, and about the country whose law they go by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from shopprivacy.jurisdiction import Jurisdiction, jurisdiction, jurisdictions
from shopprivacy.policy import Basis, Duration, Policy, Purpose

Found = tuple[tuple[str, ...], str]

MONTH: Final = Duration(1, "months")
REVIEW_YEARS: Final = 5
"""A day of review further off than this decides nothing."""
YEAR_END: Final = "fiscal_year_end"
_ELECTRONIC: Final = {"email", "sms", "fax"}
_SOFT: Final = {"email", "sms"}
_SINCE: Final = datetime(2000, 1, 1, tzinfo=UTC)


def marketing_without_consent(policy: Policy, _today: date) -> Iterator[Found]:
    """Directive 2002/58 art. 13: e-mail, text messages and fax need consent, but for mail to own customers."""
    for name, purpose in policy.purposes.items():
        if purpose.mail == "marketing" and purpose.basis is not Basis.CONSENT:
            barred = [
                c for c in purpose.channels if c in _ELECTRONIC and not (purpose.soft_opt_in and c in _SOFT)
            ]
            if barred:
                message = f'"{name}" sends marketing by {", ".join(barred)} on the basis {purpose.basis}'
                yield ("purposes", name, "basis"), message


def nobody_can_confirm(policy: Policy, _today: date) -> Iterator[Found]:
    """A link in a mail is to confirm consent, and nothing says where links lead: so nobody is ever mailed."""
    names = [f'"{name}"' for name, purpose in policy.purposes.items() if purpose.confirm]
    if names and policy.mail.url is None:
        message = f"is missing, and a link has to confirm {', '.join(names)}: nobody can confirm, so nobody is mailed"
        yield ("mail", "url"), message


def no_mail_links(policy: Policy, _today: date) -> Iterator[Found]:
    """The mail gate is declared, and refuses each marketing mail because nothing says where its links lead."""
    purposes = policy.purposes.items()
    names = [f'"{name}"' for name, one in purposes if one.mail == "marketing" and "email" in one.channels]
    if not names or policy.mail.otherwise is None:
        return
    told = f"is missing, and so the mail gate refuses every message for {', '.join(names)}"
    if policy.mail.url is None and not any(one.confirm for _, one in purposes):  # nobody-can-confirm says so
        yield ("mail", "url"), told
    if policy.mail.change_data is None:
        yield ("mail", "change_data"), told


def review_overdue(policy: Policy, today: date) -> Iterator[Found]:
    """A day of review that is over."""
    for name, purpose in policy.purposes.items():
        if purpose.review and purpose.review < today:
            message = f"was due on {purpose.review}; since then nothing says that the data is needed"
            yield ("purposes", name, "review"), message


def late_review(policy: Policy, _today: date) -> Iterator[Found]:
    """A day of review so far off that data is kept without a term until then."""
    begins = policy.effective
    for name, purpose in policy.purposes.items():
        day = purpose.review
        # by year, month and day: the end of the term may lie beyond the last day that there is
        if day and (day.year - REVIEW_YEARS, day.month, day.day) > (begins.year, begins.month, begins.day):
            message = f"{day} is more than {REVIEW_YEARS} years after {begins}, from which the policy applies"
            yield ("purposes", name, "review"), message


def short_tax_term(policy: Policy, _today: date) -> Iterator[Found]:
    """Books that go before the law lets them."""
    facts = jurisdiction(policy.jurisdiction)
    floor = Duration.parse(facts.tax_term)
    for name, purpose in _books(policy):
        if purpose.keep and longer(floor, purpose.keep.term):
            law = facts.sources["tax_term"]
            message = f'"{purpose.keep}" is less than the {floor} of {policy.jurisdiction} ({law})'
            yield ("purposes", name, "keep"), message


def tax_term_start(policy: Policy, _today: date) -> Iterator[Found]:
    """Books whose term does not begin at the end of the financial year."""
    for name, purpose in _books(policy):
        if purpose.keep and purpose.keep.event != YEAR_END:
            message = f'"{purpose.keep}" ends before the books may go: the term begins at the end of the year'
            yield ("purposes", name, "keep"), message


def late_deadline(policy: Policy, _today: date) -> Iterator[Found]:
    """A promise that the law forbids to make: answers to requests, and notice of data from others, take a month."""
    for key, article in (("request", "12(3)"), ("notice", "14(3)(a)")):
        term: Duration = getattr(policy.deadline, key)
        if longer(term, MONTH):
            yield ("deadline", key), f'"{term}" is longer than the month of art. {article}'


def child_age(policy: Policy, _today: date) -> Iterator[Found]:
    """An age below that of the country."""
    least = jurisdiction(policy.jurisdiction).child_age
    if policy.children.age is not None and policy.children.age < least:
        message = f"{policy.children.age} is too young: in {policy.jurisdiction} a person decides alone from {least} on"
        yield ("children", "age"), message


def longer(one: Duration, other: Duration) -> bool:
    """Whether a term is longer than another, whatever their units; a working day counts as a day."""
    return one.after(_SINCE) > other.after(_SINCE)


def _books(policy: Policy) -> Iterator[tuple[str, Purpose]]:
    """The purposes that keep the books: legal obligations called accounting, or counted from the financial year."""
    for name, purpose in policy.purposes.items():
        dated = purpose.keep is not None and purpose.keep.event == YEAR_END
        if purpose.basis is Basis.LEGAL_OBLIGATION and (name == "accounting" or dated):
            yield name, purpose


def foreign_law(policy: Policy, _today: date) -> Iterator[Found]:
    """A law that is known in another country, and not in the shop's own."""
    named = [
        *((("purposes", name, "law"), purpose.law) for name, purpose in policy.purposes.items()),
        *((("cookies", name, "exempt"), cookie.exempt) for name, cookie in policy.cookies.items()),
    ]
    own = jurisdiction(policy.jurisdiction)
    for place, law in named:
        if law and not _of(own, law):
            elsewhere = [code for code, facts in jurisdictions().items() if _of(facts, law)]
            if elsewhere:
                yield place, f'"{law}" is a law of {" or ".join(elsewhere)}, not of {policy.jurisdiction}'


def _of(country: Jurisdiction, law: str) -> bool:
    return any(_stands_in(word, law) for word in country.laws)


def other_country(policy: Policy, _today: date) -> Iterator[Found]:
    """An address or a VAT number of another country that the library knows."""
    others = [facts for code, facts in jurisdictions().items() if code != policy.jurisdiction]
    address, vat = policy.controller.address, policy.controller.vat or ""
    for facts in others:
        if any(_stands_in(name, address) for name in facts.name.split(" / ")):
            yield (
                ("controller", "address"),
                f"lies in {facts.code}, but jurisdiction is {policy.jurisdiction}",
            )
        if re.match(rf"{facts.code}[ .]?[A-Z0-9]", vat):
            yield ("controller", "vat"), f"is of {facts.code}, but jurisdiction is {policy.jurisdiction}"


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
