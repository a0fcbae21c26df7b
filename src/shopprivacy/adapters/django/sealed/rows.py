"""Whose the rows of a model are, and the keys of new rows.

A model says it in ``privacy_subject``: ``"customer:id"``, ``"customer:customer_id"``, or a tuple, of which the first
that is not NULL counts. The owner that a row was loaded with is remembered: what it has sealed opens under that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final
from weakref import ref

from django.db import models

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.asked_together import in_event_loop
from shopprivacy.sealing.model import Identifier, NewSubject
from shopprivacy.sealing.owners import ATTRIBUTE, OwnerColumn, read_owners

LOADED: Final = "_privacy_loaded"
KEYS: Final = "_privacy_key_"
"""Before the name of a group: the key of a row's values in it."""
_NEW: Final = "_privacy_new"

Owner = tuple[str, Identifier]


def owner_columns(model: type[models.Model]) -> tuple[OwnerColumn, ...]:
    """Return what a model says of its owner. Raises SealRefused for what cannot be read."""
    own = own_number(model).attname
    return tuple(
        one._replace(attribute=own) if one.attribute == "pk" else one
        for one in read_owners(getattr(model, ATTRIBUTE, ()), model.__name__)
    )


def own_number(model: type[models.Model]) -> Any:
    """Return the field with a row's own number; a model that inherits a table has that table's."""
    field: Any = model._meta.pk
    while field.remote_field is not None and field.remote_field.parent_link:
        field = field.remote_field.model._meta.pk
    return field


class Rows:
    """How the rows of one model are sealed."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.owners = owner_columns(model)
        self.own = own_number(model).attname
        self.sealed_names = tuple(field.attname for field in sealed_fields(model) if field.key != "field")
        """The attributes that are sealed for the owner."""
        self._keys = tuple({f"{KEYS}{field.group}" for field in sealed_fields(model)})
        places = {field.attname: place for place, field in enumerate(model._meta.concrete_fields)}
        last = max((places.get(owner.attribute, 0) for owner in self.owners), default=0)
        self.owner_comes_first = all(places[name] > last for name in self.sealed_names)
        """Whether a row's owner is loaded before what is sealed for it: then no signal is needed to remember it."""

    def remember(self, instance: models.Model) -> None:
        """Note the owner that a row has now as the one that it is stored with, unless that was not loaded."""
        values = instance.__dict__
        for name in self._keys:
            values.pop(name, None)  # of the owner before
        self.note(values)

    def note(self, values: dict[str, Any]) -> None:
        """The same, of what was just loaded."""
        for kind, attribute in self.owners:
            if attribute not in values:
                return
            identifier = values[attribute]
            if identifier is not None:
                values[LOADED] = kind, identifier
                return
        values[LOADED] = None

    def loaded_owner(self, instance: models.Model) -> Owner | None:
        """Return whose the stored row is."""
        values = instance.__dict__
        return values[LOADED] if LOADED in values else self.owner(instance)

    def owner(self, instance: models.Model) -> Owner | None:
        """Return whose the row is now; None: it has no number yet."""
        for column in self.owners:
            if column.attribute not in instance.__dict__:
                refuse_to_wait(instance, column.attribute)
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
        """Whether the row is new, or has another owner than it was loaded with, or copies one that is not written."""
        if LOADED not in instance.__dict__:
            copied = _NEW in instance.__dict__ and _new_row(instance) is None
            return copied and instance._state.adding
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


def refuse_to_wait(instance: models.Model, name: str) -> None:
    """Raise KeyUnavailable where an attribute that was not loaded would be fetched while an event loop waits."""
    if in_event_loop():
        raise KeyUnavailable(
            f"{type(instance).__name__}.{name} was not loaded, and an event loop must not wait for it: "
            "`await aload(rows)` first, or load it with the row"
        )


# New rows


class NewRow:
    """A row that is being written, and its keys."""

    __slots__ = ("instance", "statement", "subject")

    def __init__(self, instance: models.Model, subject: NewSubject) -> None:
        self.instance = ref(instance)
        self.subject = subject
        self.statement: _Statement | None = None

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _nothing, ()  # a copy of its row is another row


class _Statement:
    """An INSERT of new rows, whose keys are made, and bound, together."""

    def __init__(self, query: object, rows: list[NewRow]) -> None:
        self.query = ref(query)
        self._waiting = sum(not _is_bound(row.subject) for row in rows)
        self._numbers: list[tuple[NewSubject, Identifier]] = []
        NewSubject.keep_together(row.subject for row in rows)

    def numbered(self, subject: NewSubject, number: Identifier) -> None:
        """Take the number of a row; when all have one, bind their keys. Raises KeyUnavailable."""
        self._numbers.append((subject, number))
        if len(self._numbers) >= self._waiting:
            numbers, self._numbers = self._numbers, []
            NewSubject.bind_together(numbers)


def keep_keys(instance: models.Model, query: Any) -> None:
    """Before a statement is sent: have the keys of all new rows that it writes in their store.

    Raises KeyUnavailable where that does not answer.
    """
    new: NewRow | None = instance.__dict__.get(_NEW)
    if new is None or (new.statement is not None and new.statement.query() is query):
        return
    written = getattr(query, "objs", (instance,))
    rows = [row for one in written if (row := _new_row(one)) is not None]
    statement = _Statement(query, rows)
    for row in rows:
        row.statement = statement


def _new_row(instance: models.Model) -> NewRow | None:
    new: NewRow | None = instance.__dict__.get(_NEW)
    return new if new is not None and new.instance() is instance else None


def _nothing() -> None: ...


def _new_subject(instance: models.Model, kind: str, identifier: Identifier | None) -> NewSubject:
    new = _new_row(instance)
    if new is None:  # a copy has keys of its own
        new = NewRow(instance, get_privacy().sealing.new_subject(kind, later=True))
        instance.__dict__[_NEW] = new
        if identifier is not None:
            new.subject.bind(identifier)
    return new.subject


def is_unnumbered(instance: models.Model) -> bool:
    """Whether what is sealed of a row waits for the number that the database will give."""
    return _NEW in instance.__dict__ and _number(instance) is None


def bind_saved(instance: models.Model) -> None:
    """After a row was written: say which number it has got. Raises KeyUnavailable as `NewSubject.bind` does."""
    new: NewRow | None = instance.__dict__.pop(_NEW, None)
    number = _number(instance)
    if new is not None and new.statement is not None and number is not None and not _is_bound(new.subject):
        new.statement.numbered(new.subject, number)


def _number(instance: models.Model) -> Any:
    return instance.__dict__.get(rows_of(type(instance)).own)


def _is_bound(subject: NewSubject) -> bool:
    with suppress(SealRefused):
        return bool(subject.owner)
    return False
