"""Sealed fields in Django: what is stored of a row, and what is read of it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.sealed_shop import SealedShop

# isort: split
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Value, When

from shopprivacy.adapters.django.sealed import erase_keys
from shopprivacy.adapters.django.sealed.owner import keep_owners
from shopprivacy.errors import KeyUnavailable, NotSealed, SealRefused, StoreDown, WrongSubject
from shopprivacy.sealing import Erased
from shopprivacy.sealing.column import Sealed
from tests.adapters.sealed_models.models import Account, Customer, Member, Note, Order, Token
from tests.sealing.shop import told_by

pytestmark = pytest.mark.usefixtures("sealed_shop")
AN: dict[str, Any] = {"name": "An Jansen", "email": "An@Example.nl", "postcode": "1234 AB"}


def again(row: Any) -> Any:
    """The row, as another process loads it."""
    return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "€" * 50),
        ("email", None),
        ("notes", "with\nlines"),
        ("visits", 0),
        ("visits", -(2**70)),
        ("owes", Decimal("1.50")),
        ("born", date(2000, 2, 29)),
        ("wants_post", False),
        ("wants_post", True),
        ("prefs", {"a": [1, None, 0.5, "é"]}),
        ("prefs", []),
        ("prefs", None),
    ],
)
def test_values_come_back(sealed_shop: SealedShop, field: str, value: Any) -> None:
    """What is set is read, equal and of the same type; only None is NULL, and nothing else is stored in clear."""
    row = Customer.objects.create(**{field: value})
    read = getattr(again(row), field)
    assert (read, type(read)) == (value, type(value))
    [stored] = sealed_shop.stored(Customer, field)
    assert stored is None if value is None else stored[:1] == b"\x02"


def test_what_a_form_would_give_is_converted() -> None:
    """Text for a number, a day or an amount is stored as what the field is for."""
    row = Customer.objects.create(visits="7", born="2000-01-31", owes="3.10")
    row = again(row)
    assert (row.visits, row.born, row.owes) == (7, date(2000, 1, 31), Decimal("3.10"))


def test_time_of_saving() -> None:
    """auto_now is sealed, too, as a moment with a time zone."""
    row = Customer.objects.create()
    assert abs((datetime.now(UTC) - again(row).seen).total_seconds()) < 60
    before = row.seen
    row.save()
    assert again(row).seen > before


def test_saving_unchanged_leaves_the_bytes(sealed_shop: SealedShop) -> None:
    """Neither saving what was read, nor setting the same value, nor refresh_from_db seals anew."""
    row = Customer.objects.create(**AN, prefs={"a": 1})
    before = sealed_shop.stored(Customer, "name"), sealed_shop.stored(Customer, "prefs")
    read = again(row)
    assert read.prefs == {"a": 1}
    read.save()
    read.name = "An Jansen"
    read.save()
    read.refresh_from_db()
    assert isinstance(read.__dict__["name"], Sealed)
    read.save()
    assert before == (sealed_shop.stored(Customer, "name"), sealed_shop.stored(Customer, "prefs"))


def test_changed_in_place() -> None:
    """A list or a dict that was changed where it is, is saved."""
    row = again(Customer.objects.create(prefs={"a": 1}))
    row.prefs["b"] = [2]
    row.save()
    assert again(row).prefs == {"a": 1, "b": [2]}


def test_refresh_reads_what_another_process_wrote() -> None:
    """refresh_from_db gives the stored value, whatever was set before."""
    row, other = Customer.objects.create(**AN), Customer.objects.get()
    other.name = "An Smit"
    other.save()
    row.name = "never saved"
    row.refresh_from_db()
    assert row.name == "An Smit"


def test_index_goes_along_with_a_single_column() -> None:
    """save(update_fields=["email"]) writes the index in the same UPDATE, as allauth changes an address."""
    row = Customer.objects.create(**AN)
    row.email = "an@other.example"
    row.save(update_fields=["email"])
    assert Customer.objects.get(email="an@other.example") == row
    assert not Customer.objects.filter(email="an@example.nl").exists()
    partly = Customer.objects.only("email").get()
    partly.email = "an@third.example"
    partly.save()
    assert Customer.objects.get(email="an@third.example") == row


def test_none_takes_the_index_away(sealed_shop: SealedShop) -> None:
    """NULL has no index value."""
    row = Customer.objects.create(**AN)
    row.email = None
    row.save()
    assert sealed_shop.stored(Customer, "email_index") == [None]


def test_unique() -> None:
    """Two rows with one address are refused, "" as well, by form and by database; two with NULL are stored."""
    Customer.objects.create(**AN)
    with pytest.raises(ValidationError) as refused:
        Customer(email="an@example.NL").full_clean()
    assert "email" in refused.value.error_dict
    Customer.objects.create(email="")
    for email in ("AN@example.nl", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.create(email=email)
    Customer.objects.create()
    Customer.objects.create()


def test_length_is_checked_by_validation() -> None:
    """51 characters are refused before they are sealed; the column never cuts."""
    with pytest.raises(ValidationError):
        Customer(name="a" * 51).full_clean()


def test_new_rows_have_keys_of_their_own(sealed_shop: SealedShop) -> None:
    """The database gives a deleted row's number again; the new row opens, and has nothing of the old one."""
    row = Customer.objects.create(**AN)
    sealed_shop.sealing.erase_keys("customer", row.pk)
    number = row.pk
    row.delete()
    other = Customer.objects.create(pk=number, name="Bo Smit")
    assert again(other).name == "Bo Smit"


def test_keys_of_a_customer_serve_their_orders(sealed_shop: SealedShop) -> None:
    """Rows of one owner share a key; a guest's order is its own owner; the books have another key."""
    an = Customer.objects.create(**AN)
    Order.objects.create(customer=an, street="Street 1", invoiced_to="Street 1")
    Order.objects.create(street="Street 2", invoiced_to="Street 2")
    assert [order.street for order in Order.objects.order_by("id")] == ["Street 1", "Street 2"]
    [name] = sealed_shop.stored(Customer, "name")
    streets, books = sealed_shop.stored(Order, "street"), sealed_shop.stored(Order, "invoiced_to")
    assert name[:17] == streets[0][:17] != streets[1][:17]
    assert books[0][:17] != streets[0][:17]


def test_copied_bytes_are_refused(sealed_shop: SealedShop) -> None:
    """A victim's bytes in my row open nothing on my page, and clear text is named as such."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sealed_models_customer WHERE id = %s", [an.pk])
        stolen = cursor.fetchone()
        cursor.execute("UPDATE sealed_models_customer SET name = %s WHERE id = %s", [*stolen, bo.pk])
        cursor.execute("UPDATE sealed_models_customer SET notes = %s WHERE id = %s", ["", bo.pk])
    with pytest.raises(WrongSubject):
        again(bo).name  # noqa: B018
    with pytest.raises(NotSealed):
        again(bo).notes  # noqa: B018


def test_going_to_another_owner() -> None:
    """Saved as a whole, a row that goes to another owner is sealed anew; by update_fields alone, it is refused."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo")
    order = Order.objects.create(customer=an, street="Street 1", invoiced_to="b")
    order = again(order)
    order.customer = bo
    with pytest.raises(SealRefused, match="update_fields"):
        order.save(update_fields=["customer"])
    order.save()
    assert again(order).street == "Street 1"
    order = again(order)
    order.customer = None
    order.save()
    assert (again(order).street, again(order).invoiced_to) == ("Street 1", "b")


@pytest.mark.parametrize(
    "move",
    [
        lambda order, bo: Order.objects.update(customer=bo),
        lambda order, bo: Order.objects.filter(customer__name__last_word="jansen").update(customer_id=bo.pk),
        lambda order, bo: Order.objects.update(customer=F("id") + 1),
        lambda order, bo: Order.objects.update(id=99),
        lambda order, bo: Order.objects.bulk_update([order], ["customer"]),
        lambda order, bo: Order.objects.bulk_update([order], ["customer", "street"]),
        lambda order, bo: bo.orders.add(again(order)),
        lambda order, bo: bo.orders.set([again(order)]),
        lambda order, bo: Customer.objects.get(name__last_word="jansen").orders.clear(),
        lambda order, bo: moved(Order.objects.only("customer").get(), bo).save(),
        lambda order, bo: moved(Order.objects.defer("street").get(), bo).save(),
        lambda order, bo: moved(Order.objects.only("customer").get(), bo).save(update_fields=["customer"]),
    ],
)
def test_rows_that_would_go_to_another_owner_as_they_are(move: Callable[[Any, Any], Any]) -> None:
    """Whatever would change the owner and leave the sealed values is refused, and the row still reads."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo")
    order = Order.objects.create(customer=an, street="Street 1")
    order.customer = bo
    with pytest.raises(SealRefused, match="sealed again"), transaction.atomic():
        move(order, bo)
    assert again(order).street == "Street 1"


def test_an_owner_that_stays_may_be_written() -> None:
    """Saving the owner's column alone, with the owner that it has, is no move; a related manager moves one by one."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo")
    order = Order.objects.create(customer=an, street="Street 1")
    order.save(update_fields=["customer"])
    assert Order.objects.update(customer=an) == 1
    Note.objects.create(customer=an, text="n")
    assert an.note_set.update(customer=an.pk) == 1
    bo.orders.add(again(order), bulk=False)
    assert (again(order).street, again(order).customer) == ("Street 1", bo)


def test_an_owners_column_keeps_its_own_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of field that stands in statements in its own way goes on to do so."""
    compiler = SimpleNamespace(query=Order.objects.all().query)
    for name in ("customer_id", "id"):
        field: Any = Order._meta.get_field(name)
        monkeypatch.setattr(field, "get_placeholder", lambda *_: "mine(%s)")
        monkeypatch.setattr(field, "get_placeholder_sql", lambda value, *_: ("mine(%s)", (value,)))
    keep_owners(Order)
    owner: Any = Order._meta.get_field("customer_id")
    assert owner.get_placeholder(7, compiler, None) == "mine(%s)"
    assert owner.get_placeholder_sql(7, compiler, None) == ("mine(%s)", (7,))


def moved(order: Any, customer: Any) -> Any:
    """An order that is now somebody else's."""
    order.customer = customer
    return order


def test_upsert(sealed_shop: SealedShop) -> None:
    """An upsert by the owner's number writes the index along; by what only sometimes is the owner, it is refused."""
    an = Customer.objects.create(**AN)
    new = [Customer(pk=an.pk, email="new@x.nl")]
    Customer.objects.bulk_create(new, update_conflicts=True, update_fields=["email"], unique_fields=["id"])
    assert Customer.objects.get(email="new@x.nl").name == "An Jansen"
    order = Order.objects.create(customer=an, street="Street 1")
    guests = [Order(pk=order.pk, street="Street 2")]
    with pytest.raises(SealRefused, match="update_conflicts"), transaction.atomic():
        Order.objects.bulk_create(
            guests, update_conflicts=True, update_fields=["street"], unique_fields=["id"]
        )
    assert again(order).street == "Street 1"


def test_a_model_that_inherits_a_table() -> None:
    """Values in both tables are its owner's, who has the number of the first; they are found, changed and erased."""
    made = Member.objects.create(email="an@x.nl", password="p", diary="d")
    assert (again(made).email, again(made).diary, Account.objects.get().email) == (
        "an@x.nl",
        "d",
        "an@x.nl",
    )
    made.email = "new@x.nl"
    made.save()
    found = Member.objects.get(email="new@x.nl")
    found.diary = "e"
    Member.objects.bulk_update([found], ["diary", "email"])
    assert Member.objects.only("diary").get(email="new@x.nl").diary == "e"
    erase_keys("account", made.pk)
    assert (again(made).email, again(made).diary) == (Erased, Erased)
    assert not Member.objects.filter(email="new@x.nl").exists()


@pytest.mark.parametrize("adding", [True, False])
def test_copy_of_a_row(adding: bool) -> None:
    """A row whose number is taken away is stored once more, sealed for its new number."""
    row = again(Customer.objects.create(name="An", prefs={"a": 1}))
    number, row.pk = row.pk, None
    if adding:
        row._state.adding = True
    row.save()
    assert row.pk != number
    assert (again(row).name, again(row).prefs) == ("An", {"a": 1})


def test_deferred_columns() -> None:
    """Columns that were not loaded are fetched; an owner that was not loaded is fetched, too."""
    an = Customer.objects.create(**AN)
    Order.objects.create(customer=an, street="Street 1")
    assert Customer.objects.defer("name").get().name == "An Jansen"
    assert Order.objects.only("street").get().street == "Street 1"
    assert Order.objects.select_related("customer").get().customer.name == "An Jansen"


def test_bulk_create() -> None:
    """Rows are sealed one by one under keys of their own, with their indexes, and opened in the same transaction."""
    with transaction.atomic():
        made = Customer.objects.bulk_create([Customer(name=f"An {n}", email=f"{n}@x.nl") for n in "abc"])
        assert Customer.objects.get(email="b@x.nl").name == "An b"
        assert made[2].name == "An c"
    assert [row.name for row in Customer.objects.order_by("id")] == ["An a", "An b", "An c"]
    Token.objects.bulk_create([Token(secret="s", shared="t")])
    assert (Token.objects.get().secret, Token.objects.get(shared="t").shared) == ("s", "t")


def test_bulk_create_stores_keys_together(sealed_shop: SealedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of an INSERT's rows are stored before it by one write, and bound after it by one."""
    rows = [Customer(name=f"An {n}", email=f"{n}@x.nl") for n in range(5)]
    made = Customer.objects.bulk_create(rows, batch_size=3)
    assert sealed_shop.keys.written == ["add", "add", "bind", "bind"]
    sealed_shop.forget_keys()
    assert [row.name for row in Customer.objects.order_by("id")] == [row.name for row in made]
    sealed_shop.keys.written.clear()
    Customer.objects.create(name="Bo")
    assert sealed_shop.keys.written == ["add", "bind"]

    def down(_: object) -> None:
        raise StoreDown("the store did not answer")

    monkeypatch.setattr(sealed_shop.keys, "add", down)
    with pytest.raises(KeyUnavailable):
        Customer.objects.bulk_create([Customer(name="Cas"), Customer(name="Dirk")])
    assert Customer.objects.count() == 6


def test_a_row_whose_insert_failed_is_saved_later(sealed_shop: SealedShop) -> None:
    """What was sealed for an INSERT that the database refused is written by the next one, under a key that is there."""
    Account.objects.create(email="a@x.nl")
    rows = [Account(email="b@x.nl"), Account(email="a@x.nl")]
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.bulk_create(rows)
    rows[0].save()
    again: Any = rows[1]
    again.email = "c@x.nl"
    rows[1].save()
    sealed_shop.forget_keys()
    assert [row.email for row in Account.objects.order_by("id")] == ["a@x.nl", "b@x.nl", "c@x.nl"]


def test_a_copy_of_a_row_that_was_never_written_is_refused(sealed_shop: SealedShop) -> None:
    """What was sealed for an INSERT that failed opens nowhere else: from a pickle, nothing of it is written."""
    row: Any = Customer(name="An Jansen", plain=F("plain"))
    with pytest.raises(ValueError, match="expression"):
        row.save()
    row.plain = ""
    copied, cached = copy.copy(row), pickle.loads(pickle.dumps(row))
    with pytest.raises((KeyUnavailable, SealRefused)):
        cached.save()
    assert not Customer.objects.exists()
    copied.save()
    row.save()
    sealed_shop.forget_keys()
    assert [one.name for one in Customer.objects.all()] == ["An Jansen", "An Jansen"]
    assert len({one[1:17] for one in sealed_shop.stored(Customer, "name")}) == 2


def test_bulk_create_where_numbers_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody learns the number of a row, it is refused: without RETURNING, and with ignore_conflicts."""
    from django.db import connection

    rows = [Customer(name="An"), Customer(name="Bo")]
    with pytest.raises(SealRefused, match="ignore_conflicts"):
        Customer.objects.bulk_create(rows, ignore_conflicts=True)
    with pytest.raises(SealRefused, match="update_conflicts"):
        Customer.objects.bulk_create(
            [Customer(email="a@x.nl")],
            update_conflicts=True,
            unique_fields=["email_index"],
            update_fields=["name"],
        )
    monkeypatch.setattr(type(connection.features), "can_return_rows_from_bulk_insert", False)
    with pytest.raises(SealRefused, match="one by one"):
        Customer.objects.bulk_create(rows)
    assert not Customer.objects.exists()


def test_bulk_update(sealed_shop: SealedShop) -> None:
    """Each row's value is sealed for its row, its index is new, and nothing is sealed twice, however often."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo", email="bo@x.nl")
    order = Order.objects.create(customer=bo, street="Street 1")
    an.email, bo.email, order.street = "an@new.nl", None, "Street 2"
    for _ in range(3):
        Customer.objects.bulk_update([an, bo], ["email"])
        Order.objects.bulk_update([order], ["street"])
        assert {len(one) for one in sealed_shop.stored(Customer, "email") if one} == {78 + len("an@new.nl")}
    assert Customer.objects.get(email="an@new.nl").name == "An Jansen"
    assert again(bo).email is None
    assert sealed_shop.stored(Customer, "email_index")[1] is None
    assert Order.objects.get(street="street 2").street == "Street 2"
    orders = [Order.objects.create(customer=one, street="Street 1") for one in (an, bo)]
    sealed_shop.forget_keys()
    sealed_shop.keys.owners_asked = 0
    Order.objects.bulk_update(orders, ["street"])
    assert sealed_shop.keys.owners_asked == 1
    with pytest.raises(SealRefused, match="set automatically"):
        Customer.objects.bulk_update([an], ["email", "email_index"])
    with pytest.raises(SealRefused, match="another owner"):
        Order.objects.bulk_update([order], ["street", "customer"])


@pytest.mark.parametrize(
    "write",
    [
        lambda: Customer.objects.update(name="x"),
        lambda: Customer.objects.update(email=None),
        lambda: Customer.objects.update(name=Value("x")),
        lambda: Customer.objects.update(name=F("plain")),
        lambda: Customer.objects.update(name=Case(When(plain="x", then=Value("y")))),
        lambda: Customer.objects.create(name=Value("x")),
        lambda: Customer.objects.bulk_create([Customer(name=F("plain"))]),
    ],
)
def test_refused_writes(write: Callable[[], Any]) -> None:
    """One value for many rows, and expressions of the database, are refused by name; nothing is stored."""
    row = Customer.objects.create(**AN)
    with pytest.raises(SealRefused, match="sealed_models_customer"):
        write()
    assert again(row).name == "An Jansen"


CANARY = "Canary Jansen"


def unfit(value: Any) -> Any:
    """A customer with a value in its JSON."""
    return Customer(name=CANARY, prefs={CANARY: value})


@pytest.mark.parametrize(
    "write",
    [
        lambda: Customer(name=f"{CANARY}\ud800").save(),
        lambda: unfit({1}).save(),
        lambda: Customer(visits=CANARY).save(),
        lambda: Customer.objects.bulk_create([unfit(object())]),
        lambda: Customer.objects.bulk_update([Customer(pk=1, visits=CANARY)], ["visits"]),
        lambda: Customer.objects.get(name__contains=CANARY),
        lambda: Customer.objects.filter(email=Value(CANARY)),
        lambda: Customer.objects.update(name=CANARY),
    ],
    ids=["text", "JSON", "another type", "bulk_create", "bulk_update", "look-up", "expression", "update"],
)
def test_what_is_refused_shows_in_no_traceback(write: Callable[[], Any]) -> None:
    """S32: neither the words of a refusal nor our frames of a debug page hold the value that was to be stored."""
    Customer.objects.create(**AN)
    with pytest.raises(SealRefused) as raised:
        write()
    assert CANARY not in told_by(raised.value)


def test_erased(sealed_shop: SealedShop) -> None:
    """Erased reads as nothing, saving keeps the bytes, nothing new is sealed, and the books stay readable."""
    an = Customer.objects.create(**AN)
    order = Order.objects.create(customer=an, street="Street 1", invoiced_to="Street 1")
    sealed_shop.sealing.erase_keys("customer", an.pk, "profile")
    before = sealed_shop.stored(Customer, "name")
    read = again(an)
    assert read.name is Erased
    assert f"{read.name}" == ""
    read.name = ""  # what a form shows of it, and posts
    read.save()
    assert sealed_shop.stored(Customer, "name") == before
    assert sealed_shop.stored(Customer, "name_last_word") == [None]
    Customer.objects.bulk_update([again(an)], ["name"])
    assert sealed_shop.stored(Customer, "name") == before
    read.name = "An again"
    with pytest.raises(SealRefused, match="erased"):
        read.save()
    with pytest.raises(ValidationError):
        read.full_clean()
    read = again(order)
    assert (read.street, read.invoiced_to) == (Erased, "Street 1")
    read.customer = Customer.objects.create(name="Bo")
    with pytest.raises(SealRefused, match="erased"):
        read.save()


def test_unusable_key(sealed_shop: SealedShop) -> None:
    """Where a key cannot be had, reading says so and saving leaves the bytes; later it reads again."""
    an = Customer.objects.create(**AN)
    before = sealed_shop.stored(Customer, "name")
    rows, sealed_shop.keys._store._rows = sealed_shop.keys._store._rows, {}
    sealed_shop.forget_keys()
    read = again(an)
    with pytest.raises(KeyUnavailable):
        read.name  # noqa: B018
    read.plain = "changed"
    read.save()
    sealed_shop.keys._store._rows = rows
    assert (sealed_shop.stored(Customer, "name"), again(an).name, again(an).plain) == (
        before,
        "An Jansen",
        "changed",
    )


def test_pickles_hold_the_envelope() -> None:
    """What goes into a cache is sealed, also after it was read; a value that was set and not saved is refused."""
    row = again(Customer.objects.create(**AN))
    assert row.name == "An Jansen"
    cached = pickle.dumps(row)
    assert b"Jansen" not in cached
    assert pickle.loads(cached).name == "An Jansen"
    assert b"Jansen" not in pickle.dumps(list(Customer.objects.values("name")))
    assert b"Jansen" not in pickle.dumps(Customer._meta.get_field("name").value_from_object(row))
    copied = copy.deepcopy(row)
    row.name = "An Smit"
    assert copied.name == "An Jansen"
    with pytest.raises(SealRefused, match="save"):
        pickle.dumps(row)


def test_fixtures(sealed_shop: SealedShop) -> None:
    """dumpdata writes envelopes, numbers and dates too; loaddata stores them as they are, and seals clear text."""
    row = Customer.objects.create(**AN, visits=424242, born=date(1987, 6, 5), prefs={"secret": 1})
    before = sealed_shop.stored(Customer, "visits"), sealed_shop.stored(Customer, "email_index")
    for kind in ("json", "xml"):
        text = serializers.serialize(kind, Customer.objects.all())
        assert not any(one in text for one in ("Jansen", "424242", "1987", "secret"))
        Customer.objects.all().delete()
        for loaded in serializers.deserialize(kind, text):
            loaded.save()
        assert (again(row).visits, again(row).prefs) == (424242, {"secret": 1})
        assert before == (sealed_shop.stored(Customer, "visits"), sealed_shop.stored(Customer, "email_index"))
    clear = (
        '[{"model": "sealed_models.customer", "pk": 9, "fields": {"name": "Bo Smit", "email": "bo@x.nl"}}]'
    )
    for loaded in serializers.deserialize("json", clear):
        loaded.save()
    assert Customer.objects.get(email="bo@x.nl").name == "Bo Smit"


def test_a_row_that_is_held_while_somebody_is_erased(sealed_shop: SealedShop) -> None:
    """Columns that were not read yet are gone with the key, though others of the row were read before."""
    an = Customer.objects.create(**AN, notes="n")
    held, other = again(an), again(an)
    assert (held.name, other.name) == ("An Jansen", "An Jansen")
    assert held.postcode == "1234 AB"
    sealed_shop.sealing.erase_keys("customer", an.pk)
    assert (held.notes, held.email) == (Erased, Erased)
    assert again(an).notes is Erased


def test_rows_whose_owner_is_loaded_last(sealed_shop: SealedShop) -> None:
    """Where the owner's column stands behind sealed ones, its rows are read and moved all the same."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo")
    note = Note.objects.create(text="hello", customer=an)
    note = again(note)
    note.customer = bo
    note.save()
    assert again(note).text == "hello"
    assert Note.objects.only("text").get().text == "hello"
    assert pickle.loads(pickle.dumps(again(note))).text == "hello"
