"""Statements that use a sealed column without asking its comparator: ordering, grouping, functions, and changed owners.

A session shows us each statement before it runs one. What a connection runs is the database's: it gives `Sealed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    BinaryExpression,
    Case,
    Cast,
    ClauseElement,
    CompoundSelect,
    FunctionElement,
    Over,
    Select,
    TypeCoerce,
    Update,
    WithinGroup,
    event,
)
from sqlalchemy.orm import Mapper, ORMExecuteState, Session
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import count

from shopprivacy.adapters.sqlalchemy.bulk import refuse_insert, seal_insert, seal_update
from shopprivacy.adapters.sqlalchemy.column_types import Sealed
from shopprivacy.adapters.sqlalchemy.comparison import refusal
from shopprivacy.adapters.sqlalchemy.place import SealedPlace
from shopprivacy.adapters.sqlalchemy.refused import Refused
from shopprivacy.adapters.sqlalchemy.rows import SEALED, rows_of
from shopprivacy.sealing.bounded_map import BoundedMap

_FINE: Final[BoundedMap[Any, type]] = BoundedMap(1000)
"""Statements that were looked at, by what SQLAlchemy finds them by."""


def refuse_statements() -> None:
    """Look at every statement of every session, from now on."""
    if not event.contains(Session, "do_orm_execute", _look):
        event.listen(Session, "do_orm_execute", _look)


def _look(execution: ORMExecuteState) -> Any:
    if execution.is_relationship_load or execution.is_column_load:
        return None
    statement: Any = execution.statement
    if execution.is_select or execution.is_update or execution.is_delete:
        _refuse_uses(statement)
    if execution.is_update:
        mappers = [mapper for mapper in execution.all_mappers if rows_of(mapper) is not None]
        _refuse_update(statement, mappers)
        table = getattr(statement, "table", None)
        _refuse_other_owners(statement, mappers or [one for one in SEALED if one.local_table is table])
    return _sealed_in_bulk(execution)


def _sealed_in_bulk(execution: ORMExecuteState) -> Any:
    """Seal the rows that a statement is given beside itself, and return what it gives."""
    mapper = execution.bind_mapper
    rows = None if mapper is None else rows_of(mapper)
    if rows is not None and execution.is_insert:
        refuse_insert(execution.statement, rows)
    by_attribute = execution.execution_options.get("dml_strategy") in (None, "auto", "bulk")
    if mapper is None or rows is None or not (by_attribute and execution.parameters):
        return None
    if execution.is_insert:
        return seal_insert(execution, mapper, rows)
    if execution.is_update and isinstance(execution.parameters, list):
        return seal_update(execution, mapper, rows)
    return None


def _refuse_uses(statement: Any) -> None:
    """Refuse what a statement, or one inside of it, does with sealed columns; it is looked at once.

    SQLAlchemy makes the same key to find what it has compiled.
    """
    made = statement._generate_cache_key()
    key = None if made is None else made.key
    if key is not None and _FINE[key]:
        return
    for node in visitors.iterate(statement):
        if isinstance(node, Select | CompoundSelect):
            _refuse_rows(node)
        elif _is_function(node):
            for place in _sealed(node):
                raise refusal(place, "a function or an expression")
        elif isinstance(node, Over | WithinGroup):
            for place in (*_sealed(node.order_by), *_sealed(getattr(node, "partition_by", None))):
                raise refusal(place, "over()" if isinstance(node, Over) else "within_group()")
        elif isinstance(node, Update):
            for value in (getattr(node, "_values", None) or {}).values():
                for place in _sealed(value):
                    raise refusal(place, "copying it with update()")
        _refuse_compared(node)
    if key is not None:
        _FINE.put(key, statement.__class__)


def _is_function(node: Any) -> bool:
    """Whether it makes other values; of counting, ``distinct()`` inside of it does."""
    is_function = isinstance(node, FunctionElement | Cast | TypeCoerce | Case) and not isinstance(node, count)
    return is_function or getattr(node, "operator", None) is operators.distinct_op


def _refuse_rows(selected: Any) -> None:
    """Refuse ordering and grouping rows by sealed columns, and telling rows apart by them."""
    for part, asked in (("_order_by_clauses", "order_by"), ("_group_by_clauses", "group_by")):
        for clause in getattr(selected, part, ()):
            for place in (*_sealed(clause), *_named(clause, selected)):
                raise refusal(place, asked)
    asked = "distinct" if getattr(selected, "_distinct", False) else ""
    asked = getattr(getattr(selected, "keyword", None), "name", asked).lower()
    for one in getattr(selected, "selects", [selected]) if asked not in ("", "union_all") else ():
        for column in getattr(one, "_raw_columns", ()):
            for place in _sealed(column) if isinstance(column, ColumnElement) else ():
                raise refusal(place, asked)


def _refuse_compared(node: Any) -> None:
    """Refuse a comparison that begins with another column, which does not know what a sealed one is."""
    if isinstance(node, BinaryExpression) and node.operator not in (operators.is_, operators.is_not):
        sides = node.left, node.right
        for side in sides if hash(sides[0]) != hash(sides[1]) else ():
            if isinstance(getattr(side, "type", None), Sealed):
                for place in _sealed(side):
                    raise refusal(place, "comparing it with another column")


def _sealed(clause: Any) -> Iterator[SealedPlace]:
    """The sealed columns that an expression uses; what it says of NULL is no use."""
    for node in visitors.iterate(clause) if isinstance(clause, ClauseElement) else ():
        if isinstance(node, ColumnElement) and node.is_clause_element and hasattr(node, "table"):
            place: SealedPlace | None = node.type.place if isinstance(node.type, Sealed) else None
            if place is not None:
                yield place


def _named(clause: Any, selected: Any) -> Iterator[SealedPlace]:
    """The sealed columns that are named by a text: ``order_by("email")``, ``order_by(desc("email"))``."""
    for node in visitors.iterate(clause):
        text = getattr(node, "element", None)
        if not isinstance(text, str):
            continue
        for column in selected.selected_columns:
            place = getattr(column.type, "place", None)
            if (
                isinstance(place, SealedPlace)
                and text in (column.key, column.name)
                and isinstance(column.type, Sealed)
            ):
                yield place


def _refuse_update(statement: Any, mappers: Iterable[Mapper[Any]]) -> None:
    """Refuse an UPDATE of many rows that leaves the indexes of what it writes."""
    changed = _changed(statement)
    for mapper in mappers:
        rows = rows_of(mapper)
        for field in () if rows is None else rows.fields:
            if changed & {field.attribute, field.table_column.key} and field.type.place is not None:
                raise refusal(field.type.place, "update()")


def _refuse_other_owners(statement: Any, mappers: Iterable[Mapper[Any]]) -> None:
    """Refuse an UPDATE of many rows that gives them to another owner."""
    changed = _changed(statement)
    for mapper in mappers:
        rows = rows_of(mapper)
        for owner in () if rows is None else rows.owners:
            if changed & {owner.attribute, mapper.columns[owner.attribute].key}:
                raise Refused(
                    f"{mapper.class_.__name__}.{owner.attribute} says who owns the rows: set it on each row, so that "
                    "their sealed values are sealed again"
                )


def _changed(statement: Any) -> set[str]:
    """What an UPDATE sets, by the keys of columns and by attributes."""
    return {getattr(column, "key", column) for column in getattr(statement, "_values", None) or ()}
