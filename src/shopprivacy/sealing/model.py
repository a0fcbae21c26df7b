"""Whose a value is: owners, new owners, groups of keys, and what an erased value reads as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn, TypeAlias
from uuid import UUID

from shopprivacy.crypto.pseudonym import KIND
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.envelope import SealKey
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.subject_keys import SubjectKeys

PROFILE: Final = "profile"
"""The group of keys unless another is named."""


class ErasedValue:
    """What a sealed value reads as whose key was erased: falsy, printed as nothing. There is one, `Erased`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "Erased"

    def __reduce__(self) -> str:
        return "Erased"


Erased: Final = ErasedValue()
"""The value of a field whose subject's key was erased."""

Identifier: TypeAlias = int | str | UUID


def canonical(identifier: object) -> str:
    """Return the one spelling of an owner's id: 7 and ``"7"`` are one. Raises SealRefused for other types."""
    if isinstance(identifier, bool) or not isinstance(identifier, int | str | UUID):
        raise SealRefused(f"an owner's id is an int, a str or a UUID, and not a {type(identifier).__name__}")
    return str(identifier)


class NewSubject:
    """The owner of a row that is about to be written, of which the database gives the number.

    Its keys are in the store before anything is sealed with them, and open nothing until ``bind`` has told whose they
    are: a crash in between leaves a key too many, and never a value without one. Every new row has keys of its own,
    also where its number was another row's before.
    """

    __slots__ = ("_keys", "_made", "_owner", "_pseudonym", "kind")

    def __init__(self, kind: str, keys: SubjectKeys, pseudonym: Callable[[str, Identifier], str]) -> None:
        if KIND.fullmatch(str(kind)) is None:
            raise SealRefused("the kind of an owner is a lower-case word of at most 20 characters")
        self.kind = kind
        self._keys = keys
        self._pseudonym = pseudonym
        self._owner = ""
        self._made: dict[str, SealKey] = {}

    @property
    def owner(self) -> str:
        """Its pseudonym. Raises SealRefused before it is bound."""
        if not self._owner:
            raise SealRefused(
                f"this new {self.kind} has no number yet: bind it before anything of it is opened"
            )
        return self._owner

    @discreet
    def bind(self, identifier: Identifier) -> None:
        """Say which number the row has got. Where it has one before it is written, bind it before sealing.

        Raises SealRefused where it was bound already, and KeyUnavailable where the store does not answer.
        """
        if self._owner:
            raise SealRefused(f"this new {self.kind} was bound already")
        owner = self._pseudonym(self.kind, identifier)
        for key in self._made.values():
            self._keys.bind(key.name, owner)
        self._owner = owner

    def key(self, group: str, field: str) -> SealKey:
        """Return the key of a group, which is in the store.

        Raises KeyUnavailable where that does not answer, and SealRefused where the key was erased since it was bound.
        """
        if self._owner and group in self._made:
            return self._keys.to_seal(self._owner, group, field)
        if group not in self._made:
            checked_group(group)
            made = self._keys.make(self._owner, self.kind, group)
            assert made.key is not None  # noqa: S101  # it was just made
            self._made[group] = made.key
        return self._made[group]

    def __repr__(self) -> str:
        return f"<new {self.kind}{'' if self._owner else ', not bound'}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse ``pickle`` and ``copy``: it has keys."""
        raise TypeError("a new subject cannot be pickled or copied")
