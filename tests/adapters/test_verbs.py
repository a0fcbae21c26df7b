"""Who knows one adapter knows them all: the same verbs, with the same arguments behind the request."""

from __future__ import annotations

from inspect import iscoroutinefunction, signature
from types import ModuleType

import pytest

from tests.adapters.django_shop import set_up  # noqa: F401  # before anything that has models

# isort: split
from shopprivacy.adapters import django, fastapi, flask, starlette
from shopprivacy.consent.context import ConsentContext

CONNECTIONS = {"request", "connection"}
every = pytest.mark.parametrize(
    "adapter",
    [flask, starlette, fastapi, django],
    ids=lambda adapter: str(adapter.__name__.rpartition(".")[2]),
)


def arguments(adapter: ModuleType, verb: str) -> list[str]:
    """Return what a verb takes beside the request, which Flask knows by itself."""
    return [
        f"{one.kind.description} {one.name} {one.default}"
        for one in signature(getattr(adapter, verb)).parameters.values()
        if one.name not in CONNECTIONS
    ]


@every
@pytest.mark.parametrize("verb", ["privacy_banner", "sign_in", "requires_consent"])
def test_the_verbs_are_the_same(adapter: ModuleType, verb: str) -> None:
    """Flask's are the measure: name, order, kind and default of each argument."""
    assert arguments(adapter, verb) == arguments(flask, verb)


@every
def test_an_application_is_checked_the_same_way(adapter: ModuleType) -> None:
    """By one function of what the server calls, whatever that is in the framework."""
    (argument,) = signature(adapter.check_application).parameters.values()
    assert (argument.name, argument.annotation) == ("app", "object")


@every
def test_consent_is_there_to_ask(adapter: ModuleType) -> None:
    """A function of the request, and in Flask, which knows the request by itself, its answer."""
    assert fastapi.Consent is ConsentContext
    if adapter is flask:
        assert flask.consent.__class__ is not ConsentContext  # no request, no consent
        return
    assert not iscoroutinefunction(adapter.consent)
    assert signature(adapter.consent).return_annotation == "ConsentContext"
    assert set(signature(adapter.consent).parameters) <= CONNECTIONS


def test_the_app_of_django_has_the_label_shopprivacy() -> None:
    """Its tables, migrations, checks and permissions carry the name."""
    from django.apps import apps

    models = {model._meta.db_table for model in apps.get_app_config("shopprivacy").get_models()}
    assert models
    assert all(name.startswith("shopprivacy_") for name in models)
