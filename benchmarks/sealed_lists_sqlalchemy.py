"""What a list of sealed rows costs in SQLAlchemy: as in Django, beside the encrypted type of SQLAlchemy-Utils.

python -m benchmarks.sealed_lists sqlalchemy [--quick]

What is imported is left out of garbage collection (`gc.freeze`, as servers do that fork): a full one costs as much
as ten of these lists, and would fall on whichever case happens to be measured.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time_ns
from typing import Any

from sqlalchemy import Engine, Integer, String, create_engine, delete, select
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy_utils import StringEncryptedType

from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.adapters.sqlalchemy import Sealed, seal_models
from shopprivacy.adapters.sqlalchemy.rows import rows_of
from shopprivacy.sealing.service import Sealing
from shopprivacy.storage.subject_keys import SubjectKeyFile
from shopprivacy.testing.samples import sample_sealing

ROWS = 1000
FIELDS = ("name", "street", "postcode", "city", "email")


class Base(DeclarativeBase):
    pass


def model(kind: str, type_: Callable[[], Any]) -> Any:
    fields = {name: mapped_column(type_()) for name in FIELDS}
    number = mapped_column(Integer, primary_key=True)
    named = {"__tablename__": kind, "privacy_subject": "customer:id", "id": number}
    return type(kind.title(), (Base,), {**named, **fields})


def insert(engine: Engine, kind: Any) -> int:
    began = process_time_ns()
    with Session(engine) as session, session.begin():
        session.add_all(
            kind(**{name: f"{name} of customer {number}" for name in FIELDS}) for number in range(ROWS)
        )
    return process_time_ns() - began


def read(engine: Engine, kind: Any, names: tuple[str, ...] = FIELDS) -> Case:
    def run() -> int:
        with Session(engine) as session:
            return sum(len(getattr(row, name)) for row in session.scalars(select(kind)) for name in names)

    return run


def cold(engine: Engine, kind: Any, sealing: Sealing) -> Case:
    subjects: Any = sealing._subjects
    warm = read(engine, kind)

    rows: Any = rows_of(kind.__mapper__)

    def run() -> object:
        subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)
        rows.forget_keys()
        return warm()

    return run


def main() -> None:
    rounds = 7 if "--quick" in sys.argv else 25
    models = {
        "plain": model("plain", lambda: String(80)),
        "sealed": model("sealed", Sealed),
        "sqlalchemy-utils": model("peer", lambda: StringEncryptedType(String, "k" * 32)),
    }
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'shop.sqlite3'}")
        sealing = sample_sealing(SubjectKeyFile(Path(folder) / "keys.sqlite3"))
        seal_models(Base, sealing)
        Base.metadata.create_all(engine)
        for one in models.values():  # once for what SQLAlchemy compiles
            insert(engine, one)
            with Session(engine) as session, session.begin():
                session.execute(delete(one))
        inserts = {kind: insert(engine, one) for kind, one in models.items()}
        gc.collect()
        gc.freeze()
        cases = {kind: read(engine, one) for kind, one in models.items()}
        cases["sealed, cold"] = cold(engine, models["sealed"], sealing)
        cases["sealed, one of five read"] = read(engine, models["sealed"], FIELDS[:1])
        measured = rounds_of(cases, rounds=rounds, calls=1, clock=process_time_ns)
        print(f"{ROWS} rows x {len(FIELDS)} fields, of plain columns and of SQLAlchemy-Utils")
        for name in cases:
            of_plain = typical(measured, lambda one, name=name: one[name] / one["plain"])
            of_peer = typical(measured, lambda one, name=name: one[name] / one["sqlalchemy-utils"])
            print(f"{name:26} {of_plain:6.2f} {of_peer:6.2f}")
        for kind, nanoseconds in inserts.items():
            print(f"insert, {kind:18} {nanoseconds / inserts['plain']:6.2f}")
        engine.dispose()
