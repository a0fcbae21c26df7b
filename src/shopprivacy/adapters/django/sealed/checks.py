"""The system checks of sealed fields.

| id | what |
|---|---|
| shopprivacy.E010 | nobody knows whose a sealed field's rows are |
| shopprivacy.E011 | the owner of rows would change in the database, where nothing is sealed anew |
| shopprivacy.E012 | a sealed field has a ``db_default``, which the database would store in clear |
| shopprivacy.E013 | ordering, a filter or a search of the admin that cannot work on a sealed field |
| shopprivacy.E016 | a constraint or an index of the model on a sealed field, of which no two values are equal |
| shopprivacy.W008 | the policy says that a column is sealed and the model does not seal it, or the other way round |
| shopprivacy.W009 | keys stand beside the data that they open |
| shopprivacy.W013 | a column holds in clear what a sealed one beside it holds, by the model or by its name |
| shopprivacy.W016 | ``str()`` of a model that the admin logs shows what is sealed |
| shopprivacy.W014 | MariaDB keeps a sealed column as a longblob; seen by ``check --database`` and ``migrate`` |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models

from shopprivacy.adapters.django.root import get_policy
from shopprivacy.adapters.django.sealed.admin import SealedSearch, sealed_field_of, sorts_by_sealed
from shopprivacy.adapters.django.sealed.columns import shop_findings, wide_columns
from shopprivacy.adapters.django.sealed.erase import sealed_models
from shopprivacy.adapters.django.sealed.rows import owner_columns, sealed_fields
from shopprivacy.errors import PolicyError, SealRefused
from shopprivacy.lint.finding import Finding, Severity
from shopprivacy.sealing.owners import ATTRIBUTE

_IDS: Final = {
    "sealed-column": "shopprivacy.W008",
    "keys-beside-data": "shopprivacy.W009",
    "clear-copy": "shopprivacy.W013",
}
"""Of what `shopprivacy check` finds, too."""
_SEARCH: Final = "SealedSearch of shopprivacy.adapters.django.sealed.admin before ModelAdmin"
_CANARY: Final = "canary-of-shopprivacy"


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
    """The policy's words against the columns, copies in clear, and where the keys stand (W008, W009, W013).

    What the policy has accepted with a reason is not told, as `shopprivacy check` does not tell it.
    """
    found: list[CheckMessage] = []
    with suppress(ImproperlyConfigured, PolicyError, OSError):  # other checks say so
        accepted = get_policy().accepted
        for problem in shop_findings(get_policy()):
            finding = Finding.of(problem, Severity.WARNING)
            if finding.path not in accepted.get(finding.id, {}):
                told = f"{finding.path}: {finding.message}"
                found.append(Warning(told, hint=finding.fix, id=_IDS[finding.id]))
    return found


def check_column_types(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Columns that hold gigabytes where some hundred bytes are all they get (W014)."""
    return [
        Warning(
            f"{column} is a longblob, which temporary tables and replicas treat as large",
            hint=f"migrations.RunSQL({statement!r}) at the end of the migration that adds it",
            id="shopprivacy.W014",
        )
        for alias in databases or ()
        for column, statement in wide_columns(alias)
    ]


def _of_model(model: type[models.Model]) -> Iterator[CheckMessage]:
    fields = [*sealed_fields(model)]
    for field in fields:
        if field.has_db_default():
            yield Error(
                f"{field} has a db_default: the database would store it unencrypted", obj=model,
                hint="use default=, which is sealed", id="shopprivacy.E012",
            )  # fmt: skip
    yield from _constraints(model)
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
            f"nothing says who owns {', '.join(personal)} of {model._meta.label}",
            hint=f'{ATTRIBUTE} = "customer:customer_id" on the model, or key="field" on fields that belong to nobody',
            obj=model, id="shopprivacy.E010",
        )  # fmt: skip
    for owner in owners:
        yield from _owner(model, owner.attribute)


def _constraints(model: type[models.Model]) -> Iterator[CheckMessage]:
    options: Any = model._meta
    together = [("unique_together", names, ()) for names in options.unique_together]
    made = [
        (one.name, getattr(one, "fields", ()), getattr(one, "expressions", ()))
        for one in (*options.constraints, *options.indexes)
    ]
    for what, names, expressions in (*together, *made):
        used = [node.name for one in expressions for node in one.flatten() if isinstance(node, models.F)]
        for name in (*names, *used):
            found = sealed_field_of(model, name)
            if found is not None:
                field, _ = found
                index = (
                    f"{field.name}_index" if field.sealed_column.whole else f"index=True, and {name}_index"
                )
                yield Error(
                    f"{what}: {name} is sealed, and no two sealed values are equal", obj=model,
                    hint=f"use {index} in its place", id="shopprivacy.E016",
                )  # fmt: skip


def _owner(model: type[models.Model], attribute: str) -> Iterator[CheckMessage]:
    try:
        field: Any = model._meta.get_field(attribute)
    except FieldDoesNotExist:
        field = None
    if field is None or field.attname != attribute or not (field.primary_key or field.remote_field):
        yield Error(
            f"{ATTRIBUTE} of {model._meta.label}: {attribute} is neither the primary key nor a foreign key",
            hint="name the column that the shop uses for access control, such as id or customer_id: somebody who "
            "can write could copy any other along",
            obj=model, id="shopprivacy.E010",
        )  # fmt: skip
        return
    on_delete = getattr(field.remote_field, "on_delete", None)
    name = getattr(on_delete, "__name__", str(on_delete))
    if on_delete is not None and "SET" in name.upper():
        yield Error(
            f"{field}: on_delete={name} changes the owner of rows in the database, which cannot seal them again: they "
            "would be unreadable",
            hint="use PROTECT or CASCADE, or set it to None yourself and save each row",
            obj=model, id="shopprivacy.E011",
        )  # fmt: skip


def _ordering(model: type[models.Model], where: object, ordering: Any) -> Iterator[CheckMessage]:
    for one in ordering or ():
        found = sealed_field_of(model, one) if isinstance(one, str) else None
        if found is not None:
            yield Error(f"ordering by {one}: it is sealed", obj=where, id="shopprivacy.E013")


def _admin(model: type[models.Model], admin: Any) -> Iterator[CheckMessage]:
    where = type(admin)
    yield from _ordering(model, where, admin.ordering)
    filters = [
        one if isinstance(one, str) else one[0] for one in admin.list_filter if not isinstance(one, type)
    ]
    for what, names in (("list_filter", filters), ("date_hierarchy", [admin.date_hierarchy or ""])):
        for one in names:
            if sealed_field_of(model, one) is not None:
                yield Error(f"{what} {one}: it is sealed", obj=where, id="shopprivacy.E013")
    headers = admin.list_display if admin.sortable_by is None else admin.sortable_by
    for one in () if isinstance(admin, SealedSearch) else headers:
        if sorts_by_sealed(admin, one):
            yield Error(
                f"list_display {one}: its header sorts by what is sealed",
                hint=f"sortable_by without it; or {_SEARCH}",
                obj=where, id="shopprivacy.E013",
            )  # fmt: skip
    for shown in (model, *(inline.model for inline in admin.inlines)):
        if _shows_sealed(shown):
            yield Warning(
                f"str() of {shown._meta.label} shows what is sealed, and the admin stores it in django_admin_log",
                hint="return something that is not personal, such as its number", obj=where, id="shopprivacy.W016",
            )  # fmt: skip
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
                hint=f"{works}; or {_SEARCH}",
                obj=where, id="shopprivacy.E013",
            )  # fmt: skip


def _works(field: Any, lookup: str) -> bool:
    from shopprivacy.adapters.django.sealed.lookups import lookup_of

    return lookup_of(field.sealed_column, lookup) is not None


def _shows_sealed(model: type[models.Model]) -> bool:
    """Whether the text of a row has what is sealed in it."""
    fields = model._meta.concrete_fields
    texts = {field for field in sealed_fields(model) if field.value_type is str}
    with suppress(Exception):  # a row that has nothing else may have no text
        return (
            bool(texts)
            and _CANARY in str(model(*(_CANARY if one in texts else None for one in fields))).lower()
        )
    return False
