"""The attribute of a sealed field: it holds the envelope, and opens it when it is read.

``instance.__dict__`` has a `Sealed` for what was loaded or saved, an `Unsaved` for what was set, None for NULL.
"""

from __future__ import annotations

from contextlib import suppress
from traceback import clear_frames
from typing import Any

from django.db import models
from django.db.models import signals
from django.db.models.query_utils import DeferredAttribute

from shopprivacy.adapters.django.sealed.owner import keep_owners
from shopprivacy.adapters.django.sealed.rows import (
    KEYS,
    LOADED,
    bind_saved,
    is_unnumbered,
    refuse_to_wait,
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
        self._converts: bool = field.converts
        self._row_key = f"{KEYS}{field.group}"
        self._last: models.Model | None = None

    def __get__(self, instance: Any, cls: type | None = None) -> Any:
        """Return the value. Raises as `Sealed.open` does."""
        if instance is None:
            return self
        values = instance.__dict__
        try:
            held = values[self._name]
        except KeyError:
            refuse_to_wait(instance, self._name)
            super().__get__(instance, cls)  # fetches what was deferred
            held = values[self._name]
        if held.__class__ is not Sealed:
            return held.value if held.__class__ is Unsaved else held
        value = held.opened
        if value is UNOPENED:
            key = values.get(self._row_key)
            value = NotImplemented if key is None else key.opened(held.envelope, held.column.associated)
            if value is NotImplemented:
                try:
                    value = self._open(instance, held)
                except BaseException as error:
                    del instance, values, held
                    clear_frames(error.__traceback__)
                    raise
            if self._converts:
                value = self.field.from_sealed(value)
            held.opened = value
            self._last = instance
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Hold a value that was loaded, or one that is to be sealed."""
        values = instance.__dict__
        name = self._name
        if value.__class__ is Sealed and name not in values:  # it is being loaded
            values[name] = value
            if LOADED not in values and self._is_personal:
                rows = rows_of(instance.__class__)
                if rows.owner_comes_first:
                    rows.note(values)
            return
        before = values.get(name)
        if isinstance(before, Sealed) and isinstance(value, Sealed) and before.envelope == value.envelope:
            bind_saved(instance)  # an INSERT has returned it, and the row has got its number
            return
        if value is None or value.__class__ is Stored:
            values[name] = value
            return
        if before.__class__ is Unsaved:
            before = before.before
        read = None if self._last is None else self._last.__dict__.get(name)
        if isinstance(read, Sealed) and read.opened is value and self._is_same_row(instance, self._last):
            values[name] = read  # what refresh_from_db reads from one object and sets on another
            return
        values[name] = Unsaved(value, before)

    def _is_same_row(self, instance: Any, other: Any) -> bool:
        if instance is other:
            return True
        if instance.pk is None or instance.pk != other.pk:
            return False
        return self.field.key == "field" or rows_of(type(instance)).owner(instance) == rows_of(
            type(other)
        ).loaded_owner(other)

    def open(self, instance: Any, sealed: Sealed) -> Any:
        """Return the value of what a row holds, or is to hold. Raises as `Sealed.open` does."""
        value = sealed.opened = self.field.from_sealed(self._open(instance, sealed))
        return value

    def _open(self, instance: Any, sealed: Sealed) -> Any:
        """Return what was sealed. The row keeps the key for its other values."""
        if not self._is_personal:
            return sealed.open()
        values, column = instance.__dict__, sealed.column
        sealing = column.sealing()
        owner = values[LOADED] if LOADED in values else rows_of(instance.__class__).owner(instance)
        key = sealing.key_of_row(sealed.envelope, owner, column.group)
        value = NotImplemented if key is None else key.opened(sealed.envelope, column.associated)
        if value is NotImplemented:
            value = sealed.open(owner)
            key = sealing.key_of_row(sealed.envelope, owner, column.group)
        if LOADED in values:
            values[self._row_key] = key
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
        try:
            value = self.field.to_value(value)
        except Exception:  # it is refused where it is sealed
            return False
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
                    f"{sender.__name__}: to give a row to another owner, save it as a whole, or with "
                    f"{', '.join(left)} in update_fields: its values have to be sealed again"
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
        keep_owners(sender)


signals.class_prepared.connect(_listen, dispatch_uid="shopprivacy")
