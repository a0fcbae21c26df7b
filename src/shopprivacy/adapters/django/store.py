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
from typing import Any, Final

from django.db import Error, connections, transaction
from django.db.models import F, Max, Q

from shopprivacy.adapters.django.models import (
    EnforcedPolicy,
    LedgerCheckpoint,
    LedgerHead,
    LedgerRow,
    RefusalCount,
)
from shopprivacy.consent.chain import GENESIS, Head
from shopprivacy.consent.checkpoint import Checkpoint
from shopprivacy.consent.columns import (
    checkpoint_columns,
    head_columns,
    policy_columns,
    read_checkpoint,
    read_head,
    read_policy,
)
from shopprivacy.consent.entry import Entry, Row, written
from shopprivacy.consent.row_format import CONTENT_FIELDS, ROW_FIELDS, read_row, row_fields
from shopprivacy.consent.signing_in import CLOSING, read_closed
from shopprivacy.consent.store import ArchivedPolicy
from shopprivacy.errors import StoreDown

BATCH: Final = 500
"""Rows read, or values compared, at a time."""
_HEAD: Final = 1


class DjangoStore:
    """A `LedgerStore` in the database with the alias ``using``; its tables come with Django's migrations.

    Every method raises StoreDown when the database does not answer or the migrations have not been run.
    """

    def __init__(self, using: str = "default") -> None:
        self.using = using
        self._has_head = False

    def __repr__(self) -> str:
        return f"DjangoStore({self.using!r})"

    @contextmanager
    def writing(self) -> Iterator[DjangoWriter]:
        """Have the ledger alone until the context ends; commits when it ends well."""
        with self._answered():
            if not self._has_head:
                # By itself: on MariaDB, several that make it at once and then lock it would wait for each other.
                _make_head(self.using)
                self._has_head = True
            with transaction.atomic(self.using):
                yield DjangoWriter(self.using)

    def head(self) -> Head:
        """Where the chain ends."""
        with self._answered():
            found = LedgerHead.objects.using(self.using).filter(id=_HEAD).values().first()
        return GENESIS if found is None else read_head(found)

    def rows(self) -> Iterator[Row]:
        """All rows in the order of their numbers, in batches; also those with numbers that nobody gave."""
        with self._answered():
            batch: Sequence[Row] = _read(_rows(self.using)[:BATCH])
        while batch:
            yield from batch
            batch = self.rows_after(batch[-1].seq, BATCH)

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Row]:
        """The next rows after number ``seq``, in order."""
        with self._answered():
            return _read(_rows(self.using).filter(seq__gt=seq)[:limit])

    def closed_since(self, kind: str, at: datetime) -> Mapping[tuple[str, str], datetime]:
        """What subjects of a kind have closed at ``at`` or later, and when last."""
        found = LedgerRow.objects.using(self.using).filter(
            subject__startswith=f"{kind}:",
            purpose__isnull=False,
            action__in=sorted(CLOSING),
            at__gte=written(at),
        )
        with self._answered():
            latest = found.order_by().values_list("subject", "purpose").annotate(latest=Max("at"))
            return read_closed(latest)

    def rows_of(self, subject: str) -> Sequence[Row]:
        """All rows of a subject, in order."""
        with self._answered():
            return _read(_rows(self.using).filter(subject=subject))

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        with self._answered():
            return _known(self.using, digests)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        with self._answered():
            return _checkpoints(self.using)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        with self._answered():
            LedgerCheckpoint.objects.using(self.using).create(**checkpoint_columns(checkpoint))

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """One more anonymous refusal of each of these purposes."""
        counts = RefusalCount.objects.using(self.using)
        with self._answered():
            # One by one, so that two writers do not lock each other out.
            for purpose in set(purposes):
                which = {"day": day.isoformat(), "purpose": purpose}
                counts.get_or_create(**which, defaults={"counted": 0})
                counts.filter(**which).update(counted=F("counted") + 1)

    def refusals(self) -> Mapping[tuple[date, str], int]:
        """How many anonymous refusals there were, by day and purpose."""
        with self._answered():
            found = RefusalCount.objects.using(self.using).values()
            return {(date.fromisoformat(row["day"]), row["purpose"]): row["counted"] for row in found}

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
            raise StoreDown(
                f"the store did not answer ({type(error).__name__}); "
                "have its migrations been run? python manage.py migrate shopprivacy"
            ) from None
        finally:
            if ours:
                _tidy(connection)


class DjangoWriter:
    """A `LedgerWriter` in one transaction that holds the head row."""

    def __init__(self, using: str) -> None:
        self._using = using
        # First of all: what this transaction sees may be fixed by its first query; it must see this row locked.
        self._head = _locked_head(using)

    def head(self) -> Head:
        """Where the chain ends."""
        return self._head

    def last(self, subject: str, purpose: str | None) -> Entry | None:
        """The subject's latest choice about this purpose."""
        found = _rows(self._using).filter(subject=subject)
        if purpose is not None:
            found = found.filter(Q(purpose=purpose) | Q(purpose=None))
        latest = _read(found.order_by("-seq")[:1])
        return latest[0].entry if latest else None

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        return _known(self._using, digests)

    def add(self, row: Row, head: Head) -> None:
        """Append the row and move the head."""
        LedgerRow.objects.using(self._using).create(**row_fields(row))
        LedgerHead.objects.using(self._using).filter(id=_HEAD).update(**head_columns(head))
        self._head = head

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        return _checkpoints(self._using)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        LedgerCheckpoint.objects.using(self._using).create(**checkpoint_columns(checkpoint))

    def blank(self, seqs: Sequence[int]) -> Sequence[int]:
        """Take content and salt out of these rows."""
        connection = connections[self._using]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:  # what is pruned leaves no trace in free pages
                cursor.execute("PRAGMA secure_delete = ON")
        blanked: list[int] = []
        for start in range(0, len(seqs), BATCH):
            part = _rows(self._using).filter(seq__in=seqs[start : start + BATCH], salt__isnull=False)
            blanked += part.values_list("seq", flat=True)
            part.order_by().update(**dict.fromkeys(CONTENT_FIELDS))
        return sorted(blanked)


def _tidy(connection: Any) -> None:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Close a connection that broke, or that CONN_MAX_AGE does not let stay, as Django does around its requests."""
    if not connection.in_atomic_block:
        with suppress(Error):  # some drivers complain about closing what is closed
            connection.close_if_unusable_or_obsolete()


def _locked_head(using: str) -> Head:
    heads = LedgerHead.objects.using(using).filter(id=_HEAD)
    if connections[using].features.has_select_for_update:
        # Not first(): its LIMIT is no trouble, but its ORDER BY makes MariaDB lock more than the row.
        found = list(heads.select_for_update().values())
    else:
        heads.update(id=_HEAD)
        found = list(heads.values())
    if not found:
        _make_head(using)  # somebody emptied the tables meanwhile, as tests do
        return _locked_head(using)
    return read_head(found[0])


def _make_head(using: str) -> None:
    LedgerHead.objects.using(using).get_or_create(id=_HEAD, defaults=head_columns(GENESIS))


def _checkpoints(using: str) -> list[Checkpoint]:
    found = LedgerCheckpoint.objects.using(using).order_by("id").values()
    return [read_checkpoint(columns) for columns in found]


def _rows(using: str) -> Any:  # noqa: ANN401  # a QuerySet
    return LedgerRow.objects.using(using).order_by("seq")


def _read(found: Any) -> list[Row]:  # noqa: ANN401  # a QuerySet
    return [read_row(fields) for fields in found.values(*ROW_FIELDS)]


def _known(using: str, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
    known: dict[bytes, bool] = {}
    for start in range(0, len(digests), BATCH):
        wanted = [digest.hex() for digest in digests[start : start + BATCH]]
        found = LedgerRow.objects.using(using).filter(digest__in=wanted)
        for digest, salt in found.values_list("digest", "salt"):
            known[bytes.fromhex(digest)] = salt is not None
    return known
