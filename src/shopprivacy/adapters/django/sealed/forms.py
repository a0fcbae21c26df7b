"""Sealed values in forms: what a model hands to a form is sealed, and the form opens it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models

from shopprivacy.sealing.column import Column, Sealed, Unsaved
from shopprivacy.sealing.model import Erased


class RowValue:
    """What a row holds, as ``value_from_object`` gives it: pickled it is the envelope, shown in a form the value."""

    __slots__ = ("_field", "_held", "_row")
    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # equal to what it holds, which may be a list

    def __init__(self, held: Sealed | Unsaved, row: models.Model, field: Any) -> None:
        self._held = held
        self._row = row
        self._field = field

    def open(self) -> Any:
        """Return the value. Raises as `Sealed.open` does."""
        held = self._held
        if isinstance(held, Unsaved):
            return held.value
        attribute = getattr(self._field.model, self._field.attname)
        return held.opened if held.is_open else attribute.open(self._row, held)

    def __str__(self) -> str:
        return str(self.open())

    def __bool__(self) -> bool:
        return bool(self.open())

    def __eq__(self, other: object) -> bool:
        value = other.open() if isinstance(other, RowValue) else other
        mine = self.open()
        return bool(mine == value) or (mine is False and value == "")  # a box that is not ticked

    def __repr__(self) -> str:
        return f"<sealed {self._field.sealed_column.name}>"

    def __reduce__(self) -> tuple[type[Sealed], tuple[Any, Column]]:
        if isinstance(self._held, Unsaved):
            return self._held.__reduce__()
        return self._held.__reduce__()


@cache
def opening(form_field: type[Any]) -> type[Any]:
    """Return a form's field that opens what it is given to begin with."""

    class Opening(form_field):
        def prepare_value(self, value: Any) -> Any:
            return super().prepare_value(_opened(value))

        def has_changed(self, initial: Any, data: Any) -> bool:
            return bool(super().has_changed(_opened(initial), data))

    Opening.__name__, Opening.__qualname__ = form_field.__name__, form_field.__qualname__
    return Opening


def _opened(value: Any) -> Any:
    value = value.open() if isinstance(value, RowValue) else value
    return "" if value is Erased else value
