"""Writing to the ledger through Django's models, in one transaction that holds the head row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from django.db import connections, transaction
from django.db.models import Q

from shopprivacy.adapters.django.database import forget_what_was_deleted
from shopprivacy.adapters.django.stores.ledger_models import (
    LedgerCheckpoint,
    LedgerHead,
    LedgerJournal,
    LedgerRow,
)
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.chain import GENESIS, Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.serialize import (
    CONTENT_FIELDS,
    ROW_FIELDS,
    checkpoint_columns,
    head_columns,
    journal_columns,
    read_checkpoint,
    read_head,
    read_last_choice,
    read_row,
    row_fields,
)
from shopprivacy.ledger.store import BATCH, About, batches, known_in_batches
from shopprivacy.ledger.validity import LastChoice
from shopprivacy.storage.sqlite import SECURE_DELETE

HEAD_ID: Final = 1
"""Of the one row that says where the chain ends."""


class DjangoWriter:
    """A `LedgerWriter` in one transaction that holds the head row.

    The transaction may be the shop's own, and what it sees fixed by a query before this: it reads what is there now.
    """

    def __init__(self, using: str) -> None:
        self._using = using
        connection = connections[using]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(SECURE_DELETE)
        self._head = _locked_head(using)

    def head(self) -> Head:
        """Where the chain ends."""
        return self._head

    def last(self, about: Sequence[About]) -> Sequence[LastChoice | None]:
        """For each of these the subject's latest choice about the purpose."""
        return [self._last(subject, purpose) for subject, purpose in about]

    def _last(self, subject: str, purpose: str | None) -> LastChoice | None:
        found = _current(rows_in(self._using)).filter(subject=subject)
        if purpose is not None:
            found = found.filter(Q(purpose=purpose) | Q(purpose=None))
        latest = list(found.order_by("-seq").values_list(*LastChoice._fields)[:1])
        return read_last_choice(*latest[0]) if latest else None

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        return _known(_current(rows_in(self._using)), digests)

    def add(self, rows: Sequence[Row], head: Head) -> None:
        """Append the rows and move the head."""
        LedgerRow.objects.using(self._using).bulk_create(
            (LedgerRow(**row_fields(row)) for row in rows), batch_size=BATCH
        )
        LedgerHead.objects.using(self._using).filter(id=HEAD_ID).update(**head_columns(head))
        self._head = head

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        return checkpoints_in(self._using)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        LedgerCheckpoint.objects.using(self._using).create(**checkpoint_columns(checkpoint))

    def note_journal(self, state: JournalState) -> None:
        """Keep a journal's row."""
        columns = journal_columns(state)
        name = columns.pop("name")
        LedgerJournal.objects.using(self._using).update_or_create(name=name, defaults=columns)

    def retire_journal(self, name: str) -> bool:
        """Take a journal's row away."""
        return bool(LedgerJournal.objects.using(self._using).filter(name=name).delete()[0])

    def blank(self, seqs: Sequence[int]) -> Sequence[int]:
        """Take content and salt out of these rows."""
        blanked: list[int] = []
        for batch in batches(seqs):
            part = rows_in(self._using).filter(seq__in=batch, salt__isnull=False)
            blanked += _current(part).values_list("seq", flat=True)
            part.order_by().update(**dict.fromkeys(CONTENT_FIELDS))
        if blanked:
            transaction.on_commit(partial(_forget, self._using), using=self._using)
        return sorted(blanked)


def _forget(using: str) -> None:
    with suppress(StoreDown):  # it is pruned; the store's job tries again
        forget_what_was_deleted(using)


def _locked_head(using: str) -> Head:
    heads = LedgerHead.objects.using(using).filter(id=HEAD_ID)
    if not connections[using].features.has_select_for_update:
        heads.update(id=HEAD_ID)
    # Not first(): its LIMIT is no trouble, but its ORDER BY makes MariaDB lock more than the row.
    found = list(_current(heads).values())
    if not found:
        make_head(using)  # somebody emptied the tables meanwhile, as tests do
        return _locked_head(using)
    return read_head(found[0])


def _current(query: Any) -> Any:  # noqa: ANN401  # a QuerySet
    """The query as one that reads, and locks, what is committed now.

    On MariaDB under REPEATABLE READ any other reads what was committed at the transaction's first query.
    """
    return query.select_for_update() if connections[query.db].features.has_select_for_update else query


def make_head(using: str) -> None:
    """Make the head of an empty ledger, unless it is there."""
    LedgerHead.objects.using(using).get_or_create(id=HEAD_ID, defaults=head_columns(GENESIS))


def checkpoints_in(using: str) -> list[Checkpoint]:
    """All checkpoints of a database, oldest first."""
    found = LedgerCheckpoint.objects.using(using).order_by("id").values()
    return [read_checkpoint(columns) for columns in found]


def rows_in(using: str) -> Any:  # noqa: ANN401  # a QuerySet
    """All rows of a database in order, to be narrowed down."""
    return LedgerRow.objects.using(using).order_by("seq")


def read_rows(found: Any) -> list[Row]:  # noqa: ANN401  # a QuerySet
    """The rows that a query finds."""
    return [read_row(fields) for fields in found.values(*ROW_FIELDS)]


def known_in(using: str, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
    """Those digests that a row in a database has, each with whether the row still has its content."""
    return _known(rows_in(using), digests)


def _known(rows: Any, digests: Sequence[bytes]) -> Mapping[bytes, bool]:  # noqa: ANN401  # a QuerySet
    found = rows.order_by().values_list("digest", "salt")
    return known_in_batches(digests, lambda wanted: found.filter(digest__in=wanted))
