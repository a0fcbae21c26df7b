"""Rows of sealed models: written by a session, read by their attributes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, make_transient, undefer
from sqlalchemy.orm.attributes import flag_modified

from shopprivacy.adapters.sqlalchemy import erase_keys, load
from shopprivacy.errors import KeyUnavailable, NotSealed, SealRefused, WrongSubject
from shopprivacy.sealing import Erased
from tests.adapters.sqlalchemy_models import Base, Customer, Order, SealedShop, Token, sealed_shop
from tests.sealing.shop import told_by

VALUES: dict[str, Any] = {
    "name": "Anna de Vries", "email": "Anna@X.nl", "postcode": "1234 AB", "notes": "", "visits": 0,
    "owes": Decimal("1.50"), "born": date(1980, 2, 29), "seen": datetime(2026, 1, 1, 12, tzinfo=UTC),
    "wants_post": False, "prefs": {"a": [1, None, 0.5, "é"]}, "tags": [],
}  # fmt: skip


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


def test_each_kind_reads_as_it_was_written(shop: SealedShop, session: Session) -> None:
    """0, False, "" and empty lists are values and come back with their type; what was not set is None."""
    shop.add(Customer(**VALUES), Customer(name=None))
    first, second = session.scalars(select(Customer).order_by(Customer.id))
    for name, value in VALUES.items():
        read = getattr(first, name)
        assert read == value
        assert isinstance(read, type(value))
    assert (second.name, second.visits, second.wants_post, second.email, second.prefs) == (
        "",
        0,
        False,
        None,
        None,
    )
    assert shop.stored("email")[1] is None


def test_a_copy_of_the_database_shows_nothing(shop: SealedShop) -> None:
    """S32: nothing of what is sealed stands in the table, and each row has other bytes for one value."""
    shop.add(Customer(name="Anna"), Customer(name="Anna"))
    one, other = shop.stored("name")
    assert one != other
    assert one[:1] == b"\x02"
    assert not any(b"Anna" in row for row in (one, other))


def test_a_new_row_has_its_key_before_it_is_there(shop: SealedShop, session: Session) -> None:
    """The key is stored, without an owner, before the INSERT, and has its owner when the flush is done."""
    asked: list[str] = []
    customer = Customer(name="Anna")
    session.add(customer)
    shop.keys.asked.clear()
    session.flush()
    asked += shop.keys.asked
    assert asked.index("add") < asked.index("bind")
    assert [row.owner.partition(":")[0] for row in shop.keys.rows()] == ["customer"]
    assert customer.name == "Anna"


def test_ten_rows_at_once_have_ten_keys(shop: SealedShop, session: Session) -> None:
    """add_all, and what belongs to a new customer in the same flush, is sealed for whom it is."""
    customers = [Customer(name=f"n{number}", orders=[Order(street="Dam 1")]) for number in range(10)]
    session.add_all(customers)
    session.commit()
    assert len({key[1:17] for key in shop.stored("name")}) == 10
    assert {key[1:17] for key in shop.stored("street", "order")} == {key[1:17] for key in shop.stored("name")}
    session.expire_all()
    assert [one.orders[0].street for one in customers] == ["Dam 1"] * 10


def test_keys_of_a_list_are_looked_up_together(shop: SealedShop, session: Session) -> None:
    """A list of 1,000 rows: keys in at most 2 look-ups, as models and as columns."""
    shop.add(*(Customer(name=f"n{number}", notes="x") for number in range(1000)))
    shop.forget_keys()
    assert [one.name for one in session.scalars(select(Customer))][999] == "n999"
    assert shop.look_ups <= 2
    shop.forget_keys()
    found: Any = session.execute(select(Customer.id, Customer.name)).all()
    assert found[7].name.open(("customer", found[7].id)) == "n7"
    assert [name.open(("customer", number)) for number, name in found] == [f"n{n}" for n in range(1000)]
    assert shop.look_ups <= 2


def test_load_asks_for_all_keys(shop: SealedShop, session: Session) -> None:
    """After load, reading asks the store nothing: of models, of columns and of rows of both."""
    shop.add(*(Customer(name=f"n{number}") for number in range(3)))
    for statement in (select(Customer), select(Customer.name), select(Customer.id, Customer)):
        session.expunge_all()
        shop.forget_keys()
        rows = session.execute(statement).all()
        load(rows)
        shop.keys.down = True
        assert [getattr(row, "Customer", None) and row.Customer.name for row in rows]
        shop.keys.down = False
        assert shop.look_ups == 1


def test_the_same_value_writes_nothing(shop: SealedShop, session: Session) -> None:
    """What is set to what it was stays as its bytes are; another value is sealed with its index."""
    shop.add(Customer(**VALUES))
    before = shop.stored("name"), shop.stored("email_index"), shop.stored("prefs")
    customer = session.scalars(select(Customer)).one()
    for name, value in VALUES.items():
        setattr(customer, name, value)
    session.commit()
    assert (shop.stored("name"), shop.stored("email_index"), shop.stored("prefs")) == before
    customer.email = "b@x.nl"
    session.commit()
    assert shop.stored("name") == before[0]
    assert shop.stored("email_index") != before[1]
    assert customer.email == "b@x.nl"


def test_dicts_and_lists_say_when_they_are_changed(shop: SealedShop, session: Session) -> None:
    """What is changed in place is saved: of a row that was loaded, and of one that was just flushed."""
    customer = Customer(prefs={"a": 1}, tags=["x"])
    session.add(customer)
    session.flush()
    customer.prefs["b"] = 2  # type: ignore[index]
    session.commit()
    customer.tags.append("y")  # type: ignore[union-attr]
    session.commit()
    assert (customer.prefs, customer.tags) == ({"a": 1, "b": 2}, ["x", "y"])
    customer.prefs["c"] = {"deep": 1}  # type: ignore[index]
    session.commit()
    customer.prefs["c"]["deep"] = 2  # type: ignore[index]
    flag_modified(customer, "prefs")
    session.commit()
    session.expire_all()
    assert customer.prefs == {"a": 1, "b": 2, "c": {"deep": 2}}


def test_a_row_goes_to_another_owner(shop: SealedShop, session: Session) -> None:
    """A row that is moved is sealed anew for its new owner, whatever was loaded of it; for itself, too."""
    shop.add(Customer(orders=[Order(street="Dam 1", invoiced_to="An")]), Customer())
    order: Any = session.scalars(select(Order)).one()
    order.customer = session.get(Customer, 2)
    session.commit()
    assert (order.street, order.invoiced_to) == ("Dam 1", "An")
    erase_keys(session, Base, "customer", 1, "profile")
    session.commit()
    session.expire_all()
    assert order.street == "Dam 1"
    order.customer = None
    session.commit()
    assert order.street == "Dam 1"
    erase_keys(session, Base, "order", order.id, "profile")
    session.commit()
    assert (order.street, order.invoiced_to) == (Erased, "An")


def test_an_unsaved_move_still_reads(shop: SealedShop, session: Session) -> None:
    """What a row holds opens under the owner that it was loaded with, until it is flushed."""
    shop.add(Customer(orders=[Order(street="Dam 1", invoiced_to="An")]), Customer())
    order = session.scalars(select(Order)).one()
    assert order.street == "Dam 1"
    session.autoflush = False
    order.customer_id = 2
    assert order.invoiced_to == "An"


def test_copied_bytes_open_nothing(shop: SealedShop, session: Session) -> None:
    """D41: a victim's bytes, with every other column, in my row are of another owner than the row."""
    shop.add(Customer(name="Victim", email="v@x.nl", postcode="1"), Customer(name="Me"))
    with shop.engine.begin() as connection:
        connection.execute(text(
            "UPDATE customer SET name = (SELECT name FROM customer WHERE id = 1), "
            "name_last_word = (SELECT name_last_word FROM customer WHERE id = 1) WHERE id = 2"
        ))  # fmt: skip
    me = session.get(Customer, 2)
    assert me is not None
    assert me.postcode == ""
    with pytest.raises(WrongSubject):
        _ = me.name
    me.email = session.execute(select(Customer.email)).scalars().first()
    with pytest.raises(WrongSubject):
        session.flush()


def test_erased(shop: SealedShop, session: Session) -> None:
    """Erased values read as Erased, stay as they are when saved, and are not filled again; their indexes are gone."""
    shop.add(Customer(name="Anna", email="a@x.nl", orders=[Order(street="Dam 1", invoiced_to="An")]))
    before = shop.stored("name")
    assert erase_keys(session, Base, "customer", 1, "profile") == 1
    session.commit()
    customer: Any = session.get(Customer, 1)
    assert (customer.name, customer.orders[0].street, customer.orders[0].invoiced_to) == (
        Erased,
        Erased,
        "An",
    )
    assert shop.stored("email_index") == [None]
    assert shop.stored("street_index", "order") == [None]
    customer.name, customer.plain = "", "changed"
    session.commit()
    customer.name = Erased
    session.commit()
    assert shop.stored("name") == before
    customer.name = "Bo"
    with pytest.raises(SealRefused):
        session.commit()
    session.rollback()
    assert len([*shop.keys.rows()]) == 2


def test_a_number_that_is_given_again(shop: SealedShop, session: Session) -> None:
    """SQLite gives a deleted customer's number again: the new one is not erased, and reads nothing of the old one."""
    shop.add(Customer(name="Old"))
    erase_keys(session, Base, "customer", 1)
    session.delete(session.get(Customer, 1))
    session.commit()
    session.add(Customer(name="New"))
    session.commit()
    customer = session.scalars(select(Customer)).one()
    assert (customer.id, customer.name) == (1, "New")


def test_a_rolled_back_row_is_sealed_anew(shop: SealedShop, session: Session) -> None:
    """A row that failed and is added once more gets a key of its own, and reads what it held."""
    customer = Customer(name="Anna", email="a@x.nl")
    session.add(customer)
    session.flush()
    session.rollback()
    assert customer.name == "Anna"
    shop.add(Customer(name="Other"))
    customer.id = None  # type: ignore[assignment]
    session.add(customer)
    session.commit()
    assert (customer.id, customer.name) == (2, "Anna")


def test_a_failed_insert_shows_no_value(shop: SealedShop, session: Session) -> None:
    """Two customers with one address are refused, by an error that names neither; "" counts, NULL does not."""
    shop.add(Customer(email="canary@x.nl"), Customer(), Customer())
    for again in ("Canary@X.nl", ""):
        shop.add(*([Customer(email="")] if not again else []))
        session.add(Customer(email=again, name="canary"))
        with pytest.raises(IntegrityError) as caught:
            session.commit()
        session.rollback()
        assert "canary" not in str(caught.value).casefold()


def test_a_store_that_is_down_lets_no_row_in(shop: SealedShop, session: Session) -> None:
    """Without a key no row is written; the next attempt succeeds."""
    shop.add(Customer())
    shop.keys.down = True
    session.add(Customer(name="Anna"))
    with pytest.raises(KeyUnavailable) as caught:
        session.commit()
    assert "Anna" not in told_by(caught.value)
    session.rollback()
    assert len(shop.stored("id")) == 1


def test_clear_bytes_are_no_values(shop: SealedShop, session: Session) -> None:
    """What was not sealed is named so, text and bytes alike, and is never returned."""
    shop.add(Customer(), Customer(), Customer())
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET name = 'Anna' WHERE id = 1"))
        connection.execute(text("UPDATE customer SET name = '' WHERE id = 2"))
        connection.execute(text("UPDATE customer SET name = x'0001' WHERE id = 3"))
    for customer in session.scalars(select(Customer)):
        with pytest.raises(NotSealed):
            _ = customer.name


def test_other_kinds_of_values_are_refused(shop: SealedShop, session: Session) -> None:
    """A value of another kind than the column's, a longer one and an expression are refused, without being quoted."""
    for wrong in (
        {"name": 7},
        {"visits": True},
        {"name": "canary" * 20},
        {"email": text("canary")},
        {"seen": datetime(2026, 1, 1)},  # noqa: DTZ001
    ):
        session.add(Customer(**wrong))
        with pytest.raises(SealRefused) as caught:
            session.flush()
        assert "canary" not in str(caught.value)
        session.rollback()
        session.expunge_all()


def test_pickles_hold_envelopes(shop: SealedShop, session: Session) -> None:
    """A pickled row has no clear value, and opens again; one that was set and not flushed refuses."""
    shop.add(Customer(name="canary", orders=[Order(street="Dam 1", invoiced_to="An")]))
    customer = session.scalars(select(Customer)).one()
    order = customer.orders[0]
    assert (customer.name, order.street) == ("canary", "Dam 1")
    kept = pickle.dumps(customer)
    column = pickle.dumps(session.execute(select(Customer.name)).scalar_one())
    assert b"canary" not in kept + column
    assert pickle.loads(kept).name == "canary"
    assert pickle.loads(column).open(("customer", 1)) == "canary"
    customer.name = "other"
    with pytest.raises(SealRefused):
        pickle.dumps(customer)


def test_detached_and_merged(shop: SealedShop, session: Session) -> None:
    """A detached row reads what was loaded, and merges back without a change."""
    shop.add(Customer(name="Anna", prefs={"a": 1}))
    before = shop.stored("name")
    with Session(shop.engine) as other:
        customer = other.scalars(select(Customer)).one()
    assert customer.name == "Anna"
    merged = session.merge(customer)
    session.commit()
    assert shop.stored("name") == before
    customer.name = "Bo"
    assert session.merge(customer) is merged
    session.commit()
    assert merged.name == "Bo"
    new = session.merge(Customer(id=9, name="Cas"))
    session.commit()
    assert new.name == "Cas"


def test_a_copy_of_a_row(shop: SealedShop, session: Session) -> None:
    """A row that is made transient and stored once more has keys of its own."""
    shop.add(Customer(name="Anna", visits=3))
    customer = session.scalars(select(Customer)).one()
    make_transient(customer)
    customer.id = None  # type: ignore[assignment]
    session.add(customer)
    session.commit()
    assert (customer.id, customer.name, customer.visits) == (2, "Anna", 3)
    one, other = shop.stored("name")
    assert one[1:17] != other[1:17]


def test_deferred_columns(shop: SealedShop, session: Session) -> None:
    """A sealed column and the owner's column may be loaded later, in any order."""
    from sqlalchemy.orm import load_only

    shop.add(Customer(orders=[Order(street="Dam 1", invoiced_to="An")]), Customer())
    order = session.scalars(select(Order).options(load_only(Order.street))).one()
    assert order.street == "Dam 1"
    assert order.invoiced_to == "An"
    session.expunge_all()
    order = session.scalars(select(Order).options(load_only(Order.customer_id))).one()
    order.customer_id = 2
    session.commit()
    order = session.scalars(select(Order).options(undefer(Order.street))).one()
    assert (order.street, order.invoiced_to) == ("Dam 1", "An")


def test_keys_of_a_tables_own_and_of_nobody(shop: SealedShop, session: Session) -> None:
    """A row whose number the shop gives, columns of other names, and a value with the shop's own key."""
    shop.add(Token(id="t1", secret="s", shared="x"))
    token = session.scalars(select(Token).where(Token.shared == "x")).one()
    assert (token.secret, token.shared) == ("s", "x")
    assert shop.stored("shared", "token")[0][:1] == b"\x01"
    held: Any = session.execute(select(Token.shared)).scalar_one()
    assert held.open() == "x"


def test_without_keys_nothing_is_sealed(shop: SealedShop, session: Session) -> None:
    """A shop that has not called seal_models is told so."""
    Base.metadata.info.clear()
    session.add(Customer(name="Anna"))
    with pytest.raises(KeyUnavailable, match="seal_models"):
        session.flush()


def test_errors_hold_no_values(shop: SealedShop, session: Session) -> None:
    """What is refused in a flush shows no value in the frames of the library, as a debug page prints them."""
    shop.add(Customer(name="Anna"))
    erase_keys(session, Base, "customer", 1)
    customer = session.get(Customer, 1)
    assert customer is not None
    customer.name = "canary"
    with pytest.raises(SealRefused) as caught:
        session.flush()
    assert "canary" not in told_by(caught.value)
