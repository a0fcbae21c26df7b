"""Sealed fields in Django's queries: what is found by an index, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters.sealed_shop import SealedShop

# isort: split
from django.core.exceptions import FieldError
from django.db import DatabaseError, models, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, Length, Upper

from shopprivacy.adapters.django.sealed import loaded
from shopprivacy.adapters.django.sealed.lookups import SearchRefused
from shopprivacy.errors import SealBroken, SealRefused, WrongSubject
from shopprivacy.sealing.column import Sealed
from tests.adapters.sealed_models.models import Customer, Order, Token

pytestmark = pytest.mark.usefixtures("sealed_shop")
C, O = Customer.objects, Order.objects  # noqa: E741


@pytest.fixture
def people(sealed_shop: SealedShop) -> dict[str, Any]:
    """Two customers with orders, and one without an address."""
    an = C.create(name="An de Vries", email="An@Example.nl", postcode="1234 ab")
    bo = C.create(name="Bo Smit", email="bo@faß.de", postcode="9999 ZZ")
    nobody = C.create(name="", email=None)
    O.create(customer=an, street="Street 1")
    O.create(customer=bo, street="Street 2")
    O.create(street="Street 1")
    return {"an": an, "bo": bo, "nobody": nobody}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda: C.filter(email="an@example.NL"), "an"),
        (lambda: C.filter(email__exact=" An@example.nl "), "an"),
        (lambda: C.filter(email__iexact="AN@EXAMPLE.NL"), "an"),
        (lambda: C.filter(email__in=["AN@example.nl", "bo@faß.de", "x", None]), "an bo"),
        (lambda: C.filter(email__in=[]), ""),
        (lambda: C.filter(email="bo@fass.de"), ""),
        (lambda: C.filter(email=None), "nobody"),
        (lambda: C.filter(email__isnull=False), "an bo"),
        (lambda: C.exclude(email="an@example.nl"), "bo nobody"),
        (lambda: C.filter(~Q(email="an@example.nl")), "bo nobody"),
        (lambda: C.exclude(email__in=["an@example.nl"]), "bo nobody"),
        (lambda: C.filter(name__last_word="VRIES"), "an"),
        (lambda: C.filter(postcode="1234AB"), "an"),
        (lambda: C.filter(orders__street="street 1"), "an"),
        (lambda: C.exclude(orders__street="street 1"), "bo nobody"),
        (lambda: C.filter(pk__in=C.filter(email="an@example.nl")), "an"),
        (lambda: C.filter(Exists(O.filter(customer=OuterRef("pk"), street="street 2"))), "bo"),
        (lambda: C.filter(Q(email="an@example.nl") | Q(name__last_word="smit")), "an bo"),
        (lambda: C.filter(orders__street="street 1").distinct(), "an"),
        (lambda: C.filter(email="an@example.nl").union(C.filter(postcode="9999zz")), "an bo"),
        (lambda: C.annotate(n=Count("orders")).filter(n=1), "an bo"),
        (lambda: C.filter(email="an@example.nl").only("email"), "an"),
        (lambda: C.raw("SELECT * FROM sealed_models_customer WHERE email_index IS NULL"), "nobody"),
        (lambda: C.in_bulk(["an@example.nl"], field_name="email").values(), "an"),
        (lambda: [C.get_or_create(email="AN@example.nl", defaults={"name": "x"})[0]], "an"),
        (lambda: [C.update_or_create(email="AN@example.nl", defaults={"postcode": "x"})[0]], "an"),
    ],
)
def test_found(people: dict[str, Any], query: Callable[[], Any], found: str) -> None:
    """By the index, through joins and aliases, with and without NULL; rows without a value are kept by ``!=``."""
    assert {row.pk for row in query()} == {people[name].pk for name in found.split()}


@pytest.mark.usefixtures("people")
def test_counted_and_deleted() -> None:
    """What is found can be counted and deleted, a customer's orders too."""
    assert C.filter(email="an@example.nl").count() == 1
    assert C.filter(email="an@example.nl").delete()[0] == 2
    assert not C.filter(email="an@example.nl").exists()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "query",
    [
        lambda: C.filter(notes="x"),
        lambda: C.filter(notes__in=["x"]),
        lambda: C.filter(notes__iexact="x"),
        lambda: C.filter(name="An de Vries"),
        lambda: C.exclude(notes="x"),
        lambda: C.filter(email__gt="a"),
        lambda: C.filter(email__contains="@"),
        lambda: C.filter(email__regex="@"),
        lambda: C.filter(email__last_word="x"),
        lambda: C.filter(born__year=2000),
        lambda: C.filter(prefs__a=1),
        lambda: C.filter(email=F("plain")),
        lambda: C.filter(email__in=C.values("email")),
        lambda: C.order_by("email"),
        lambda: C.order_by(F("email").desc()),
        lambda: O.order_by("customer__email"),
        lambda: C.dates("born", "year"),
        lambda: C.aggregate(Max("email")),
        lambda: C.annotate(x=Upper("email")),
        lambda: C.annotate(x=Cast("email", models.CharField())).values_list("x"),
        lambda: C.annotate(x=Length("email")).values_list("x"),
        lambda: C.annotate(x=Concat("email", Value("!"), output_field=models.TextField())).values("x"),
        lambda: C.filter(plain=F("email")),
        lambda: C.values("email").distinct(),
        lambda: C.values_list("email").union(C.values_list("email")),
        lambda: C.values("email").annotate(Count("id")),
        lambda: [C.update(plain=F("email"))],
    ],
)
def test_refused(query: Callable[[], Any]) -> None:
    """What works on clear values alone is refused, by us or by the database: never an empty result, never text."""
    with pytest.raises((SealRefused, DatabaseError, FieldError), match=r"(?i)sealed"), transaction.atomic():
        list(query())


def test_refusals_name_what_works() -> None:
    """A refusal names the column and what it can do, and has nothing of what was looked for."""
    with pytest.raises(SearchRefused) as refused:
        C.filter(email__icontains="jansen")
    assert str(refused.value) == (
        'sealed_models_customer.email is sealed, so "icontains" does not work on it; what works: exact, in, iexact, '
        "isnull"
    )
    with pytest.raises(SealRefused, match="with index="):
        C.filter(notes="x")
    with pytest.raises(FieldError):
        C.filter(email__nothing="x")


@pytest.mark.usefixtures("people")
def test_queries_carry_no_value() -> None:
    """The SQL of a look-up has index values, and nothing of what was looked for."""
    query = C.filter(email="an@example.nl", name__last_word="vries")
    assert "example" not in f"{query.query} {query.query.where!r}"
    assert "vries" not in str(query.query)


def test_values_are_sealed(people: dict[str, Any]) -> None:
    """values() gives `Sealed`, which shows nothing, and opens for its row's owner alone."""
    an, bo = people["an"], people["bo"]
    sealed = C.filter(pk=an.pk).values_list("email", flat=True).get()
    assert isinstance(sealed, Sealed)
    assert (str(sealed), repr([sealed])) == ("<sealed>", "[<sealed sealed_models_customer.email>]")
    assert sealed.open(("customer", an.pk)) == "An@Example.nl"
    with pytest.raises(WrongSubject):
        sealed.open(("customer", bo.pk))
    Token.objects.create(secret="s", shared="t")
    assert [row.open() for row in Token.objects.values_list("shared", flat=True)] == ["t"]
    assert next(C.annotate(x=F("email")).filter(pk=an.pk).values("x").iterator())["x"].column.name.endswith(
        "email"
    )
    bo.email = sealed
    with pytest.raises(WrongSubject):
        bo.save()


def test_suite_is_the_columns_own(sealed_shop: SealedShop) -> None:
    """A field-key envelope in a subject's column is refused, and the other way round."""
    from django.db import connection

    token = Token.objects.create(secret="s", shared="t")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sealed_models_token SET secret = shared, shared = secret")
    token = Token.objects.get()
    for name in ("secret", "shared"):
        with pytest.raises(SealBroken):
            getattr(token, name)


def test_rows_that_come_one_by_one(sealed_shop: SealedShop) -> None:
    """Of an iterator's rows some are looked up at a time, and all of them come, in their order."""
    C.bulk_create([Customer(name=f"An {n}") for n in range(25)])
    sealed_shop.forget_keys()
    names = [row.name for row in loaded(C.order_by("pk").iterator(chunk_size=10), size=10)]
    assert names == [f"An {n}" for n in range(25)]
    assert sealed_shop.keys.asked == 3


def test_one_look_up_for_many_rows(sealed_shop: SealedShop) -> None:
    """1,000 rows of 1,000 people need at most two questions to the store of keys, whichever columns are read."""
    C.bulk_create([Customer(name=f"An {n}", notes="n") for n in range(1000)])
    sealed_shop.forget_keys()
    rows = list(C.all())
    assert {row.notes for row in rows} == {"n"}
    assert rows[-1].name == "An 999"
    assert sealed_shop.keys.asked <= 2
    sealed_shop.forget_keys()
    assert len({row["name"].open(("customer", row["id"])) for row in C.values("id", "name")}) == 1000
    assert sealed_shop.keys.asked <= 2
