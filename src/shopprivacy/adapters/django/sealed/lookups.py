"""Queries: a value is found by its index, and whatever else a column is used for is refused by name.

A sealed column stands in a query in two ways: on the left of a look-up, where ours goes to the index column, and as
`SealedCol`, which can be selected and nothing else: ordered, put into a function, compared, it refuses, and where
Django shows us nothing of that, the database does, since there is no such column.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from django.db.models import lookups
from django.db.models.expressions import Col

from shopprivacy.errors import SealRefused
from shopprivacy.sealing.blind_index import NORMALISERS
from shopprivacy.sealing.column import WHOLE, Column
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.model import Erased

_BY_TEXT: Final = {
    *("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"),
    *("regex", "iregex", "search", "trigram_similar"),
}


class SearchRefused(SealRefused):
    """Somebody searched in a sealed column for a part of a value. `PrivacyMiddleware` answers it with 400."""


class SealedCol(Col):
    """A sealed column that is selected, and cannot be used for anything else."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return a column that does not exist: whoever selects it asks `select_format`, too."""
        named = Col(self.alias or self.target.model._meta.db_table, self.target)
        sql, params = named.as_sql(compiler, connection)
        return f"{sql[:-1]} is sealed{sql[-1]}", params

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """Return the column. Raises SealRefused where rows are told apart by it."""
        query = compiler.query
        grouped = isinstance(query.group_by, tuple)
        if (grouped or query.distinct or query.combinator) and not self._has_key(query):
            what = "group by" if grouped else "distinct" if query.distinct else str(query.combinator)
            raise self.target.sealed_column.refusal(what)
        selected: tuple[str, Any] = super().as_sql(compiler, compiler.connection)
        return selected

    def _has_key(self, query: Any) -> bool:
        if query.default_cols:
            return True
        columns = [*query.select, *(query.group_by if isinstance(query.group_by, tuple) else ())]
        return any(
            isinstance(one, Col) and one.target.primary_key and one.alias == self.alias for one in columns
        )

    def resolve_expression(self, *_: Any, **__: Any) -> Any:
        """Raise SealRefused: it is ordered by, or part of an expression."""
        raise self.target.sealed_column.refusal("ordering and calculating")

    @property
    def _output_field_or_none(self) -> Any:
        raise self.target.sealed_column.refusal("a function or an aggregate")

    def relabeled_clone(self, relabels: dict[str, str]) -> Any:
        """Return it under another alias."""
        return self if self.alias is None else type(self)(relabels.get(self.alias, self.alias), self.target)

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        """Return what makes its values `Sealed`."""
        return self.target.get_db_converters(connection)  # type: ignore[no-any-return]


class IndexLookup(lookups.Lookup):
    """Equality by a blind index. What it was given leaves the query at once."""

    normaliser: str | None = None
    rhs: Any

    @discreet
    def get_prep_lookup(self) -> Any:
        """Return the index values to look for; None stays None."""
        given, self.rhs = self.rhs, None
        return None if given is None else self.wanted([given])

    def wanted(self, values: Any) -> tuple[str, ...]:
        """Return the index values of what is looked for."""
        field = self.lhs.output_field
        column: Column = field.sealed_column
        found: list[str] = []
        for value in values:
            if value is None or value is Erased:
                continue
            if hasattr(value, "resolve_expression") or hasattr(value, "as_sql"):
                raise column.refusal("comparing it with an expression or another query")
            found += column.indexes(field.to_sealed(field.to_value(value)), self._by)
        return tuple(dict.fromkeys(found))

    @property
    def _by(self) -> str:
        return self.normaliser or self.lhs.output_field.sealed_column.whole or ""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return what is false, and not unknown, where the index is NULL: else ``exclude`` would drop those rows."""
        if not self.rhs:
            return "1 = 0", []
        index = self.lhs.output_field.index_field(self._by)
        column, _ = compiler.compile(Col(self.lhs.alias, index))
        marks = ", ".join(["%s"] * len(self.rhs))
        return f"({column} IS NOT NULL AND {column} IN ({marks}))", [*self.rhs]


class ExactLookup(IndexLookup):
    """``field="value"``."""

    lookup_name = "exact"


class IExactLookup(IndexLookup):
    """``field__iexact="value"``, where the index folds."""

    lookup_name = "iexact"


class InLookup(IndexLookup):
    """``field__in=["value", "other"]``."""

    lookup_name = "in"

    @discreet
    def get_prep_lookup(self) -> Any:
        """Return the index values to look for."""
        given, self.rhs = self.rhs, None
        if hasattr(given, "resolve_expression") or hasattr(given, "as_sql"):
            raise self.lhs.output_field.sealed_column.refusal("comparing it with another query")
        return self.wanted(given)


_LOOKUPS: Final[dict[str, type[IndexLookup]]] = {
    "exact": ExactLookup,
    "iexact": IExactLookup,
    "in": InLookup,
}


@cache
def _named(normaliser: str) -> type[IndexLookup]:
    """``field__last_word="value"``."""
    return type("NamedLookup", (IndexLookup,), {"lookup_name": normaliser, "normaliser": normaliser})


def lookup_of(column: Column, name: str) -> Any:
    """Return the look-up of this name that a column has, or None."""
    if name == "isnull":
        return lookups.IsNull
    if name in NORMALISERS and name in column.normalisers and name not in WHOLE:
        return _named(name)
    if column.whole is None:
        return None
    if name == "iexact" and not column.folds:
        return None
    return _LOOKUPS.get(name)


@cache
def refused_lookup(name: str) -> type[Any]:
    """Return a look-up that raises, with what works instead."""

    def refuse(self: Any, lhs: Any, rhs: Any) -> None:
        self.lhs, self.rhs = lhs, None
        del rhs
        refusal = lhs.output_field.sealed_column.refusal(f'"{name}"')
        raise (SearchRefused(*refusal.args) if name in _BY_TEXT else refusal)

    return type("RefusedLookup", (lookups.Lookup,), {"lookup_name": name, "__init__": refuse})
