"""The column that says whose a row is, in an UPDATE of many rows.

What a row has sealed opens under its owner alone, so another owner is refused wherever the rows are not sealed anew:
``update(customer=…)``, ``bulk_update``, ``customer.orders.add(order)``, ``save(update_fields=["customer"])``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.db.models.sql import Query

from shopprivacy.adapters.django.sealed.rows import rows_of, sealed_fields
from shopprivacy.adapters.django.sealed.stored import Stored
from shopprivacy.errors import SealRefused


def keep_owners(model: type[models.Model]) -> None:
    """Let no statement give rows of this model to another owner, unless it seals them anew.

    Django asks a field for its placeholder in a statement, if it has a method for that, and shows it the statement.
    """
    for owner in rows_of(model).owners:
        with suppress(FieldDoesNotExist):  # a system check says so
            field: Any = model._meta.get_field(owner.attribute)
            own, own_sql = (getattr(field, name, None) for name in ("get_placeholder", "get_placeholder_sql"))
            field.get_placeholder = partial(_placeholder, field, own)
            field.get_placeholder_sql = partial(_placeholder_sql, field, own_sql)


def _placeholder(field: Any, own: Any, value: Any, compiler: Any, connection: Any) -> str:
    """``own``: the field's own method, if it has one."""
    _refuse_other_owner(field, value, compiler)
    return "%s" if own is None else str(own(value, compiler, connection))


def _placeholder_sql(
    field: Any, own: Any, value: Any, compiler: Any, connection: Any
) -> tuple[str, Sequence[Any]]:
    """As `_placeholder`, from Django 6.1 on."""
    _refuse_other_owner(field, value, compiler)
    if own is not None:
        placed: tuple[str, Sequence[Any]] = own(value, compiler, connection)
        return placed
    if hasattr(value, "as_sql"):
        sql, params = compiler.compile(value)
        return sql, tuple(params)
    return "%s", (value,)


def _refuse_other_owner(field: Any, value: Any, compiler: Any) -> None:
    query = compiler.query
    given = {one: what for one, _, what in query.values} if hasattr(query, "add_update_fields") else {}
    personal = [one for one in sealed_fields(field.model) if one.key != "field"]
    if field not in given or all(isinstance(given.get(one), Stored) for one in personal):
        return  # a row that is saved as a whole
    if not hasattr(value, "as_sql"):
        others = query.chain(klass=Query)
        others.clear_ordering(force=True)
        others.add_q(~Q(**{field.name: given[field]}))
        if not others.has_results(using=compiler.connection.alias):
            return
    raise SealRefused(
        f"{field} says who owns the rows: set it on each row and save that as a whole, so that its sealed values are "
        "sealed again (a related manager does with bulk=False)"
    )
