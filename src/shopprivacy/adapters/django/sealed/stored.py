"""What a sealed field hands to the compiler of SQL. Nothing else gets into a sealed column."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.constants import OnConflict

from shopprivacy.adapters.django.sealed.rows import is_unnumbered, keep_keys, rows_of
from shopprivacy.errors import SealRefused


class Stored:
    """An envelope, or NULL, and the indexes that go along.

    It is compiled as an expression is, so that it sees the statement; for Django it is none: the result of an
    expression is read again after it was saved.
    """

    contains_aggregate = contains_over_clause = contains_column_references = False

    def __init__(
        self,
        envelope: bytes | None,
        field: Any,
        indexes: dict[Any, str | None],
        *,
        row: models.Model | None = None,
    ) -> None:
        self.envelope = envelope
        self.field = field
        self.indexes = indexes
        self.row = row
        """The row that it is written to, where its key is the row's own."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the bytes. Into an UPDATE, or an upsert, of the sealed column alone, the indexes are let in."""
        query = compiler.query
        if hasattr(query, "add_update_fields"):
            named = {field for field, *_ in query.values}
            query.values += [
                (field, None, value) for field, value in self.indexes.items() if field not in named
            ]
        elif hasattr(query, "objs"):
            if self.field in (query.update_fields or ()):
                query.update_fields += [one for one in self.indexes if one not in query.update_fields]
            if self.field.key != "field":
                self._refuse_lost_owner(query, connection)
        if self.row is not None:
            keep_keys(self.row, query)
        if self.envelope is None:
            return "NULL", []
        mark = "_binary %s" if connection.vendor == "mysql" else "%s"
        return mark, [connection.Database.Binary(self.envelope)]

    def _refuse_lost_owner(self, query: Any, connection: Any) -> None:
        """Refuse an INSERT after which nobody could say whose a row's keys are."""
        name = self.field.sealed_column.name
        if query.on_conflict is OnConflict.UPDATE:
            owners = rows_of(
                self.field.model
            ).owners  # of which only the first says whose a row is, if others have one
            if not any(field.attname == owners[0].attribute for field in query.unique_fields or ()):
                raise SealRefused(
                    f"{name}: update_conflicts finds rows by another column than their owner's, so a row could get "
                    "a value that is sealed for another one: look the rows up and save them"
                )
        if self.row is None or not is_unnumbered(self.row):
            return
        if query.on_conflict is not None:
            raise SealRefused(
                f"{name}: with ignore_conflicts the ids of the rows are unknown: save them one by one"
            )
        if len(query.objs) > 1 and not connection.features.can_return_rows_from_bulk_insert:
            raise SealRefused(
                f"{name}: this database does not return the numbers of several rows: save them one by one"
            )

    def __repr__(self) -> str:
        return f"<sealed {self.field.sealed_column.name}>"
