"""Lists that exist: suppression lists and confirmed subscribers of another system, taken in strictly.

A suppression list keeps every row, however it is written: an address that cannot be one may still be in somebody's
file. A list of subscribers only adds, and after everybody who said no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from shopprivacy.decision import Action
from shopprivacy.errors import PrivacyError
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.validity import WITHDRAWING
from shopprivacy.mail.address import is_address
from shopprivacy.mail.list_file import Listed
from shopprivacy.mail.model import ALL, Marketing
from shopprivacy.mail.undone import consent_before, rows_of_undoing

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

KIND: Final = "email:"
MOST_CLOSED: Final = 5
"""A suppression list that closes more than one in so many subscribers is asked about: it may be a list of contacts."""
BATCH: Final = 500
"""Subjects written at a time."""

Rows = Sequence[Entry]
"""The ledger's rows of one subject."""


class Planned(list[tuple[str, datetime, tuple[str | None, ...]]]):
    """Subjects with when, and which purposes each ends: rows are made as they are written, of a million too."""

    def __init__(self, make: Callable[[str, datetime], Rows] = lambda _subject, _at: ()) -> None:
        super().__init__()
        self._make = make

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each subject."""
        for subject, at, purposes in self:
            yield [row for row in self._make(subject, at) if row.purpose in purposes]


@dataclass(slots=True)
class Import:
    """What taking in a list does, before it is done."""

    batch: str
    ends: Planned = field(default_factory=Planned)
    """Of a suppression list."""
    begins: list[Rows] = field(default_factory=list)
    """Of a list of subscribers."""
    rows: int = 0
    invalid: int = 0
    """Rows that cannot be an address; of a suppression list they are kept all the same."""
    known: int = 0
    """Rows that add nothing: the ledger says so already."""
    older: int = 0
    """Rows that add nothing: something later was proven or said."""
    closes: int = 0
    """Subscribers who will be none any more."""
    soft: int = 0
    """Others to whom it ends a soft opt-in, if they are customers: the ledger does not know who is."""
    without_address: list[int] = field(default_factory=list)
    """The lines of rows without an address."""
    subscribers: int = 0

    @property
    def to_repeat(self) -> int | None:
        """How many it closes, to be repeated since it may be a list of all contacts; None: it need not be.

        It may be one where it closes more than one in ``MOST_CLOSED`` subscribers, or ends a soft opt-in: how many
        customers there are nobody knows here, and nothing opens it to them again.
        """
        is_suspect = self.soft or self.closes * MOST_CLOSED > self.subscribers
        return self.closes + self.soft if is_suspect else None

    @property
    def subjects(self) -> int:
        """How many get rows."""
        return len(self.ends) + len(self.begins)

    def changes(self) -> Iterator[Rows]:
        """Yield the rows of each, in the order of the list."""
        yield from self.ends.rows()
        yield from self.begins


class Lists:
    """Takes lists in. ``subject`` gives the pseudonym of an e-mail address, ``now`` is the shop's time."""

    def __init__(
        self,
        policy: Policy,
        ledger: Ledger,
        marketing: Marketing,
        subject: Callable[[str], str],
        now: datetime,
    ) -> None:
        self._policy = policy
        self._ledger = ledger
        self._marketing = marketing
        self._subject = subject
        self._now = now
        self._soft = [name for name in marketing.by("email") if policy.purposes[name].soft_opt_in]
        self._same: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}

    def suppressions(self, listed: Iterable[Listed], batch: str, purpose: str | None = None) -> Import:
        """Plan a suppression list: all marketing by e-mail, or one purpose. Nothing is written yet."""
        self._marketing.check_ends(purpose, "email")

        def make(subject: str, at: datetime) -> Rows:
            how = CollectionMethod.OPERATOR
            return self._marketing.opt_out(subject, "email", purpose, at=at, how=how, batch=batch)

        plan, seen = Import(batch, Planned(make)), set[str]()
        for row in listed:
            if not _has_address(row, plan):
                continue
            plan.invalid += not is_address(row.address)
            subject = self._subject(row.address)
            if subject in seen:
                plan.known += 1
                continue
            seen.add(subject)
            self._plan_suppression(plan, subject, row.at, make)
        plan.subscribers = self._subscribers()
        return plan

    def _plan_suppression(
        self, plan: Import, subject: str, dated: datetime | None, make: Callable[[str, datetime], Rows]
    ) -> None:
        entries = self._ledger.entries_of(subject)
        last = {entry.purpose: entry for entry in entries}
        at = min(dated or self._now, self._now)
        yes = {name: entry.at for name, entry in last.items() if entry.action is Action.GRANTED}
        lacking = [
            row.purpose
            for row in make(subject, at)
            if not _says_no(last.get(row.purpose))
            or self._can_be_undone(entries, last[row.purpose], plan.batch)
        ]
        ended = tuple(name for name in lacking if dated is None or name not in yes or yes[name] <= dated)
        if not ended:
            plan.older += bool(lacking)
            plan.known += not lacking
            return
        closes = any(name in ended for name in yes)
        plan.closes += closes
        plan.soft += not closes and any(name in ended for name in self._soft)
        plan.ends.append((subject, at, self._same.setdefault(ended, ended)))

    def subscribers(
        self, listed: Iterable[Listed], batch: str, purpose: str, text_hash: str | None, language: str | None
    ) -> Import:
        """Plan a list of subscribers who confirmed at the date of their row.

        Whoever said no at that moment or later stays out. Raises PrivacyError for a row without a date, and
        for one that is still to come.
        """
        self._marketing.check(purpose, "email")
        plan = Import(batch)
        for row in listed:
            if not _has_address(row, plan):
                continue
            if row.at is None:
                raise PrivacyError(
                    f"line {row.line} has no date: consent without its date proves nothing (art. 7(1))"
                )
            if row.at > self._now:
                raise PrivacyError(f"line {row.line} has a date in the future (art. 7(1))")
            if not is_address(row.address):
                plan.invalid += 1
                continue
            subject = self._subject(row.address)
            last = self._last(subject)
            about = self._marketing.about(purpose)
            if any(_says_no(last.get(name)) and last[name].at >= row.at for name in about):
                plan.older += 1
                continue
            entry = self._marketing.sign_up(
                subject,
                purpose,
                at=row.at,
                how=CollectionMethod.IMPORT,
                language=language,
                text_hash=text_hash,
            )
            known = last.get(purpose)
            if known is not None and known.action is Action.GRANTED and known.meaning == entry.meaning:
                plan.known += 1
            else:
                plan.begins.append([replace(entry, consent_id=batch)])
        return plan

    def undo(self, batch: str) -> tuple[list[Rows], int] | None:
        """Plan to take a suppression list back: gives the rows, and how many purposes nothing can open again.

        None: nothing in the ledger is of such an import.

        A consent that had stood is recorded again, of its own moment: whatever was said since by the person counts.
        """
        subjects = {
            row.entry.subject: None
            for row in self._ledger.store.rows()
            if row.entry is not None and row.entry.consent_id == batch and row.entry.action in WITHDRAWING
        }
        if not subjects:
            return None
        plan: list[Rows] = []
        left = 0
        for subject in subjects:
            reopened, staying = rows_of_undoing(self._ledger.entries_of(subject), batch)
            left += staying
            if reopened:
                plan.append(reopened)
        return plan, left

    def _can_be_undone(self, entries: Sequence[Entry], no: Entry, batch: str) -> bool:
        """Whether taking back another import would open again what it closed: then this one closes it, too."""
        return no.consent_id not in (None, batch) and consent_before(entries, no) is not None

    def _last(self, subject: str) -> dict[str | None, Entry]:
        return {entry.purpose: entry for entry in self._ledger.entries_of(subject)}

    def _subscribers(self) -> int:
        """How many e-mail addresses have a consent to marketing of today that stands."""
        standing: dict[str, dict[str | None, datetime]] = {}
        for row in self._ledger.store.rows():
            entry = row.entry
            if entry is None or not entry.subject.startswith(KIND):
                continue
            said_yes = standing.setdefault(entry.subject, {})
            if entry.action is Action.GRANTED and entry.purpose in self._marketing.purposes:
                said_yes[entry.purpose] = entry.at
            elif entry.action in WITHDRAWING:
                everything = entry.purpose in (None, ALL)
                for purpose in [p for p in said_yes if everything or p == entry.purpose]:
                    if said_yes[purpose] <= entry.at:  # a list may bring a no that is older than the yes
                        del said_yes[purpose]
        return sum(bool(purposes) for purposes in standing.values())


def write_batches(ledger: Ledger, rows: Iterable[Rows]) -> None:
    """Append the rows of many subjects, some at a time. Run again after an interruption, it adds what is missing."""
    left = iter(rows)
    while some := [*islice(left, BATCH)]:
        ledger.append([entry for of_one in some for entry in of_one])


def _has_address(row: Listed, plan: Import) -> bool:
    """Count a row; whether it has an address."""
    plan.rows += 1
    if not row.address:
        plan.without_address.append(row.line)
    return bool(row.address)


def _says_no(entry: Entry | None) -> bool:
    return entry is not None and entry.action in WITHDRAWING
