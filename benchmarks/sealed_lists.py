"""What a list of sealed rows costs in Django: 1,000 customers with five fields, loaded and read.

    python -m benchmarks.sealed_lists [django | sqlalchemy] [--quick]

Beside it the same rows in plain columns, in those of django-fernet-encrypted-fields, and in binary columns that the
loop itself opens with raw AES-GCM, a key for each row: no Python that gets its rows from Django takes less. Cold, that
first reads the wrapped keys from an SQLite file, unwraps them, and derives (HKDF, as the format has it).

Each customer has a key of their own, in an SQLite file. Warm: the keys are known. Cold: the process knows none, as one
that has just started. What is imported is left out of garbage collection (`gc.freeze`), as by servers that fork.
Processor time, shuffled rounds, medians of each round's ratios.
Inserting 1,000 rows by ``bulk_create`` is reported, too. Needs the group ``benchmarks``.
"""

from __future__ import annotations

import gc
import os
import secrets
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import process_time_ns
from typing import Any

import django
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile

ROWS = 1000
LABEL = b"customer.name, and what else binds a value to its field"
FIELDS = ("name", "street", "postcode", "city", "email")
POLICY = """
effective    = 2026-01-01
jurisdiction = "NL"
languages    = ["nl"]
controller   = { name = "Shop", address = "Street 1", email = "p@shop.example" }
[purposes.orders]
basis = "contract"
"""


def set_up(folder: Path) -> dict[str, Any]:
    (folder / "privacy.toml").write_text(POLICY)
    LocalKeyFile(folder / "keys.json").create(Keyset.generate(secrets.token_bytes, datetime.now(UTC)))
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "shop.sqlite3"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "shopprivacy.adapters.django"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="a" * 32,
        SALT_KEY="b" * 32,
        SHOPPRIVACY={"POLICY": folder / "privacy.toml", "KEYS": folder / "keys.json"},
    )
    django.setup()
    from django.core.management import call_command
    from django.db import connection, models
    from encrypted_fields.fields import EncryptedCharField

    from shopprivacy.adapters.django.sealed import SealedCharField

    call_command("migrate", verbosity=0)
    kinds: dict[str, Any] = {
        "plain": models.CharField,
        "sealed": SealedCharField,
        "fernet": EncryptedCharField,
        "raw": lambda **_: models.BinaryField(),
    }
    found = {}
    for kind, field in kinds.items():
        meta = type("Meta", (), {"app_label": "contenttypes"})
        fields = {name: field(max_length=80) for name in FIELDS}
        attributes = {"__module__": __name__, "Meta": meta, "privacy_subject": "customer:id", **fields}
        found[kind] = type(f"{kind.title()}Customer", (models.Model,), attributes)
        with connection.schema_editor() as editor:
            editor.create_model(found[kind])
    return found


def insert(model: Any) -> None:
    model.objects.bulk_create(
        [model(**{name: f"{name} of customer {number}" for name in FIELDS}) for number in range(ROWS)]
    )


def read(model: Any, names: tuple[str, ...] = FIELDS) -> Case:
    def run() -> int:
        return sum(len(getattr(row, name)) for row in model.objects.all() for name in names)

    return run


class Raw:
    """Five values a row in binary columns, and a wrapped key for each row in an SQLite file: no library of ours."""

    def __init__(self, model: Any, file: Path) -> None:
        self.model = model
        self.wrapping = AESGCM(secrets.token_bytes(32))
        self.keys = sqlite3.connect(file)
        self.keys.execute("CREATE TABLE keys (handle TEXT PRIMARY KEY, wrapped TEXT)")
        self.known: dict[bytes, AESGCM] = {}
        self.label = secrets.token_bytes(130)

    def insert(self) -> None:
        rows = []
        for number in range(ROWS):
            handle, secret, nonce = secrets.token_bytes(16), secrets.token_bytes(32), secrets.token_bytes(12)
            wrapped = nonce + self.wrapping.encrypt(nonce, secret, handle)
            self.keys.execute("INSERT INTO keys VALUES (?, ?)", (handle.hex(), wrapped.hex()))
            key = self.known[handle] = self.derived(secret)
            values = {}
            for name in FIELDS:
                nonce = secrets.token_bytes(12)
                sealed = key.encrypt(nonce, f"{name} of customer {number}".encode(), LABEL)
                values[name] = b"\2" + handle + bytes(32) + nonce + sealed
            rows.append(self.model(**values))
        self.keys.commit()
        self.model.objects.bulk_create(rows)

    def derived(self, secret: bytes) -> AESGCM:
        return AESGCM(HKDF(SHA256(), 64, None, self.label).derive(secret)[:32])

    def warm(self) -> int:
        return self.opened([*self.model.objects.all()])

    def cold(self) -> int:
        rows = [*self.model.objects.all()]
        self.known = {}
        handles = [row.name[1:17].hex() for row in rows]
        for start in range(0, ROWS, 500):
            some = handles[start : start + 500]
            marks = ", ".join("?" for _ in some)
            query = f"SELECT handle, wrapped FROM keys WHERE handle IN ({marks})"
            for handle, wrapped in self.keys.execute(query, some).fetchall():
                name, box = bytes.fromhex(handle), bytes.fromhex(wrapped)
                self.known[name] = self.derived(self.wrapping.decrypt(box[:12], box[12:], name))
        return self.opened(rows)

    def opened(self, rows: list[Any]) -> int:
        found = 0
        for row in rows:
            key = self.known[row.name[1:17]]
            for name in FIELDS:
                stored = getattr(row, name)
                found += len(key.decrypt(stored[49:61], stored[61:], LABEL).decode())
        return found


def cold(model: Any) -> Case:
    from shopprivacy.adapters.django import get_privacy

    subjects: Any = get_privacy().sealing._subjects
    warm = read(model)

    def run() -> object:
        subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)
        return warm()

    return run


def main() -> None:
    rounds = 7 if "--quick" in sys.argv else 25
    os.environ.pop("SHOPPRIVACY_KEYS", None)
    with tempfile.TemporaryDirectory() as folder:
        models = set_up(Path(folder))
        raw = Raw(models.pop("raw"), Path(folder) / "raw.sqlite3")
        raw.insert()
        inserts = {}
        for kind, model in models.items():
            began = process_time_ns()
            insert(model)
            inserts[kind] = process_time_ns() - began
        gc.collect()
        gc.freeze()
        cases = {kind: read(model) for kind, model in models.items()}
        cases["sealed, cold"] = cold(models["sealed"])
        cases["sealed, one of five read"] = read(models["sealed"], FIELDS[:1])
        cases |= {"raw AES-GCM": raw.warm, "raw AES-GCM, cold": raw.cold}
        measured = rounds_of(cases, rounds=rounds, calls=1, clock=process_time_ns)
        print(f"{ROWS} rows x {len(FIELDS)} fields, of plain columns and of django-fernet-encrypted-fields")
        for name in cases:
            of_plain = typical(measured, lambda one, name=name: one[name] / one["plain"])
            of_peer = typical(measured, lambda one, name=name: one[name] / one["fernet"])
            print(f"{name:26} {of_plain:6.2f} {of_peer:6.2f}")
        for kind, nanoseconds in inserts.items():
            print(f"insert, {kind:18} {nanoseconds / inserts['plain']:6.2f}")
        raw.keys.close()
        from shopprivacy.adapters.django.root import forget

        forget()


if __name__ == "__main__":
    if "sqlalchemy" in sys.argv:
        from benchmarks.sealed_lists_sqlalchemy import main
    main()
