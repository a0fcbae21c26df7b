"""The attribute of a sealed column: the row holds the envelope, and it is opened when it is read.

A row's ``__dict__`` has a `Sealed` value for what was loaded or flushed, and the plain value for what was set and not
flushed yet. The attribute is SQLAlchemy's own with another ``__get__``: everything else stays as it is.

A list reads thousands of values, so what `SubjectKey.opened` does stands in ``__get__`` once more: its key was found by
how the envelope begins, and the call alone would cost a tenth of opening.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.attributes import InstrumentedAttribute, instance_state

from shopprivacy.adapters.sqlalchemy.loaded import Loaded, is_sealed
from shopprivacy.adapters.sqlalchemy.place import SealedPlace
from shopprivacy.adapters.sqlalchemy.rows import Field, Rows, rows_of
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.column import Sealed
from shopprivacy.sealing.envelope import BODY, HEAD_BYTES
from shopprivacy.sealing.values import TEXT, TYPE_BYTES, Unfit, decode

_get: Any = InstrumentedAttribute.__get__


def open_on_access(mapper: Mapper[Any], rows: Rows) -> None:
    """Let the attributes of a model open what its rows hold."""
    for field in rows.fields:
        attribute: Any = mapper.class_manager[field.attribute]
        if not isinstance(attribute, SealedAttribute):
            attribute.__class__ = _opening(field, rows)
            if field.is_mutable:
                event.listen(attribute, "set", _tracked_when_set, retval=True)
    event.listen(mapper.class_, "pickle", _refuse_unsaved)


class SealedAttribute(InstrumentedAttribute[Any]):  # noqa: D101  # pyright: ignore[reportIncompatibleVariableOverride]  # SQLAlchemy keeps a doc of its own there
    __slots__ = ()
    inherit_cache = True


def _opening(field: Field, rows: Rows) -> type[SealedAttribute]:
    """Return the class of one attribute: what it needs on each access is in its closure."""
    name, is_mutable, place = field.attribute, field.is_mutable, field.column.mapped
    assert isinstance(place, SealedPlace)  # noqa: S101  # it is this adapter's column
    loaded, associated = place.loaded, field.column.associated
    whose, keys = rows.whose, rows.keys[field.column.group]

    def get(self: Any, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        values = instance.__dict__
        try:
            held = values[name]
        except KeyError:
            held = _get(self, instance, owner)
        if held.__class__ is not loaded:
            return remembered(instance, held) if held.__class__ is Sealed else held
        if is_mutable:
            values[name] = sealed = held.sealed()
            return remembered(instance, sealed)
        checked = keys[held[:HEAD_BYTES]]
        if checked is not None:
            of, trust, decrypt = checked
            try:
                if whose(values) == of and trust.seconds() <= trust.until:
                    content = decrypt(held[HEAD_BYTES:BODY], held[BODY:], associated)
                    if content[0] == TEXT:
                        return content[TYPE_BYTES:].decode()
                    value = decode(content)
                    if value.__class__ is not Unfit:
                        return value
            except Exception:  # noqa: S110  # an owner's column has expired, or `open_in` finds out what it is
                pass
        return open_in(instance_state(instance), field, rows, held)

    def remembered(instance: Any, sealed: Sealed) -> Any:
        if not sealed.is_open:
            sealed.opened = open_in(instance_state(instance), field, rows, sealed)
        sealed.opened = _tracked(instance, name, sealed.opened)
        return sealed.opened

    return type(
        "SealedAttribute", (SealedAttribute,), {"__slots__": (), "inherit_cache": True, "__get__": get}
    )


def open_in(state: InstanceState[Any], field: Field, rows: Rows, held: Sealed | Loaded) -> Any:
    """Return the value of what a row holds, under the owner that it was loaded with. Raises as `Sealed.open` does."""
    if not field.is_personal:
        return held.open()
    owner = rows.loaded_owner(state)
    if owner is None or state.committed_state:
        return held.open(owner)
    column, envelope = field.column, held.envelope
    key = column.sealing().key_of_row(envelope, owner, column.group)
    value = NotImplemented if key is None else key.opened(envelope, column.associated)
    if value is NotImplemented:
        value = held.open(owner)
        key = column.sealing().key_of_row(envelope, owner, column.group)
    if key is not None and key.key is not None:
        checked = rows.whose(state.dict), key.trust, key.key.decrypt
        rows.keys[column.group].put(envelope[:HEAD_BYTES], checked)
    return value


def value_in(state: InstanceState[Any], field: Field, rows: Rows, held: Sealed | Loaded) -> Any:
    """Return the value of what a row holds, which may be remembered. Raises as `Sealed.open` does."""
    if isinstance(held, Sealed) and held.is_open:
        return held.opened
    return open_in(state, field, rows, held)


def _tracked(instance: Any, name: str, value: Any) -> Any:
    """Return a dict or list that says when it is changed in place, as SQLAlchemy's own do; all else as it is."""
    if value.__class__ is dict:
        value = MutableDict(value)
    elif value.__class__ is list:
        value = MutableList(value)
    else:
        return value
    value._parents[instance_state(instance)] = name
    return value


def _tracked_when_set(instance: Any, value: Any, _before: Any, initiator: Any) -> Any:
    return _tracked(instance, initiator.key, value)


def _refuse_unsaved(instance: Any, _state: dict[str, Any]) -> None:
    """Keep what was set and not flushed out of a pickle: in a cache it would stand in clear."""
    state = instance_state(instance)
    rows = rows_of(state.mapper)
    if rows is not None and any(
        state.dict.get(field.attribute) is not None and not is_sealed(state.dict[field.attribute])
        for field in rows.fields
    ):
        raise SealRefused(
            "a sealed field was set and not flushed: flush the session before the row is pickled or cached"
        )
