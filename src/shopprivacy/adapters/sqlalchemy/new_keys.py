"""The keys of new rows that are their own owners: stored before the rows, by one write, and bound together after them.

A session tells of each new row before it sends the first INSERT, and of each again when the database has given its
number. In between, the first sealed value on its way to the database has the keys of all of them stored.
"""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import Session

from shopprivacy.adapters.sqlalchemy.refused import Unavailable
from shopprivacy.adapters.sqlalchemy.waiting import beside_loop
from shopprivacy.errors import PrivacyError
from shopprivacy.sealing.column import Batch, Column
from shopprivacy.sealing.model import Identifier, NewSubject

_flushed: Final[WeakKeyDictionary[Session, NewKeys]] = WeakKeyDictionary()
"""By the session that is flushing them."""


class NewKeys(Batch):
    """The keys of rows that are written together. What they have sealed knows them as its ``batch``."""

    __slots__ = ("_numbers", "_unbound", "_unkept")

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._unkept: list[NewSubject] = []
        self._unbound = 0
        self._numbers: list[tuple[NewSubject, Identifier]] = []

    def subject(self, kind: str, number: Identifier | None) -> NewSubject:
        """Return the owner of a new row, which has a number already or is to get one."""
        made = self.column.sealing().new_subject(kind, later=True)
        self._unkept.append(made)
        if number is None:
            self._unbound += 1
        else:
            made.bind(number)
        return made

    def keep(self) -> None:
        """Have the keys of all in the store when this returns. Raises Unavailable."""
        subjects, self._unkept = self._unkept, []
        if not subjects:
            return
        try:
            beside_loop(lambda: NewSubject.keep_together(subjects))
        except PrivacyError as error:
            raise Unavailable(str(error)) from None

    def numbered(self, subject: NewSubject, number: Identifier) -> None:
        """Take the number of a row; when all have one, bind their keys. Raises KeyUnavailable."""
        self._numbers.append((subject, number))
        if len(self._numbers) >= self._unbound:
            self.bind()

    def bind(self) -> None:
        """Bind the keys of the rows that have a number. Raises KeyUnavailable."""
        numbers, self._numbers = self._numbers, []
        self._unbound -= len(numbers)
        if numbers:
            beside_loop(lambda: NewSubject.bind_together(numbers))


def keys_in_flush(session: Session, column: Column) -> NewKeys:
    """Return the keys of the rows that a session is writing."""
    found = _flushed.get(session)
    if found is None:
        found = _flushed[session] = NewKeys(column)
    return found


def keep_keys_together() -> None:
    """Let each flush of every session begin with no keys, and leave none unbound, from now on."""
    if not event.contains(Session, "before_flush", _begin):
        event.listen(Session, "before_flush", _begin)
        event.listen(Session, "after_flush", _end)


def _begin(session: Session, _context: Any, _instances: Any) -> None:
    _flushed.pop(session, None)  # of a flush that failed


def _end(session: Session, _context: Any) -> None:
    keys = _flushed.pop(session, None)
    if keys is not None:
        keys.bind()
