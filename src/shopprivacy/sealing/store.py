"""What sealing needs kept: the keys of persons, in a store of their own, and a note of that store beside the data.

Stores live in `shopprivacy.storage` and `shopprivacy.adapters.django`, and pass one contract suite.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, SupportsIndex

BATCH: Final = 500
"""Rows that are read, or handles that are asked for, at a time."""


class SubjectKeyRow(NamedTuple):
    """One key of one person. What it seals names it by its handle."""

    handle: bytes
    """16 random bytes."""
    owner: str
    """The pseudonym of the person or row that it belongs to; empty: it is not bound to any yet, and opens nothing."""
    group: str
    """What is erased together."""
    context: str
    """The kind of its owner, such as ``customer``: whose row to look for where it was never bound."""
    root: bytes
    """The id of the data root that it is wrapped with."""
    wrapped: bytes | None
    """A nonce and the key, encrypted; None: it was erased, and nothing brings it back."""
    created: str
    """When it was made, as `shopprivacy.sealing.wrap.written` has it: so it is associated with what is wrapped."""
    erased_at: str | None = None
    """When it was erased, spelled alike."""

    def __repr__(self) -> str:
        return f"<subject key {self.handle.hex()}{'' if self.wrapped else ', erased'}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Refuse ``pickle`` and ``copy`` of a key that was not erased: caches and queues would outlive its erasure."""
        if self.wrapped is not None:
            raise TypeError("a key of a person cannot be pickled or copied")
        return tuple.__reduce_ex__(self, protocol)


class StoreState(NamedTuple):
    """Which store this is, and what has become of it."""

    id: str
    """32 hexadecimal digits, drawn when the store was made. A restored copy is the same store."""
    revision: str
    """Another one after every erasure, and in every older copy."""


class SubjectKeyStore(Protocol):
    """The keys of persons. Every method raises StoreDown where the store does not answer within a second or two.

    What a method has written is on the disk when it returns.
    """

    def state(self) -> StoreState | None:
        """Which store this is; None: there is none yet."""
        ...

    def begin(self, state: StoreState) -> StoreState:
        """Make the store, unless there is one; gives what there is then."""
        ...

    def add(self, rows: Sequence[SubjectKeyRow]) -> None:
        """Keep new keys. A handle that is there already stays as it is."""
        ...

    def add_first(self, row: SubjectKeyRow, may: Callable[[Sequence[SubjectKeyRow]], bool]) -> bool:
        """Keep a new key of an owner if ``may`` says so of its keys so far; nobody erases between the two."""
        ...

    def bind(self, rows: Sequence[SubjectKeyRow]) -> int:
        """Give the keys that have these handles their owners, and wrap them anew; gives how many were unbound.

        All at once: where the store fails meanwhile, none is bound.
        """
        ...

    def find(self, handles: Collection[bytes]) -> Sequence[SubjectKeyRow]:
        """The keys with these handles, in any order."""
        ...

    def of_owner(self, *owners: str) -> Sequence[SubjectKeyRow]:
        """The keys of owners, erased ones too, each owner's in the order in which they were made."""
        ...

    def unbound(self) -> Sequence[SubjectKeyRow]:
        """The keys that were never bound, in the order in which they were made."""
        ...

    def erase(self, handles: Collection[bytes], at: datetime, revision: str) -> int:
        """Empty these keys so that no copy is left in the store; handle and owner stay. Gives how many were not empty.

        Where there were any, the store has this revision from now on.
        """
        ...

    def drop(self, handles: Collection[bytes]) -> None:
        """Take away those of these keys that were never bound."""
        ...

    def rows(self) -> Iterator[SubjectKeyRow]:
        """All keys, in batches."""
        ...

    def newest(self) -> datetime | None:
        """When the newest key was made that has an owner; None: there is none."""
        ...


class SubjectKeyNote(Protocol):
    """What stands in the data's database about the store of subject keys. Every method raises StoreDown."""

    def read(self) -> str | None:
        """The id of the store that the data was sealed with; None: nothing was sealed for a person yet."""
        ...

    def write(self, store_id: str) -> str:
        """Note the id, unless one is noted; gives the one that is noted then."""
        ...

    def newest(self) -> datetime | None:
        """When the newest key was made that the store was seen to have; an older copy of the store has none so new."""
        ...

    def note_newest(self, made: datetime) -> None:
        """Note that the store has a key this new."""
        ...

    def erased(self) -> Iterator[bytes]:
        """The handles of all keys that are noted as erased, in batches."""
        ...

    def note_erased(self, handles: Collection[bytes], at: datetime) -> None:
        """Note these handles; those that are noted already stay as they are."""
        ...

    def forget_erased(self, before: datetime) -> int:
        """Forget the handles that were noted before this moment; gives how many."""
        ...

    def envelopes(self, table: str, column: str, owner: str) -> Iterator[tuple[object, bytes]]:
        """What a column of the shop's own holds, each with the value of the column ``owner`` in its row."""
        ...
