"""The system checks of sealed fields.

| id | what |
|---|---|
| shopprivacy.E010 | nobody knows whose a sealed field's rows are |
| shopprivacy.E011 | the owner of rows would change in the database, where nothing is sealed anew |
| shopprivacy.E012 | a sealed field has a ``db_default``, which the database would store in clear |
| shopprivacy.E013 | ordering, a filter or a search of the admin that cannot work on a sealed field |
| shopprivacy.W008 | the policy says that a column is sealed and the model does not seal it, or the other way round |
| shopprivacy.W009 | keys stand beside the data that they open |
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, models

from shopprivacy.adapters.django.conf import read_conf
from shopprivacy.adapters.django.root import get_policy
from shopprivacy.adapters.django.sealed.admin import sealed_field_of
from shopprivacy.adapters.django.sealed.erase import sealed_models
from shopprivacy.adapters.django.sealed.rows import ATTRIBUTE, owner_columns, sealed_fields
from shopprivacy.errors import PolicyError, SealRefused
from shopprivacy.key_providers.places import key_file
from shopprivacy.lint.sealed_columns import sealed_differences
from shopprivacy.storage.subject_key_places import beside_keyset


def check_owners(**_: object) -> list[CheckMessage]:
    """Owners, and what the database would do behind our backs (E010, E011, E012)."""
    return [message for model in sealed_models() for message in _of_model(model)]


def check_uses(**_: object) -> list[CheckMessage]:
    """What orders by a sealed field or searches in one (E013)."""
    found = [
        message for model in apps.get_models() for message in _ordering(model, model, model._meta.ordering)
    ]
    if apps.is_installed("django.contrib.admin"):
        from django.contrib.admin.sites import all_sites

        for site in all_sites:
            for model, admin in site._registry.items():
                found += _admin(model, admin)
    return found


def check_places(**_: object) -> list[CheckMessage]:
    """The policy's words against the columns, and where the keys stand (W008, W009)."""
    if not any(True for _ in sealed_models()):
        return []
    found: list[CheckMessage] = []
    with suppress(ImproperlyConfigured, PolicyError, OSError):  # other checks say so
        sealed: set[str] = set()
        clear: set[str] = set()
        for model in apps.get_models():
            indexes = {index for field in sealed_fields(model) for index in field.index_fields}
            for field in model._meta.local_concrete_fields:
                if field not in indexes:
                    name = f"{model._meta.db_table}.{field.column}"
                    (sealed if hasattr(field, "sealed_column") else clear).add(name)
        found += [
            Warning(f"{column}: {what}", id="shopprivacy.W008")
            for column, what in sealed_differences(get_policy(), sealed, clear)
        ]
        found += _key_places()
    return found


def _of_model(model: type[models.Model]) -> Iterator[CheckMessage]:
    fields = [*sealed_fields(model)]
    for field in fields:
        if field.has_db_default():
            yield Error(
                f"{field} has a db_default: the database would store it in clear", obj=model,
                hint="use default=, which is sealed", id="shopprivacy.E012",
            )  # fmt: skip
    personal = [field.name for field in fields if field.key != "field"]
    if not personal:
        return
    try:
        owners = owner_columns(model)
    except SealRefused as error:
        yield Error(str(error), obj=model, id="shopprivacy.E010")
        return
    if not owners:
        yield Error(
            f"nobody knows whose {', '.join(personal)} of {model._meta.label} are",
            hint=f'{ATTRIBUTE} = "customer:customer_id" on the model, or key="field" on fields that belong to nobody',
            obj=model, id="shopprivacy.E010",
        )  # fmt: skip
    for owner in owners:
        yield from _owner(model, owner.attribute)


def _owner(model: type[models.Model], attribute: str) -> Iterator[CheckMessage]:
    try:
        field: Any = model._meta.get_field(attribute)
    except FieldDoesNotExist:
        field = None
    if field is None or field.attname != attribute or not (field.primary_key or field.remote_field):
        yield Error(
            f"{ATTRIBUTE} of {model._meta.label}: {attribute} is neither the primary key nor a foreign key",
            hint="name the column that the shop authorises by, such as id or customer_id: whoever can write would "
            "copy any other along",
            obj=model, id="shopprivacy.E010",
        )  # fmt: skip
        return
    on_delete = getattr(field.remote_field, "on_delete", None)
    name = getattr(on_delete, "__name__", str(on_delete))
    if on_delete is not None and "SET" in name.upper():
        yield Error(
            f"{field}: on_delete={name} changes the owner of rows in the database, where nothing is sealed anew: they "
            "could not be read any more",
            hint="use PROTECT or CASCADE, or set it to None yourself and save each row",
            obj=model, id="shopprivacy.E011",
        )  # fmt: skip


def _ordering(model: type[models.Model], where: object, ordering: Any) -> Iterator[CheckMessage]:
    for one in ordering or ():
        found = sealed_field_of(model, one) if isinstance(one, str) else None
        if found is not None:
            yield Error(f"ordering by {one}: it is sealed", obj=where, id="shopprivacy.E013")


def _admin(model: type[models.Model], admin: Any) -> Iterator[CheckMessage]:
    from shopprivacy.adapters.django.sealed.admin import SealedSearch

    where = type(admin)
    yield from _ordering(model, where, admin.ordering)
    filters = [one for one in admin.list_filter if isinstance(one, str)]
    for one in filters:
        if sealed_field_of(model, one) is not None:
            yield Error(f"list_filter {one}: it is sealed", obj=where, id="shopprivacy.E013")
    for one in admin.search_fields:
        found = sealed_field_of(model, one)
        if found is None:
            continue
        field, lookup = found
        lookup = {"^": "istartswith", "=": "iexact", "@": "search"}.get(one[0], lookup)
        if not lookup:
            lookup = "exact" if isinstance(admin, SealedSearch) else "icontains"
        if not _works(field, lookup):
            works = (
                f'"{one.lstrip("^=@").removesuffix("__icontains")}__exact"'
                if field.sealed_column.whole
                else "an index"
            )
            yield Error(
                f"search_fields {one}: it is sealed, and {lookup} does not work on it",
                hint=f"{works}; or SealedSearch of shopprivacy.adapters.django.sealed.admin before ModelAdmin",
                obj=where, id="shopprivacy.E013",
            )  # fmt: skip


def _works(field: Any, lookup: str) -> bool:
    from shopprivacy.adapters.django.sealed.lookups import lookup_of

    return lookup_of(field.sealed_column, lookup) is not None


def _key_places() -> Iterator[CheckMessage]:
    conf = read_conf()
    keyset = None if conf.keys is None else key_file(conf.keys)
    subject_keys = conf.subject_keys or (keyset and beside_keyset(keyset))
    databases = {
        Path(one["NAME"]).resolve().parent
        for one in settings.DATABASES.values()
        if one["ENGINE"].endswith("sqlite3") and one["NAME"] and ":memory:" not in str(one["NAME"])
    }
    if isinstance(subject_keys, str) and subject_keys in settings.DATABASES:
        data = conf.store if isinstance(conf.store, str) else DEFAULT_DB_ALIAS
        if _database(subject_keys) == _database(data):
            yield Warning(
                "the store of subject keys stands in the database of the data: each of its backups has both, and what "
                "is erased stays readable there",
                hint='SUBJECT_KEYS: an alias of a database apart, or a file', id="shopprivacy.W009",
            )  # fmt: skip
        subject_keys = None
    for what, place in (("the keyset", keyset), ("the store of subject keys", subject_keys)):
        if isinstance(place, str | os.PathLike) and Path(place).resolve().parent in databases:
            yield Warning(
                f"{what} stands in the folder of the database: whoever copies the folder can read everything",
                hint="keep keys apart from the data, and out of its backups", id="shopprivacy.W009",
            )  # fmt: skip


def _database(alias: str) -> tuple[str, ...]:
    return tuple(str(settings.DATABASES[alias].get(part, "")) for part in ("ENGINE", "HOST", "PORT", "NAME"))
