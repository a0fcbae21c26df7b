"""Does the ledger still say what was written? Every row that does not is named.

What the key chain shows: an edit (the digest or the hash no longer follows), a swap, an insertion (neither row
follows from the one before), a row that is missing, a row whose content is gone without a note of pruning in the
chain. What it cannot show is that rows were cut off at the end together with the stored head: for that, a pin or a
checkpoint has to have been kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from shopprivacy.crypto import DerivedKey, Keyset, Ring, Use
from shopprivacy.errors import KeyUnavailable, LedgerBroken
from shopprivacy.ledger.chain import GENESIS, Head, Pin, chained, rolled
from shopprivacy.ledger.checkpoint import Checkpoint, public_key
from shopprivacy.ledger.entry import Damaged, Pruning, Row, digest
from shopprivacy.ledger.pruning import joined
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.policy.fingerprint import version_of_text
from shopprivacy.policy.wording import shown

_CANDIDATES: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One row, one stretch of rows, or one thing kept beside them, that is not as it was written."""

    first: int
    last: int
    what: str
    name: str = ""
    """What is not as it was written, where that is no row; ``first`` and ``last`` are 0 then."""

    def __str__(self) -> str:
        if self.name:
            return f"{self.name}: {self.what}"
        rows = f"row {self.first}" if self.first == self.last else f"rows {self.first} to {self.last}"
        return f"{rows}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. ``count`` is the number of rows read, pruned ones included."""

    count: int
    pruned: int
    faults: tuple[Fault, ...]

    def require(self) -> None:
        """Raise LedgerBroken if anything is wrong."""
        if self.faults:
            raise LedgerBroken(map(str, self.faults))


def verify(
    rows: Iterable[Row],
    head: Callable[[], Head],
    keyset: Keyset,
    *,
    checkpoints: Iterable[Checkpoint] = (),
    pins: Iterable[Pin] = (),
    policies: Callable[[], Iterable[ArchivedPolicy]] | None = None,
) -> Verification:
    """Check all rows, in the order of their numbers, against the chain, the head, the checkpoints and the pins.

    With ``policies``, which is asked after the last row: that every policy version that a row refers to is archived,
    and that the texts in the archive are those of their versions.

    A row whose chain key has been disabled or destroyed is good only if a checkpoint signed by a usable key covers
    it. Reads the rows once, keeps none, and asks for the head after the last.
    """
    found = _Verifier(keyset)
    for made in checkpoints:
        found.mark(str(made), made.pin, made.head.rolling, covers=found.ours(made))
    for pin in pins:
        found.mark("the pinned head", pin)
    for row in rows:
        found.row(row)
    found.ends_at(head())
    if policies is not None:
        found.archive(policies())
    return found.result()


def audit(rows: Iterable[Row], checkpoint: Checkpoint, trusted_key: bytes) -> Verification:
    """Check an export with nothing but a public key: all rows up to the checkpoint are those that were signed.

    ``trusted_key`` (32 bytes) came to the auditor by another way than the export. Rows after the checkpoint are
    not looked at. Whether a missing content was pruned rightly, its note in the chain says (also signed).
    """
    found = _Verifier(None)
    signed = checkpoint.signed_by(trusted_key)
    if not signed:
        found.fault(checkpoint.head.count, f"{checkpoint} is not signed by the trusted key")
    found.mark(str(checkpoint), checkpoint.pin, checkpoint.head.rolling, covers=signed)
    for row in rows:
        if row.seq <= checkpoint.head.count:
            found.row(row)
    return found.result()


class Scan:
    """One reading of the whole ledger: all rows and the head after them, although others write meanwhile."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self.before = store.head()
        """The head before the first row was read."""
        self._after = self.before

    def rows(self) -> Iterator[Row]:
        """All rows in order, those included that come while it reads."""
        last = 0
        for row in self._store.rows():
            last = max(last, row.seq)
            yield row
        self._after = self._store.head()
        while self._after.count > last and (more := self._store.rows_after(last)):
            yield from more
            last = more[-1].seq
            self._after = self._store.head()

    def head(self) -> Head:
        """The head, once the rows are read."""
        return self._after


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something that was noted about the first ``pin.count`` rows when they were the last."""

    name: str
    pin: Pin
    rolling: bytes | None
    covers: bool
    """Whether the rolling hash is vouched for by a signature, and so holds rows without their chain key."""


@dataclass(slots=True)
class _Verifier:
    """The state of one verification. Give it marks, then rows, then the stored head, and ask for the result."""

    keyset: Keyset | None
    count: int = 0
    """The number of the last row that was read."""
    stored: bytes = GENESIS.hash
    """The last row's hash, as stored."""
    previous: frozenset[bytes] | None = frozenset({GENESIS.hash})
    """What the last row's hash may be: more than one where it was tampered with; None: that row is missing."""
    rolling: bytes | None = GENESIS.rolling
    held: int = 0
    """Up to here a pin or checkpoint agrees by its hash."""
    held_rolling: int = 0
    """Up to here one agrees by its rolling hash."""
    covered: int = 0
    """Up to here a signed checkpoint agrees."""
    faults: list[Fault] = field(default_factory=list)
    marks: dict[int, list[_Mark]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)
    notes: list[tuple[int, Pruning]] = field(default_factory=list)
    unkeyed: list[int] = field(default_factory=list)
    """Rows whose key is disabled or destroyed, or that are read without a keyset."""
    differing: list[tuple[int, int, str]] = field(default_factory=list)
    """First and last row of a stretch in which something is not as a mark noted, and that mark."""

    versions: dict[str, int] = field(default_factory=dict)
    """The policy versions that rows refer to, each with the first row that does."""

    def fault(self, first: int, what: str, last: int | None = None) -> None:
        """Note that a row, or a stretch of them, is not as it was written."""
        self.faults.append(Fault(first, first if last is None else last, what))

    def mark(self, name: str, pin: Pin, rolling: bytes | None = None, *, covers: bool = False) -> None:
        """Something to compare with once ``pin.count`` rows are read."""
        mark = _Mark(name, pin, rolling, covers)
        if pin.count == self.count:
            self._compare(mark)
        else:
            self.marks.setdefault(pin.count, []).append(mark)

    def row(self, row: Row) -> None:
        """The next row."""
        if row.seq < 1:
            self.fault(row.seq, "was inserted: rows are numbered from 1")
            return
        if row.seq <= self.count:
            self.fault(row.seq, "is there more than once, or out of order")
            return
        if row.seq > self.count + 1:
            self._skip_to(row.seq)
        self.count, self.stored = row.seq, row.hash
        self.rolling = None if self.rolling is None else rolled(self.rolling, row)
        good = self._content(row)
        good = self._link(row) and good
        if good and isinstance(row.content, Pruning):
            self.notes.append((row.seq, row.content))
        elif good and row.entry:
            self.versions.setdefault(row.entry.version, row.seq)
        for mark in self.marks.pop(self.count, ()):
            self._compare(mark)

    def ends_at(self, head: Head) -> None:
        """What the store says the end is, after the last row."""
        if head.count < self.count:
            self.fault(head.count + 1, "not counted by the stored head", self.count)
        else:
            self.mark("the stored head", head.pin, head.rolling)

    def archive(self, policies: Iterable[ArchivedPolicy]) -> None:
        """The policies that the store says were enforced; given after the last row."""
        missing = dict(self.versions)
        for policy in policies:
            missing.pop(policy.version, None)
            if not policy.is_whole or policy.version != version_of_text(policy.canonical):
                name = f"the archived policy {shown(policy.version)}"
                self.faults.append(Fault(0, 0, "is not the text that was enforced", name))
        for version, seq in missing.items():
            self.fault(seq, f"was chosen under policy {version}, which is not archived any more")

    def result(self) -> Verification:
        """What was found, after everything was given."""
        for count, marks in self.marks.items():
            for mark in marks:
                self.fault(self.count + 1, f"missing: {mark.name} counts {count}", count)
        unkeyed = [seq for seq in self.unkeyed if seq > self.covered]
        if self.keyset is not None:
            for first, last in joined(unkeyed):
                self.fault(
                    first, "its chain key is gone, and no checkpoint signed by a usable key covers it", last
                )
        self._check_pruned(set(unkeyed))
        for first, last, name in self.differing:
            if not any(
                fault.first <= last and first <= fault.last for fault in self.faults
            ):  # else it is named already
                self.fault(first, f"not what {name} counted and hashed", last)
        return Verification(self.count, len(self.gone), tuple(sorted(self.faults)))

    def ours(self, made: Checkpoint) -> bool:
        """Whether our own key signed it. A wrong signature is a fault; a key that is gone proves nothing."""
        key = self._derive(Use.CHECKPOINT, made.key_id) if made.signature else None
        if key is None or self.keyset is None:
            return False
        good = made.tenant == self.keyset.tenant and made.signed_by(public_key(key))
        if not good:
            self.fault(made.head.count, f"{made} has a signature that is not ours")
        return good

    def _skip_to(self, seq: int) -> None:
        self.fault(self.count + 1, "missing", seq - 1)
        self.missing.append((self.count + 1, seq - 1))
        self.marks = {count: marks for count, marks in self.marks.items() if count >= seq}
        self.previous = self.rolling = None

    def _content(self, row: Row) -> bool:
        if row.content is None:
            self.gone.append(row.seq)
        elif isinstance(row.content, Damaged):
            self.fault(row.seq, f"was edited: {row.content.reason}")
        elif digest(row.content, row.salt) != row.digest:
            self.fault(row.seq, "was edited: its content is not what its digest says")
        else:
            return True
        return False

    def _link(self, row: Row) -> bool:
        """Whether the hash follows from the row before, as far as can be told."""
        before, self.previous = self.previous, frozenset({row.hash})
        key = self._derive(Use.LEDGER_CHAIN, row.key_id)
        if key is None:
            if self.keyset is None or row.key_id in {known.id for known in self.keyset.keys(Ring.SIGNING)}:
                self.unkeyed.append(row.seq)
                return True
            self.fault(
                row.seq, "was edited, or belongs to another keyset: there never was a key with its key id"
            )
            return False
        if before is None:
            return True
        expected = {chained(key, previous, row.seq, row.digest) for previous in before}
        if row.hash in expected:
            return True
        self.fault(
            row.seq, "is not the row that was written here: its hash does not follow from the row before"
        )
        # Whichever was tampered with, the next row follows from one of these and is not blamed. A stretch of
        # foreign rows would make ever more of them; there it is enough that each is named.
        if len(expected) < _CANDIDATES:
            self.previous = frozenset({row.hash, *expected})
        return False

    def _derive(self, use: Use, key_id: bytes) -> DerivedKey | None:
        try:
            return None if self.keyset is None else self.keyset.derive(use, key_id=key_id)
        except KeyUnavailable:
            return None

    def _compare(self, mark: _Mark) -> None:
        if mark.pin.hash != self.stored:
            self.differing.append((min(self.held + 1, self.count), self.count, mark.name))
            return
        self.held = self.count
        if mark.rolling is None or self.rolling is None:
            return
        if mark.rolling != self.rolling:
            self.differing.append((min(self.held_rolling + 1, self.count), self.count, mark.name))
            return
        self.held_rolling = self.count
        if mark.covers:
            self.covered = self.count

    def _check_pruned(self, untrusted: set[int]) -> None:
        noted: set[int] = set()
        for seq, note in self.notes:
            if seq not in untrusted:
                for first, last in note.rows:
                    noted.update(range(first, min(last, seq - 1) + 1))
        for first, last in joined(sorted(set(self.gone) - noted)):
            self.fault(first, "content is gone, and no pruning in the chain names it", last)
        noted = {seq for seq in noted if not any(first <= seq <= last for first, last in self.missing)}
        for first, last in joined(sorted(noted - set(self.gone))):
            self.fault(first, "was pruned, and its content is back", last)
