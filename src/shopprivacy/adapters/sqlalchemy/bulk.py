"""Bulk statements of a session, ``insert(Model), [{…}]`` and ``update(Model), [{…}]``: sealed row by row.

They pass the events of a flush by, and are shown to us before they run. A row that is its own owner and gets its number
from the database needs RETURNING: its key is stored before it, and bound to the number that comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Result, select, tuple_
from sqlalchemy.engine.result import null_result
from sqlalchemy.orm import Mapper, ORMExecuteState

from shopprivacy.adapters.sqlalchemy.flush import Work, follow, python_default, seal_all
from shopprivacy.adapters.sqlalchemy.known_owners import look_up_owners
from shopprivacy.adapters.sqlalchemy.loaded import is_sealed
from shopprivacy.adapters.sqlalchemy.new_keys import NewKeys
from shopprivacy.adapters.sqlalchemy.refused import Refused
from shopprivacy.adapters.sqlalchemy.rows import Field, Owner, Rows
from shopprivacy.adapters.sqlalchemy.waiting import beside_loop
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.envelope import key_of
from shopprivacy.sealing.model import Erased, NewSubject

_ASKED_AT_ONCE: Final = 500
Values = dict[str, Any]


@discreet
def seal_insert(execution: ORMExecuteState, mapper: Mapper[Any], rows: Rows) -> Result[Any]:
    """Seal what an INSERT of several rows is given, run it, and bind the keys of new rows.

    Raises Refused, and KeyUnavailable where keys cannot be stored.
    """
    listed = _listed(execution)
    work = [[*_to_insert(rows, values)] for values in listed]
    personal = next((one.field for each in work for one in each if one.field.is_personal), None)
    if personal is None:
        for values, each in zip(listed, work, strict=True):
            _seal(values, each, None)
        return execution.invoke_statement()
    keys = NewKeys(personal.column)
    owners = {owner for values in listed if (owner := _given_owner(rows, values)) is not None}
    look_up_owners(owners, rows.fields)
    new = beside_loop(lambda: _seal_new(rows, mapper, listed, work, keys))
    return _run(execution, mapper, rows, listed, new) if new else execution.invoke_statement()


@discreet
def seal_update(execution: ORMExecuteState, mapper: Mapper[Any], rows: Rows) -> Result[Any]:
    """Seal what an UPDATE of several rows by their numbers is given, and run it. Raises as `seal_insert` does."""
    listed = _listed(execution)
    for values in listed:
        for owner in rows.owners:
            if owner.attribute in values and owner.attribute not in _numbers(mapper):
                raise Refused(
                    f"{mapper.class_.__name__}.{owner.attribute} says who owns the rows: set it on each row, so that "
                    "their sealed values are sealed again"
                )
    work = [[*_to_update(rows, values)] for values in listed]
    personal = [
        values
        for values, each in zip(listed, work, strict=True)
        if any(one.field.is_personal for one in each)
    ]
    owners = _owners(execution, mapper, rows, personal) if personal else {}

    def seal() -> None:
        for values, each in zip(listed, work, strict=True):
            _seal(values, each, owners.get(_key(mapper, values)))

    look_up_owners({*owners.values()}, [one.field for each in work for one in each])
    beside_loop(seal)
    return execution.invoke_statement()


def _listed(execution: ORMExecuteState) -> list[Values]:
    """Copies of the rows that a statement is given; what `invoke_statement` runs has these."""
    given: Any = execution.parameters
    listed = [dict(one) for one in ([given] if isinstance(given, dict) else given)]
    execution.parameters = listed
    return listed


def _to_insert(rows: Rows, values: Values) -> Iterator[Work]:
    for field in rows.fields:
        name = field.attribute
        follow(field, values)
        if values.get(name) is None and (default := python_default(field.table_column.default)) is not None:
            values[name] = default  # as in a flush
        for index, _ in field.indexes:
            values[index] = None
        if values.get(name) is not None:
            yield _work(field, values[name])


def _to_update(rows: Rows, values: Values) -> Iterator[Work]:
    for field in rows.fields:
        name = field.attribute
        follow(field, values)
        if any(index in values for index, _ in field.indexes):
            raise Refused(f"{field.column.name}: its index is set automatically, and may not be set by hand")
        if name not in values:
            continue
        values.update((index, None) for index, _ in field.indexes)
        if values[name] is Erased:
            del values[name]  # its bytes stay
        elif values[name] is not None:
            yield _work(field, values[name])


def _work(field: Field, value: Any) -> Work:
    if is_sealed(value):
        raise Refused(
            f"{field.column.name}: a value that is sealed for one row cannot be used for another: give the plain value"
        )
    return Work(field, value)


def _seal(values: Values, work: Iterable[Work], subject: Owner | NewSubject | None) -> None:
    values.update(seal_all(work, subject))


def _seal_new(
    rows: Rows, mapper: Mapper[Any], listed: Sequence[Values], work: Sequence[list[Work]], keys: NewKeys
) -> dict[bytes, NewSubject]:
    """Seal new rows, and have their keys stored; gives the owners that are to get a number, by their handles."""
    new: dict[bytes, NewSubject] = {}
    for values, each in zip(listed, work, strict=True):
        kind = rows.new_kind(values) if any(one.field.is_personal for one in each) else None
        if kind is None or rows.own is None:
            _seal(values, each, _given_owner(rows, values))
            continue
        number = values.get(rows.own)
        if number is None and (default := python_default(mapper.columns[rows.own].default)) is not None:
            number = values[rows.own] = default
        subject = keys.subject(kind, number)
        _seal(values, each, subject)
        if number is None:
            new.update(
                (key_of(values[one.field.attribute].envelope), subject)
                for one in each
                if one.field.is_personal
            )
    keys.keep()
    return new


def _given_owner(rows: Rows, values: Values) -> Owner | None:
    owned = ((owner.kind, values.get(owner.attribute)) for owner in rows.owners)
    return next(((kind, one) for kind, one in owned if one is not None), None)


def _run(
    execution: ORMExecuteState,
    mapper: Mapper[Any],
    rows: Rows,
    listed: Sequence[Values],
    new: dict[bytes, NewSubject],
) -> Result[Any]:
    """Run an INSERT that gives the numbers of its rows, and bind their keys."""
    statement: Any = execution.statement
    name = mapper.class_.__name__
    if statement._post_values_clause is not None or statement._prefixes:
        raise Refused(f"{name}: if rows may be skipped, their ids are unknown: add them one by one")
    session = execution.session
    dialect = session.connection(bind_arguments=dict(execution.bind_arguments)).dialect
    if not (dialect.insert_executemany_returning if len(listed) > 1 else dialect.insert_returning):
        raise Refused(f"{name}: this database does not return the ids of several rows: use add_all")
    told = [mapper.class_manager[one] for one in (str(rows.own), *_covering(rows, listed))]
    result = execution.invoke_statement(statement.returning(*told))
    shown = len(result.keys()) - len(told)
    frozen = result.freeze()
    numbers: dict[NewSubject, Any] = {}
    for row in frozen.data:
        number, *sealed = row[shown:]
        handles = [key_of(one.envelope) for one in sealed if one is not None]
        numbers.update((new[handle], number) for handle in handles if handle in new)
    beside_loop(lambda: NewSubject.bind_together([*numbers.items()]))
    return frozen().columns(*range(shown)) if shown else null_result()


def _covering(rows: Rows, listed: Iterable[Values]) -> Iterator[str]:
    """Sealed attributes of which each row has at least one."""
    left = [*listed]
    for field in rows.fields:
        name = field.attribute
        if field.is_personal and any(values.get(name) is not None for values in left):
            left = [values for values in left if values.get(name) is None]
            yield name


def _owners(
    execution: ORMExecuteState, mapper: Mapper[Any], rows: Rows, listed: Sequence[Values]
) -> dict[tuple[Any, ...], Owner]:
    """Whose rows are, by their numbers: the database knows, unless they are their own."""
    keys = [_key(mapper, values) for values in listed]
    if rows.owners[0].attribute == rows.own:
        return {key: (rows.owners[0].kind, key[0]) for key in keys}
    columns = [mapper.columns[name] for name in _numbers(mapper)]
    wanted = [*columns, *(mapper.columns[owner.attribute] for owner in rows.owners)]
    found: dict[tuple[Any, ...], Owner] = {}
    connection = execution.session.connection(bind_arguments=dict(execution.bind_arguments))
    for first in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[first : first + _ASKED_AT_ONCE]
        condition: ColumnElement[bool] = tuple_(*columns).in_(some)
        for row in connection.execute(select(*wanted).select_from(mapper.selectable).where(condition)):
            owned = zip(rows.owners, row[len(columns) :], strict=True)
            owner = next(
                ((one.kind, identifier) for one, identifier in owned if identifier is not None), None
            )
            if owner is not None:
                found[tuple(row[: len(columns)])] = owner
    return found


def _numbers(mapper: Mapper[Any]) -> list[str]:
    return [mapper.get_property_by_column(column).key for column in mapper.primary_key]


def _key(mapper: Mapper[Any], values: Values) -> tuple[Any, ...]:
    return tuple(values.get(name) for name in _numbers(mapper))


def refuse_insert(statement: Any, rows: Rows) -> None:
    """Refuse an INSERT that would store under one row what is sealed for another. Raises Refused."""
    _refuse_upsert(statement, rows)
    if statement.select is not None:
        named = {getattr(one, "key", one) for one in statement._select_names or ()}
        for field in rows.fields:
            if named & {field.attribute, field.table_column.key}:
                raise Refused(
                    f"{field.column.name}: INSERT FROM SELECT copies what can only be opened in its own row"
                )


def _refuse_upsert(statement: Any, rows: Rows) -> None:
    """Refuse an upsert that finds rows by something else than their owner, or leaves an index as it was."""
    clause: Any = statement._post_values_clause
    changed = getattr(clause, "update_values_to_set", None) or getattr(clause, "update", None)
    if not changed:
        return
    given_for: dict[Any, Any] = dict(changed)
    pairs = {str(getattr(key, "key", key)): value for key, value in given_for.items()}
    sealed = [field for field in rows.fields if field.table_column.key in pairs]
    targets = {getattr(one, "key", one) for one in getattr(clause, "inferred_target_elements", None) or ()}
    owners = {owner.attribute for owner in rows.owners}
    if moved := owners & pairs.keys():
        raise Refused(
            f"{', '.join(moved)} says who owns the rows: an upsert would give their sealed values to another owner"
        )
    for field in sealed:
        name, place = field.column.name, field.type.place
        if field.is_personal and rows.owners[0].attribute not in targets:  # the others count where it is NULL
            raise Refused(
                f"{name}: this upsert finds rows by another column than their owner's, so a row could get a value that "
                "is sealed for another one: look the rows up and change them"
            )
        along = [field.table_column, *(() if place is None else place.indexes.values())]
        for column in along:
            given = pairs.get(column.key)
            if getattr(given, "key", None) != column.key or getattr(given, "table", None) is None:
                raise Refused(f"{name}: an upsert sets {column.key}, too, and to excluded.{column.key}")
