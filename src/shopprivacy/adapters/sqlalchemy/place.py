"""Where a sealed column stands: its table, what it is mapped by, and its index columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Column as TableColumn
from sqlalchemy import inspect
from sqlalchemy.orm import configure_mappers

from shopprivacy.adapters.sqlalchemy.loaded import Loaded, loaded_class
from shopprivacy.adapters.sqlalchemy.waiting import look_up_elsewhere
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.column import Column, refuse_index
from shopprivacy.sealing.service import Sealing

SEALING: Final = "shopprivacy"
"""What a MetaData's ``info`` has the shop's `Sealing` under."""


class SealedPlace:
    """One sealed column of one table."""

    def __init__(self, column: TableColumn[Any]) -> None:
        self.column = column
        self.type: Any = column.type
        """The `Sealed` of the column."""
        self.indexes: dict[str, TableColumn[Any]] = {}
        """The index columns, by normaliser."""
        self._mapped: tuple[type, str] | None = None
        self._described: Column | None = None
        self._loaded: type[Loaded] | None = None

    @property
    def name(self) -> str:
        """``table.column``, as the values are sealed."""
        return str(self.type.name or f"{self.column.table.name}.{self.column.name}")

    @property
    def sealed_column(self) -> Column:
        """What the values of the column are sealed by. Raises SealRefused for a name or an index that cannot be."""
        if self._described is None:
            configure_mappers()
        return self._described or self._describe(self.column.key)

    @property
    def loaded(self) -> type[Loaded]:
        """What its values are that were loaded."""
        if self._loaded is None:
            self._loaded = loaded_class(self.sealed_column)
        return self._loaded

    @property
    def is_loaded(self) -> bool:
        """Whether anything of it was ever loaded."""
        return self._loaded is not None

    def map(self, model: type, attribute: str) -> Column:
        """Say which attribute it is mapped by: the first that does is what pickles name it by."""
        if self._mapped is None:
            self._mapped = model, attribute
        return self._described or self._describe(attribute)

    def _describe(self, attribute: str) -> Column:
        for column in self.column.table.columns:
            index: Any = column.type
            if getattr(index, "of", None) == attribute:
                refuse_index(self.name, self.type.kind, None)
                index.place = self
                self.indexes[index.by] = column
        self._described = Column(
            self.name,
            self.type.key,
            self.type.group,
            tuple(self.indexes),
            self._sealing,
            self,
            look_up_elsewhere=look_up_elsewhere,
        )
        return self._described

    def _sealing(self) -> Sealing:
        found: Sealing | None = self.column.table.metadata.info.get(SEALING)
        if found is None:
            raise KeyUnavailable(
                f"{self.name}: the models have no keys yet: call seal_models(Base, privacy.sealing) at start"
            )
        return found

    def __repr__(self) -> str:
        return f"<sealed column {self.name}>"

    def __reduce__(self) -> tuple[Callable[..., SealedPlace], tuple[type, str]]:
        if self._mapped is None:
            raise SealRefused(f"{self.name}: a value of a table without a model cannot be pickled")
        return _place_of, self._mapped


def _place_of(model: type, attribute: str) -> SealedPlace:
    configure_mappers()
    column: Any = inspect(model).columns[attribute]
    place: SealedPlace = column.type.place
    return place
