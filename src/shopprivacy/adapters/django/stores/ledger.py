"""The ledger in the shop's own database, through Django's models: SQLite, PostgreSQL, MariaDB.

Whoever writes holds the head row, so rows get their numbers one after the other and become visible in that order.
On SQLite, which has no row locks, writing to that row first takes the lock on the database.

Inside a transaction of the shop's own (``atomic``, ``ATOMIC_REQUESTS``) a choice is recorded when that transaction
commits; outside, before the call returns. Rolled back, a grant is none, and a withdrawal comes back from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from shopprivacy.adapters.django.database import STORES, answered, outside_transactions
from shopprivacy.adapters.django.stores.ledger_models import (
    EnforcedPolicy,
    LedgerCheckpoint,
    LedgerHead,
    LedgerJournal,
    LedgerRow,
    RefusalCount,
)
from shopprivacy.adapters.django.stores.ledger_writer import (
    HEAD_ID,
    DjangoWriter,
    checkpoints_in,
    known_in,
    make_head,
    read_rows,
    rows_in,
)
from shopprivacy.ledger.chain import GENESIS, Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row, written
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.serialize import (
    checkpoint_columns,
    policy_columns,
    read_head,
    read_journals,
    read_policy,
    read_refusals,
    read_withdrawals,
    refusal_columns,
)
from shopprivacy.ledger.store import BATCH, ArchivedPolicy, LedgerStore, rows_in_batches
from shopprivacy.ledger.validity import WITHDRAWING, Withdrawal


class DjangoLedger:
    """A `LedgerStore` in the database with the alias ``using``."""

    def __init__(self, using: str) -> None:
        self.using = using
        self._has_head = False

    @contextmanager
    def writing(self) -> Iterator[DjangoWriter]:
        """Have the ledger alone until the context ends; commits when it ends well."""
        with answered(self.using):
            if not self._has_head:
                # By itself: on MariaDB, several that make it at once and then lock it would wait for each other.
                make_head(self.using)
                self._has_head = True
            with transaction.atomic(self.using):
                yield DjangoWriter(self.using)

    def committed(self) -> AbstractContextManager[object]:
        """On a connection of its own in autocommit; see ``outside_transactions``."""
        return outside_transactions(self.using)

    def head(self) -> Head:
        """Where the chain ends."""
        with answered(self.using):
            found = LedgerHead.objects.using(self.using).filter(id=HEAD_ID).values().first()
        return GENESIS if found is None else read_head(found)

    def rows(self) -> Iterator[Row]:
        """All rows in the order of their numbers, in batches; also those with numbers that nobody gave."""
        with answered(self.using):
            first = read_rows(rows_in(self.using)[:BATCH])
        yield from rows_in_batches(first, self.rows_after)

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Row]:
        """The next rows after number ``seq``, in order."""
        with answered(self.using):
            return read_rows(rows_in(self.using).filter(seq__gt=seq)[:limit])

    def withdrawals_since(self, kind: str, at: datetime) -> Sequence[Withdrawal]:
        """What subjects of a kind have said no to since ``at``."""
        rows = LedgerRow.objects.using(self.using).order_by("seq")
        young = rows.filter(at__gte=written(at)).values_list("seq", flat=True)[:1]
        found = rows.filter(
            subject__startswith=f"{kind}:",
            purpose__isnull=False,
            action__in=sorted(WITHDRAWING),
        )
        with answered(self.using):
            since = found.filter(seq__gte=next(iter(young), 0))
            return read_withdrawals(since.values_list("subject", "purpose", "at", "digest"))

    def rows_of(self, subject: str) -> Sequence[Row]:
        """All rows of a subject, in order."""
        with answered(self.using):
            return read_rows(rows_in(self.using).filter(subject=subject))

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        with answered(self.using):
            return known_in(self.using, digests)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        with answered(self.using):
            return checkpoints_in(self.using)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        with answered(self.using):
            LedgerCheckpoint.objects.using(self.using).create(**checkpoint_columns(checkpoint))

    def journals(self) -> Sequence[JournalState]:
        """The rows of all journals, by name."""
        with answered(self.using):
            found = LedgerJournal.objects.using(self.using).order_by("name")
            return read_journals(found.values_list("name", "at", "empty"))

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """One more anonymous refusal of each of these purposes."""
        counts = RefusalCount.objects.using(self.using)
        with answered(self.using):
            # One by one, so that two writers do not lock each other out.
            for which in refusal_columns(day, purposes):
                counts.get_or_create(**which, defaults={"counted": 0})
                counts.filter(**which).update(counted=F("counted") + 1)

    def refusals(self) -> Mapping[tuple[date, str], int]:
        """How many anonymous refusals there were, by day and purpose."""
        with answered(self.using):
            found = RefusalCount.objects.using(self.using).values_list("day", "purpose", "counted")
            return read_refusals(found)

    def archive_policy(self, policy: ArchivedPolicy) -> None:
        """Keep a policy, unless it is kept already."""
        columns = policy_columns(policy)
        key = {name: columns.pop(name) for name in ("version", "digest")}
        with answered(self.using):
            EnforcedPolicy.objects.using(self.using).get_or_create(**key, defaults=columns)

    def archived_policies(self) -> Sequence[ArchivedPolicy]:
        """All policies, in the order in which they were first enforced."""
        with answered(self.using):
            found = EnforcedPolicy.objects.using(self.using).order_by("first_enforced_at", "version").values()
            return [read_policy(columns) for columns in found]


STORES.register(LedgerStore, DjangoLedger)
