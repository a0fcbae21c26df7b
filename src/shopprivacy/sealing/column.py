"""Sealed columns as an object-relational mapper declares them, and their values as it loads them.

An adapter describes each column by a `Column`, loads its values as `Sealed`, and opens those when the attribute is
read. Rows that were loaded together are a `Batch`: the first of them whose key is not known has all keys looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import exception
from typing import TYPE_CHECKING, Any, Final, NoReturn

from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.asked_together import in_event_loop
from shopprivacy.sealing.blind_index import normaliser_called
from shopprivacy.sealing.discreet import hush
from shopprivacy.sealing.envelope import FIELD_SUITE, HEAD_BYTES, SUBJECT_SUITE, associated_data
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.model import PROFILE

if TYPE_CHECKING:
    from shopprivacy.sealing.service import KeyKind, Sealing, Subject

MOST_IN_BATCH: Final = 1000
"""Rows whose keys are looked up at once."""
FEWEST_CHOICES: Final = 32
"""A field with fewer possible values gets no index: each would be guessed."""
WHOLE: Final = ("exact", "email", "phone", "compact", "folded")
"""Normalisers by which a value is found as a whole, the first that a column has."""
_FOLDING: Final = {"email", "phone", "compact", "folded"}
UNOPENED: Final = object()


class Column:
    """One sealed column: its name, which is part of the encryption, its kind of key, its group, its indexes.

    ``sealing`` gives the shop's `Sealing`; ``mapped`` is what the mapper knows the column by, which pickles.
    ``look_up_elsewhere`` runs a look-up outside of the event loop that must not wait for it; False: it cannot.

    Raises SealRefused for a name, group or normaliser that is none.
    """

    __slots__ = (
        "associated", "group", "key", "look_up_elsewhere", "mapped", "name", "normalisers", "sealing", "suite",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        key: KeyKind,
        group: str,
        normalisers: Sequence[str],
        sealing: Callable[[], Sealing],
        mapped: object,
        *,
        look_up_elsewhere: Callable[[Callable[[], object]], bool] = lambda _: False,
    ) -> None:
        self.associated = associated_data(name)
        self.name = name
        self.key: KeyKind = key
        self.group = checked_group(group)
        self.normalisers = tuple(normaliser_called(one, name).name for one in normalisers)
        self.sealing = sealing
        self.mapped = mapped
        self.look_up_elsewhere = look_up_elsewhere
        self.suite = FIELD_SUITE if key == "field" else SUBJECT_SUITE

    @property
    def whole(self) -> str | None:
        """The normaliser by which a value is found as a whole, or None."""
        return next((one for one in WHOLE if one in self.normalisers), None)

    @property
    def folds(self) -> bool:
        """Whether it is found without regard to case."""
        return self.whole in _FOLDING

    def seal(self, value: object, subject: Subject | None) -> Sealed:
        """Return a value as it is stored. Raises as `Sealing.seal` does."""
        try:
            envelope = self.sealing().seal(
                value, self.name, subject=subject, group=self.group if subject else PROFILE, key=self.key
            )
            assert envelope is not None  # noqa: S101  # None is never sealed
            sealed = Sealed(envelope, self)
            sealed.opened = value
            return sealed
        finally:
            del value

    def index(self, value: object, normaliser: str) -> str | None:
        """Return the index value of a value. Raises as `Sealing.index` does."""
        try:
            return self.sealing().index(value, self.name, normaliser=normaliser)
        finally:
            del value

    def indexes(self, value: object, normaliser: str) -> tuple[str, ...]:
        """Return the index values to look for. Raises as `Sealing.indexes` does."""
        try:
            return self.sealing().indexes(value, self.name, normaliser=normaliser)
        finally:
            del value

    def refusal(self, asked: str) -> SealRefused:
        """Return the error of an operation that a sealed column cannot do."""
        whole = self.whole
        works = [*(("exact", "in") if whole else ()), *(("iexact",) if self.folds else ()), "isnull"]
        works += [one for one in self.normalisers if one not in WHOLE]
        hint = "" if whole else 'with index="…" it would be found by its whole value'
        return SealRefused(self.refused(asked, works, hint))

    def refused(self, asked: str, works: Sequence[str], hint: str) -> str:
        """Return what to say of an operation that a sealed column cannot do."""
        told = f"{self.name} is sealed, so {asked} does not work on it; what works: {', '.join(works)}"
        return f"{told}; {hint}" if hint else told

    def __repr__(self) -> str:
        return f"<sealed column {self.name}>"

    def __reduce__(self) -> tuple[Callable[[Any], Column], tuple[object]]:
        return _column_of, (self.mapped,)


def _column_of(mapped: Any) -> Column:  # noqa: ANN401  # a mapper's own description
    column: Column = mapped.sealed_column
    return column


def refuse_index(name: str, kind: type, choices: int | None) -> None:
    """Raise SealRefused for an index of values that are few: truth values, dates, or one of some choices."""
    few = kind.__name__ in {"bool", "date", "datetime"} or (choices is not None and choices < FEWEST_CHOICES)
    if few:
        raise SealRefused(
            f"{name}: no index: it has so few possible values that anybody who sees the column could guess them"
        )


class Batch:
    """The sealed values of one column that were loaded together."""

    __slots__ = ("column", "looked_up", "stored")

    def __init__(self, column: Column) -> None:
        self.column = column
        self.stored: list[bytes] = []
        self.looked_up = 0

    def look_up(self) -> None:
        """Look up the keys of all of them. Raises KeyUnavailable where their store does not answer."""
        count = len(self.stored)
        self.column.sealing().load(self.stored[self.looked_up :])
        self.looked_up = count

    @property
    def is_known(self) -> bool:
        """Whether the keys of all were looked up."""
        return self.looked_up == len(self.stored)


def loader(column: Column) -> Callable[..., Any]:
    """Return what makes each value that is loaded a `Sealed`; what a mapper gives besides is not looked at.

    What one of them loads, up to `MOST_IN_BATCH`, is a `Batch`.
    """
    batch = Batch(column)
    keep = batch.stored.append
    new = object.__new__

    def load(stored: Any, _expression: object = None, _connection: object = None) -> Any:  # noqa: ANN401
        nonlocal batch, keep
        if stored.__class__ is not bytes:
            if stored is None:
                return None
            if not isinstance(stored, bytearray | memoryview):
                return Sealed(stored, column)
            stored = bytes(stored)
        if len(batch.stored) == MOST_IN_BATCH:
            batch = Batch(column)
            keep = batch.stored.append
        keep(stored)
        sealed = new(Sealed)  # as `Sealed` does, at half the cost
        sealed.envelope, sealed.column, sealed.batch, sealed.opened = stored, column, batch, UNOPENED
        return sealed

    return load


class Sealed:
    """A sealed value, as stored in its column. ``open(subject)`` returns the value; printed, it shows nothing.

    ``subject`` is the owner of its row, such as ``("customer", 7)``; none if the column has ``key="field"``.
    """

    __slots__ = ("batch", "column", "envelope", "opened")

    def __init__(self, envelope: Any, column: Column, batch: Batch | None = None) -> None:  # noqa: ANN401
        self.envelope = envelope
        self.column = column
        self.batch = batch
        self.opened: Any = UNOPENED

    @property
    def is_open(self) -> bool:
        """Whether its value was read before, or set."""
        return self.opened is not UNOPENED

    @property
    def is_sealed(self) -> bool:
        """Whether it is an envelope of its column's kind; whether it opens, opening says."""
        stored = self.envelope
        return isinstance(stored, bytes) and stored[:1] == self.column.suite and len(stored) > HEAD_BYTES

    def open(self, subject: Subject | None = None) -> Any:  # noqa: ANN401  # whatever was sealed
        """Return the value. Raises as `Sealing.open` does.

        In an event loop, raises KeyUnavailable if the store of subject keys would have to be asked.
        """
        handled = exception()
        try:
            return self._open_together(subject)
        except BaseException as error:
            del subject
            hush(error, handled)
            raise

    def _open_together(self, subject: Subject | None) -> Any:  # noqa: ANN401  # whatever was sealed
        """The same; the keys of all that was loaded with it are looked up at once."""
        column, batch = self.column, self.batch
        if column.key == "subject" and self.is_sealed and not column.sealing().knows(self.envelope):
            if in_event_loop():
                if not column.look_up_elsewhere(self._look_up):
                    raise KeyUnavailable(
                        f"{column.name}: its key is not known yet, and an event loop must not wait for it: "
                        "`await aload(rows)` first"
                    )
            elif batch is not None:
                self._look_up()
        return self._open(subject)

    def _look_up(self) -> None:
        """Look up the keys of all that was loaded with it; its own once more where those were looked up before."""
        if self.batch is None or self.batch.is_known:
            self.column.sealing().load([self.envelope])
        else:
            self.batch.look_up()

    def _open(self, subject: Subject | None) -> Any:  # noqa: ANN401  # whatever was sealed
        column = self.column
        return column.sealing().open(
            self.envelope, column.name, subject=subject, group=column.group, key=column.key
        )

    def __repr__(self) -> str:
        return f"<sealed {self.column.name}>"

    def __str__(self) -> str:
        return "<sealed>"

    def __reduce__(self) -> tuple[type[Sealed], tuple[Any, Column]]:
        return Sealed, (self.envelope, self.column)


class Unsaved:
    """A value that was set and is not stored yet. It goes into no pickle: in a cache it would stand in clear."""

    __slots__ = ("before", "value")

    def __init__(self, value: object, before: Sealed | None) -> None:
        self.value = value
        self.before = before

    def __repr__(self) -> str:
        return "<not saved>"

    def __reduce__(self) -> NoReturn:
        raise SealRefused(
            "a sealed field was set and not saved: save the object before it is pickled or cached"
        )
