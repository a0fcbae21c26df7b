"""Models: what is an error at start, what a migration says, and how they are written."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import (
    Column,
    Computed,
    FetchedValue,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    insert,
    select,
    update,
)  # fmt: skip
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    composite,
    mapped_column,
    registry,
)  # fmt: skip

from shopprivacy.adapters.sqlalchemy import Sealed, blind_index, erase_keys, seal_models
from shopprivacy.errors import SealRefused
from shopprivacy.sealing import Erased
from shopprivacy.testing.samples import sample_sealing
from tests.adapters.sqlalchemy_models import Base, Customer, SealedShop, sealed_shop

OWNED: dict[str, Any] = {"privacy_subject": "customer:id"}


def built(more: dict[str, Any], *args: Any) -> type[Any]:
    """A model of its own base with these attributes."""
    base: Any = registry().generate_base()
    base.metadata.clear()
    type("Shop", (base,), {"__tablename__": "shop", "id": mapped_column(Integer, primary_key=True)})
    attributes = {
        "__tablename__": "customer",
        "id": mapped_column(Integer, primary_key=True),
        "__table_args__": args,
    }
    return type("Customer", (base,), {**attributes, **more})


WRONG: dict[str, tuple[Callable[[], type[Any]], str]] = {
    "no owner": (lambda: built({"name": mapped_column(Sealed())}), "privacy_subject"),
    "an unreadable owner": (
        lambda: built({"privacy_subject": "customer", "name": mapped_column(Sealed())}), "kind:column",
    ),
    "an owner that is nothing": (
        lambda: built({"privacy_subject": 7, "name": mapped_column(Sealed())}), "privacy_subject",
    ),
    "an owner that anybody may write": (
        lambda: built({"privacy_subject": "customer:x", "x": mapped_column(Integer), "name": mapped_column(Sealed())}),
        "primary key",
    ),
    "an owner that is not there": (
        lambda: built({"privacy_subject": "customer:y", "name": mapped_column(Sealed())}), "y is neither",
    ),
    "an owner that the database empties": (
        lambda: built({
            "privacy_subject": "customer:shop_id", "name": mapped_column(Sealed()),
            "shop_id": mapped_column(ForeignKey("shop.id", ondelete="SET NULL")),
        }),
        "SET NULL",
    ),
    "an owner that the database changes": (
        lambda: built({
            "privacy_subject": "customer:shop_id", "name": mapped_column(Sealed()),
            "shop_id": mapped_column(ForeignKey("shop.id", onupdate="CASCADE")),
        }),
        "CASCADE",
    ),
    "server_default": (lambda: built({**OWNED, "name": mapped_column(Sealed(), server_default="x")}), "server_default"),
    "server_onupdate": (
        lambda: built({**OWNED, "name": mapped_column(Sealed(), server_onupdate=FetchedValue())}), "server_default",
    ),
    "computed": (lambda: built({**OWNED, "name": mapped_column(Sealed(), Computed("'x'"))}), "server_default"),
    "a primary key": (
        lambda: built({**OWNED, "other": mapped_column(Sealed(), primary_key=True)}), "cannot be a key of the table",
    ),
    "unique": (lambda: built({**OWNED, "name": mapped_column(Sealed(), unique=True)}), "blind_index"),
    "unique together": (
        lambda: built({**OWNED, "name": mapped_column(Sealed())}, UniqueConstraint("name", "id")), "blind_index",
    ),
    "indexed": (lambda: built({**OWNED, "name": mapped_column(Sealed())}, Index("by_name", "name")), "blind_index"),
    "an index of nothing": (
        lambda: built({**OWNED, "name": mapped_column(Sealed()), "x": blind_index("nam")}), 'no sealed attribute "nam"',
    ),
    "an index of few values": (
        lambda: built({**OWNED, "yes": mapped_column(Sealed(bool)), "x": blind_index("yes")}), "possible values",
    ),
    "a composite": (
        lambda: built({**OWNED, "name": mapped_column(Sealed()), "both": composite(lambda *_: None, "name", "id")}),
        "composite",
    ),
    "nothing to follow": (lambda: built({**OWNED, "name": mapped_column(Sealed(clear="old"))}), "follow"),
    "a name that is none": (lambda: built({**OWNED, "name": mapped_column(Sealed(name="nodot"))}), "table.column"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_errors_at_start(name: str) -> None:
    """What could not be opened, found or erased later is named when the shop starts."""
    build, told = WRONG[name]
    model = build()
    with pytest.raises(SealRefused) as caught:
        seal_models(model.registry, sample_sealing())
    assert told in str(caught.value)
    model.registry.dispose()


def test_arguments_that_are_none() -> None:
    """A kind that cannot be sealed, a group that is no word and a normaliser that does not exist."""
    for wrong in (lambda: Sealed(set), lambda: Sealed(group="A b"), lambda: blind_index("x", by="soundex")):
        with pytest.raises(SealRefused):
            wrong()


def test_a_history_without_an_owner_is_refused() -> None:
    """A package that clones the columns of a model into one of its own keeps nothing that was to be erased."""
    columns = {name: Customer.__table__.c[name]._copy() for name in ("name", "email")}
    model = built(columns)  # a registry holds its classes weakly
    with pytest.raises(SealRefused):
        seal_models(model.registry, sample_sealing())


def test_alembic_writes_plain_columns(tmp_path: Path) -> None:
    """A revision says LargeBinary and String, imports nothing of ours, runs without us, and a second finds nothing."""
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": Base.metadata}
        )
        script = render_python_code(produce_migrations(context, Base.metadata).upgrade_ops)  # type: ignore[arg-type]
    assert "sa.Column('email', sa.LargeBinary(), nullable=True)" in script
    assert "sa.Column('email_index', sa.String(length=32), nullable=True)" in script
    assert "shopprivacy" not in script
    run = "\n".join([
        "import sys", "sys.modules['shopprivacy'] = None", "import sqlalchemy as sa",
        "from alembic.migration import MigrationContext", "from alembic.operations import Operations",
        f"with sa.create_engine({str(engine.url)!r}).begin() as connection:",
        "    op = Operations(MigrationContext.configure(connection))",
        *(f"    {line.strip()}" if line.startswith(("    op.", "op.")) else f"    {line}"
          for line in script.splitlines()),
    ])  # fmt: skip
    subprocess.run([sys.executable, "-c", run], check=True)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_types_can_be_pickled() -> None:
    """A table's types are pickled with it, as SQLAlchemy's own are."""
    column, index = pickle.loads(
        pickle.dumps((Sealed(int, group="books"), blind_index("x", by="email").column.type))
    )
    assert (column.kind, column.group, index.of, index.by) == (int, "books", "x", "email")


def test_long_columns_ask_for_room() -> None:
    """A column whose length a BLOB of MariaDB could not hold says so in the migration."""
    assert [repr(Sealed(length=length)) for length in (50, 100_000)] == [
        "LargeBinary()",
        "LargeBinary(length=400078)",
    ]
    assert repr(Sealed(bytes, length=100_000)) == "LargeBinary(length=100078)"


class Dataclasses(MappedAsDataclass, DeclarativeBase):
    """Models that are dataclasses."""


class Person(Dataclasses):
    __tablename__ = "person"
    privacy_subject = "person:id"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(Sealed(), repr=False)
    name_index = blind_index("name", by="folded")
    visits: Mapped[int] = mapped_column(Sealed(int), default=0)


def test_dataclasses() -> None:
    """Sealed attributes are fields of a dataclass; their indexes are none."""
    assert [field.name for field in fields(Person)] == ["id", "name", "visits"]
    seal_models(Dataclasses, sample_sealing())
    engine = create_engine("sqlite://")
    with engine.connect() as connection, Session(connection) as session:
        Dataclasses.metadata.create_all(connection)
        session.add(Person("Anna"))
        session.commit()
        person = session.scalars(select(Person).where(Person.name == "ANNA")).one()
        assert (person.name, person.visits) == ("Anna", 0)
        assert "Anna" not in repr(person)
    engine.dispose()


class Inherited(DeclarativeBase):
    """Models that inherit."""


class Named:
    """A mixin: each model that has it seals under its own name."""

    name: Mapped[str] = mapped_column(Sealed(), default="")
    name_index = blind_index("name")


class Party(Named, Inherited):
    __tablename__ = "party"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "party"}  # noqa: RUF012
    privacy_subject = "party:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]


class Company(Party):
    __tablename__ = "company"
    __mapper_args__ = {"polymorphic_identity": "company"}  # noqa: RUF012
    id: Mapped[int] = mapped_column(ForeignKey("party.id"), primary_key=True)
    vat: Mapped[str] = mapped_column(Sealed())
    vat_index = blind_index("vat", by="compact")


class Supplier(Named, Inherited):
    __tablename__ = "supplier"
    privacy_subject = "supplier:id"
    id: Mapped[int] = mapped_column(primary_key=True)


def test_inheritance_and_mixins() -> None:
    """A joined table's rows have one owner; a mixin's columns are each model's own, and a model may come later."""
    seal_models(Inherited, sample_sealing())

    class Late(Party):
        __mapper_args__ = {"polymorphic_identity": "late"}  # noqa: RUF012

    engine = create_engine("sqlite://")
    with engine.connect() as connection, Session(connection) as session:
        Inherited.metadata.create_all(connection)
        session.add_all([Company(name="An", vat="NL 1"), Supplier(name="An"), Late(name="Bo")])
        session.commit()
        company: Any = session.scalars(
            select(Company).where(Company.vat == "nl1", Company.name == "An")
        ).one()
        assert (company.name, company.vat) == ("An", "NL 1")
        assert [one.name for one in session.scalars(select(Party).order_by(Party.id))] == ["An", "Bo"]
        assert repr(session.execute(select(Supplier.name)).scalar_one()) == "<sealed supplier.name>"
        company.vat, company.name = "NL 2", "Bedrijf"
        session.commit()
        assert session.scalars(select(Company.id).where(Company.vat == "NL2")).one() == company.id
        session.execute(insert(Company), [{"name": "Cas", "vat": "NL 3"}, {"vat": "NL 4"}])
        other: Any = session.scalars(select(Company).where(Company.vat == "nl3")).one()
        session.execute(update(Company), [{"id": other.id, "vat": "NL 5", "name": "Cor"}])
        session.expire_all()
        assert (other.name, other.vat) == ("Cor", "NL 5")
        assert erase_keys(session, Inherited, "party", company.id) == 1
        session.commit()
        assert (company.name, company.vat, company.name_index, company.vat_index) == (
            Erased,
            Erased,
            None,
            None,
        )
    engine.dispose()


def test_imperative_mapping_and_other_names() -> None:
    """A table that is mapped by hand; a class without declarative mapping; attributes of other names than columns."""
    metadata = MetaData()
    table = Table(
        "client", metadata, Column("id", Integer, primary_key=True), Column("nm", Sealed(name="client.name")),
        Column("nm_index", blind_index("name").column.type), Column("other", String),
    )  # fmt: skip

    class Client:
        privacy_subject = "client:number"

        def __init__(self, name: str) -> None:
            self.name = name

    mapping = registry(metadata=metadata)
    mapping.map_imperatively(Client, table, properties={"name": table.c.nm, "number": table.c.id})
    seal_models(mapping, sample_sealing())
    engine = create_engine("sqlite://")
    client: Any = Client
    with engine.connect() as connection, Session(connection) as session:
        metadata.create_all(connection)
        session.add(Client("Anna"))
        session.commit()
        found = session.scalars(select(client).where(client.name == "Anna")).one()
        assert (found.number, found.name) == (1, "Anna")
    engine.dispose()
    mapping.dispose()


def test_two_shops_in_one_process() -> None:
    """The bytes of one shop in the other's column do not open."""
    from shopprivacy.errors import KeyUnavailable

    with sealed_shop() as shop:
        shop.add(Customer(name="Anna"))
        other: SealedShop = SealedShop(shop.engine)  # another store of keys
        other.forget_keys()
        with Session(shop.engine) as session, pytest.raises(KeyUnavailable):
            _ = session.scalars(select(Customer)).one().name


class Live(Inherited):
    """A table that is being sealed: the new column follows the old one."""

    __tablename__ = "live"
    privacy_subject = "live:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(default="x@x.nl")
    email_sealed: Mapped[str | None] = mapped_column(Sealed(clear="email", name="live.email"))
    email_sealed_index = blind_index("email_sealed", by="email", unique=True)


def test_a_column_that_follows_another() -> None:
    """Whatever is saved in clear is saved sealed, too, with its index."""
    seal_models(Inherited, sample_sealing())
    engine = create_engine("sqlite://")
    with engine.connect() as connection, Session(connection) as session:
        Inherited.metadata.create_all(connection)
        session.add(Live(email="a@x.nl"))
        session.commit()
        row: Any = session.scalars(select(Live).where(Live.email_sealed == "A@x.nl")).one()
        assert row.email_sealed == "a@x.nl"
        row.email = "b@x.nl"
        session.commit()
        assert (
            session.scalars(select(Live).where(Live.email_sealed == "b@x.nl")).one().email_sealed == "b@x.nl"
        )
        row.email = None
        session.commit()
        assert (row.email_sealed, row.email_sealed_index) == (None, None)
    engine.dispose()
