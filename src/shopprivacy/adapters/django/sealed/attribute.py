"""The attribute of a sealed field: it holds the envelope, and opens it when it is read.

``instance.__dict__`` has a `Sealed` for what was loaded or saved, an `Unsaved` for what was set, None for NULL.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import models
from django.db.models import signals
from django.db.models.query_utils import DeferredAttribute

from shopprivacy.adapters.django.sealed.rows import (
    KEYS,
    LOADED,
    bind_saved,
    is_unnumbered,
    rows_of,
    sealed_fields,
)
from shopprivacy.adapters.django.sealed.stored import Stored
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.column import UNOPENED, Sealed, Unsaved
from shopprivacy.sealing.model import Erased

_MUTABLE = (dict, list)


class SealedAttribute(DeferredAttribute):
    """Opens what it holds. It has a ``__set__``: Django's own attribute would be passed by."""

    field: Any

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        self._name: str = field.attname
        self._is_personal: bool = field.key != "field"
        self._last: tuple[object, Sealed, object] | None = None

    def __get__(self, instance: Any, cls: type | None = None) -> Any:
        """Return the value. Raises as `Sealed.open` does."""
        if instance is None:
            return self
        held = instance.__dict__.get(self._name, self)
        if held is self:
            super().__get__(instance, cls)  # fetches what was deferred
            held = instance.__dict__[self._name]
        if held.__class__ is Sealed:
            value = held.opened
            if value is UNOPENED:
                value = self.open(instance, held)
            self._last = value, held, instance
            return value
        return held.value if held.__class__ is Unsaved else held

    def __set__(self, instance: Any, value: Any) -> None:
        """Hold a value that was loaded, or one that is to be sealed."""
        values = instance.__dict__
        if value.__class__ is Sealed and self._name not in values:  # it is being loaded
            values[self._name] = value
            if LOADED not in values and self._is_personal:
                rows = rows_of(instance.__class__)
                if rows.owner_comes_first:
                    rows.remember(instance)
            return
        before = values.get(self._name)
        if isinstance(before, Sealed) and isinstance(value, Sealed) and before.envelope == value.envelope:
            bind_saved(instance)  # an INSERT has returned it, and the row has got its number
            return
        if value is None or value.__class__ is Stored:
            values[self._name] = value
            return
        if before.__class__ is Unsaved:
            before = before.before
        last = self._last
        if last is not None and last[0] is value and self._is_same_row(instance, last[2]):
            values[self._name] = last[1]  # what refresh_from_db reads from one object and sets on another
            return
        values[self._name] = Unsaved(value, before)

    def _is_same_row(self, instance: Any, other: Any) -> bool:
        if instance is other:
            return True
        if instance.pk is None or instance.pk != other.pk:
            return False
        return self.field.key == "field" or rows_of(type(instance)).owner(instance) == rows_of(
            type(other)
        ).loaded_owner(other)

    def open(self, instance: Any, sealed: Sealed) -> Any:
        """Return the value of what a row holds."""
        field = self.field
        if field.key == "field":
            opened = sealed.open()
        else:
            values, column = instance.__dict__, field.sealed_column
            opened, keys = NotImplemented, values.get(KEYS)
            if keys is not None and (row_key := keys.get(field.group)) is not None:
                opened = column.sealing().open_with(row_key, sealed.envelope, column.name)
            if opened is NotImplemented:
                owner = values[LOADED] if LOADED in values else rows_of(instance.__class__).owner(instance)
                opened = sealed.open(owner)
                if LOADED in values:
                    values.setdefault(KEYS, {})[field.group] = column.sealing().row_key(sealed.envelope)
        value = field.from_sealed(opened)
        sealed.opened = value
        return value

    def sealed(self, instance: Any) -> Sealed | None:
        """Return what to store, which the attribute holds from now on. Raises as `Sealing.seal` does."""
        values = instance.__dict__
        held = values.get(self._name)
        if held is None:
            return None
        field = self.field
        new = field.key != "field" and rows_of(type(instance)).is_moved(instance)
        if isinstance(held, Sealed):
            if not new and not self._is_mutated(instance, held):
                return held
            value: Any = held.opened if held.is_open else self.open(instance, held)
        else:
            value = held.value
            before: Sealed | None = held.before
            if isinstance(value, Sealed):
                self.open(instance, value)  # else a form could bring in somebody else's
                values[self._name] = value
                return value
            if before is not None and not new and self._is_unchanged(instance, before, value):
                values[self._name] = before
                return before
        if value is Erased:
            raise SealRefused(
                f"{field.sealed_column.name}: an erased value is not sealed again, nor for another owner"
            )
        sealed: Sealed = field.seal(
            value, None if field.key == "field" else rows_of(type(instance)).subject(instance)
        )
        values[self._name] = sealed
        return sealed

    def is_erased(self, instance: Any) -> bool:
        """Whether what the row holds was erased."""
        held = instance.__dict__.get(self._name)
        held = held.before if isinstance(held, Unsaved) else held
        if not isinstance(held, Sealed) or instance._state.adding:
            return False
        try:
            return (held.opened if held.is_open else self.open(instance, held)) is Erased
        except KeyUnavailable:
            return True  # nor can it be written

    def _is_unchanged(self, instance: Any, before: Sealed, value: Any) -> bool:
        try:
            known = before.is_open and (not isinstance(value, _MUTABLE) or is_unnumbered(instance))
            old = before.opened if known else self.open(instance, before)
        except KeyUnavailable:
            return False
        if old is Erased:
            return value is Erased or value in ("", None)  # what a form shows of it, and posts
        value = self.field.to_value(value)
        return type(old) is type(value) and old == value

    def _is_mutated(self, instance: Any, held: Sealed) -> bool:
        """Whether what was read was changed in place, as a list may be."""
        if not (held.is_open and isinstance(held.opened, _MUTABLE)) or is_unnumbered(instance):
            return False
        value = held.opened
        changed: bool = self.open(instance, held) != value
        held.opened = value
        return changed


# Signals


def loaded(instance: models.Model, **_: Any) -> None:
    """After a row was loaded: remember its owner."""
    values = instance.__dict__
    rows = rows_of(instance.__class__)
    if LOADED not in values and any(values.get(name).__class__ is Sealed for name in rows.sealed_names):
        rows.remember(instance)


def before_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    update_fields: Any = None,
    **_: Any,
) -> None:
    """Seal what a fixture has in clear, and let no row go to another owner without its sealed values."""
    if not raw:
        rows = rows_of(sender)
        if update_fields is not None and rows.is_moved(instance):
            left = [f.name for f in sealed_fields(sender) if f.key != "field" and f.name not in update_fields]
            if left:
                raise SealRefused(
                    f"{sender.__name__}: a row that goes to another owner is saved as a whole, or with "
                    f"{', '.join(left)} in update_fields: what is sealed is sealed anew"
                )
        return
    for field in sealed_fields(sender):
        held = instance.__dict__.get(field.attname)
        if isinstance(held, Sealed):
            stored = Stored(held.envelope, field, {})
        else:
            stored = field.pre_save(instance, add=instance._state.adding)
        instance.__dict__[field.attname] = stored
        for index, value in stored.indexes.items():
            setattr(instance, index.attname, value)


def after_save(instance: models.Model, raw: bool, **_: Any) -> None:
    """Bind the keys of a new row, and remember whose it is."""
    values = instance.__dict__
    rows = rows_of(instance.__class__)
    for name in rows.sealed_names if raw else ():
        if isinstance(held := values.get(name), Stored):
            values[name] = None if held.envelope is None else Sealed(held.envelope, held.field.sealed_column)
    bind_saved(instance)
    rows.remember(instance)


def _listen(sender: type[models.Model], **_: Any) -> None:
    """Listen to what becomes of the rows of a model that has sealed fields; proxies are models, too."""
    if sender._meta.abstract or not any(True for _ in sealed_fields(sender)):
        return
    uid = f"shopprivacy {sender._meta.label}"
    signals.pre_save.connect(before_save, sender, dispatch_uid=uid)
    signals.post_save.connect(after_save, sender, dispatch_uid=uid)
    with suppress(SealRefused):  # a system check says so
        if rows_of(sender).sealed_names and not rows_of(sender).owner_comes_first:
            signals.post_init.connect(loaded, sender, dispatch_uid=uid)


signals.class_prepared.connect(_listen, dispatch_uid="shopprivacy")
