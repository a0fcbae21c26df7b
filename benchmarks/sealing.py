"""What sealing and opening one value costs, beside what else encrypts fields.

    python -m benchmarks.sealing [--quick]

A text of 32 characters, sealed and opened: by raw AES-GCM, with the shop's own key, with a person's key, by Fernet, by
SQLAlchemy-Utils (AES-CBC, without authentication) and by django-fernet-encrypted-fields. Then a row of five such fields
with a key that was not used before: it is found in its store, unwrapped and derived. Beside that, what its primitives
take alone: one HMAC for the owner's pseudonym, unwrapping, HKDF, a cipher, and five times raw AES-GCM.

Every case runs once in each round, the rounds are shuffled, and the ratios are medians of each round's, in processor
time. Needs the group ``benchmarks``.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from itertools import cycle
from time import monotonic, process_time_ns
from typing import Any

import django
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from sqlalchemy import String, create_engine

from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import sample_keyset

VALUE = "An Peeters, Dorpsstraat 1, Gent."
FIELD = "customer.address"
FIELDS = tuple(f"customer.{name}" for name in ("name", "street", "city", "email", "phone"))
PEOPLE = 100


def sealing_of(store: MemoryStore) -> Sealing:
    clocks: Any = {
        "random": os.urandom,
        "now": lambda: datetime.now(UTC),
        "seconds": monotonic,
    }
    keys, note = store.store_for(SubjectKeyStore), store.store_for(SubjectKeyNote)
    return Sealing(sample_keyset(), "NL", keys, note, None, **clocks)


def raw() -> Case:
    cipher, associated = AESGCM(os.urandom(32)), FIELD.encode()

    def run() -> str:
        nonce = os.urandom(12)
        return cipher.decrypt(nonce, cipher.encrypt(nonce, VALUE.encode(), associated), associated).decode()

    return run


def fernet() -> Case:
    suite = Fernet(Fernet.generate_key())
    return lambda: suite.decrypt(suite.encrypt(VALUE.encode())).decode()


def sqlalchemy_utils() -> Case:
    from sqlalchemy_utils.types.encrypted.encrypted_type import AesEngine, StringEncryptedType

    column: Any = StringEncryptedType(String, "a key of this shop", AesEngine, "pkcs5")
    dialect = create_engine("sqlite://").dialect
    return lambda: column.process_result_value(column.process_bind_param(VALUE, dialect), dialect)


def django_fernet() -> Case:
    settings.configure(
        SECRET_KEY="a key of this shop",
        SALT_KEY="a salt of this shop",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()
    from django.db import connection
    from encrypted_fields.fields import EncryptedCharField

    field: Any = EncryptedCharField(max_length=100)
    return lambda: field.from_db_value(field.get_db_prep_save(VALUE, connection), None, connection)


def field_key() -> Case:
    sealing = sealing_of(MemoryStore())
    return lambda: sealing.open(sealing.seal(VALUE, FIELD, key="field"), FIELD, key="field")


def person() -> Case:
    sealing, subject = sealing_of(MemoryStore()), ("customer", 7)
    return lambda: sealing.open(sealing.seal(VALUE, FIELD, subject=subject), FIELD, subject=subject)


def five_values(case: Case) -> Case:
    def run() -> None:
        for _ in FIELDS:
            case()

    return run


def raw_first_use() -> Case:
    """What no key of a person's is used without."""
    wrapping, nonce, owner, label = (
        AESGCM(os.urandom(32)),
        os.urandom(12),
        HMAC(bytes(32), SHA256()),
        bytes(130),
    )
    wrapped, associated = wrapping.encrypt(nonce, os.urandom(32), label), FIELD.encode()

    def run() -> None:
        pseudonym = owner.copy()
        pseudonym.update(b"customer 7")
        pseudonym.finalize()
        derived = HKDF(SHA256(), 64, None, label).derive(wrapping.decrypt(nonce, wrapped, label))
        cipher = AESGCM(derived[:32])
        for _ in FIELDS:
            one = os.urandom(12)
            cipher.decrypt(one, cipher.encrypt(one, VALUE.encode(), associated), associated).decode()

    return run


def first_use() -> Case:
    """A row of somebody whose key this process has not used yet; each call has another one."""
    store = MemoryStore()
    maker = sealing_of(store)
    for number in range(PEOPLE):
        maker.seal(VALUE, FIELD, subject=("customer", number))
    state: dict[str, Any] = {"sealing": sealing_of(store)}
    numbers = cycle(range(PEOPLE))

    def run() -> None:
        number = next(numbers)
        if number == 0:
            state["sealing"] = sealing_of(store)
        sealing, subject = state["sealing"], ("customer", number)
        for field in FIELDS:
            sealing.open(sealing.seal(VALUE, field, subject=subject), field, subject=subject)

    return run


def main() -> None:
    rounds = 5 if "--quick" in sys.argv else 50
    token = fernet()
    one: dict[str, Case] = {
        "Fernet": token,
        "raw AES-GCM": raw(),
        "sealed, the shop's key": field_key(),
        "sealed, a person's key": person(),
        "SQLAlchemy-Utils": sqlalchemy_utils(),
        "django-fernet-encrypted-fields": django_fernet(),
    }
    row: dict[str, Case] = {
        "five by Fernet": five_values(token),
        "five sealed, first use of their key": first_use(),
        "five raw, first use of a key": raw_first_use(),
    }
    for cases, calls in ((one, 200), (row, PEOPLE)):
        for case in cases.values():
            case()
        measured = rounds_of(cases, rounds=rounds, calls=calls, clock=process_time_ns)
        peer = next(iter(cases))
        print(f"\n{'seal and open':40}{'us':>8}{'x Fernet':>10}")
        for name in cases:
            micro = typical(measured, lambda r, n=name: r[n]) / 1000
            ratio = typical(measured, lambda r, n=name, p=peer: r[n] / r[p])
            print(f"{name:40}{micro:>8.1f}{ratio:>10.2f}")


if __name__ == "__main__":
    main()
