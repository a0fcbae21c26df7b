"""``bulk_update``, which speaks to a field without a row.

It passes ``Case(When(pk=1, then=Value("x")), …)``: each value is sealed for its own row, whose owner the
database knows, and the index columns get a case of their own in the same UPDATE.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db.models import Case, Value, When
from django.db.models.expressions import Col
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from shopprivacy.adapters.django.sealed.rows import Rows, rows_of
from shopprivacy.adapters.django.sealed.stored import Stored
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.model import Erased


@discreet
def sealed_cases(field: Any, expression: Any, connection: Any) -> Any:
    """Seal what ``bulk_update`` sets, row by row. Raises SealRefused for any other expression."""
    case = expression.get_source_expressions()[0] if isinstance(expression, Cast) else expression
    whens = [*_whens(field, case)]
    rows = rows_of(field.model)
    owners, kept = _read(field, rows, whens, connection)
    with suppress(KeyUnavailable):  # sealing says so
        field.sealed_column.sealing().load_owners((one, field.group) for one in owners.values())
    indexes: dict[Any, dict[Any, str | None]] = {index: {} for index in field.index_fields}
    for when, key, value in whens:
        if value is Erased:
            sealed = None
            when.result = Stored(kept.get(key), field, {})
        elif value is None:
            sealed = None
            when.result = Stored(None, field, {})
        else:
            sealed = field.seal(value, owners.get(key))
            when.result = Stored(sealed.envelope, field, {})
        for index, values in indexes.items():
            values[key] = None if sealed is None else index.value_of(sealed, None)
    expression.sealed_indexes = indexes
    return expression


def add_indexes(field: Any, expression: Any, compiler: Any) -> None:
    """Let the index columns into the UPDATE that is being written."""
    indexes: dict[Any, dict[Any, str | None]] | None = getattr(expression, "sealed_indexes", None)
    if indexes is None:
        return
    named = {one for one, *_ in compiler.query.values}
    owners = {owner.attribute for owner in rows_of(field.model).owners} if field.key != "field" else set()
    if owners & {one.attname for one in named}:
        raise SealRefused(
            f"{field.sealed_column.name}: rows go to another owner one by one: set it and save each row"
        )
    for index, values in indexes.items():
        if index in named:
            raise SealRefused(f"{field.sealed_column.name}: its index column is set automatically")
        whens = [When(pk=key, then=Value(value, output_field=index)) for key, value in values.items()]
        case: Any = Case(*whens, output_field=index)
        if compiler.connection.features.requires_casted_case_in_updates:
            case = Cast(case, output_field=index)
        compiler.query.values.append((index, None, case))


def _whens(field: Any, case: Any) -> Iterator[tuple[When, Any, Any]]:
    """Each case with its row's key and value. Raises SealRefused for a case of another form."""
    refusal = field.sealed_column.refusal("an expression of the database")
    if not isinstance(case, Case):
        raise refusal
    for when in case.cases:
        children = getattr(when.condition, "children", [when.condition])
        condition = children[0] if len(children) == 1 else None
        if not (
            isinstance(condition, Exact)
            and isinstance(condition.lhs, Col)
            and condition.lhs.target.primary_key
            and isinstance(when.result, Value)
        ):
            raise refusal
        yield when, condition.rhs, when.result.value


def _read(
    field: Any, rows: Rows, whens: list[tuple[When, Any, Any]], connection: Any
) -> tuple[dict[Any, tuple[str, Any]], dict[Any, bytes]]:
    """Whose the rows are, and what those have that were erased."""
    keys = [key for _, key, _ in whens]
    erased = [key for _, key, value in whens if value is Erased]
    manager = field.model._base_manager.using(connection.alias)
    kept = {
        key: sealed.envelope
        for key, sealed in (manager.filter(pk__in=erased).values_list("pk", field.attname) if erased else ())
    }
    if field.key == "field":
        return {}, kept
    first = rows.owners[0] if rows.owners else None
    if first is not None and first.attribute == rows.own:
        return {key: (first.kind, key) for key in keys}, kept
    found = manager.filter(pk__in=keys).values_list("pk", *(owner.attribute for owner in rows.owners))
    owners = {
        key: next(
            (owner.kind, one) for owner, one in zip(rows.owners, identifiers, strict=True) if one is not None
        )
        for key, *identifiers in found
        if any(one is not None for one in identifiers)
    }
    return owners, kept
