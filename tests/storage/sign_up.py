"""A sign-up by hand that is killed at a step: ``python -m tests.storage.sign_up DATA KEYS MODE STEP``.

Steps are counted before and after everything that is written. Exit status 0: it came to its end before the step.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Callable
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


class Killed:
    """Whatever is written is a step before it and a step after it."""

    def __init__(self, inner: Any, step: Callable[[], None]) -> None:
        self._inner = inner
        self._step = step

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("begin", "add", "bind", "write"):
            return found

        def stepping(*arguments: Any) -> Any:
            self._step()
            result = found(*arguments)
            self._step()
            return result

        return stepping


def sealing_of(note: Any, keys: Any) -> Sealing:
    """Sealing over these."""
    clocks: Any = {"random": secrets.token_bytes, "now": lambda: datetime.now(UTC), "seconds": monotonic}
    return Sealing(sample_keyset(), "NL", keys, note, None, **clocks)


def main(data: str, keys: str, mode: str, at: int) -> None:
    """Sign somebody up, in ``autocommit`` or in a ``transaction``."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken == at:
            os.kill(os.getpid(), signal.SIGKILL)

    note = SqlStore(data).store_for(SubjectKeyNote)
    sealing = sealing_of(Killed(note, step), Killed(open_subject_keys(keys), step))
    engine = (
        create_engine(data, isolation_level="AUTOCOMMIT") if mode == "autocommit" else create_engine(data)
    )
    with engine.connect() as connection:
        new = sealing.new_subject("customer")
        phone = sealing.seal("030 123 4567", FIELD, subject=new)
        step()
        inserted: Any = connection.execute(insert(CUSTOMER).values(phone=phone)).inserted_primary_key
        number = inserted[0]
        step()
        if mode == "bound first":
            new.bind(number)
        connection.commit()
        step()
        if mode != "bound first":
            new.bind(number)
    step()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
