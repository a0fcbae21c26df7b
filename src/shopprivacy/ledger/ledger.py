"""The ledger of choices: append-only, chained, provable (GDPR art. 7(1), 5(2)).

Pure logic over the store that is passed in: time and randomness come from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from shopprivacy.crypto import Keyset, Use
from shopprivacy.decision import Record
from shopprivacy.errors import LedgerBroken
from shopprivacy.ledger import journal as journal_records
from shopprivacy.ledger import validity
from shopprivacy.ledger.append import Appender, never
from shopprivacy.ledger.chain import Head, Pin
from shopprivacy.ledger.checkpoint import Checkpoint, checkpoint, due
from shopprivacy.ledger.entry import SALT_BYTES, Damaged, Entry, Pruning, Row
from shopprivacy.ledger.journal import Journal, JournalKind
from shopprivacy.ledger.journal_state import WAIT, JournalState, open_journals
from shopprivacy.ledger.store import LedgerStore, LedgerWriter
from shopprivacy.ledger.validity import Lifetimes, record_of

if TYPE_CHECKING:
    from shopprivacy.ledger.pruning import PruningRules
    from shopprivacy.ledger.replay import Replay
    from shopprivacy.ledger.verify import Verification
    from shopprivacy.policy import Duration

BATCH: Final = 4000
"""Rows in one pruning note: it stays below 64 KB, MariaDB's limit for a text, however scattered they are."""

_ATTEMPTS: Final = 3


class Ledger:
    """One shop's ledger.

    ``random(n)`` gives n bytes from the operating system's generator. ``lifetimes`` says how long the choices of a kind
    of subject stand by themselves (``{"browser": Duration.parse("6 months")}``), ``anew`` of a choice that it is
    recorded even where it says again what the subject's last one says. ``reading`` bounds the wait for what requests
    hang on. Every method may raise StoreDown.
    """

    def __init__(
        self,
        store: LedgerStore,
        keyset: Keyset,
        random: Callable[[int], bytes],
        *,
        journal: Journal | None = None,
        kinds: Iterable[JournalKind] = (),
        lifetimes: Lifetimes | None = None,
        reading: Callable[[], AbstractContextManager[object]] = nullcontext,
        anew: Callable[[Entry], bool] = never,
    ) -> None:
        self.store = store
        self.kinds = tuple(kinds)
        """The journal's other kinds of record, which the domains of the shop replay."""
        self._keyset = keyset
        self._random = random
        self._journal = journal
        self._lifetimes = lifetimes or {}
        self._reading = reading
        self._replayed: dict[str, int] = {}
        self._anew = anew
        self._rows_seen = 0

    def append(self, entries: Iterable[Entry]) -> tuple[Row, ...]:
        """Record choices, all or none; gives the rows, on the disk by then.

        An entry that says again what the subject's last one for that purpose says adds no row. A ledger that has lost
        rows since it was last looked at was restored, and is brought up to date first: what was chosen before comes
        before.
        """
        chosen = tuple(entries)  # before the ledger is held: nobody waits for where they come from
        with self.store.writing() as writer:
            count = writer.head().count
            is_whole = count >= self._rows_seen
            rows = self._append(writer, chosen) if is_whole else ()
        self._rows_seen = count + len(rows)
        if is_whole:
            return rows
        if self._journal:
            self._replay(self._journal).catch_up()
        return self.append(chosen)

    def saw(self, count: int) -> None:
        """Note that there were so many rows."""
        self._rows_seen = count

    def _append(self, writer: LedgerWriter, chosen: Sequence[Entry]) -> tuple[Row, ...]:
        appender = self._appender(writer, chosen)
        for entry in chosen:
            appender.choose(entry)
        appender.write()
        if self._journal is not None and appender.narrowed:
            # Before the commit: a choice in the journal only is replayed, one in the database only could be lost.
            self._journal.append(
                [
                    journal_records.recorded(entry, salt, ordered=ordered)
                    for entry, salt, ordered in appender.narrowed
                ]
            )
        return tuple(appender.rows)

    @contextmanager
    def committed(self) -> Iterator[None]:
        """Within, each read sees all that was committed when it began; see `LedgerStore.committed`.

        Raises OpenTransaction inside a transaction of the shop's on the ledger's database, as far as that can be known.
        """
        with self._reading(), self.store.committed():
            yield

    def head(self) -> Pin:
        """Number of rows and hash of the last one: keep it outside, and `verify` sees what was cut off."""
        with self._reading():
            return self.store.head().pin

    def was_allowed(self, subject: str, purpose: str, at: datetime, *, meaning: str | None = None) -> bool:
        """Whether a consent of this subject stood at that moment; see `validity.was_allowed`.

        Raises LedgerBroken when a row of this subject cannot be read: no answer is better than a wrong one.
        """
        return validity.was_allowed(
            self.entries_of(subject), purpose, at, meaning=meaning, lifetimes=self._lifetimes
        )

    def entries_of(
        self, subject: str, *, purpose: str | None = None, data: str | None = None
    ) -> tuple[Entry, ...]:
        """The choices of a subject in order; only those about this purpose or this data category, if given.

        Raises LedgerBroken when a row of this subject cannot be read.
        """
        return tuple(
            entry
            for _, entry in self.numbered_entries_of(subject)
            if purpose in (None, entry.purpose) and (data is None or data in entry.data)
        )

    def rows_of(self, subject: str) -> Sequence[Row]:
        """The rows of a subject in order.

        Raises LedgerBroken when one of them cannot be read.
        """
        with self._reading():
            rows = self.store.rows_of(subject)
        if broken := [
            f"row {row.seq}: {row.content.reason}" for row in rows if isinstance(row.content, Damaged)
        ]:
            raise LedgerBroken(broken)
        return rows

    def records_of(self, subject: str) -> tuple[Record, ...]:
        """The same choices as the decision takes them.

        Raises LedgerBroken when a row of this subject cannot be read.
        """
        return tuple(record_of(seq, entry) for seq, entry in self.numbered_entries_of(subject))

    def numbered_entries_of(self, subject: str) -> list[tuple[int, Entry]]:
        """The choices of a subject in order, each with its number.

        Raises LedgerBroken when a row of this subject cannot be read.
        """
        return [(row.seq, row.entry) for row in self.rows_of(subject) if row.entry]

    def verify(self, pins: Iterable[Pin] = ()) -> Verification:
        """Check every row and the archive of policies; see `verify.verify`. Writers may go on meanwhile.

        Raises LedgerBroken when the head, a checkpoint or an archived policy cannot even be read.
        """
        from shopprivacy.ledger import verify as verification  # few processes ever verify

        known = tuple(pins)
        for _ in range(_ATTEMPTS):
            scan = verification.Scan(self.store)
            checkpoints = self.store.checkpoints()
            found = verification.verify(
                scan.rows(),
                scan.head,
                self._keyset,
                checkpoints=checkpoints,
                pins=known,
                policies=self.store.archived_policies,
            )
            # A pruning in the middle of the scan looks like a fault; one more look tells.
            if not found.faults or self.store.head() == scan.before:
                break
        return found  # pyright: ignore[reportPossiblyUnboundVariable]  # there is at least one attempt

    def checkpoint(self, now: datetime) -> Checkpoint:
        """Sign where the ledger stands and keep it in the store. Keep a copy elsewhere: see `head`."""
        made = self._sign(self.store.head(), now)
        self.store.add_checkpoint(made)
        return made

    def checkpoint_if_due(self, now: datetime) -> Checkpoint | None:
        """The first call in each calendar month makes a checkpoint, whichever process it comes from."""
        if not due(self.store.checkpoints(), now):
            return None
        with self.store.writing() as writer:
            if not due(writer.checkpoints(), now):  # another process was first
                return None
            made = self._sign(writer.head(), now)
            writer.add_checkpoint(made)
        return made

    def prunable(self, rules: PruningRules, now: datetime) -> list[int]:
        """The numbers of the rows that have outlived their term; see `pruning`."""
        from shopprivacy.ledger.pruning import prunable  # nor prune

        return prunable(self.store.rows(), rules, now, self._lifetimes)

    def prune(self, rules: PruningRules, now: datetime) -> int:
        """Take the content out of every row that has outlived its term, and note it in the chain; gives their number.

        Run again after an interruption: it goes on where it stopped. The journal forgets the same choices.
        """
        from shopprivacy.ledger.pruning import joined

        pruned = 0
        seqs = self.prunable(rules, now)
        for start in range(0, len(seqs), BATCH):
            with self.store.writing() as writer:
                if blanked := writer.blank(seqs[start : start + BATCH]):
                    note = Pruning(now, str(rules.keep), joined(blanked))
                    appender = self._appender(writer)
                    appender.add(note, self._random(SALT_BYTES))
                    appender.write()
                    pruned += len(blanked)
        if self._journal:
            self._replay(self._journal).forget_pruned()
        return pruned

    def bring_up_to_date(self) -> int:
        """Replay the journal: append each choice in it that the ledger lacks; gives the number of rows.

        Call it at start, before anything is served. Doing it twice, or in several workers, does nothing more.

        Records of a kind that is not among ``kinds`` stay as they are; see `unknown_kinds`. Raises JournalBroken where
        a record is not as it was written.
        """
        return self._replay(self._journal).begin() if self._journal else 0

    def unknown_kinds(self) -> Sequence[str]:
        """The kinds of which the journal holds records that nothing here replays: a newer release wrote them."""
        return self._replay(self._journal).unknown_kinds() if self._journal else ()

    def keep_in_step(self) -> int:
        """Replay what came into the journal since, also what a failed commit left there; gives the number of rows.

        Raises as `bring_up_to_date` does.
        """
        with self._reading():  # whoever sends mail may wait for it
            return self._replay(self._journal).go_on() if self._journal else 0

    def note_journal(self, now: datetime) -> None:
        """Do the same, and renew the journal's row in the ledger's database; see `journal_state`."""
        if self._journal:
            self._replay(self._journal).note(now)

    def leave_journal(self) -> None:
        """At a clean stop: take the journal's row away, unless a choice stands in the journal alone."""
        if self._journal:
            self._replay(self._journal).leave()

    def open_journals(
        self, now: datetime, wait: Duration = WAIT, *, since: datetime | None = None
    ) -> Sequence[JournalState]:
        """The journals, of all machines, that may hold a choice which the ledger lacks; none: every one is empty.

        This process's own journal is looked at itself, whatever its row says. A journal that never came back is waited
        for no longer than ``wait``; a row from before ``since`` says nothing. Whoever must not act on an old yes does
        nothing while there is one (GDPR art. 21(3)), and reads the ledger afterwards: what leaves a journal is in it.
        """
        with self._reading():
            states = self.store.journals()
            if self._journal is None:
                return open_journals(states, now, wait, since=since)
            own = self._journal.name()
            others = open_journals((one for one in states if one.name != own), now, wait, since=since)
            is_behind = self._replay(self._journal).is_behind()
        return [*others, JournalState(own, now, empty=False)] if is_behind else others

    def retire_journal(self, name: str) -> bool:
        """Wait for a journal no longer: what it alone holds is given up. Gives whether it was waited for."""
        with self.store.writing() as writer:
            return writer.retire_journal(name)

    def forget_what_backups_have(self, keep: Duration, now: datetime) -> int:
        """Take out of the journal what is older than any backup, which lives for ``keep``; gives how many records."""
        return self._replay(self._journal).forget(keep, now) if self._journal else 0

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """Count a refusal by a visitor without a name: recording it would make an identifier of a refusal."""
        self.store.count_refusals(day, purposes)

    def _appender(self, writer: LedgerWriter, entries: Iterable[Entry] = ()) -> Appender:
        return Appender(
            writer, self._keyset.derive(Use.LEDGER_CHAIN), self._random, self._lifetimes, entries, self._anew
        )

    def _sign(self, head: Head, now: datetime) -> Checkpoint:
        return checkpoint(head, now, self._keyset.tenant, self._keyset.derive(Use.CHECKPOINT))

    def _replay(self, journal: Journal) -> Replay:
        from shopprivacy.ledger.replay import Replay  # a ledger without a journal needs none

        return Replay(self.store, journal, self.kinds, self._appender, self._replayed)
