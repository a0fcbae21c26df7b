"""Sealing rows when a session flushes: their keys are stored before them, and bound to their number after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement, event, select
from sqlalchemy.orm import InstanceState, LoaderCallableStatus, Mapper, object_session
from sqlalchemy.orm.attributes import instance_state, set_attribute, set_committed_value

from shopprivacy.adapters.sqlalchemy.attribute import open_in, value_in
from shopprivacy.adapters.sqlalchemy.known_owners import know_owner
from shopprivacy.adapters.sqlalchemy.loaded import is_sealed
from shopprivacy.adapters.sqlalchemy.new_keys import NewKeys, keys_in_flush
from shopprivacy.adapters.sqlalchemy.refused import Refused
from shopprivacy.adapters.sqlalchemy.rows import Field, Owner, Rows
from shopprivacy.adapters.sqlalchemy.waiting import beside_loop
from shopprivacy.errors import KeyUnavailable
from shopprivacy.sealing.column import Sealed
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.model import Erased, NewSubject

_new: Final[WeakKeyDictionary[InstanceState[Any], tuple[NewKeys, NewSubject]]] = WeakKeyDictionary()
"""The owners of rows that are being inserted, until the database has given their number."""


def seal_when_flushed(mapper: Mapper[Any], rows: Rows) -> None:
    """Let the rows of a model be sealed whenever a session writes them."""

    def before_insert(_mapper: Any, _connection: Any, instance: Any) -> None:
        _insert(rows, instance)

    def after_insert(_mapper: Any, _connection: Any, instance: Any) -> None:
        _bind(rows, instance)

    def before_update(_mapper: Any, _connection: Any, instance: Any) -> None:
        _update(rows, instance)

    event.listen(mapper, "before_insert", before_insert)
    event.listen(mapper, "after_insert", after_insert)
    event.listen(mapper, "before_update", before_update)


class Work(NamedTuple):
    """A value that is to be sealed."""

    field: Field
    value: Any

    def __repr__(self) -> str:
        return f"<a value of {self.field.column.name}>"


def seal_value(
    field: Field, value: Any, subject: Owner | NewSubject | None
) -> tuple[Sealed, dict[str, str | None]]:
    """Return a value as it is stored, with its indexes by attribute. Raises as `Sealing.seal` does."""
    try:
        _refuse_unfit(field, value)
        sealed = field.column.seal(value, subject if field.is_personal else None)
        return sealed, {name: field.column.index(value, by) for name, by in field.indexes}
    finally:
        del value


def _refuse_unfit(field: Field, value: Any) -> None:
    kind: Any = field.type.kind
    length, name = field.type.length, field.column.name
    given = type(value)
    is_expression = isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")
    fits = isinstance(value, kind) and (isinstance(value, bool) == (kind is bool))
    sized: Any = value if fits and length is not None else ""
    long = length is not None and len(sized) > length
    erased = value is Erased
    del value, sized
    if erased:
        raise Refused(f"{name}: an erased value is not sealed again, nor for another owner")
    if is_expression:
        raise Refused(f"{name}: an expression of the database cannot be sealed")
    if not fits and not (kind is float and given is int):
        raise Refused(
            f"{name}: holds {kind.__name__}, and was given {given.__name__}; Sealed({given.__name__}) would hold that"
        )
    if long:
        raise Refused(f"{name}: longer than {length}")


@discreet
def _insert(rows: Rows, instance: Any) -> None:
    state = instance_state(instance)
    _new.pop(state, None)  # of a flush that failed
    work = [*_of_new_row(rows, state)]
    if not work:
        return
    personal = next((one.field for one in work if one.field.is_personal), None)
    kind = None if personal is None else rows.new_kind(state.dict, state)
    session = object_session(instance)
    if kind is None or personal is None or session is None:
        _write(state, _sealed(state, rows, work, rows.owner(state)))
        return
    number = None if rows.own is None else state.dict.get(rows.own)
    keys = keys_in_flush(session, personal.column)
    subject = keys.subject(kind, number)
    if number is None:
        _new[state] = keys, subject
    sealed = [*seal_all(work, subject)]
    for _, value in sealed:
        if value.__class__ is Sealed:
            value.batch = keys
    _write(state, sealed)


def _of_new_row(rows: Rows, state: InstanceState[Any]) -> Iterator[Work]:
    """What of a new row is to be sealed: also what Python gives by default, and what was sealed for another row."""
    values = state.dict
    for field in rows.fields:
        name = field.attribute
        follow(field, values)
        held: Any = values.get(name)
        if held is None:  # as SQLAlchemy has it, of what was set to None, too
            held = python_default(field.table_column.default)
        if is_sealed(held):
            held = value_in(state, field, rows, held)
        for index, _ in field.indexes:
            values[index] = None
        if held is not None:
            yield Work(field, held)


@discreet
def _bind(rows: Rows, instance: Any) -> None:
    new = _new.pop(instance_state(instance), None)
    if new is not None and rows.own is not None:
        keys, subject = new
        keys.numbered(subject, getattr(instance, rows.own))


@discreet
def _update(rows: Rows, instance: Any) -> None:
    state = instance_state(instance)
    session = object_session(instance)
    if session is not None and not session.is_modified(instance, include_collections=False):
        return
    owner = rows.owner(state)
    moved = rows.is_personal and owner != rows.loaded_owner(state)
    work = [one for field in rows.fields if (one := _changed(field, rows, state, moved=moved)) is not None]
    if work:
        _write(state, _sealed(state, rows, work, owner))


def _sealed(
    state: InstanceState[Any], rows: Rows, work: list[Work], owner: Owner | None
) -> list[tuple[str, Any]]:
    """Seal for an owner who is there; in an event loop, in another thread unless the keys are known."""
    if owner is None or know_owner(state, rows, owner, {one.field for one in work}):
        return [*seal_all(work, owner)]
    return beside_loop(lambda: [*seal_all(work, owner)])


def _changed(field: Field, rows: Rows, state: InstanceState[Any], *, moved: bool) -> Work | None:
    """Return what of a field is to be sealed anew; what stays as it was is put back."""
    values, name = state.dict, field.attribute
    moved = moved and field.is_personal
    if moved and name not in values:
        getattr(state.obj(), name)
    follow(field, values, state)
    if name not in values and field.table_column.onupdate is None:
        return None
    is_set = name in state.committed_state
    if not is_set and field.table_column.onupdate is not None:
        set_attribute(state.obj(), name, python_default(field.table_column.onupdate))
        is_set = True
    _keep_indexes(field, state)
    held = values[name]
    before = state.committed_state.get(name, LoaderCallableStatus.NO_VALUE)
    if held is None:
        if is_set:
            _put(state, [(index, None) for index, _ in field.indexes])
        return None
    if is_sealed(held):
        if (
            is_set and before is not LoaderCallableStatus.NO_VALUE and held is not before
        ):  # from another row, or another session
            value = open_in(state, field, rows, held)
            _put(
                state,
                [
                    (index, None if value is Erased else field.column.index(value, by))
                    for index, by in field.indexes
                ],
            )
        if not moved and not _is_mutated(field, rows, state, held):
            return None
        return Work(field, value_in(state, field, rows, held))
    if before is LoaderCallableStatus.NO_VALUE and (
        held is Erased or held == ""
    ):  # it was set before it was loaded
        before = _stored(field, state)
    if is_sealed(before) and not moved and _is_same(field, rows, state, before, held):
        set_committed_value(state.obj(), name, before)
        return None
    return Work(field, held)


def _is_same(field: Field, rows: Rows, state: InstanceState[Any], before: Any, value: Any) -> bool:
    try:
        old = (open_in if field.is_mutable else value_in)(state, field, rows, before)
    except KeyUnavailable:
        return False
    if old is Erased:
        return value is Erased or value in ("", None)  # what a form shows of it, and posts
    return (type(old) is type(value) or field.is_mutable) and bool(old == value)


def _stored(field: Field, state: InstanceState[Any]) -> Any:
    """Return what the row holds in the database."""
    mapper, session = state.mapper, state.session
    assert session is not None  # noqa: S101  # it is being flushed
    keys = zip(mapper.primary_key, state.identity or (), strict=True)
    joined = select(field.table_column).select_from(mapper.selectable)
    return session.scalar(joined.where(*(column == value for column, value in keys)))


def _is_mutated(field: Field, rows: Rows, state: InstanceState[Any], held: Any) -> bool:
    """Whether what was read was changed in place, as a list may be."""
    return (
        field.is_mutable
        and isinstance(held, Sealed)
        and held.is_open
        and open_in(state, field, rows, held) != held.opened
    )


def follow(field: Field, values: dict[str, Any], state: InstanceState[Any] | None = None) -> None:
    """Set what stands in clear elsewhere, while a table is being sealed."""
    clear = field.type.clear
    if clear is None or clear not in values:
        return
    if state is None:
        values[field.attribute] = values[clear]
    elif clear in state.committed_state:
        set_attribute(state.obj(), field.attribute, values[clear])


def _keep_indexes(field: Field, state: InstanceState[Any]) -> None:
    """Put back an index that somebody has set: it goes along by itself."""
    for index, _ in field.indexes:
        before = state.committed_state.get(index)
        if before is LoaderCallableStatus.NO_VALUE:
            raise Refused(
                f"{field.column.name}: its index {index} is set automatically, and may not be set by hand"
            )
        if index in state.committed_state:
            state.dict[index] = before


def python_default(given: Any) -> Any:
    """Return what Python gives for a column that was not set."""
    if given is None:
        return None
    if given.is_scalar:
        return given.arg
    if given.is_callable:
        return given.arg(None)
    return given.arg  # an expression: sealing refuses it


def seal_all(work: Iterable[Work], subject: Owner | NewSubject | None) -> Iterator[tuple[str, Any]]:
    """Yield what is to be stored, by attribute: sealed values and their indexes. Raises as `Sealing.seal` does."""
    for one in work:
        sealed, indexes = seal_value(one.field, one.value, subject)
        yield one.field.attribute, sealed
        yield from indexes.items()


def _write(state: InstanceState[Any], sealed: list[tuple[str, Any]]) -> None:
    if state.key is None:
        state.dict.update(sealed)
    else:
        _put(state, sealed)


def _put(state: InstanceState[Any], sealed: list[tuple[str, Any]]) -> None:
    for name, value in sealed:
        if name in state.committed_state:
            state.dict[name] = value
        else:
            set_attribute(state.obj(), name, value)
