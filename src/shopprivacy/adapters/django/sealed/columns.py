"""The columns of a shop's models as its policy is compared with them, and where the keys stand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, models

from shopprivacy.adapters.django.conf import read_conf
from shopprivacy.adapters.django.sealed.erase import sealed_models
from shopprivacy.adapters.django.sealed.rows import owner_columns, sealed_fields
from shopprivacy.errors import Problem, SealRefused
from shopprivacy.key_providers.places import key_file
from shopprivacy.lint.sealed_columns import Columns, keys_beside, shop_problems
from shopprivacy.policy import Policy
from shopprivacy.storage.subject_key_places import beside_keyset

_TEXTS = (models.CharField, models.TextField, models.BinaryField)
_SEARCHED = "SearchVectorField"
"""Of django.contrib.postgres, which needs psycopg."""


def columns_of_models() -> Columns:
    """Return what the tables of the shop's models have. Index columns are left out: they are part of a sealed one."""
    sealed: set[str] = set()
    clear: set[str] = set()
    texts: set[str] = set()
    followed: dict[str, str] = {}
    for model in apps.get_models():
        table = model._meta.db_table
        indexes = {index for field in sealed_fields(model) for index in field.index_fields}
        for field in model._meta.local_concrete_fields:
            name = f"{table}.{field.column}"
            if hasattr(field, "sealed_column"):
                sealed.add(name)
                if field.clear is not None:
                    followed[f"{table}.{model._meta.get_field(field.clear).column}"] = name
            elif field not in indexes:
                clear.add(name)
                if _holds_text(field):
                    texts.add(name)
    return Columns(
        frozenset(sealed), frozenset(clear), frozenset(texts), followed, dict(_addresses_of_owners())
    )


def shop_findings(policy: Policy | None) -> Iterator[Problem]:
    """Yield what ``check`` finds in the models of the shop and in its settings. Raises ImproperlyConfigured."""
    columns = columns_of_models()
    if columns.sealed:
        yield from shop_problems(policy, columns)
        yield from keys_beside_data()


def keys_beside_data() -> Iterator[Problem]:
    """Yield the keys that are stored in the folder or the database of the data. Raises ImproperlyConfigured."""
    conf = read_conf()
    keyset = None if conf.keys is None else key_file(conf.keys)
    subject_keys = conf.subject_keys or (keyset and beside_keyset(keyset))
    folders = {
        Path(one["NAME"]).resolve().parent
        for one in settings.DATABASES.values()
        if one["ENGINE"].endswith("sqlite3") and one["NAME"] and ":memory:" not in str(one["NAME"])
    }
    if isinstance(subject_keys, str) and subject_keys in settings.DATABASES:
        data = conf.store if isinstance(conf.store, str) else DEFAULT_DB_ALIAS
        if _database(subject_keys) == _database(data):
            yield keys_beside("SUBJECT_KEYS", "the store of subject keys")
        subject_keys = None
    for setting, what, place in (
        ("KEYS", "the keyset", keyset),
        ("SUBJECT_KEYS", "the store of subject keys", subject_keys),
    ):
        if isinstance(place, str | os.PathLike) and Path(place).resolve().parent in folders:
            yield keys_beside(setting, what)


def wide_columns(alias: str) -> Iterator[tuple[str, str]]:
    """Yield each sealed column that MariaDB or MySQL keeps as a longblob, and the statement that makes it its own type.

    A migration says a plain ``BinaryField``, to need nothing of this library, and Django makes that a longblob.
    """
    try:
        connection = connections[alias]
    except ImproperlyConfigured:  # its driver is not installed, as whoever connects is told
        return
    if connection.vendor != "mysql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND data_type = 'longblob'"
        )
        wide = {*cursor.fetchall()}
    quote = connection.ops.quote_name
    for model in apps.get_models():
        table = model._meta.db_table
        for field in model._meta.local_concrete_fields:
            if hasattr(field, "sealed_column") and (table, field.column) in wide:
                null = "NULL" if field.null else "NOT NULL"
                kind = f"{quote(field.column)} {field.db_type(connection)} {null}"
                yield f"{table}.{field.column}", f"ALTER TABLE {quote(table)} MODIFY {kind}"


def _addresses_of_owners() -> Iterator[tuple[str, str]]:
    """Yield each plain e-mail address in a table of its own whose owners have a sealed one, and that one.

    django-allauth has such a table. An owner's own table is left out: `auth.User` has a field that may stay empty.
    """
    owned: dict[type[models.Model], str] = {}
    for model in sealed_models():
        for field in sealed_fields(model):
            if isinstance(field, models.EmailField) and field.key != "field":
                owned.update((owner, field.sealed_column.name) for owner in _owner_models(model))
    for model in apps.get_models():
        related = {field.related_model for field in model._meta.local_fields if field.is_relation}
        of = sorted(owned[one] for one in related & owned.keys())
        for field in model._meta.local_concrete_fields if of and model not in owned else ():
            if isinstance(field, models.EmailField) and not hasattr(field, "sealed_column"):
                yield f"{model._meta.db_table}.{field.column}", of[0]


def _owner_models(model: type[models.Model]) -> Iterator[type[models.Model]]:
    with suppress(SealRefused, FieldDoesNotExist):  # other checks say so
        for owner in owner_columns(model):
            yield model._meta.get_field(owner.attribute).related_model or model


def _holds_text(field: models.Field) -> bool:
    made: models.Field = getattr(field, "output_field", field)  # of a column that the database makes
    return isinstance(made, _TEXTS) or made.get_internal_type() == _SEARCHED


def _database(alias: str) -> tuple[str, ...]:
    return tuple(str(settings.DATABASES[alias].get(part, "")) for part in ("ENGINE", "HOST", "PORT", "NAME"))
