"""Signing up by hand, killed between any two steps: no value without its key, and every value readable after repair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from tests import forked
from tests.storage.sign_up import CUSTOMER, FIELD, sealing_of

from shopprivacy.crypto import pseudonym
from shopprivacy.sealing.repair import SealedColumn, repair
from shopprivacy.sealing.store import SubjectKeyNote
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.sql.subject_keys import SqlSubjectKeys
from shopprivacy.storage.subject_key_places import open_subject_keys
from shopprivacy.testing.samples import sample_keyset

ROOT = Path(__file__).parents[2]
COLUMN = SealedColumn.parse("customer.phone=customer:id")
STEPS = [
    "before begin",
    *(f"begin, statement {number}" for number in range(1, 6)),
    "begin, committed",
    "before the note",
    "after the note",
    "before add",
    "add, statement 1",
    "add, statement 2",
    "add, committed",
    "before the row",
    "after the row",
    "after the commit",
    "before bind",
    "bind, statement 1",
    "bind, committed",
    "at the end",
]
"""Between any two of these it is killed once."""
MODES = ("autocommit", "transaction", pytest.param("bound first", marks=pytest.mark.services))


@pytest.mark.parametrize("mode", MODES)
def test_killed_at_any_step(url: str, tmp_path: Path, mode: str) -> None:
    """kill -9 between any two things that a sign-up writes, in autocommit and in a transaction."""
    keys = str(tmp_path / "keys.sqlite3") if url.startswith("sqlite") else url
    data, store = SqlStore(url), open_subject_keys(keys)
    note = data.store_for(SubjectKeyNote)
    engine = create_engine(url)
    CUSTOMER.create(engine)
    # How the row is written changes nothing within the statements that make a key: once is enough.
    steps = [step for step in STEPS if mode == MODES[0] or "statement" not in step]
    killed = [step for step in STEPS if step not in steps]
    while True:
        program = ["-m", "tests.storage.sign_up", url, keys, mode, *killed]
        ended = forked.run(program, cwd=ROOT, timeout=60)
        assert ended.returncode in (0, -9), ended.stderr
        sealing = sealing_of(
            MemoryStore().store_for(SubjectKeyNote), store
        )  # which notes nothing in the data
        with engine.connect() as connection:
            rows = connection.execute(select(CUSTOMER.c.id, CUSTOMER.c.phone)).all()
        found = {row.handle: row for row in store.find([phone[1:17] for _, phone in rows])}
        assert [number for number, phone in rows if found[phone[1:17]].wrapped is None] == []
        repaired = repair(
            store,
            sample_keyset(),
            [(COLUMN, note.envelopes("customer", "phone", "id"))],
            lambda kind, number: pseudonym(sample_keyset(), kind, str(number)),
            sealing._keys(FIELD),
            datetime.now(UTC) + timedelta(hours=2),
            drop=True,
        )
        assert (repaired.contested, repaired.left) == (0, 0)
        assert not store.unbound()
        for number, phone in rows:
            assert sealing.open(phone, FIELD, subject=("customer", number)) == "030 123 4567"
        if ended.returncode == 0:
            break
        killed.append(ended.stdout.strip())
    engine.dispose()
    data.close()
    if isinstance(store, SqlSubjectKeys):
        store.close()
    assert sorted(killed) == sorted(STEPS), killed
