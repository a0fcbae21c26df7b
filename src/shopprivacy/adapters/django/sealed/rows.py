"""Whose the rows of a model are, and the keys of new rows.

A model says it in ``privacy_subject``: ``"customer:id"``, ``"customer:customer_id"``, or a tuple, of which the first
that is not NULL counts. The owner that a row was loaded with is remembered: what it has sealed opens under that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple
from weakref import ref

from django.db import models

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.model import Identifier, NewSubject

ATTRIBUTE: Final = "privacy_subject"
LOADED: Final = "_privacy_loaded"
KEYS: Final = "_privacy_keys"
_NEW: Final = "_privacy_new"

Owner = tuple[str, Identifier]


class OwnerColumn(NamedTuple):
    """One way in which a model names its owner."""

    kind: str
    attribute: str


def owner_columns(model: type[models.Model]) -> tuple[OwnerColumn, ...]:
    """Return what a model says of its owner. Raises SealRefused for what cannot be read."""
    said = getattr(model, ATTRIBUTE, ())
    found: list[OwnerColumn] = []
    for one in (said,) if isinstance(said, str) else said:
        kind, colon, name = one.partition(":")
        if not (kind and colon and name):
            raise SealRefused(f'{model.__name__}.{ATTRIBUTE}: write "kind:column", such as "customer:id"')
        attribute = model._meta.pk.attname if name == "pk" else name
        found.append(OwnerColumn(kind, attribute))
    return tuple(found)


class Rows:
    """How the rows of one model are sealed."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.owners = owner_columns(model)
        self.own = model._meta.pk.attname
        self.sealed_names = tuple(field.attname for field in sealed_fields(model) if field.key != "field")
        """The attributes that are sealed for the owner."""
        places = {field.attname: place for place, field in enumerate(model._meta.concrete_fields)}
        last = max((places.get(owner.attribute, 0) for owner in self.owners), default=0)
        self.owner_comes_first = all(places[name] > last for name in self.sealed_names)
        """Whether a row's owner is loaded before what is sealed for it: then no signal is needed to remember it."""

    def remember(self, instance: models.Model) -> None:
        """Note the owner that a row was loaded with, unless that was not loaded."""
        values = instance.__dict__
        values.pop(KEYS, None)  # of the owner before
        for column in self.owners:
            if column.attribute not in values:
                return
            identifier = values[column.attribute]
            if identifier is not None:
                values[LOADED] = (column.kind, identifier)
                return
        values[LOADED] = None

    def loaded_owner(self, instance: models.Model) -> Owner | None:
        """Return whose the stored row is."""
        values = instance.__dict__
        return values[LOADED] if LOADED in values else self.owner(instance)

    def owner(self, instance: models.Model) -> Owner | None:
        """Return whose the row is now; None: it has no number yet."""
        for column in self.owners:
            identifier = getattr(instance, column.attribute)
            if identifier is not None:
                return column.kind, identifier
        return None

    def subject(self, instance: models.Model) -> Owner | NewSubject | None:
        """Return whom to seal for. A new row of the owner's own table always has keys of its own."""
        for column in self.owners:
            identifier: Any = getattr(instance, column.attribute)
            own = column.attribute == self.own
            if own and (instance._state.adding or identifier is None):
                return _new_subject(instance, column.kind, identifier)
            if identifier is not None:
                return column.kind, identifier
        return None

    def is_moved(self, instance: models.Model) -> bool:
        """Whether the row is new, or has another owner than it was loaded with."""
        if LOADED not in instance.__dict__:
            return False
        return instance._state.adding or self.owner(instance) != self.loaded_owner(instance)


def tells_number(model: type[models.Model]) -> str | None:
    """Return the sealed attribute that an INSERT returns, so that it is set when the row has got its number.

    ``bulk_create`` sends no signal.
    """
    rows = rows_of(model)
    numbered = isinstance(model._meta.pk, models.AutoField)
    own = any(owner.attribute == rows.own for owner in rows.owners)
    return rows.sealed_names[0] if numbered and own and rows.sealed_names else None


def sealed_fields(model: type[models.Model]) -> Iterator[Any]:
    """Return the sealed fields of a model."""
    return (field for field in model._meta.concrete_fields if hasattr(field, "sealed_column"))


def rows_of(model: type[models.Model]) -> Rows:
    """Return how the rows of a model are sealed."""
    found: Rows | None = model.__dict__.get("_privacy_rows")
    if found is None:
        found = Rows(model)
        model._privacy_rows = found
    return found


# New rows


class _NewRow:
    """A row that is being written, and its keys."""

    __slots__ = ("instance", "subject")

    def __init__(self, instance: models.Model, subject: NewSubject) -> None:
        self.instance = ref(instance)
        self.subject = subject

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _nothing, ()  # a copy of its row is another row


def _nothing() -> None: ...


def _new_subject(instance: models.Model, kind: str, identifier: Identifier | None) -> NewSubject:
    new: _NewRow | None = instance.__dict__.get(_NEW)
    if new is None or new.instance() is not instance:  # a copy has keys of its own
        new = _NewRow(instance, get_privacy().sealing.new_subject(kind))
        instance.__dict__[_NEW] = new
        if identifier is not None:
            new.subject.bind(identifier)
    return new.subject


def is_unnumbered(instance: models.Model) -> bool:
    """Whether what is sealed of a row waits for the number that the database will give."""
    return instance.pk is None and _NEW in instance.__dict__


def bind_saved(instance: models.Model) -> None:
    """After a row was written: say which number it has got. Raises KeyUnavailable as `NewSubject.bind` does."""
    new: _NewRow | None = instance.__dict__.pop(_NEW, None)
    if new is not None and instance.pk is not None and not _is_bound(new.subject):
        new.subject.bind(instance.pk)


def _is_bound(subject: NewSubject) -> bool:
    with suppress(SealRefused):
        return bool(subject.owner)
    return False
