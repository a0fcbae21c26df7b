"""Erasing the keys of an owner, and what would still answer whether somebody was a customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, router

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.sealed.rows import rows_of, sealed_fields
from shopprivacy.sealing.model import Identifier


def erase_keys(kind: str, identifier: Identifier, group: str | None = None) -> int:
    """Destroy the keys of an owner, as ``privacy.sealing.erase_keys`` does, and empty the indexes of what they sealed.

    Gives how many keys there were. Raises as ``Sealing.erase_keys`` does.
    """
    count = get_privacy().sealing.erase_keys(kind, identifier, group)
    for model in sealed_models():
        indexes = [
            index.attname
            for field in sealed_fields(model)
            if field.key != "field" and group in (None, field.group)
            for index in field.index_fields
        ]
        for owned in _owned(model, kind, identifier) if indexes else ():
            owned.update(**dict.fromkeys(indexes))
    return count


def sealed_models() -> Iterator[type[models.Model]]:
    """Return the models that have sealed fields of their own."""
    return (
        model
        for model in apps.get_models()
        if not model._meta.proxy
        and any(hasattr(field, "sealed_column") for field in model._meta.local_fields)
    )


def _owned(model: type[models.Model], kind: str, identifier: Identifier) -> Iterator[Any]:
    """Rows of an owner; where a model names several, the first that is not NULL counts."""
    before: dict[str, bool] = {}
    for owner in rows_of(model).owners:
        if owner.kind == kind:
            manager = model._base_manager.using(router.db_for_write(model))
            yield manager.filter(**{owner.attribute: identifier}, **before)
        before[f"{owner.attribute}__isnull"] = True
