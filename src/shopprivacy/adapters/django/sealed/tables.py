"""The sealed columns of Django's models, for ``manage.py shopprivacy sealed``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, connections, models, router

from shopprivacy.adapters.django.sealed.erase import sealed_models
from shopprivacy.adapters.django.sealed.index import BlindIndexField
from shopprivacy.adapters.django.sealed.rows import rows_of
from shopprivacy.sealing.column import Sealed
from shopprivacy.sealing.service import Subject
from shopprivacy.sealing.tables import BATCH, IndexTaken, StoredRow


class DjangoTable:
    """A `SealedTable`."""

    def __init__(self, field: Any) -> None:
        self.field = field
        self.column = field.sealed_column
        self.has_clear = field.clear is not None
        self.is_unique = any(index.unique for index in field.index_fields)
        model = field.model
        self._model = model
        self._using = router.db_for_write(model)
        self._owners = () if field.key == "field" else rows_of(model).owners
        self._indexes = field.index_fields
        self._others = [
            one.attname
            for one in model._meta.local_concrete_fields
            if not hasattr(one, "sealed_column") and not isinstance(one, BlindIndexField) and not one.is_relation
            and not one.primary_key and one.attname != field.clear
        ]  # fmt: skip

    def rows(self) -> Iterator[StoredRow]:
        """All rows."""
        clear = [self.field.clear] if self.has_clear else []
        owners = [owner.attribute for owner in self._owners]
        indexes = [index.attname for index in self._indexes]
        names = ["pk", self.field.attname, *owners, *indexes, *clear, *self._others]
        found = self._model._base_manager.using(self._using).order_by("pk").values_list(*names)
        for key, sealed, *rest in found.iterator(chunk_size=BATCH):
            given = iter(rest)
            whose = [(owner.kind, next(given)) for owner in self._owners]
            yield StoredRow(
                key,
                sealed,
                next(((kind, one) for kind, one in whose if one is not None), None),
                {index.normaliser: next(given) for index in self._indexes},
                next(given) if self.has_clear else None,
                dict(zip(self._others, given, strict=True)),
            )

    def read_clear(self, stored: object) -> object:
        """Return a value that is stored unsealed in the column itself. Raises ValueError."""
        text = stored if isinstance(stored, str) else bytes(stored).decode()  # type: ignore[call-overload]
        value = json.loads(text) if isinstance(self.field, models.JSONField) else text
        try:
            return self.field.to_value(value)
        except Exception:  # what Django says of a value quotes it
            raise ValueError from None

    def seal(self, value: object, subject: Subject | None) -> tuple[Sealed, Mapping[str, str | None]]:
        """Return a value as it is stored, with its indexes."""
        sealed = self.field.seal(value, subject)
        return sealed, {index.normaliser: index.value_of(sealed, None) for index in self._indexes}

    def value(self, opened: object) -> object:
        """Return what was sealed as the attribute gives it."""
        return self.field.from_sealed(opened)

    def write(self, row: StoredRow, sealed: Sealed | None, indexes: Mapping[str, str | None]) -> bool:
        """Store it where the row is as it was read. Raises IndexTaken."""
        connection = connections[self._using]
        quote = connection.ops.quote_name
        mark = "_binary %s" if connection.vendor == "mysql" else "%s"
        sets, values = (
            [f"{quote(self.field.column)} = {mark if sealed else 'NULL'}"],
            [sealed and sealed.envelope],
        )
        for index in self._indexes:
            sets.append(f"{quote(index.column)} = %s")
            values.append(indexes[index.normaliser])
        values = values if sealed else values[1:]
        before = None if row.sealed is None else row.sealed.envelope
        text = isinstance(before, str)
        where, wanted = (
            [f"{quote(self._model._meta.pk.column)} = %s"],
            [self._model._meta.pk.get_db_prep_value(row.key, connection)],
        )
        compared = [(self.field.column, before, "%s" if text else mark)]
        if self.has_clear:
            clear = self._model._meta.get_field(self.field.clear)
            compared.append((clear.column, clear.get_db_prep_value(row.clear, connection), "%s"))
        for name, value, place in compared:
            where.append(f"{quote(name)} IS NULL" if value is None else f"{quote(name)} = {place}")
            wanted += [] if value is None else [value]
        with connection.cursor() as cursor:
            try:
                cursor.execute(
                    f"UPDATE {quote(self._model._meta.db_table)} SET {', '.join(sets)} WHERE {' AND '.join(where)}",  # noqa: S608  # names, quoted
                    [*values, *wanted],
                )
            except IntegrityError:
                raise IndexTaken from None
            return bool(cursor.rowcount == 1)


def sealed_tables() -> list[DjangoTable]:
    """Return every sealed column of the shop's models."""
    return [
        DjangoTable(field)
        for model in sealed_models()
        for field in model._meta.local_fields
        if hasattr(field, "sealed_column")
    ]
