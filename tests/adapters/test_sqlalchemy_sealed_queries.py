"""Statements about sealed models: what finds rows, and what is refused by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import (
    String,
    case,
    cast,
    delete,
    desc,
    distinct,
    func,
    insert,
    not_,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from shopprivacy.errors import SealRefused
from tests.adapters.sqlalchemy_models import Base, Customer, Order, SealedShop, Token, sealed_shop

TABLE: Any = Customer.__table__
ALIAS = aliased(Customer)
FINDING: dict[str, tuple[Callable[[], Any], list[int]]] = {
    "==": (lambda: Customer.email == "ANNA@x.nl", [1]),
    "the other way round": (lambda: "anna@x.nl" == Customer.email, [1]),  # noqa: SIM300
    "!=": (lambda: Customer.email != "anna@x.nl", [2, 3]),
    "not": (lambda: not_(Customer.email == "anna@x.nl"), [2, 3]),
    "in": (lambda: Customer.email.in_(["anna@x.nl", "bo@x.nl", None]), [1, 2]),
    "in nothing": (lambda: Customer.email.in_([]), []),
    "not in": (lambda: Customer.email.not_in(["anna@x.nl"]), [2, 3]),
    "not in nothing": (lambda: Customer.email.not_in([]), [1, 2, 3]),
    "NULL": (lambda: Customer.email == None, [3]),  # noqa: E711
    "is NULL": (lambda: Customer.email.is_(None), [3]),
    "is not NULL": (lambda: Customer.email.is_not(None), [1, 2]),
    "or": (lambda: or_(Customer.email == "bo@x.nl", Customer.postcode == "1234ab"), [1, 2]),
    "last word": (lambda: Customer.name_last_word == "VRIES", [1]),
    "another last word": (lambda: Customer.name_last_word != "vries", [2, 3]),
    "last words": (lambda: Customer.name_last_word.in_(["jansen", "vries"]), [1, 2]),
    "index itself": (lambda: Customer.email_index == "anna@x.nl", [1]),
    "joined": (lambda: Customer.orders.any(Order.street == "DAM 1"), [2]),
    "table": (lambda: TABLE.c.email == "anna@x.nl", [1]),
}
REFUSED: dict[str, Callable[[], Any]] = {
    "like": lambda: Customer.email.like("canary"),
    "ilike": lambda: Customer.email.ilike("%canary%"),
    "contains": lambda: Customer.email.contains("canary"),
    "startswith": lambda: Customer.email.startswith("canary"),
    "<": lambda: Customer.email < "canary",
    "between": lambda: Customer.email.between("a", "canary"),
    "+": lambda: Customer.email + "canary",
    "reversed +": lambda: "canary" + Customer.email,
    "order by desc": lambda: Customer.email.desc(),
    "distinct": lambda: Customer.email.distinct(),
    "collate": lambda: Customer.email.collate("C"),
    "a part of a dict": lambda: Customer.prefs["canary"],
    "another column": lambda: Customer.email == Customer.name,
    "a subquery": lambda: Customer.email.in_(select(Customer.email)),
    "a sealed value": lambda: Customer.email == _sealed_value(),
    "without an index": lambda: Customer.notes == "canary",
    "only a last word": lambda: Customer.name == "canary",
    "part of an index": lambda: Customer.email_index.like("canary%"),
    "a text as several": lambda: Customer.email.in_("canary"),
    "a subquery without the index": lambda: select(Customer.email).subquery().c.email == "canary",
    "a function of it": lambda: func.max(Customer.email) == "canary",
    "another column of the table": lambda: str(select(TABLE).where(TABLE.c.email == TABLE.c.name)),
    "an index and a column": lambda: str(select(TABLE).where(TABLE.c.email_index != TABLE.c.plain)),
}


def _sealed_value() -> Any:
    from shopprivacy.sealing.column import Sealed

    return Sealed(b"", TABLE.c.email.type.place.sealed_column)


@pytest.fixture
def shop() -> Iterator[SealedShop]:
    """Tables in SQLite."""
    with sealed_shop() as made:
        made.add(
            Customer(name="Anna de Vries", email="Anna@X.nl", postcode="1234 AB"),
            Customer(name="Bo Jansen", email="bo@x.nl", orders=[Order(street="Dam 1")]),
            Customer(),
        )
        yield made


@pytest.fixture
def session(shop: SealedShop) -> Iterator[Session]:
    """A session of the shop's."""
    with Session(shop.engine) as opened:
        yield opened


@pytest.mark.parametrize("name", FINDING)
def test_found(shop: SealedShop, session: Session, name: str) -> None:
    """A sealed column is compared with values, by its index; what is NULL is unequal to each of them."""
    condition, expected = FINDING[name]
    assert [*session.scalars(select(Customer.id).where(condition()).order_by(Customer.id))] == expected


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shop: SealedShop, name: str) -> None:
    """Whatever else is asked of it is refused at once, with the column's name and without what it was compared with."""
    with pytest.raises(SealRefused) as caught:
        REFUSED[name]()
    assert "customer." in str(caught.value)
    assert "canary" not in str(caught.value)


def test_aliases_find_their_own_rows(session: Session) -> None:
    """Each alias of a model or table goes by its own index column, and a subquery does that has it."""
    pairs = select(Customer.id, ALIAS.id).join(ALIAS, ALIAS.id > Customer.id)
    pairs = pairs.where(Customer.email == "anna@x.nl", ALIAS.email == "bo@x.nl")
    assert session.execute(pairs).all() == [(1, 2)]
    other = TABLE.alias()
    assert [*session.scalars(select(other.c.id).where(other.c.email == "bo@x.nl"))] == [2]
    inner = select(Customer).subquery()
    assert [*session.scalars(select(inner.c.id).where(inner.c.email == "bo@x.nl"))] == [2]


def test_the_legacy_query(session: Session) -> None:
    """filter_by, count, and delete by a sealed value."""
    found = session.query(Customer).filter_by(email="anna@x.nl")
    assert (found.count(), found.one().name) == (1, "Anna de Vries")
    assert found.delete() == 1
    assert session.execute(delete(Customer).where(Customer.email == "bo@x.nl")).rowcount == 1  # type: ignore[attr-defined]


def test_one_statement_for_many_values(shop: SealedShop, session: Session) -> None:
    """Two columns of the type do not mix, and no warning says that statements are not cached."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            first = session.execute(
                select(Customer.name, Customer.email, Token.shared).outerjoin(Token, Token.id == "")
            ).first()
            assert first is not None
            assert [one and repr(one) for one in first] == [
                "<sealed customer.name>",
                "<sealed customer.email>",
                None,
            ]
    held: Any = session.execute(select(Customer.email)).scalars().first()
    assert held.open(("customer", 1)) == "Anna@X.nl"


STATEMENTS: dict[str, Callable[[], Any]] = {
    "order_by": lambda: select(Customer).order_by(Customer.email),
    "order_by a name": lambda: select(Customer).order_by("email"),
    "order_by an alias": lambda: select(ALIAS).order_by(ALIAS.email),
    "group_by": lambda: select(func.count(Customer.id)).group_by(Customer.email),
    "distinct": lambda: select(Customer.email).distinct(),
    "lower": lambda: select(func.lower(Customer.email)),
    "max": lambda: select(func.max(Customer.email)),
    "a function in a condition": lambda: select(Customer).where(func.lower(Customer.email) == "canary"),
    "a cast": lambda: select(cast(Customer.email, String)),
    "a case": lambda: select(case((Customer.id == 1, Customer.email))),
    "a plain column on the left": lambda: select(Customer).where(Customer.plain == Customer.email),
    "a join on it": lambda: select(Order).join(Customer, Customer.plain == Order.street),
    "a plain column in a list of it": lambda: select(Customer).where(
        Customer.plain.in_(select(Customer.email))
    ),
    "an update where": lambda: update(Customer).where(Customer.plain == Customer.email).values(plain=""),
    "a delete where": lambda: delete(Customer).where(Customer.plain < Customer.email),
    "an update": lambda: update(Customer).values(email=None),
    "another owner": lambda: update(Order).values(customer_id=2),
    "another owner in a table": lambda: update(Order.__table__).values(customer_id=2),  # type: ignore[arg-type]
    "a copy into another column": lambda: update(Customer).values(plain=Customer.email),
    "a copy into another table": lambda: update(Plain).values(text=select(Customer.email).scalar_subquery()),
    "order_by a name downwards": lambda: select(Customer).order_by(desc("email")),
    "order_by a label": lambda: select(Customer.id, Customer.email.label("found")).order_by("found"),
    "order_by in a subquery": lambda: select(
        select(Customer.id).order_by(Customer.email).limit(1).subquery()
    ),
    "group_by in a subquery": lambda: select(func.count()).select_from(
        select(Customer.email).group_by(Customer.email).subquery()
    ),
    "distinct in a subquery": lambda: select(func.count()).select_from(
        select(Customer.email).distinct().subquery()
    ),
    "distinct in another model's subquery": lambda: select(Plain).where(
        Plain.id < select(func.count(distinct(Customer.notes))).scalar_subquery()
    ),
    "order_by of a window": lambda: select(func.row_number().over(order_by=Customer.email)),
    "a partition": lambda: select(func.count(Customer.id).over(partition_by=Customer.email)),
    "within a group": lambda: select(func.percentile_disc(0.5).within_group(Customer.email)),
    "cases of its values": lambda: select(case({"canary": 1}, value=Customer.email)),
    "union": lambda: select(Customer.email).union(select(Customer.name)),
    "except": lambda: select(Customer.email).except_(select(Customer.name)),
    "order_by of a union": lambda: union_all(select(Customer.email), select(Customer.name)).order_by("email"),
}


class Plain(Base):
    """A model that seals nothing."""

    __tablename__ = "plain"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_that_a_session_refuses(shop: SealedShop, session: Session, name: str) -> None:
    """What asks no comparator is seen by the session, each time; count, and what says nothing of a value, works."""
    for _ in range(2):
        with pytest.raises(SealRefused) as caught:
            session.execute(STATEMENTS[name]())
    assert "canary" not in str(caught.value)


def test_statements_that_work(shop: SealedShop, session: Session) -> None:
    """Counting, distinct rows of a whole model, and all rows of several statements."""
    assert session.scalar(select(func.count(Customer.email)).where(Customer.email.is_not(None))) == 2
    assert len(session.scalars(select(Customer).distinct().order_by(Customer.id.desc())).all()) == 3
    both: Any = union_all(select(Customer.email), select(Customer.name))
    assert len(session.execute(both).all()) == 6
    models = select(Customer).from_statement(union(select(Customer), select(Customer)))
    assert len(session.scalars(models).all()) == 3
    assert session.query(Customer).distinct().count() == 3
    session.execute(update(Customer).values(plain="x"))


WRITES: dict[str, Callable[[Session], Any]] = {
    "update": lambda session: session.execute(update(Customer).values(email="canary")),
    "update of a table": lambda session: session.execute(update(TABLE).values(email="canary")),
    "insert of a table": lambda session: session.execute(insert(TABLE).values(name="canary")),
    "a default of a table": lambda session: session.execute(insert(TABLE).values(plain="x")),
    "bulk_save_objects": lambda session: session.bulk_save_objects([Customer(name="canary")]),
    "bulk_insert_mappings": lambda session: session.bulk_insert_mappings(Customer, [{"name": "canary"}]),
    "bulk_update_mappings": lambda session: session.bulk_update_mappings(Customer, [{"id": 1, "name": "canary"}]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_nothing_goes_in_unsealed(shop: SealedShop, session: Session, name: str) -> None:
    """What passes the session's flush by is refused, not stored and not quoted, and SQLAlchemy wraps it in nothing."""
    with pytest.raises(SealRefused) as caught:
        WRITES[name](session)
    assert "canary" not in str(caught.value)


def test_a_statements_text_shows_no_value(shop: SealedShop) -> None:
    """Values that are written into a statement's text are not, and such a text is no SQL."""
    statement = update(TABLE).values(email="canary").where(TABLE.c.email == "canary")
    told = str(statement.compile(shop.engine, compile_kwargs={"literal_binds": True}))
    assert "SET email=<sealed customer.email>" in told
    assert "canary" not in told


def test_bytes_that_were_sealed_go_anywhere(shop: SealedShop, session: Session) -> None:
    """What was selected may be written back by a table's own statements."""
    held = session.execute(select(Customer.name).where(Customer.id == 1)).scalar_one()
    session.execute(update(TABLE).where(TABLE.c.id == 1).values(name=held))
    assert session.get_one(Customer, 1).name == "Anna de Vries"


def test_the_echo_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """echo="debug" prints neither values that are written, nor those that are looked for, nor those that are read."""
    import logging

    with sealed_shop(echo="debug") as shop:
        shop.add(Customer(name="Canary", email="canary@x.nl", prefs={"canary": 1}))
        with Session(shop.engine) as session:
            found = session.scalars(select(Customer).where(Customer.email == "canary@x.nl")).one()
            assert found.name == "Canary"
    for handler in [
        *logging.getLogger("sqlalchemy.engine.Engine").handlers,
        *logging.getLogger("sqlalchemy").handlers,
    ]:
        logging.getLogger("sqlalchemy").removeHandler(handler)
    told = "".join(capfd.readouterr())
    assert "INSERT INTO customer" in told
    assert "canary" not in told.casefold()


def test_a_copy_of_a_table_has_indexes_of_its_own(shop: SealedShop) -> None:
    """A table that is copied into another MetaData asks that one's keys."""
    from sqlalchemy import MetaData

    from shopprivacy.adapters.sqlalchemy import seal_models
    from shopprivacy.testing.samples import sample_sealing

    other = MetaData()
    copied: Any = Base.metadata.tables["customer"].to_metadata(other)
    seal_models(other, sample_sealing(seed="other"))
    assert copied.c.email.type.place is not TABLE.c.email.type.place
    assert str((copied.c.email == "x").compile()) == str((TABLE.c.email == "x").compile())
