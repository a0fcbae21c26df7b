"""Five failures of packages that shops encrypt columns with: each of them fails as it is released, and we hold.

The marker is ``services``, since the packages come with the group ``benchmarks``, which `make test` does not install.
Where one of them is mended, its test fails: then it has to be said of another one, or no more.
"""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapters.sealed_shop import SealedShop as DjangoShop

# isort: split
from django.db import connection, models
from django.test.utils import isolate_apps, override_settings
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select, text
from sqlalchemy.orm import Session

from shopprivacy.errors import NotSealed, SealBroken
from tests.adapters.sealed_models.models import Customer as DjangoCustomer
from tests.adapters.sqlalchemy_models import Base, Customer, SealedShop
from tests.adapters.sqlalchemy_models import sealed_shop as sqlalchemy_shop

pytestmark = pytest.mark.services
KEY = "canary-key-of-32-characters-long"
FERNET = base64.urlsafe_b64encode(KEY.encode()).decode()


@pytest.fixture
def shop() -> Iterator[SealedShop]:
    """Tables of SQLAlchemy's."""
    with sqlalchemy_shop() as made:
        yield made


def test_a_value_that_was_cut(shop: SealedShop) -> None:
    """SQLAlchemy-Utils (CBC without a MAC): what is left of a value reads as one; sealed, it is refused."""
    from sqlalchemy_utils import StringEncryptedType

    peer = Table("peer", MetaData(), Column("name", StringEncryptedType(String, KEY)))
    said = "refund 10 euros, (or 10 000 euros"
    with create_engine("sqlite://").begin() as one:
        peer.create(one)
        one.execute(insert(peer), {"name": said})
        stored = base64.b64decode(one.execute(text("SELECT name FROM peer")).scalar_one())
        one.execute(text("UPDATE peer SET name = :name"), {"name": base64.b64encode(stored[:16]).decode()})
        assert one.execute(select(peer.c.name)).scalar_one() == said[:16]
    shop.add(Customer(name=said))
    sealed = shop.stored("name")[0]
    for changed in (
        sealed[:-16],
        sealed[:-1] + bytes([sealed[-1] ^ 1]),
        sealed[:60] + bytes(1) + sealed[61:],
    ):
        with shop.engine.begin() as connected:
            connected.execute(text("UPDATE customer SET name = :name"), {"name": changed})
        with Session(shop.engine) as session, pytest.raises(SealBroken):
            _ = session.get_one(Customer, 1).name


def test_nothing_and_zero(sealed_shop: DjangoShop) -> None:
    """django-fernet-encrypted-fields: "" and 0 are stored as NULL, and lost; sealed, they come back as they were."""
    from encrypted_fields.fields import EncryptedCharField, EncryptedIntegerField

    with override_settings(SALT_KEY=KEY):
        assert EncryptedCharField(max_length=9).get_db_prep_value("", connection) is None
        assert EncryptedIntegerField().get_db_prep_value(0, connection) is None
    DjangoCustomer.objects.create(name="", visits=0, wants_post=False)
    row = DjangoCustomer.objects.get()
    assert (row.name, row.visits, row.wants_post) == ("", 0, False)
    assert all(sealed_shop.stored(DjangoCustomer, name)[0] for name in ("name", "visits", "wants_post"))


def test_where_the_key_shows(shop: SealedShop) -> None:
    """SQLAlchemy-Utils: the key stands in the column's type, its pickle and its attributes; ours is in none of them."""
    from sqlalchemy_utils import StringEncryptedType

    peer = Table("peer", MetaData(), Column("name", StringEncryptedType(String, KEY)))
    assert KEY in repr(vars(peer.c.name.type))
    assert KEY.encode() in pickle.dumps(peer)
    table: Any = Customer.__table__
    shop.add(Customer(name="An"))
    type_ = table.c.name.type
    shown = [
        repr(one) for one in (vars(type_), type_.place, vars(type_.place), Base.metadata.info, shop.sealing)
    ]
    shown += [
        repr(vars(shop.sealing)),
        repr(shop.sealing._keyset),
        pickle.dumps(type_).decode("latin-1"),
    ]
    rings = json.loads(shop.sealing._keyset.to_json())["rings"]
    secrets = [key["secret"] for ring in rings.values() for key in ring]
    assert secrets
    for secret in secrets:
        raw = base64.urlsafe_b64decode(secret + "==")
        told = "".join(shown)
        assert not any(one in told for one in (secret, raw.hex(), repr(raw)[2:-1]))


def test_bulk_update(sealed_shop: DjangoShop) -> None:
    """django-encrypted-model-fields: bulk_update encrypts the statement in the place of the value, which is lost."""
    with override_settings(FIELD_ENCRYPTION_KEY=FERNET), isolate_apps("tests.adapters.sealed_models"):
        from encrypted_model_fields.fields import EncryptedTextField

        meta = type("Meta", (), {"app_label": "sealed_models", "db_table": "peer"})
        attributes = {"__module__": __name__, "Meta": meta, "name": EncryptedTextField()}
        peer: Any = type("Peer", (models.Model,), attributes)
        with connection.schema_editor() as editor:
            editor.create_model(peer)
        try:
            row = peer.objects.create(name="An")
            peer.objects.bulk_update([row], ["name"])
            assert peer.objects.get().name != "An"
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(peer)
    row = DjangoCustomer.objects.create(name="An")
    lengths = set()
    for _ in range(3):
        DjangoCustomer.objects.bulk_update([row], ["name"])
        lengths.add(len(sealed_shop.stored(DjangoCustomer, "name")[0]))
    assert (DjangoCustomer.objects.get().name, len(lengths)) == ("An", 1)


def test_ciphertext_as_text(sealed_shop: DjangoShop) -> None:
    """django-fernet-encrypted-fields: what it cannot decrypt it returns as it stands; sealed, it is refused."""
    from encrypted_fields.fields import EncryptedCharField

    with override_settings(SALT_KEY=KEY):
        stored = EncryptedCharField(max_length=9).get_db_prep_value("An", connection)
    with override_settings(SALT_KEY=f"another {KEY}"):
        assert EncryptedCharField(max_length=9).from_db_value(stored, None, connection) == stored
        assert EncryptedCharField(max_length=9).from_db_value("clear", None, connection) == "clear"
    DjangoCustomer.objects.create(name="An")
    sealed = sealed_shop.stored(DjangoCustomer, "name")[0]
    for written, error in ((sealed[:1] + bytes(16) + sealed[17:], LookupError), (b"clear", NotSealed)):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sealed_models_customer SET name = %s", [written])
        with pytest.raises(error):
            _ = DjangoCustomer.objects.get().name
