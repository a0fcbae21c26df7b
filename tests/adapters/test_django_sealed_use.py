"""Sealed fields as the rest of Django meets them: forms, admin, log-in, event loops, erasure, migrations."""

from __future__ import annotations

import asyncio
import gc
import re
import unittest
from typing import Any

import pytest

from tests.adapters.sealed_shop import SealedShop

# isort: split
from asgiref.sync import sync_to_async
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from django.test import Client, RequestFactory, TestCase
from django.test.utils import override_settings, setup_test_environment, teardown_test_environment

from shopprivacy.adapters.django import PrivacyMiddleware
from shopprivacy.adapters.django.root import forget
from shopprivacy.adapters.django.sealed import SealedCharField, aload, erase_keys, load
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing import Erased
from tests.adapters.installed import only
from tests.adapters.sealed_models.admin import Searched
from tests.adapters.sealed_models.models import Account, Customer, Order, Person
from tests.docs.blocks import DOCS

pytestmark = pytest.mark.usefixtures("sealed_shop")
AN: dict[str, Any] = {"name": "An Jansen", "email": "An@Example.nl", "postcode": "1234 AB"}


class CustomerForm(forms.ModelForm):  # type: ignore[misc]
    """A form with a field that its author has declared."""

    name = forms.CharField()

    class Meta:  # noqa: D106
        model = Customer
        fields = ("name", "email", "visits", "born", "wants_post", "prefs")


class NotesForm(forms.ModelForm):  # type: ignore[misc]
    """A form of one field."""

    class Meta:  # noqa: D106
        model = Customer
        fields = ("notes",)


class TickForm(forms.ModelForm):  # type: ignore[misc]
    """A box that its author has declared."""

    wants_post = forms.BooleanField(required=False)

    class Meta:  # noqa: D106
        model = Customer
        fields = ("wants_post",)


def test_forms_show_and_save_values() -> None:
    """A model form shows the values, knows what was changed, and stores what was posted, sealed."""
    row = Customer.objects.create(**AN, visits=7, prefs={"a": 1})
    html = CustomerForm(instance=Customer.objects.get()).as_p()
    assert all(
        one in html for one in ('value="An Jansen"', "An@Example.nl", 'value="7"', "{&quot;a&quot;: 1}")
    )
    data = {"name": "An Jansen", "email": "An@Example.nl", "visits": "8", "born": "", "prefs": '{"a": 1}'}
    form = CustomerForm(data, instance=Customer.objects.get())
    assert form.is_valid(), form.errors
    assert form.changed_data == ["visits"]
    form.save()
    assert Customer.objects.get(pk=row.pk).visits == 8
    assert "checked" not in TickForm(instance=Customer.objects.get()).as_p()
    assert not TickForm({}, instance=Customer.objects.get()).has_changed()


def test_forms_refuse_what_is_taken() -> None:
    """A form says that an address is taken, and refuses an envelope that somebody pastes."""
    row = Customer.objects.create(**AN)
    assert "email" in CustomerForm({"name": "x", "email": "an@example.nl", "visits": "0"}).errors
    dumped = Customer._meta.get_field("name").value_to_string(row)
    made = NotesForm({"notes": dumped}).save()
    assert Customer.objects.get(pk=made.pk).notes == dumped


def test_forms_of_somebody_erased() -> None:
    """What was erased is shown as nothing; posted unchanged it stays so, and filled again it is refused."""
    row = Customer.objects.create(**AN)
    erase_keys("customer", row.pk)
    form = CustomerForm(instance=Customer.objects.get())
    assert 'value="An' not in form.as_p()
    assert "<sealed>" not in form.as_p()

    form = NotesForm({"notes": ""}, instance=Customer.objects.get())
    assert form.is_valid()
    form.save()
    form = NotesForm({"notes": "again"}, instance=Customer.objects.get())
    assert "notes" in form.errors
    assert Customer.objects.get().notes is Erased


def test_erasing_empties_the_indexes(sealed_shop: SealedShop) -> None:
    """After an erasure no index says who it was; the books keep theirs, and other people's rows."""
    an, bo = Customer.objects.create(**AN), Customer.objects.create(name="Bo", email="bo@x.nl")
    Order.objects.create(customer=an, street="Street 1", invoiced_to="b")
    assert erase_keys("customer", an.pk, "profile") == 1
    assert sealed_shop.stored(Customer, "email_index")[0] is None
    assert sealed_shop.stored(Order, "street_index") == [None]
    assert Order.objects.get().invoiced_to == "b"
    assert Customer.objects.exclude(email="x@x.nl").count() == 2
    assert Customer.objects.get(email="bo@x.nl") == bo


def test_log_in_and_password_reset() -> None:
    """Django's own log-in and password reset find somebody by a sealed address, however it is written."""
    account = Account(email="An@Example.nl")
    account.set_password("secret")
    account.save()
    with override_settings(AUTH_USER_MODEL="sealed_models.Account"):
        assert authenticate(username="an@example.NL", password="secret") == account
        assert authenticate(username="bo@example.nl", password="secret") is None
        form = PasswordResetForm({"email": "AN@example.nl"})
        form.is_valid()
        assert [user.email for user in form.get_users("AN@example.nl")] == ["An@Example.nl"]


class Stock(admin.ModelAdmin):  # type: ignore[misc]
    """As a shop has it."""

    search_fields = ("email",)


@pytest.mark.parametrize(
    ("kind", "term", "status", "found"),
    [
        (Searched, "an@example.nl", 200, True),
        (Searched, "jansen", 200, True),
        (Searched, "ans", 200, False),
        (Stock, "an@example.nl", 400, False),
    ],
)
def test_admin(kind: type, term: str, status: int, found: bool) -> None:
    """The admin shows values and finds whole ones; a search for a part is a message, and never all customers."""
    row = Customer.objects.create(**AN)
    client = Client()
    client.force_login(User.objects.get_or_create(username="root", is_superuser=True, is_staff=True)[0])
    request = RequestFactory().get("/", {"q": term})
    request.user = User.objects.get(username="root")
    page = kind(Customer, admin.site)
    try:
        response = page.changelist_view(request)
        response.render()
    except SealRefused as error:
        answer = PrivacyMiddleware(lambda _: None).process_exception(request, error)
        assert answer is not None
        assert (answer.status_code, b"what works: exact" in answer.content) == (status, True)
        return
    assert (response.status_code, b"An@Example.nl" in response.content) == (status, found)
    html = kind(Customer, admin.site).get_form(request, row)(instance=row).as_p()
    assert "An Jansen" in html


def test_no_page_is_sorted_by_what_is_sealed() -> None:
    """The header of a sealed column sorts nothing, nor does an address that says so; those of other columns do."""
    for name, plain in (("An", "b"), ("Bo", "a")):
        Customer.objects.create(name=name, plain=plain)
    request = RequestFactory().get("/", {"o": "1.2"})
    request.user = User.objects.get_or_create(username="root", is_superuser=True, is_staff=True)[0]
    kind = type("Page", (Searched,), {"list_display": ("name", "plain")})
    response = kind(Customer, admin.site).changelist_view(request)
    html = response.render().content.decode()
    assert [row.name for row in response.context_data["cl"].result_list] == ["Bo", "An"]
    assert ("sortable column-name" in html, "sortable column-plain" in html) == (False, True)


def test_an_event_loop_waits_for_no_column() -> None:
    """What was not loaded is not fetched in a coroutine: an error names it, and what to do."""
    an = Customer.objects.create(**AN)
    Order.objects.create(customer=an, street="Street 1")

    async def read() -> None:
        for query, named in (
            (Order.objects.only("street"), "Order.customer_id"),
            (Order.objects.defer("street"), "Order.street"),
        ):
            row = await query.aget()
            with pytest.raises(KeyUnavailable, match=rf"{named} was not loaded.*await aload"):
                row.street  # noqa: B018
            await aload([row])
            assert row.street == "Street 1"

    asyncio.run(read())


def test_event_loop(sealed_shop: SealedShop) -> None:
    """A coroutine reads what is known, and where the keys are not, an error names the fix: it never waits."""
    Customer.objects.create(**AN)

    async def read() -> str:
        await sync_to_async(sealed_shop.forget_keys)()
        row = await Customer.objects.aget()
        with pytest.raises(KeyUnavailable, match="await"):
            row.name  # noqa: B018
        await aload([row])
        assert row.name == "An Jansen"
        partly = [one async for one in Customer.objects.only("name")]
        await aload(partly)
        name: str = partly[0].name
        await Customer.objects.filter(email="an@example.nl").aget()
        row.name = "An Smit"
        await row.asave()
        return name

    assert asyncio.run(read()) == "An Jansen"
    sealed_shop.forget_keys()
    rows = list(Customer.objects.all())
    load(rows)
    asked = sealed_shop.keys.asked
    assert rows[0].name == "An Smit"
    assert sealed_shop.keys.asked == asked


def test_migrations_are_plain() -> None:
    """A migration says plain columns, names neither this library nor a key, and a second one finds nothing."""
    state = ProjectState.from_apps(apps)
    empty = ProjectState()
    for key, model in state.models.items():
        if key[0] != "sealed_models":
            empty.add_model(model)
    [made] = MigrationAutodetector(empty, state)._detect_changes()["sealed_models"]
    text = MigrationWriter(made).as_string()
    assert "shopprivacy" not in text
    assert "Sealed" not in text
    assert "('email', models.BinaryField(null=True))" in text
    assert re.search(r"\('email_index', models.CharField\(.*unique=True\)\)", text)
    later = made.mutate_state(empty.clone())
    assert not MigrationAutodetector(later, ProjectState.from_apps(apps))._detect_changes()


def test_columns(sealed_shop: SealedShop) -> None:
    """The columns are binary, and an index is text of 32 characters."""
    with connection.cursor() as cursor:
        described = {
            column.name: str(column.type_code).lower()
            for column in connection.introspection.get_table_description(cursor, "sealed_models_customer")
        }
    assert described["email"] == "blob"
    assert described["email_index"] == "varchar(32)"


def test_few_values_get_no_index() -> None:
    """Truth values, dates and a few choices are refused where they are declared; so is a key that is sealed."""
    from shopprivacy.adapters.django.sealed import SealedBooleanField, SealedDateField

    for number, field in enumerate(
        (
            SealedBooleanField(index=True),
            SealedDateField(unique=True),
            SealedCharField(max_length=9, index=True, choices=[("a", "A"), ("b", "B")]),
            SealedCharField(max_length=9, index="nothing"),
        )
    ):
        with pytest.raises(SealRefused):
            type(
                f"Few{number}",
                (models.Model,),
                {"__module__": "tests.adapters.sealed_models.models", "x": field},
            )
    with pytest.raises(SealRefused):
        SealedCharField(max_length=9, primary_key=True)
    gc.collect()


class ShopTests(TestCase):  # type: ignore[misc]
    """A shop's own test, as it was before its models were sealed."""

    __test__ = False  # by pytest

    @classmethod
    def setUpTestData(cls) -> None:
        cls.an = Customer.objects.create(**AN)

    def test_shop(self) -> None:
        with self.assertNumQueries(1):
            assert Customer.objects.get(email="an@example.nl").name == "An Jansen"


def test_a_shops_own_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Django's test environment a TestCase runs as it is, and its keys of persons are in memory."""
    only(monkeypatch, "default")
    setup_test_environment()
    forget()
    try:
        result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(ShopTests))
    finally:
        teardown_test_environment()
        forget()
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


def test_the_pages_companion_table() -> None:
    """Somebody with a stock user logs in and resets a password by the sealed address of a companion row."""
    text = (DOCS / "how-to" / "seal-auth-user.md").read_text(encoding="utf-8")
    backend, form = (
        next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if name in block)
        for name in ("class ByEmail", "class ResetByEmail")
    )
    names: dict[str, Any] = {"Person": Person}
    exec(backend, names)
    exec(form, names)
    user = User.objects.create_user(username="7f3a", password="secret")
    Person.objects.create(user=user, email="An@Example.nl")
    by_email = names["ByEmail"]()
    assert by_email.authenticate(None, username="an@example.nl", password="secret") == user
    assert by_email.authenticate(None, username="an@example.nl", password="other") is None
    assert by_email.authenticate(None, username="bo@example.nl", password="secret") is None
    reset = names["ResetByEmail"]()
    assert [one.email for one in reset.get_users("AN@example.nl")] == ["An@Example.nl"]
    user.delete()
