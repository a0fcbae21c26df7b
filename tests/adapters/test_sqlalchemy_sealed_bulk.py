"""Many rows of sealed models at once: a flush of new ones, and the bulk statements of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopprivacy.adapters.sqlalchemy import erase_keys
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing import Erased
from tests.adapters.sqlalchemy_models import Base, Customer, Live, Order, SealedShop, Token, sealed_shop
from tests.sealing.shop import told_by


@pytest.fixture
def shop() -> Iterator[SealedShop]:
    """Tables in SQLite."""
    with sealed_shop() as made:
        yield made


@pytest.fixture
def session(shop: SealedShop) -> Iterator[Session]:
    """A session of the shop's."""
    with Session(shop.engine) as opened:
        yield opened


def test_keys_of_a_flush_are_stored_and_bound_together(shop: SealedShop, session: Session) -> None:
    """1,000 new rows: their keys are stored by one write before the first of them, and bound by one after the last."""
    customers = [Customer(name=f"n{number}", orders=[Order(street="Dam 1")]) for number in range(1000)]
    session.add_all([*customers, Token(id="t", secret="s")])
    shop.keys.asked.clear()
    session.commit()
    assert (shop.keys.asked.count("add"), shop.keys.asked.count("bind")) == (2, 1)  # one for each table
    assert all(row.owner for row in shop.keys.rows())
    shop.forget_keys()
    assert [one.orders[0].street for one in session.scalars(select(Customer).limit(2))] == ["Dam 1"] * 2


def test_a_flush_after_one_that_failed(shop: SealedShop, session: Session) -> None:
    """Keys of rows that did not get in stay without an owner, and those of the next flush are bound all the same."""
    shop.add(Customer(email="an@x.nl"))
    session.add_all([Customer(email="bo@x.nl"), Customer(email="an@x.nl")])
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    session.add(Customer(email="cas@x.nl"))
    session.commit()
    shop.forget_keys()
    assert [*session.scalars(select(Customer.id).where(Customer.email == "cas@x.nl"))] == [2]
    assert session.get_one(Customer, 2).email == "cas@x.nl"
    assert sorted(bool(row.owner) for row in shop.keys.rows()) == [False, False, True, True]


def test_inserted_rows_are_sealed_one_by_one(shop: SealedShop, session: Session) -> None:
    """insert(Model), [{…}]: each row has a key of its own, stored before it and bound to the number that comes back."""
    given = [{"name": f"An {n}", "email": f"{n}@x.nl", "visits": n} for n in range(600)]
    shop.keys.asked.clear()
    session.execute(insert(Customer), given)
    session.commit()
    assert (shop.keys.asked.count("add"), shop.keys.asked.count("bind")) == (1, 1)
    assert given[0]["name"] == "An 0"  # the caller's own
    shop.forget_keys()
    rows = [*session.scalars(select(Customer).order_by(Customer.id))]
    assert [(row.name, row.visits) for row in rows] == [(f"An {n}", n) for n in range(600)]
    assert (rows[0].notes, rows[0].wants_post) == ("", False)  # Python's defaults are sealed, too
    assert len({one[1:17] for one in shop.stored("name")}) == 600
    assert session.scalars(select(Customer).where(Customer.email == "7@X.nl")).one().name == "An 7"


def test_inserted_rows_come_back(shop: SealedShop, session: Session) -> None:
    """RETURNING gives what was asked for, and no more: models, columns, one row and several."""
    several = session.scalars(
        insert(Customer).returning(Customer), [{"name": "An"}, {"email": "bo@x.nl", "name": "Bo"}]
    )
    assert sorted((row.id, row.name) for row in several) == [(1, "An"), (2, "Bo")]
    (pair,) = session.execute(insert(Customer).returning(Customer.id, Customer.name), [{"name": "Cas"}]).all()
    assert (len(pair), pair.name.open(("customer", pair.id))) == (2, "Cas")
    assert session.scalar(insert(Customer).returning(Customer.id), {"visits": 3, "name": None}) == 4
    assert (session.get_one(Customer, 4).visits, session.get_one(Customer, 4).name) == (3, "")
    session.execute(insert(Customer), [{"plain": "nothing of a person"}])


def test_rows_of_owners_that_are_there(shop: SealedShop, session: Session) -> None:
    """A row of another's is sealed for that one, a guest's and one whose number is given for itself."""
    shop.add(Customer(name="An"))
    session.execute(insert(Order), [{"street": "Dam 1", "customer_id": 1}, {"street": "Dam 2"}])
    session.execute(insert(Order), [{"street": "Dam 3", "id": 7, "invoiced_to": "An"}])
    session.execute(insert(Token), [{"id": "t", "secret": "s", "shared": "x"}, {"id": "u", "secret": "r"}])
    session.commit()
    shop.forget_keys()
    assert [row.street for row in session.scalars(select(Order).order_by(Order.id))] == [
        "Dam 1",
        "Dam 2",
        "Dam 3",
    ]
    assert shop.stored("street", "order")[0][1:17] == shop.stored("name")[0][1:17]
    assert [row.secret for row in session.scalars(select(Token).order_by(Token.id))] == ["s", "r"]
    assert session.scalars(select(Token).where(Token.shared == "x")).one().id == "t"
    session.execute(insert(Live), [{"email": "an@x.nl", "prefs": None}])
    assert session.scalars(select(Live).where(Live.email_sealed == "an@x.nl")).one().email_sealed == "an@x.nl"


def test_updated_rows_are_sealed_one_by_one(shop: SealedShop, session: Session) -> None:
    """update(Model), [{…}]: three times, the index is new, other columns stay, erased values keep their bytes."""
    shop.add(*(Customer(name=f"n{n}", email=f"{n}@x.nl", orders=[Order(street="Dam 1")]) for n in range(3)))
    names = shop.stored("name")
    for at in range(3):
        session.execute(
            update(Customer),
            [
                {"id": 1, "email": f"new{at}@x.nl"},
                {"id": 2, "email": None},
                {"id": 3, "email": "", "plain": "p"},
            ],
        )
        session.execute(update(Order), [{"id": 1, "street": f"Dam {at}"}])
        session.commit()
    assert shop.stored("name") == names
    assert len({len(one) for one in shop.stored("email")[:1]}) == 1
    assert session.scalars(select(Customer.id).where(Customer.email == "new2@x.nl")).all() == [1]
    assert session.scalars(select(Customer.id).where(Customer.email == "1@x.nl")).all() == []
    assert session.get_one(Order, 1).street == "Dam 2"
    assert [one.email for one in session.scalars(select(Customer).order_by(Customer.id))] == [
        "new2@x.nl",
        None,
        "",
    ]
    erase_keys(session, Base, "customer", 1, "profile")
    session.commit()
    before = shop.stored("email")
    session.execute(update(Customer), [{"id": 1, "email": Erased, "plain": "q"}])
    session.commit()
    assert (shop.stored("email"), shop.stored("plain")[0]) == (before, "q")
    with pytest.raises(SealRefused):
        session.execute(update(Customer), [{"id": 1, "email": "an@x.nl"}])


def _upsert(session: Session, **options: Any) -> Any:
    statement = sqlite_insert(Customer)
    changed = {name: statement.excluded[name] for name in options.pop("set_")}
    return session.execute(
        statement.on_conflict_do_update(set_=changed, **options),
        [{"id": 1, "email": "canary@x.nl", "name": "canary"}],
    )


REFUSED: dict[str, Callable[[Session], Any]] = {
    "another owner": lambda session: session.execute(
        update(Order), [{"id": 1, "customer_id": 2, "street": "canary"}]
    ),
    "an index": lambda session: session.execute(update(Customer), [{"id": 1, "email_index": "canary"}]),
    "nobody's": lambda session: session.execute(update(Order), [{"id": 99, "street": "canary"}]),
    "what is sealed": lambda session: session.execute(
        insert(Order), [{"street": session.execute(select(Customer.name)).scalars().first()}]
    ),
    "an expression": lambda session: session.execute(insert(Customer), [{"name": func.lower("canary")}]),
    "another kind": lambda session: session.execute(insert(Customer), [{"visits": "canary"}]),
    "one value for many": lambda session: session.execute(update(Customer).values(email="canary")),
    "values()": lambda session: session.execute(insert(Customer).values(name="canary")),
    "rows of another": lambda session: session.execute(
        insert(Order).from_select(["street"], select(Customer.name))
    ),
    "passed over": lambda session: session.execute(
        sqlite_insert(Customer).on_conflict_do_nothing(), [{"name": "canary"}]
    ),
    "ignored": lambda session: session.execute(
        insert(Customer).prefix_with("OR IGNORE"), [{"name": "canary"}]
    ),
    "upsert by an address": lambda session: _upsert(session, index_elements=["email_index"], set_=["name"]),
    "upsert of the owner": lambda session: _upsert(session, index_elements=["id"], set_=["id"]),
    "upsert without the index": lambda session: _upsert(session, index_elements=["id"], set_=["email"]),
    "upsert by what is the owner at times": lambda session: _upsert_orders(session),
}


def _upsert_orders(session: Session) -> Any:
    statement = sqlite_insert(Order)
    changed = {name: statement.excluded[name] for name in ("street", "street_index")}
    return session.execute(
        statement.on_conflict_do_update(set_=changed, index_elements=["id"]), [{"id": 1, "street": "canary"}]
    )


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shop: SealedShop, session: Session, name: str) -> None:
    """What could not be read afterwards, or shows equality, is refused by name, without a value, before it is sent."""
    shop.add(Customer(name="An", email="an@x.nl", orders=[Order(street="Dam 1")]), Customer())
    before = shop.stored("name"), shop.stored("email"), shop.stored("street", "order")
    with pytest.raises(SealRefused) as caught:
        REFUSED[name](session)
    assert "canary" not in told_by(caught.value)
    session.rollback()
    assert (shop.stored("name"), shop.stored("email"), shop.stored("street", "order")) == before


def test_upsert_on_the_owner(shop: SealedShop, session: Session) -> None:
    """An upsert that finds rows by their owner's number, and sets the index along, is sealed for that owner."""
    shop.add(Customer(name="An", email="an@x.nl", notes="n"))
    _upsert(session, index_elements=["id"], set_=["email", "email_index", "name", "name_last_word"])
    session.commit()
    row = session.scalars(select(Customer).where(Customer.email == "canary@x.nl")).one()
    assert (row.id, row.name, row.notes) == (1, "canary", "n")


def test_a_database_that_returns_no_numbers(shop: SealedShop, session: Session) -> None:
    """Rows whose number nobody learns are refused by the statement, and add_all writes them."""
    session.connection().dialect.insert_executemany_returning = False
    with pytest.raises(SealRefused, match="add_all"):
        session.execute(insert(Customer), [{"name": "An"}, {"name": "Bo"}])
    session.rollback()
    assert shop.stored("id") == []


def test_a_store_that_is_down_lets_no_rows_in(shop: SealedShop, session: Session) -> None:
    """Without keys no row is written, and the error has no value."""
    shop.add(Customer())
    shop.keys.down = True
    with pytest.raises(KeyUnavailable) as caught:
        session.execute(insert(Customer), [{"name": "canary"}])
    assert "canary" not in told_by(caught.value)
    session.rollback()
    assert len(shop.stored("id")) == 1
