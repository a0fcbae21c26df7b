"""Appending choices to the chain, so that what narrows holds whatever the clocks say.

A clock that had been ahead leaves a grant behind that looks younger than the withdrawal after it. What narrows is
therefore recorded at its own moment and, where the subject's last choice seems to lie ahead, once more at that one:
it holds from now on, and nothing that only seems to come later undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from shopprivacy.crypto import DerivedKey
from shopprivacy.decision.state import WIDENING, Action
from shopprivacy.ledger.chain import link
from shopprivacy.ledger.entry import SALT_BYTES, Entry, Pruning, Row
from shopprivacy.ledger.journal import JournalEntry
from shopprivacy.ledger.store import About, LedgerWriter
from shopprivacy.ledger.validity import LastChoice, Lifetimes, repeats
from shopprivacy.policy.vocabulary import DIRECT_MARKETING

SKEW: Final = timedelta(minutes=1)
"""More than the clocks of a shop's machines differ by while all is well."""


def never(_entry: Entry) -> bool:
    """Record no choice that says again what the subject's last one says."""
    return False


class Appender:
    """One writer's turn at the end of the chain: what stands there is read once, and what is added written once.

    ``entries`` are those that may be appended in this turn; for what ``anew`` is, see `Ledger`.
    """

    def __init__(
        self,
        writer: LedgerWriter,
        key: DerivedKey,
        random: Callable[[int], bytes],
        lifetimes: Lifetimes,
        entries: Iterable[Entry] = (),
        anew: Callable[[Entry], bool] = never,
    ) -> None:
        self.rows: list[Row] = []
        """The rows added so far."""
        self.narrowed: list[JournalEntry] = []
        """What of them belongs in the journal."""
        self._writer = writer
        self._key = key
        self._random = random
        self._lifetimes = lifetimes
        self._anew = anew
        self._head = writer.head()
        self._last: dict[str, dict[str | None, Entry | LastChoice | None]] = {}
        chosen = tuple(entries)
        named = [(entry.subject, entry.purpose) for entry in chosen]
        self._look_up(named)
        # Only a yes that seems to be said again asks what came after it.
        self._look_up([(entry.subject, DIRECT_MARKETING) for entry in chosen if self._says_yes_again(entry)])

    def add(self, content: Entry | Pruning, salt: bytes) -> None:
        """Append one row."""
        row, self._head = link(self._head, content, salt, self._key)
        self.rows.append(row)
        if isinstance(content, Entry):
            last = self._last[content.subject]
            # What is said of one purpose is the latest about anything, too; what is said of all, about each.
            for purpose in tuple(last) if content.purpose is None else (content.purpose, None):
                if purpose in last:
                    last[purpose] = content

    def write(self) -> None:
        """Give what was added to the store."""
        if self.rows:
            self._writer.add(self.rows, self._head)

    def choose(self, entry: Entry) -> None:
        """Append a choice, unless it says again what the subject's last one for that purpose says."""
        last = self._last[entry.subject][entry.purpose]
        if self._repeats(entry, last) and not self._ended_since(entry, last):
            return
        if last is not None and timedelta() < last.at - entry.at < SKEW:
            # The other machine's clock is ahead of this one's. What was chosen later must not look earlier.
            entry = replace(entry, at=last.at)
        if entry.action in WIDENING:
            self.add(entry, self._random(SALT_BYTES))
        else:
            self._narrow(entry, self._random(SALT_BYTES), last)

    def replay(self, lacking: Iterable[JournalEntry]) -> None:
        """Append those choices of the journal, which the ledger lacks, that still narrow something."""
        for entry, salt, ordered in lacking:
            last = self._last[entry.subject][entry.purpose]
            if not ordered:
                # Whether it came before or after the last one nobody can tell: it narrows.
                self._narrow(entry, salt, last)
            elif not self._is_over(entry, last) and not self._repeats(entry, last):
                self.add(entry, salt)

    def _look_up(self, about: Iterable[About]) -> None:
        """Read the last choices of subjects about purposes, each once."""
        unknown = [
            (subject, purpose)
            for subject, purpose in dict.fromkeys(about)
            if purpose not in self._last.get(subject, {})
        ]
        if unknown:
            for (subject, purpose), last in zip(unknown, self._writer.last(unknown), strict=True):
                self._last.setdefault(subject, {})[purpose] = last

    def _is_over(self, entry: Entry, last: Entry | LastChoice | None) -> bool:
        # A no that counts each time has its place in the order, unless a yes has overtaken it.
        counts = last is not None and last.action not in WIDENING and self._anew(entry)
        return _overtaken(entry, last) and not counts

    def _repeats(self, entry: Entry, last: Entry | LastChoice | None) -> bool:
        return repeats(entry, last, self._lifetimes) and not self._anew(entry)

    def _says_yes_again(self, entry: Entry) -> bool:
        last = self._last[entry.subject][entry.purpose]
        return entry.action is Action.GRANTED and repeats(entry, last, self._lifetimes)

    def _ended_since(self, entry: Entry, last: Entry | LastChoice | None) -> bool:
        """Whether a yes that seems to say the last one again has an objection to all marketing behind that."""
        ended = self._last[entry.subject].get(DIRECT_MARKETING) if entry.action is Action.GRANTED else None
        return (
            ended is not None
            and last is not None
            and ended.action is not Action.GRANTED
            and ended.at >= last.at
        )

    def _narrow(self, entry: Entry, salt: bytes, last: Entry | LastChoice | None) -> None:
        ahead = last is not None and last.at > entry.at
        self.add(entry, salt)
        self.narrowed.append(JournalEntry(entry, salt, ordered=not ahead))
        if last is not None and ahead:
            self._narrow(replace(entry, at=last.at), self._random(SALT_BYTES), last)


def _overtaken(entry: Entry, last: Entry | LastChoice | None) -> bool:
    """Whether the subject chose again well after this: then the entry is one whose commit had failed.

    Only for an entry whose moment is not before any that the ledger knew then, so that the moments compare although
    a clock was wrong.
    """
    return last is not None and last.at - entry.at > SKEW
