"""The system checks of sealed fields: each mistake by its id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.test.utils import override_settings

from shopprivacy.adapters.django.root import get_policy
from shopprivacy.adapters.django.sealed import SealedCharField
from shopprivacy.adapters.django.sealed.checks import check_owners, check_places, check_uses
from tests.adapters.django_shop.set_up import POLICY
from tests.adapters.sealed_models.models import Customer

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


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"search_fields": ("email",)}, True),
        ({"search_fields": ("email__icontains",)}, True),
        ({"search_fields": ("^email",)}, True),
        ({"search_fields": ("notes__exact",)}, True),
        ({"search_fields": ("=email", "email__exact", "name__last_word", "plain")}, False),
        ({"list_filter": ("email",)}, True),
        ({"ordering": ("email",)}, True),
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


def test_policy_against_columns(tmp_path: Path) -> None:
    """Columns that are not as ``sealed`` in the policy says are named; a policy that says nothing has none."""
    where = {**settings.SHOPPRIVACY, "KEYS": tmp_path / "keys.json", "POLICY": tmp_path / "privacy.toml"}

    def found(data: str) -> list[str]:
        where["POLICY"].write_text(POLICY.replace("[purposes.orders]", f"{data}\n[purposes.orders]", 1))
        get_policy.cache_clear()
        with override_settings(SHOPPRIVACY=where):
            return [str(one.msg) for one in check_places() if one.id == "shopprivacy.W008"]

    name = "sealed_models_customer"
    assert not found(f'[data]\nperson = ["{name}.*"]')
    told = found(f'[data.person]\nfields = ["{name}.name", "{name}.plain"]\nsealed = true')
    assert any(one.startswith(f"{name}.plain: data.person says") for one in told)
    assert any(one.startswith(f"{name}.email: the model seals it") for one in told)
    assert not any(one.startswith(f"{name}.name:") or "index" in one for one in told)
    told = found(f'[data.person]\nfields = ["{name}.*"]\nsealed = ["{name}.name"]')
    assert not any(one.startswith(f"{name}.plain") for one in told)


def test_keys_beside_the_data() -> None:
    """A keyset and keys of persons in the database's folder are named; elsewhere they are right."""
    assert not check_places()
    beside = {**settings.SHOPPRIVACY, "KEYS": FOLDER / "keys.json"}
    with override_settings(SHOPPRIVACY=beside):
        assert [one.id for one in check_places()] == ["shopprivacy.W009"] * 2
    alias = {**settings.SHOPPRIVACY, "SUBJECT_KEYS": "default"}
    with override_settings(SHOPPRIVACY=alias):
        (told,) = check_places()
        assert (told.id, "the database of the data" in told.msg) == ("shopprivacy.W009", True)
    apart = {**settings.SHOPPRIVACY, "SUBJECT_KEYS": "postgres"}
    with override_settings(SHOPPRIVACY=apart):
        assert not check_places()
