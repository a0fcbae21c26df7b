"""A sign-up by hand that is killed at a step: ``python -m tests.storage.sign_up DATA KEYS MODE SURVIVED…``.

A step is what lies between two things that are written, down to each statement that makes a key, and has a name. It is
killed at the first one that is not among those it is to survive, and prints its name before. Exit status 0: it came to
its end.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, create_engine, insert

from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.subject_key_places import open_subject_keys
from shopprivacy.testing.samples import sample_keyset

CUSTOMER: Final = Table(
    "customer", MetaData(), Column("id", Integer, primary_key=True), Column("phone", LargeBinary(200))
)
FIELD: Final = "customer.phone"


class NotedInSteps:
    """What is noted in the data's database is a step before it and a step after it."""

    def __init__(self, inner: Any, step: Callable[[str], None]) -> None:
        self._inner = inner
        self._step = step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, store_id: str) -> Any:
        self._step("before the note")
        noted = self._inner.write(store_id)
        self._step("after the note")
        return noted


def in_steps(keys: Any, step: Callable[[str], None]) -> Any:
    """The same store; after each statement that it writes by, and after each commit, is a step."""
    begin, doing = keys._begin, ["nothing"]

    class Cursor:
        def __init__(self, inner: Any) -> None:
            self._inner = inner
            self._count = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def execute(self, *arguments: Any) -> Any:
            return self._counted(self._inner.execute(*arguments))

        def executemany(self, *arguments: Any) -> Any:
            return self._counted(self._inner.executemany(*arguments))

        def _counted(self, done: Any) -> Any:
            self._count += 1
            step(f"{doing[-1]}, statement {self._count}")
            return done

    @contextmanager
    def stepping(*, writing: bool) -> Iterator[Any]:
        with begin(writing=writing) as cursor:
            yield Cursor(cursor) if writing else cursor
        if writing:
            step(f"{doing[-1]}, committed")

    def named(name: str) -> Any:
        method = getattr(keys, name)

        def call(*arguments: Any) -> Any:
            step(f"before {name}")
            doing.append(name)
            return method(*arguments)

        return call

    keys._begin = stepping
    for name in ("begin", "add", "add_first", "bind"):
        setattr(keys, name, named(name))
    return keys


def sealing_of(note: Any, keys: Any) -> Sealing:
    """Sealing over these."""
    clocks: Any = {"random": secrets.token_bytes, "now": lambda: datetime.now(UTC), "seconds": monotonic}
    return Sealing(sample_keyset(), "NL", keys, note, None, **clocks)


def main(data: str, keys: str, mode: str, *survived: str) -> None:
    """Sign somebody up, in ``autocommit`` or in a ``transaction``."""

    def step(name: str) -> None:
        if name not in survived:
            os.write(1, name.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    note = SqlStore(data).store_for(SubjectKeyNote)
    sealing = sealing_of(NotedInSteps(note, step), in_steps(open_subject_keys(keys), step))
    engine = (
        create_engine(data, isolation_level="AUTOCOMMIT") if mode == "autocommit" else create_engine(data)
    )
    with engine.connect() as connection:
        new = sealing.new_subject("customer")
        phone = sealing.seal("030 123 4567", FIELD, subject=new)
        step("before the row")
        inserted: Any = connection.execute(insert(CUSTOMER).values(phone=phone)).inserted_primary_key
        number = inserted[0]
        step("after the row")
        if mode == "bound first":
            new.bind(number)
        connection.commit()
        step("after the commit")
        if mode != "bound first":
            new.bind(number)
    step("at the end")


if __name__ == "__main__":
    main(*sys.argv[1:])
