"""The system checks of sealed fields: each mistake by its id."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.test.utils import override_settings

from shopprivacy.adapters.django.root import get_policy
from shopprivacy.adapters.django.sealed import SealedCharField
from shopprivacy.adapters.django.sealed.checks import _IDS, check_owners, check_places, check_uses
from tests.adapters.django_shop.set_up import POLICY
from tests.adapters.sealed_models.models import Customer, Token

_numbers = count()


@contextmanager
def model(**attributes: Any) -> Iterator[Any]:
    """A model of the shop's, for as long as the context lasts."""
    name = f"made{next(_numbers)}"
    given = {"__module__": "tests.adapters.sealed_models.models", **attributes}
    made = type(name, (models.Model,), given)
    try:
        yield made
    finally:
        del apps.all_models["sealed_models"][name]
        apps.clear_cache()


def ids(found: Any) -> set[str]:
    """The ids of what was found."""
    return {message.id for message in found}


def sealed(**options: Any) -> Any:
    """A sealed field."""
    return SealedCharField(max_length=9, **options)


def key(on_delete: Any) -> Any:
    """A foreign key to the customers."""
    return models.ForeignKey(Customer, on_delete, null=True, related_name="+", default=None)


def meta(**options: Any) -> type:
    """A model's options."""
    return type("Meta", (), options)


named = models.Q(name__isnull=False)


def test_right() -> None:
    """What the shop's models say is right."""
    assert not check_owners()
    assert not check_uses()


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"name": sealed()}, {"shopprivacy.E010"}),
        ({"name": sealed(key="field")}, set()),
        ({"name": sealed(), "privacy_subject": "customer"}, {"shopprivacy.E010"}),
        ({"name": sealed(), "privacy_subject": "customer:nobody"}, {"shopprivacy.E010"}),
        (
            {"name": sealed(), "owner": models.IntegerField(), "privacy_subject": "customer:owner"},
            {"shopprivacy.E010"},
        ),
        ({"name": sealed(), "by": key(models.CASCADE), "privacy_subject": "customer:by_id"}, set()),
        (
            {"name": sealed(), "by": key(models.CASCADE), "privacy_subject": "customer:by"},
            {"shopprivacy.E010"},
        ),
        (
            {"name": sealed(), "by": key(models.SET_NULL), "privacy_subject": ("customer:by_id", "row:id")},
            {"shopprivacy.E011"},
        ),
        (
            {"name": sealed(), "by": key(models.SET(None)), "privacy_subject": "customer:by_id"},
            {"shopprivacy.E011"},
        ),
        ({"name": sealed(db_default="x"), "privacy_subject": "row:id"}, {"shopprivacy.E012"}),
        *(
            ({"name": sealed(index=True, key="field"), "Meta": meta(**options)}, found)
            for options, found in (
                ({"unique_together": [("id", "name")]}, {"shopprivacy.E016"}),
                ({"constraints": [models.UniqueConstraint(fields=["name"], name="u")]}, {"shopprivacy.E016"}),
                ({"constraints": [models.UniqueConstraint(Lower("name"), name="u")]}, {"shopprivacy.E016"}),
                ({"indexes": [models.Index(fields=["-name"], name="i")]}, {"shopprivacy.E016"}),
                ({"indexes": [models.Index(fields=["name_index", "id"], name="i")]}, set()),
                ({"constraints": [models.UniqueConstraint(fields=["name_index"], name="u")]}, set()),
                ({"constraints": [models.CheckConstraint(condition=named, name="c")]}, set()),
            )
        ),
    ],
)
def test_owners(attributes: dict[str, Any], found: set[str]) -> None:
    """Each row must be somebody's, by a key that nobody but the shop's own code changes."""
    with model(**attributes):
        assert ids(check_owners()) == found


def test_a_copied_field_has_no_owner() -> None:
    """A history package that copies the fields into a model without owner is an error at start."""
    import copy

    fields = {
        f.name: copy.copy(f) for f in Customer._meta.local_fields if f.name in {"name", "name_last_word"}
    }
    with model(**fields) as history:
        assert [field.name for field in history._meta.local_fields] == ["id", "name", "name_last_word"]
        assert ids(check_owners()) == {"shopprivacy.E010"}


def test_ordering() -> None:
    """Ordering by a sealed field cannot work."""
    meta = type("Meta", (), {"ordering": ["-name"]})
    with model(name=sealed(), privacy_subject="row:id", Meta=meta):
        assert ids(check_uses()) == {"shopprivacy.E013"}


class OwnFilter(admin.SimpleListFilter):  # type: ignore[misc]
    """A filter of the shop's own."""


@admin.display(ordering="-name")  # type: ignore[untyped-decorator]
def by_name(_: Any) -> str:
    """A column of the shop's own."""
    return ""


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"search_fields": ("email",)}, True),
        ({"search_fields": ("email__icontains",)}, True),
        ({"search_fields": ("^email",)}, True),
        ({"search_fields": ("notes__exact",)}, True),
        ({"search_fields": ("=email", "email__exact", "name__last_word", "plain")}, False),
        ({"list_filter": ("email",)}, True),
        ({"list_filter": (("email", admin.EmptyFieldListFilter),)}, True),
        ({"list_filter": (OwnFilter,)}, False),
        ({"date_hierarchy": "born"}, True),
        ({"ordering": ("email",)}, True),
        ({"list_display": ("plain", "email")}, True),
        ({"list_display": ("plain", "email"), "sortable_by": ("plain",)}, False),
        ({"list_display": (by_name,)}, True),
    ],
)
def test_admin(options: dict[str, Any], wrong: bool) -> None:
    """What the stock admin searches, filters and orders by is checked before somebody meets it."""
    before = admin.site.get_model_admin(Customer)
    admin.site.unregister(Customer)
    admin.site.register(Customer, type("Stock", (admin.ModelAdmin,), options))
    try:
        assert ids(check_uses()) == ({"shopprivacy.E013"} if wrong else set())
    finally:
        admin.site.unregister(Customer)
        admin.site.register(Customer, type(before))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (lambda row: f"{row.name.upper()}!", {"shopprivacy.W016"}),
        (lambda row: f"customer {row.pk}", set()),
        (lambda row: row.plain.upper(), set()),
    ],
)
def test_what_the_admin_logs(text: Any, found: set[str]) -> None:
    """The admin keeps the text of whatever it changes, of inlines too: none may show what is sealed."""
    with model(name=sealed(), plain=models.CharField(), privacy_subject="row:id", __str__=text) as made:
        inline = type("Inline", (admin.TabularInline,), {"model": made})
        for page in (made, Token):
            admin.site.register(
                page, type("Page", (admin.ModelAdmin,), {"inlines": [inline] * (page is Token)})
            )
            try:
                assert ids(check_uses()) == found
            finally:
                admin.site.unregister(page)


def copied(table: str) -> list[str]:
    """The columns of a table that are told to hold something in clear."""
    told = [str(one.msg).partition(":")[0] for one in check_places() if one.id == "shopprivacy.W013"]
    return [column for column in told if column.startswith(f"{table}.")]


def beside() -> list[str]:
    """What is told to stand beside the data."""
    return [str(one.msg).partition(":")[0] for one in check_places() if one.id == "shopprivacy.W009"]


@contextmanager
def policy_with(tmp_path: Path, text: str) -> Iterator[Path]:
    """The shop's policy with more in it, and its keys apart from the data."""
    file = tmp_path / "privacy.toml"
    file.write_text(POLICY.replace("[purposes.orders]", f"{text}\n[purposes.orders]", 1))
    get_policy.cache_clear()
    with override_settings(
        SHOPPRIVACY={**settings.SHOPPRIVACY, "KEYS": tmp_path / "keys.json", "POLICY": file}
    ):
        yield file


def test_policy_against_columns(tmp_path: Path) -> None:
    """Columns that are not as ``sealed`` in the policy says are named; a policy that says nothing has none."""

    def found(data: str) -> list[str]:
        with policy_with(tmp_path, data):
            return [str(one.msg) for one in check_places() if one.id == "shopprivacy.W008"]

    name = "sealed_models_customer"
    assert not found(f'[data]\nperson = ["{name}.*"]')
    told = found(f'[data.person]\nfields = ["{name}.name", "{name}.plain"]\nsealed = true')
    assert any(one.startswith(f"{name}.plain: data.person says") for one in told)
    assert any(one.startswith(f"{name}.email: the model seals it") for one in told)
    assert not any(one.startswith(f"{name}.name:") or "index" in one for one in told)
    told = found(f'[data.person]\nfields = ["{name}.*"]\nsealed = ["{name}.name"]')
    assert not any(one.startswith(f"{name}.plain") for one in told)


@pytest.mark.parametrize(
    ("name", "field", "is_copy"),
    [
        ("search_text", models.TextField(), True),
        ("name_sha256", models.CharField(max_length=64), True),
        ("name_hash", models.BinaryField(), True),
        (
            "name_lower",
            models.GeneratedField(
                expression=Value("x"), output_field=models.CharField(max_length=9), db_persist=True
            ),
            True,
        ),
        ("notes", models.TextField(), False),
        ("name_hash", models.BooleanField(), False),
    ],
)
def test_copies_in_clear(tmp_path: Path, name: str, field: models.Field, is_copy: bool) -> None:
    """A column that by its name holds a sealed one in clear, or a hash of it, is told unless the policy accepts it."""
    with model(name=sealed(index="exact"), privacy_subject="row:id", **{name: field}) as made:
        column = f"{made._meta.db_table}.{name}"
        with policy_with(tmp_path, ""):
            assert copied(made._meta.db_table) == ([column] if is_copy else [])
        with policy_with(tmp_path, f'[accepted.clear-copy]\n"{column}" = "it is the name of a machine"'):
            assert not copied(made._meta.db_table)


def test_what_a_field_follows_is_in_clear(tmp_path: Path) -> None:
    """The clear column of a table that is being sealed is told as long as it is there."""
    with (
        model(name=sealed(clear="old"), old=models.CharField(max_length=9), privacy_subject="row:id") as made,
        policy_with(tmp_path, ""),
    ):
        assert copied(made._meta.db_table) == [f"{made._meta.db_table}.old"]


def test_addresses_in_a_table_beside_it(tmp_path: Path) -> None:
    """A plain e-mail address of owners who have a sealed one is told; others, and the owner's own table, are not."""
    to_user = models.ForeignKey("auth.User", models.CASCADE, related_name="+")
    with policy_with(tmp_path, ""):
        for by, address, is_told in (
            (key(models.CASCADE), models.EmailField(), True),
            (to_user, models.EmailField(), True),
            (key(models.CASCADE), models.CharField(max_length=9), False),
            (models.ForeignKey(Token, models.CASCADE, related_name="+"), models.EmailField(), False),
            (models.IntegerField(), models.EmailField(), False),
        ):
            with model(by=by, address=address) as made:
                table = made._meta.db_table
                assert copied(table) == ([f"{table}.address"] if is_told else [])
        assert not copied("auth_user")


def test_the_command_finds_the_same(tmp_path: Path) -> None:
    """``manage.py shopprivacy check``, and ``shopprivacy check`` of the app, tell what the system checks do."""
    with policy_with(tmp_path, '[data.person]\nfields = ["sealed_models_customer.plain"]\nsealed = true'):
        wanted = {str(one.msg).partition(":")[0] for one in check_places()}
        policy = get_policy()
        found = apps.get_app_config("shopprivacy").findings(policy)
        assert {one.path for one in found if one.path not in policy.accepted.get(one.code, {})} == wanted
        out = StringIO()
        with redirect_stdout(out), pytest.raises(SystemExit):
            call_command("shopprivacy", "check", "--format", "json")
        findings = json.loads(out.getvalue())["problems"]
        assert {one["path"] for one in findings if one["id"] in ("sealed-column", "clear-copy")} == wanted


def test_keys_beside_the_data() -> None:
    """A keyset and keys of persons in the database's folder are named; elsewhere they are right."""
    assert not beside()
    for change, found in (
        ({"KEYS": FOLDER / "keys.json"}, ["KEYS", "SUBJECT_KEYS"]),
        ({"SUBJECT_KEYS": "default"}, ["SUBJECT_KEYS"]),
        ({"SUBJECT_KEYS": "postgres"}, []),
    ):
        with override_settings(SHOPPRIVACY={**settings.SHOPPRIVACY, **change}):
            assert beside() == found


SETTINGS = """
from pathlib import Path
INSTALLED_APPS = ["django.contrib.contenttypes", "shopprivacy.adapters.django", "copies"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("shop.sqlite3")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SHOPPRIVACY = {"POLICY": Path(__file__).with_name("shop.toml"), "KEYS": Path(__file__).with_name("keys.json")}
"""
MODELS = """
from django.db import models
from shopprivacy.adapters.django.sealed import SealedCharField
class Customer(models.Model):
    privacy_subject = "customer:id"
    name = SealedCharField(max_length=80)
    search_text = models.TextField()
"""


def test_the_command_takes_the_settings(tmp_path: Path) -> None:
    """A04: `shopprivacy check SETTINGS` finds policy and models by Django's settings, in a shop that never ran."""
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "shop.toml").write_text(POLICY)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "models.py").write_text(MODELS)
    command = [sys.executable, "-m", "shopprivacy", "check", "settings", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    found = json.loads(done.stdout)
    shops = {one["path"]: one["id"] for one in found["problems"] if one["id"] in _IDS}
    assert (done.returncode, found["file"]) == (1, "shop.toml")
    assert shops == {
        "copies_customer.search_text": "clear-copy",
        "KEYS": "keys-beside-data",
        "SUBJECT_KEYS": "keys-beside-data",
    }
    assert not (tmp_path / "shop.sqlite3").exists()
