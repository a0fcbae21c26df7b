"""Looking up keys while a statement's rows load, where reading their attributes must not: in an event loop.

The session of an ``AsyncSession`` runs in a greenlet that may await. Once a statement has given its rows, the keys of
all that was loaded are looked up at once, in a thread; those of relationships that load with them, too.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from shopprivacy.adapters.sqlalchemy.rows import SEALED, rows_of
from shopprivacy.adapters.sqlalchemy.waiting import beside_loop, can_wait
from shopprivacy.errors import KeyUnavailable
from shopprivacy.sealing.service import Sealing


def look_up_while_loading() -> None:
    """Look keys up after each statement of every session that an event loop waits for, from now on."""
    if not event.contains(Session, "do_orm_execute", _load):
        event.listen(Session, "do_orm_execute", _load)


def _load(execution: ORMExecuteState) -> Any:
    options = execution.execution_options
    statement: Any = execution.statement
    gives_rows = execution.is_select or bool(getattr(statement, "_returning", ()))
    if not (can_wait() and execution.is_orm_statement and gives_rows):
        return None
    if options.get("stream_results") or options.get("yield_per"):  # rows that nobody has asked for yet
        return None
    result = execution.invoke_statement(execution_options={"prebuffer_rows": True})
    if (
        not execution.is_relationship_load or execution.lazy_loaded_from is not None
    ):  # else its statement does
        look_up_what_was_loaded()
    return result


def look_up_what_was_loaded() -> None:
    """Look up the keys of what was loaded lately and not looked at yet.

    Where their store does not answer, reading the attributes says so.
    """
    for sealing, envelopes in _unknown().items():
        with suppress(KeyUnavailable):
            beside_loop(partial(sealing.load, envelopes))


def _unknown() -> dict[Sealing, list[bytes]]:
    found: dict[Sealing, list[bytes]] = {}
    for mapper in [*SEALED]:
        rows = rows_of(mapper)
        for field in () if rows is None else rows.fields:
            place = field.type.place
            if place is None or not field.is_personal or not place.is_loaded:
                continue
            sealing: Sealing | None = None
            for one in place.loaded.not_looked_at():
                sealing = sealing or field.column.sealing()
                if not sealing.knows(one):
                    found.setdefault(sealing, []).append(one)
    return found
