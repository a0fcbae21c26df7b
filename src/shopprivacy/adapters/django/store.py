"""The ledger in the shop's own database, through Django's models: SQLite, PostgreSQL, MariaDB.

Whoever writes holds the head row, so rows get their numbers one after the other and become visible in that order.
On SQLite, which has no row locks, writing to that row first takes the lock on the database.

Inside a transaction of the shop's own (``atomic``, ``ATOMIC_REQUESTS``) a choice is recorded when that transaction
commits; outside, before the call returns. Rolled back, a grant is none, and a withdrawal comes back from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.models import F, Max

from shopprivacy.adapters.django.connections import survive_forks
from shopprivacy.adapters.django.models import (
    EnforcedPolicy,
    LedgerCheckpoint,
    LedgerHead,
    LedgerRow,
    RefusalCount,
)
from shopprivacy.adapters.django.store_writer import (
    HEAD_ID,
    DjangoWriter,
    checkpoints_in,
    known_in,
    make_head,
    read_rows,
    rows_in,
)
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.chain import GENESIS, Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row, written
from shopprivacy.ledger.serialize import (
    checkpoint_columns,
    policy_columns,
    read_head,
    read_policy,
    read_refusals,
    read_withdrawals,
    refusal_columns,
)
from shopprivacy.ledger.store import BATCH, ArchivedPolicy, rows_in_batches
from shopprivacy.ledger.validity import WITHDRAWING


class DjangoStore:
    """A `LedgerStore` in the database with the alias ``using``; its tables come with Django's migrations.

    Every method raises StoreDown when the database does not answer or the migrations have not been run.
    """

    def __init__(self, using: str = "default") -> None:
        self.using = using
        self._has_head = False
        survive_forks()

    def __repr__(self) -> str:
        return f"DjangoStore({self.using!r})"

    @contextmanager
    def writing(self) -> Iterator[DjangoWriter]:
        """Have the ledger alone until the context ends; commits when it ends well."""
        with self._answered():
            if not self._has_head:
                # By itself: on MariaDB, several that make it at once and then lock it would wait for each other.
                make_head(self.using)
                self._has_head = True
            with transaction.atomic(self.using):
                yield DjangoWriter(self.using)

    def head(self) -> Head:
        """Where the chain ends."""
        with self._answered():
            found = LedgerHead.objects.using(self.using).filter(id=HEAD_ID).values().first()
        return GENESIS if found is None else read_head(found)

    def rows(self) -> Iterator[Row]:
        """All rows in the order of their numbers, in batches; also those with numbers that nobody gave."""
        with self._answered():
            first = read_rows(rows_in(self.using)[:BATCH])
        yield from rows_in_batches(first, self.rows_after)

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Row]:
        """The next rows after number ``seq``, in order."""
        with self._answered():
            return read_rows(rows_in(self.using).filter(seq__gt=seq)[:limit])

    def withdrawals_since(self, kind: str, at: datetime) -> Mapping[tuple[str, str], datetime]:
        """What subjects of a kind have closed at ``at`` or later, and when last."""
        found = LedgerRow.objects.using(self.using).filter(
            subject__startswith=f"{kind}:",
            purpose__isnull=False,
            action__in=sorted(WITHDRAWING),
            at__gte=written(at),
        )
        with self._answered():
            latest = found.order_by().values_list("subject", "purpose").annotate(latest=Max("at"))
            return read_withdrawals(latest)

    def rows_of(self, subject: str) -> Sequence[Row]:
        """All rows of a subject, in order."""
        with self._answered():
            return read_rows(rows_in(self.using).filter(subject=subject))

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        with self._answered():
            return known_in(self.using, digests)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        with self._answered():
            return checkpoints_in(self.using)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        with self._answered():
            LedgerCheckpoint.objects.using(self.using).create(**checkpoint_columns(checkpoint))

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """One more anonymous refusal of each of these purposes."""
        counts = RefusalCount.objects.using(self.using)
        with self._answered():
            # One by one, so that two writers do not lock each other out.
            for which in refusal_columns(day, purposes):
                counts.get_or_create(**which, defaults={"counted": 0})
                counts.filter(**which).update(counted=F("counted") + 1)

    def refusals(self) -> Mapping[tuple[date, str], int]:
        """How many anonymous refusals there were, by day and purpose."""
        with self._answered():
            found = RefusalCount.objects.using(self.using).values_list("day", "purpose", "counted")
            return read_refusals(found)

    def archive_policy(self, policy: ArchivedPolicy) -> None:
        """Keep a policy, unless it is kept already."""
        columns = policy_columns(policy)
        key = {name: columns.pop(name) for name in ("version", "digest")}
        with self._answered():
            EnforcedPolicy.objects.using(self.using).get_or_create(**key, defaults=columns)

    def archived_policies(self) -> Sequence[ArchivedPolicy]:
        """All policies, in the order in which they were first enforced."""
        with self._answered():
            found = EnforcedPolicy.objects.using(self.using).order_by("first_enforced_at", "version").values()
            return [read_policy(columns) for columns in found]

    @contextmanager
    def _answered(self) -> Iterator[None]:
        """Turn whatever the database says into StoreDown, and leave no connection behind that nobody closes.

        Django closes connections around each of its requests; the thread that follows the ledger has none.
        """
        connection = connections[self.using]
        ours = connection.connection is None
        if connection.errors_occurred:
            _tidy(connection)
        try:
            yield
        except (Error, OSError) as error:
            # Drivers quote rows in their messages: only the kind of error goes on.
            where = "" if self.using == DEFAULT_DB_ALIAS else f" --database {self.using}"
            raise StoreDown(
                f"the store did not answer ({type(error).__name__}); "
                f"have its migrations been run? python manage.py migrate shopprivacy{where}"
            ) from None
        finally:
            if ours:
                _tidy(connection)


def _tidy(connection: Any) -> None:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Close a connection that broke, or that CONN_MAX_AGE does not let stay, as Django does around its requests."""
    if not connection.in_atomic_block:
        with suppress(Error):  # some drivers complain about closing what is closed
            connection.close_if_unusable_or_obsolete()
