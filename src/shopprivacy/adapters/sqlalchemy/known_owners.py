"""The keys of owners who are there, for whom a session seals rows: looked up at once, by the first row of a table.

When that is sealed, all rows of its table that the session writes have their owners.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.attributes import instance_state

from shopprivacy.adapters.sqlalchemy.rows import Field, Owner, Rows, rows_of
from shopprivacy.adapters.sqlalchemy.waiting import beside_loop
from shopprivacy.errors import KeyUnavailable

_asked: Final[WeakKeyDictionary[Session, set[Mapper[Any]]]] = WeakKeyDictionary()
"""By the session that is flushing: whose rows' owners were looked up."""


def know_owner(state: InstanceState[Any], rows: Rows, owner: Owner, fields: Collection[Field]) -> bool:
    """Whether sealing these fields of a row asks no store; the owners of all rows of its table are looked up before."""
    session = state.session
    if session is not None and not _is_known(owner, fields):
        base = state.mapper.base_mapper
        asked = _asked.setdefault(session, set())
        if base not in asked:
            asked.add(base)
            look_up_owners({*_owners(session, base)}, rows.fields)
    return _is_known(owner, fields)


def look_up_owners(owners: Collection[Owner], fields: Collection[Field]) -> None:
    """Look up the keys with which these fields are sealed for these owners. What is wrong with one, sealing says."""
    personal = [field for field in fields if field.is_personal]
    if owners and personal:
        wanted = {(owner, field.column.group) for owner in owners for field in personal}
        with suppress(KeyUnavailable):
            beside_loop(partial(personal[0].column.sealing().load_owners, wanted))


def forget_owners_with_each_flush() -> None:
    """Look anew in each flush of every session, from now on."""
    if not event.contains(Session, "before_flush", _begin):
        event.listen(Session, "before_flush", _begin)


def _begin(session: Session, _context: Any, _instances: Any) -> None:
    _asked.pop(session, None)


def _is_known(owner: Owner, fields: Collection[Field]) -> bool:
    groups = {field.column.group: field for field in fields if field.is_personal}
    return all(field.column.sealing().knows_owner(owner, group) for group, field in groups.items())


def _owners(session: Session, base: Mapper[Any]) -> Iterator[Owner]:
    for row in (*session.new, *session.dirty):
        state = instance_state(row)
        rows = rows_of(state.mapper)
        if rows is None or state.mapper.base_mapper is not base:
            continue
        for kind, name in rows.owners:
            identifier = state.dict.get(name)
            if identifier is not None:
                yield kind, identifier
                break
