"""What the ledger needs of a store. Stores live in `shopprivacy.storage` and pass one contract suite."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol, TypeVar

from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Entry, Row
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.validity import LastChoice, Withdrawal

About = tuple[str, str | None]
"""A subject, and a purpose or None."""

BATCH: Final = 500
"""Rows read, or values compared, at a time, by a store in a database."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ArchivedPolicy:
    """A policy that was enforced once, kept for ever: consents refer to it (GDPR art. 7(1))."""

    version: str
    effective: date
    first_enforced_at: datetime
    canonical: str
    """Canonical JSON of the whole policy."""
    digest: str = field(default="", compare=False)
    """SHA-256 of ``canonical`` in hexadecimal, as it is kept beside it; left out, it is reckoned."""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", self._reckoned())

    @property
    def is_whole(self) -> bool:
        """Whether the text is the one that its digest was made of, and of the date that stands beside it."""
        return self.digest == self._reckoned() and self.version.startswith(f"{self.effective}.")

    def _reckoned(self) -> str:
        return hashlib.sha256(self.canonical.encode()).hexdigest()


class LedgerWriter(Protocol):
    """The ledger while one writer has it to itself. Nothing counts until the context it came from ends well."""

    def head(self) -> Head:
        """Where the chain ends."""
        ...

    def last(self, about: Sequence[About]) -> Sequence[Entry | LastChoice | None]:
        """For each of these, in their order, the subject's latest choice about the purpose.

        A choice about all purposes is one about this purpose, too; None asks for the latest about anything. None
        comes back where there is no such choice, or where what is asked of it cannot be read.
        """
        ...

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        ...

    def add(self, rows: Sequence[Row], head: Head) -> None:
        """Append the rows and move the head."""
        ...

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first: nobody else adds one meanwhile."""
        ...

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        ...

    def note_journal(self, state: JournalState) -> None:
        """Keep a journal's row, in the place of the one with the same name."""
        ...

    def retire_journal(self, name: str) -> bool:
        """Take a journal's row away; gives whether there was one."""
        ...

    def blank(self, seqs: Sequence[int]) -> Sequence[int]:
        """Take content and salt out of these rows; gives the numbers, in order, of those that had content."""
        ...


class LedgerStore(Protocol):
    """Rows, head, checkpoints, refusal counts and the archive of policies. Every method may raise StoreDown."""

    def writing(self) -> AbstractContextManager[LedgerWriter]:
        """Have the ledger alone, across threads, processes and machines, until the context ends.

        Commits when it ends well: what was added is then on the disk. An exception leaves everything as it was.
        """
        ...

    def committed(self) -> AbstractContextManager[object]:
        """Within, each read sees all that was committed when it began.

        Raises OpenTransaction where the caller is in a transaction of its own on this database, as far as the store can
        know: what was read there earlier would be read again.
        """
        ...

    def head(self) -> Head:
        """Where the chain ends."""
        ...

    def rows(self) -> Iterator[Row]:
        """All rows in the order of their numbers, read in batches: a row pruned meanwhile may come either way.

        Really all: one with a number below 1, which nothing here ever wrote, too. It is for ``verify`` to see.
        """
        ...

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Row]:
        """The next rows after number ``seq``, in order, for whoever follows the ledger.

        Rows become visible in the order of their numbers, so nobody who follows misses one.
        """
        ...

    def withdrawals_since(self, kind: str, at: datetime) -> Sequence[Withdrawal]:
        """What subjects of a kind have refused, withdrawn or objected to since ``at``, by the rows' numbers.

        That is from the first row on that was written at ``at`` or later, whatever the times of the rows behind it: a
        clock may have been behind. All of it, where there is no such row.
        Choices about all purposes are not among it, and what cannot be read is left out.
        Whoever begins to follow the ledger begins with this: the store finds it without reading every row.
        """
        ...

    def rows_of(self, subject: str) -> Sequence[Row]:
        """All rows of a subject, in order."""
        ...

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        ...

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        ...

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        ...

    def journals(self) -> Sequence[JournalState]:
        """The rows of all journals beside this ledger, by name."""
        ...

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """One more visitor without a name refused these purposes on this day."""
        ...

    def refusals(self) -> Mapping[tuple[date, str], int]:
        """How many anonymous refusals there were, by day and purpose."""
        ...

    def archive_policy(self, policy: ArchivedPolicy) -> None:
        """Keep a policy. One with the same version and text is kept once, as first enforced; nothing is replaced."""
        ...

    def archived_policies(self) -> Sequence[ArchivedPolicy]:
        """All policies that were ever enforced, in the order in which that began."""
        ...


def batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values, at most `BATCH` at a time."""
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def rows_in_batches(first: Sequence[Row], after: Callable[[int, int], Sequence[Row]]) -> Iterator[Row]:
    """All rows: the first ones, then what ``after`` gives for the last number seen and the most to read."""
    while first:
        yield from first
        first = after(first[-1].seq, BATCH)


def known_in_batches(
    digests: Sequence[bytes], find: Callable[[list[str]], Iterable[tuple[str, str | None]]]
) -> Mapping[bytes, bool]:
    """Those digests that a row has, each with whether it still has its content, and so its salt.

    ``find`` gives digest and salt of the rows that have one of these digests, in hexadecimal.
    """
    return {
        bytes.fromhex(digest): salt is not None
        for batch in batches(digests)
        for digest, salt in find([wanted.hex() for wanted in batch])
    }
