"""A value as a statement has loaded it: bytes that know their column, because a list of rows has thousands of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import takewhile
from typing import Any, ClassVar, Final

from shopprivacy.sealing.column import MOST_IN_BATCH, Batch, Column, Sealed
from shopprivacy.sealing.service import Subject

MOST_WAITING: Final = 4 * MOST_IN_BATCH
"""Values that a column remembers to have loaded and not looked up yet."""


class Loaded(bytes):
    """An envelope. ``open(subject)`` gives the value; printed, it shows nothing.

    ``subject`` is the owner of its row, such as ``("customer", 7)``; none where the column says ``key="field"``.
    """

    __slots__ = ()
    column: ClassVar[Column]
    waiting: ClassVar[deque[Loaded]]
    """What was loaded lately, in its order."""
    looked_at: ClassVar[Loaded | None]
    """The last of it whose key an event loop has had looked up."""

    @classmethod
    def not_looked_at(cls) -> list[Loaded]:
        """Return what was loaded since this was last asked, as far as it is remembered."""
        if not cls.waiting or cls.waiting[-1] is cls.looked_at:  # as nearly always
            return []
        waiting = [*cls.waiting]  # other threads load meanwhile
        found = [*takewhile(lambda one: one is not cls.looked_at, reversed(waiting))]
        cls.looked_at = waiting[-1]
        return found

    @property
    def envelope(self) -> bytes:
        """The bytes."""
        return self

    def sealed(self) -> Sealed:
        """Return it as what a row holds whose value is to be remembered."""
        return Sealed(self, self.column, _LoadedWith(self))

    def open(self, subject: Subject | None = None) -> Any:
        """Return the value. Raises as `Sealed.open` does."""
        return self.sealed().open(subject)

    def __repr__(self) -> str:
        return f"<sealed {self.column.name}>"

    def __str__(self) -> str:
        return "<sealed>"

    def __format__(self, spec: str) -> str:
        return format("<sealed>", spec)

    def __reduce__(self) -> tuple[Callable[..., Sealed], tuple[bytes, Column]]:
        return Sealed, (bytes(self), self.column)


class _LoadedWith(Batch):
    """What was loaded with a value, up to a batch of it."""

    def __init__(self, value: Loaded) -> None:
        super().__init__(value.column)
        self._value = value

    @property
    def is_known(self) -> bool:
        """Whether the keys were looked up."""
        return self.looked_up > 0

    def look_up(self) -> None:
        """Look up their keys. Raises KeyUnavailable where the store does not answer."""
        value, waiting = self._value, [*self._value.waiting]
        place = next((at for at, one in enumerate(waiting) if one is value), len(waiting))
        first = max(0, min(place, len(waiting) - MOST_IN_BATCH))
        self.column.sealing().load([value, *waiting[first : first + MOST_IN_BATCH]])
        self.looked_up = 1


def loaded_class(column: Column) -> type[Loaded]:
    """Return the class of one column's values."""
    return type(
        "Loaded",
        (Loaded,),
        {"__slots__": (), "column": column, "waiting": deque(maxlen=MOST_WAITING), "looked_at": None},
    )


def loader(made: type[Loaded]) -> Callable[[Any], Any]:
    """Return what makes each value that is loaded one of these; clear text becomes a `Sealed`, which does not open."""
    wait, column = made.waiting.append, made.column

    def load(stored: Any) -> Any:
        if stored.__class__ is bytes:
            value = made(stored)
            wait(value)
            return value
        if stored is None:
            return None
        return load(bytes(stored)) if isinstance(stored, bytearray | memoryview) else Sealed(stored, column)

    return load


def is_sealed(held: object) -> bool:
    """Whether this is what a column holds, and not a value."""
    return isinstance(held, Sealed | Loaded)
