"""The ledger in memory, which lives as long as its process: for tests, and for trying things out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime

from shopprivacy.ledger.chain import GENESIS, Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Entry, Row
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.store import About, ArchivedPolicy
from shopprivacy.ledger.validity import WITHDRAWING, Withdrawal, kind_of
from shopprivacy.storage.memory.stores import Lock


class MemoryLedger:
    """A `LedgerStore` in lists and dictionaries, safe for threads."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._rows: list[Row] = []
        self._head = GENESIS
        self._checkpoints: list[Checkpoint] = []
        self._refusals: Counter[tuple[date, str]] = Counter()
        self._policies: dict[tuple[str, str], ArchivedPolicy] = {}
        self._journals: dict[str, JournalState] = {}

    @contextmanager
    def writing(self) -> Iterator[MemoryWriter]:
        """Have the ledger alone until the context ends."""
        with self._lock:
            writer = MemoryWriter(list(self._rows), self._head, list(self._checkpoints), dict(self._journals))
            yield writer
            self._rows, self._head, self._checkpoints = writer.rows, writer.current, writer.signed
            self._journals = writer.journals

    def committed(self) -> AbstractContextManager[object]:
        """Nothing else can be seen."""
        return nullcontext()

    def head(self) -> Head:
        """Where the chain ends."""
        return self._head

    def rows(self) -> Iterator[Row]:
        """All rows in order."""
        return iter(tuple(self._rows))

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Row]:
        """The next rows after number ``seq``."""
        return [row for row in self._rows if row.seq > seq][:limit]

    def withdrawals_since(self, kind: str, at: datetime) -> Sequence[Withdrawal]:
        """What subjects of a kind have said no to since ``at``."""
        first = next((row.seq for row in self._rows if row.entry and row.entry.at >= at), 0)
        return [
            Withdrawal(entry.subject, entry.purpose, entry.at, row.digest)
            for row in self._rows
            if (entry := row.entry) and entry.purpose is not None and entry.action in WITHDRAWING
            if row.seq >= first and kind_of(entry.subject) == kind
        ]

    def rows_of(self, subject: str) -> Sequence[Row]:
        """All rows of a subject, in order."""
        return [row for row in self._rows if row.entry and row.entry.subject == subject]

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        return _known(self._rows, digests)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        return tuple(self._checkpoints)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        with self._lock:
            self._checkpoints.append(checkpoint)

    def journals(self) -> Sequence[JournalState]:
        """The rows of all journals, by name."""
        return sorted(self._journals.values())

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """One more anonymous refusal of each of these purposes."""
        with self._lock:
            self._refusals.update((day, purpose) for purpose in set(purposes))

    def refusals(self) -> Mapping[tuple[date, str], int]:
        """How many anonymous refusals there were, by day and purpose."""
        with self._lock:
            return dict(self._refusals)

    def archive_policy(self, policy: ArchivedPolicy) -> None:
        """Keep a policy, unless it is kept already."""
        self._policies.setdefault((policy.version, policy.canonical), policy)

    def archived_policies(self) -> Sequence[ArchivedPolicy]:
        """All policies, in the order in which they were first enforced."""
        return sorted(self._policies.values(), key=lambda policy: (policy.first_enforced_at, policy.version))


class MemoryWriter:
    """A `LedgerWriter` over a copy of the rows, which takes the original's place at the end."""

    def __init__(
        self, rows: list[Row], head: Head, signed: list[Checkpoint], journals: dict[str, JournalState]
    ) -> None:
        self.rows = rows
        self.current = head
        self.signed = signed
        self.journals = journals

    def head(self) -> Head:
        """Where the chain ends."""
        return self.current

    def last(self, about: Sequence[About]) -> Sequence[Entry | None]:
        """For each of these the subject's latest choice about the purpose."""
        return [self._last(subject, purpose) for subject, purpose in about]

    def _last(self, subject: str, purpose: str | None) -> Entry | None:
        for row in reversed(self.rows):
            entry = row.entry
            if entry and entry.subject == subject and (purpose is None or entry.purpose in (purpose, None)):
                return entry
        return None

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        return _known(self.rows, digests)

    def add(self, rows: Sequence[Row], head: Head) -> None:
        """Append the rows and move the head."""
        self.rows += rows
        self.current = head

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        return tuple(self.signed)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        self.signed.append(checkpoint)

    def note_journal(self, state: JournalState) -> None:
        """Keep a journal's row."""
        self.journals[state.name] = state

    def retire_journal(self, name: str) -> bool:
        """Take a journal's row away."""
        return self.journals.pop(name, None) is not None

    def blank(self, seqs: Sequence[int]) -> Sequence[int]:
        """Take content and salt out of these rows."""
        wanted = set(seqs)
        blanked = [row.seq for row in self.rows if row.seq in wanted and row.content is not None]
        self.rows = [row._replace(content=None, salt=b"") if row.seq in wanted else row for row in self.rows]
        return blanked


def _known(rows: Iterable[Row], digests: Sequence[bytes]) -> Mapping[bytes, bool]:
    wanted = set(digests)
    return {row.digest: row.content is not None for row in rows if row.digest in wanted}
