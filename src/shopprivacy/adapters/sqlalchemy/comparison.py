"""Comparing in statements: a value is found by its index, and whatever else is asked of a column is refused by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, ClauseElement, ColumnElement, and_, false, not_, or_
from sqlalchemy import Column as TableColumn
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Null
from sqlalchemy.types import TypeDecorator

from shopprivacy.adapters.sqlalchemy.loaded import is_sealed
from shopprivacy.adapters.sqlalchemy.refused import Refused
from shopprivacy.sealing.column import WHOLE, Column
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.model import Erased

if TYPE_CHECKING:
    from shopprivacy.adapters.sqlalchemy.place import SealedPlace

_NULL: Final = {operators.is_, operators.is_not, operators.eq, operators.ne}
_NEGATED: Final = {operators.ne, operators.not_in_op}
_SINGLE: Final = {operators.eq, operators.ne}
_SEVERAL: Final = {operators.in_op, operators.not_in_op}
_NAMES: Final = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "add": "+",
    "getitem": "[]",
    "desc_op": "order_by",
    "asc_op": "order_by",
    "distinct_op": "distinct",
}


class SealedComparator(TypeDecorator.Comparator[Any]):
    """What a sealed column can be compared with: values, by its index, and NULL."""

    __slots__ = ()

    def operate(self, op: Any, *other: Any, **options: Any) -> ColumnElement[Any]:
        """Return a comparison. Raises SealRefused for one that cannot be."""
        if op in _NULL and (_is_null(other) or _is_itself(self.expr, other)):
            return super().operate(op, *other, **options)
        place = _place(self.expr)
        if op in _SINGLE and isinstance(other[0], TableColumn):
            return TwoColumns(place, are_told_apart=op is operators.ne)
        column = place.sealed_column
        whole = column.whole
        if whole is None or op not in _SINGLE | _SEVERAL:
            del other
            raise refusal(place, _told(op))
        index = _beside(self.expr, place, whole)
        try:
            return _compared(index, op, other, column, whole)
        finally:
            del other

    def reverse_operate(self, op: Any, other: Any, **options: Any) -> ColumnElement[Any]:
        """Raise SealRefused: no calculation works on it."""
        del other
        raise refusal(_place(self.expr), _told(op))


class BlindIndexComparator(TypeDecorator.Comparator[Any]):
    """An index column compared with a value: by the index of that value."""

    __slots__ = ()

    def operate(self, op: Any, *other: Any, **options: Any) -> ColumnElement[Any]:
        """Return a comparison. Raises SealRefused for one that cannot be."""
        if op in _NULL and (_is_null(other) or _is_itself(self.expr, other)):
            return super().operate(op, *other, **options)
        expression: Any = self.expr
        place = _place(expression)
        if op in _SINGLE and isinstance(other[0], TableColumn):
            return TwoColumns(place, are_told_apart=op is operators.ne)
        column = place.sealed_column
        if op not in _SINGLE | _SEVERAL:
            del other
            raise refusal(place, _told(op))
        try:
            return _compared(expression, op, other, column, expression.type.by)
        finally:
            del other

    def reverse_operate(self, op: Any, other: Any, **options: Any) -> ColumnElement[Any]:
        """Raise SealRefused: no calculation works on it."""
        del other
        raise refusal(_place(self.expr), _told(op))

    def found(self, values: Iterable[str]) -> ColumnElement[bool]:
        """Whether the index is one of these index values: False, and not unknown, where it is NULL."""
        return and_(self.expr.is_not(None), super().operate(operators.in_op, [*values]))

    def not_found(self, values: Iterable[str]) -> ColumnElement[bool]:
        """Whether the index is none of these index values; NULL is none."""
        return or_(self.expr.is_(None), super().operate(operators.not_in_op, [*values]))


class TwoColumns(ColumnElement[bool]):
    """A sealed column compared with another one of a table: refused where a statement uses it.

    SQLAlchemy compares columns as it looks for one in a list, and asks whether they are equal.
    """

    __visit_name__ = "two_columns"
    inherit_cache = False
    type = Boolean()

    def __init__(self, place: SealedPlace, *, are_told_apart: bool) -> None:
        self._place = place
        self._are_told_apart = are_told_apart

    def __bool__(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # as BinaryExpression does
        return self._are_told_apart

    def _compiler_dispatch(self, *_: Any, **__: Any) -> Any:
        raise refusal(self._place, "comparing it with another column")


def refusal(place: SealedPlace, asked: str) -> Refused:
    """Return the error of what a sealed column cannot do."""
    column = place.sealed_column
    works = [*(("==", "!=", "in_", "not_in") if column.whole else ()), "is_(None)"]
    works += [f"{index.key} ==" for by, index in place.indexes.items() if by not in WHOLE]
    hint = "" if column.whole else 'with a blind_index("…") it would be found by its whole value'
    return Refused(column.refused(asked, works, hint))


def _place(expression: Any) -> SealedPlace:
    type_ = expression.type
    place: SealedPlace | None = type_.place
    if place is None:  # an index whose table was not looked at yet
        for column in expression.table.columns:
            if getattr(column.type, "place", None) is not None:
                column.type.place.sealed_column  # noqa: B018  # which finds its indexes
        place = type_.place
    if place is None:
        raise Refused("the sealed column of this blind index is not in its table")
    return place


@discreet
def _compared(index: Any, op: Any, other: tuple[Any, ...], column: Column, by: str) -> ColumnElement[Any]:
    wanted = _wanted(op, other[0], column, by)
    if not wanted:
        return not_(false()) if op in _NEGATED else false()
    comparator: BlindIndexComparator = index.comparator
    return comparator.not_found(wanted) if op in _NEGATED else comparator.found(wanted)


def _wanted(op: Any, given: Any, column: Column, by: str) -> tuple[str, ...]:
    """The index values of what is looked for."""
    found: list[str] = []
    place: Any = column.mapped
    values = [given] if op in _SINGLE else given
    del given
    if _is_expression(values) or isinstance(values, str):
        raise refusal(place, "comparing it with an expression or another query")
    for value in values:
        if _is_expression(value) or is_sealed(value):
            raise refusal(place, "comparing it with an expression or a sealed value")
        if value is not None and value is not Erased:
            found += column.indexes(value, by)
    return tuple(dict.fromkeys(found))


def _beside(expression: Any, place: SealedPlace, by: str) -> Any:
    """The index column of the same table, alias or query. Raises SealRefused where that has none."""
    table = getattr(expression, "table", None)
    wanted = place.indexes[by].type
    for column in () if table is None else table.columns:
        if column.type is wanted:
            return column
    raise Refused(
        f"{place.name} is found by its index, which is not in this query: select {place.indexes[by].key}, too"
    )


def _is_null(other: tuple[Any, ...]) -> bool:
    return len(other) == 1 and (other[0] is None or isinstance(other[0], Null))


def _is_itself(expression: Any, other: tuple[Any, ...]) -> bool:
    """Whether a column is compared with itself, as SQLAlchemy does that looks columns up in dictionaries."""
    return len(other) == 1 and isinstance(other[0], ClauseElement) and hash(other[0]) == hash(expression)


def _is_expression(value: object) -> bool:
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def _told(op: Any) -> str:
    name = getattr(op, "__name__", str(op))
    return _NAMES.get(name, name.removesuffix("_op"))
