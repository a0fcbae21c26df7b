"""Whose a value is: owners, new owners, groups of keys, and what an erased value reads as."""
# ruff: noqa: SLF001  # new subjects that are written together know each other

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NoReturn, TypeAlias, final
from uuid import UUID

from shopprivacy.crypto.pseudonym import KIND, id_text
from shopprivacy.errors import PrivacyError, SealRefused
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.envelope import SealKey
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.key_rows import DrawnKey
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
    try:
        return id_text(identifier)
    except PrivacyError as error:
        raise SealRefused(f"an owner: {error}") from None


@final
class NewSubject:
    """The owner of a row that is about to be written, whose id the database generates.

    Its keys are in the store before anything is sealed with them, and open nothing until ``bind`` has recorded the
    owner: a crash in between leaves a key too many, and never a value without one. Every new row has keys of its own,
    even if its id was another row's before.
    """

    __slots__ = ("_drawn", "_keys", "_later", "_made", "_owner", "_pseudonym", "kind")

    def __init__(
        self,
        kind: str,
        keys: SubjectKeys,
        pseudonym: Callable[[str, Identifier], str],
        *,
        later: bool = False,
    ) -> None:
        if KIND.fullmatch(str(kind)) is None:
            raise SealRefused("the kind of an owner is a lower-case word of at most 20 characters")
        self.kind = kind
        self._keys = keys
        self._pseudonym = pseudonym
        self._owner = ""
        self._made: dict[str, SealKey] = {}
        self._drawn: list[DrawnKey] = []
        self._later = later

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
        """Record the id of the row. If it has one before it is written, bind it before sealing.

        Raises SealRefused where it was bound already, and KeyUnavailable where the store does not answer.
        """
        NewSubject.bind_together([(self, identifier)])

    def key(self, group: str, field: str) -> SealKey:
        """Return the key of a group, which is in the store.

        Raises KeyUnavailable where that does not answer, and SealRefused where the key was erased since it was bound.
        """
        if self._owner and not self._drawn and group in self._made:
            return self._keys.to_seal(self._owner, group, field)
        if group not in self._made:
            checked_group(group)
            if self._owner and self._made and not self._drawn:
                handles = [key.name for key in self._made.values()]
                self._keys.refuse_erased(handles, self._owner, group, field)
            drawn = self._keys.draw(self._owner, self.kind, group)
            if self._later:
                self._drawn.append(drawn)
            else:
                self._keys.keep([drawn])
            assert drawn.key.key is not None  # noqa: S101  # it was just drawn
            self._made[group] = drawn.key.key
        return self._made[group]

    @staticmethod
    @discreet
    def keep_together(subjects: Iterable[NewSubject]) -> None:
        """Have the keys of new subjects in the store when this returns, which keep them ``later``, all by one write.

        Raises KeyUnavailable as `Sealing.seal` does.
        """
        waiting = [subject for subject in subjects if subject._drawn]
        if waiting:
            waiting[0]._keys.keep([drawn for subject in waiting for drawn in subject._drawn])
        for subject in waiting:
            subject._drawn.clear()

    @staticmethod
    @discreet
    def bind_together(numbers: Sequence[tuple[NewSubject, Identifier]]) -> None:
        """Say which numbers rows have got that were written together. Raises as `NewSubject.bind` does."""
        owners: list[tuple[NewSubject, str]] = []
        for subject, identifier in numbers:
            if subject._owner:
                raise SealRefused(f"this new {subject.kind} was bound already")
            owners.append((subject, subject._pseudonym(subject.kind, identifier)))
        NewSubject.keep_together(subject for subject, _ in owners)
        made = [(key, owner) for subject, owner in owners for key in subject._made.values()]
        if made:
            handles = {key.name: owner for key, owner in made}
            owners[0][0]._keys.bind(handles, {key.name: key for key, _ in made})
        for subject, owner in owners:
            subject._owner = owner

    def __repr__(self) -> str:
        return f"<new {self.kind}{'' if self._owner else ', not bound'}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse ``pickle`` and ``copy``: it has keys."""
        raise TypeError("a new subject cannot be pickled or copied")
