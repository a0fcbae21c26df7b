"""Sealing by hand: ``privacy.sealing``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from sys import exception
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.errors import KeysetError, KeyUnavailable, SealRefused, WrongSubject
from shopprivacy.http.routes import Routes
from shopprivacy.jobs import Job
from shopprivacy.ledger.journal import Bodies, Journal, JournalKind
from shopprivacy.policy import Duration
from shopprivacy.sealing.blind_index import BlindIndexes
from shopprivacy.sealing.bounded_map import BoundedMap
from shopprivacy.sealing.discreet import discreet, hush
from shopprivacy.sealing.envelope import (
    FIELD_SUITE,
    NONCE_BYTES,
    SUBJECT_SUITE,
    associated_data,
    read_envelope,
    value_of,
)
from shopprivacy.sealing.erasures import ERASED_KIND
from shopprivacy.sealing.field_keys import FieldKeys
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.known_keys import SubjectKey
from shopprivacy.sealing.model import PROFILE, Erased, Identifier, NewSubject, canonical
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.sealing.subject_keys import SubjectKeys
from shopprivacy.sealing.values import Unfit, encode

Subject: TypeAlias = tuple[str, Identifier] | NewSubject
"""Whose a value is: ``("customer", customer.id)``, or what ``new_subject`` has given."""

KeyKind: TypeAlias = Literal["subject", "field"]
"""Whether a column's values are sealed with keys of persons, or with the shop's own."""

_MOST_OWNERS: Final = 10_000
_ERASED: Final = "an erased value is not sealed again; leave the column as it is"
_PLAIN: Final = frozenset({int, str, UUID})
"""Types of ids that are found again by what they are equal to: True and 1.0 are equal to 1."""


class Sealing:
    """Seals, opens and finds personal data, and destroys what belongs to one person.

    A field is called ``table.column``. Its values are sealed with the key of their owner, a person or a row that the
    shop uses for access control, or, if the field has ``key="field"``, with the shop's own key: those cannot be erased
    by keys.

    ``keys`` is the store of subject keys, without which only fields with ``key="field"`` can be sealed; ``note`` is
    what the data's database records about it. ``country`` is the shop's, ``random(n)`` gives n bytes, ``now`` the time,
    ``seconds`` is a clock that never goes back. ``warn`` is given what an operator should know.

    Raises KeysetError if the data was sealed with another store of subject keys than ``keys``, and StoreDown. The
    errors of its methods contain no value, owner or key, neither in their message nor in the frames of their traceback.
    """

    routes: Routes[Any, Any] = Routes()

    def __init__(
        self,
        keyset: Keyset,
        country: str,
        keys: SubjectKeyStore | None,
        note: SubjectKeyNote,
        journal: Journal | None,
        *,
        random: Callable[[int], bytes],
        now: Callable[[], datetime],
        seconds: Callable[[], float],
        warn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._keyset = keyset
        self._indexes = BlindIndexes(keyset, country)
        self._random = random
        self._fields = FieldKeys(keyset, random)
        self._owners: BoundedMap[tuple[str, Identifier], str] = BoundedMap(_MOST_OWNERS)
        self._subjects: SubjectKeys | None = None
        if keys is not None:
            self._subjects = SubjectKeys(
                keyset, keys, note, journal, random=random, now=now, seconds=seconds, warn=warn
            )
        elif (noted := note.read()) is not None:
            raise KeysetError(
                f"the data was sealed with the store of subject keys {noted}, and none is named: "
                "set SHOPPRIVACY_SUBJECT_KEYS, or pass subject_keys="
            )

    @property
    def jobs(self) -> Sequence[Job]:
        """To learn what other processes have erased."""
        return () if self._subjects is None else self._subjects.jobs

    @property
    def journal_kinds(self) -> Sequence[JournalKind]:
        """Erasures, which an older copy of the store of subject keys would undo."""
        return (JournalKind(ERASED_KIND, self._replay),)

    def seal(
        self,
        value: object,
        field: str,
        *,
        subject: Subject | None = None,
        group: str = PROFILE,
        key: KeyKind = "subject",
    ) -> bytes | None:
        """Return a value as its column keeps it; None stays None.

        ``value`` is a str, bytes, int, Decimal, date, datetime with a time zone, bool, float, dict or list. ``group``
        says what is erased together: use another one for what a law requires you to keep longer.

        Raises SealRefused for what cannot be sealed, for a field without a subject, and for a subject whose keys in
        this group were erased; KeyUnavailable if the store of subject keys does not answer.
        """
        handled, content = exception(), None
        try:  # no step more than it takes, nor `isinstance`, which is slow to say no: a list has thousands of values
            associated = associated_data(field)
            if value is None:
                return None
            content = encode(value)
            if type(content) is Unfit:
                raise SealRefused(f"{field}: {_ERASED if value is Erased else content}")
            if key == "field":
                found = self._field_keys(field, subject, group).current()
            elif type(subject) is NewSubject:
                found = subject.key(group, field)
            else:
                found = (self._subjects or self._keys(field)).to_seal(
                    self._owner(field, subject), group, field
                )
            return found.seal(content, associated, self._random(NONCE_BYTES))
        except BaseException as error:
            value = subject = content = None
            field = group = ""  # who exchanges two arguments has a value there
            hush(error, handled)
            raise

    def open(
        self,
        stored: bytes | bytearray | memoryview | None,
        field: str,
        *,
        subject: Subject | None = None,
        group: str = PROFILE,
        key: KeyKind = "subject",
    ) -> Any:  # noqa: ANN401  # whatever was sealed
        """Return the value in a column's bytes; None stays None, and it is `Erased` if the key was erased.

        ``subject`` is the owner of the row that the bytes are in, from the row itself and never from a request.

        Raises NotSealed for plain text; SealBroken if the bytes were changed or sealed for another field; WrongSubject
        if they belong to somebody else or to another group; KeyUnavailable if their key is unknown, or its store has
        not answered for a minute.
        """
        handled = exception()
        try:
            associated = associated_data(field)
            if type(stored) is bytes:  # as a mapper gives it, most often under a key that is known
                if key == "field":
                    known = self._fields.known(stored) if subject is None else None
                else:
                    own = self.key_of_row(stored, subject, group, field)
                    known = None if own is None else own.key
                if known is not None and (value := known.opened(stored, associated)) is not NotImplemented:
                    return value
            return self._open(stored, field, associated, subject, group, key)
        except BaseException as error:
            value = stored = subject = None
            field = group = ""
            hush(error, handled)
            raise

    def key_of_row(
        self, stored: bytes, subject: Subject | None, group: str, field: str = "a sealed value"
    ) -> SubjectKey | None:
        """Return the key of a value, for more values of its owner and group in the same row.

        None: its store would have to be asked, or it is not this owner's and group's; `open` says which.
        """
        found = None if self._subjects is None else self._subjects.known(stored)
        if found is None or found.group != group:
            return None
        checked = found.subject
        if checked and type(subject) is tuple and checked == subject and type(checked[1]) is type(subject[1]):
            return found
        if found.owner != self._owner(field, subject):
            return None
        if type(subject) is tuple and type(subject[1]) in _PLAIN:
            found.subject = subject
        return found

    def knows(self, stored: bytes) -> bool:
        """Whether opening a value of a person's asks no store."""
        return self._subjects is None or self._subjects.knows(stored)

    @discreet
    def load(self, stored: Iterable[bytes | bytearray | memoryview | None]) -> None:
        """Look up the keys of many sealed values at once; opening them then does not ask the store.

        Raises KeyUnavailable where the store of subject keys does not answer.
        """
        sealed = (one for one in stored if isinstance(one, bytes | bytearray | memoryview))
        envelopes = [bytes(one) for one in sealed if one[:1] == SUBJECT_SUITE]  # opening says the rest
        if envelopes:
            self._keys("subject keys").load(envelopes)

    def knows_owner(self, subject: Subject, group: str = PROFILE) -> bool:
        """Whether sealing for an owner asks no store."""
        return self._subjects is None or self._subjects.knows_owner(self._owner("an owner", subject), group)

    @discreet
    def load_owners(self, owners: Iterable[tuple[Subject, str]]) -> None:
        """Look up the keys of owners, each in a group, at once: sealing then asks no store. Raises KeyUnavailable."""
        wanted = {(self._owner("an owner", subject), group) for subject, group in owners}
        self._keys("subject keys").load_owners(wanted)

    @discreet
    def index(
        self, value: object, field: str, *, normaliser: str = "exact", name: str = "index"
    ) -> str | None:
        """Return the blind index of a value, 32 characters to be stored beside it and compared byte by byte.

        None stays None. ``normaliser`` says what counts as equal: ``exact``, ``folded``, ``email``, ``phone``,
        ``compact`` or ``last_word``. ``name`` distinguishes several indexes of a field.

        Anybody who sees the column sees which values are equal. Raises SealRefused for a value with few possibilities.
        """
        if value is None:
            return None
        return self._indexes.newest(value, field, normaliser, name)

    @discreet
    def indexes(
        self, value: object, field: str, *, normaliser: str = "exact", name: str = "index"
    ) -> tuple[str, ...]:
        """Return the index values to look for: one for each index key that may be used, the newest first."""
        return self._indexes.usable(value, field, normaliser, name)

    @discreet
    def new_subject(self, kind: str, *, later: bool = False) -> NewSubject:
        """Return the owner of a row that is about to be written: seal with it, write the row, then ``bind`` it.

        ``later``: its keys are in the store only after `keep_together`, which comes before the row is written.

        Raises SealRefused for a kind that is not a word, and KeyUnavailable without a store of subject keys.
        """
        return NewSubject(kind, self._keys("subject keys"), self._pseudonym, later=later)

    @discreet
    def erase_keys(self, kind: str, identifier: Identifier, group: str | None = None) -> int:
        """Destroy the keys of an owner; return how many. What they sealed is then unreadable, in backups too.

        Name a group if there are several (SealRefused lists them). In other processes it takes effect within a minute.
        Raises KeyUnavailable without a store of subject keys, KeysetError if that is missing or is not the data's, and
        StoreDown: if the journal was written before, the erasure is done as soon as the store answers.
        """
        checked = None if group is None else checked_group(group)
        return self._keys("subject keys").erase(self._pseudonym(kind, identifier), checked)

    def forked(self) -> None:
        """In a process that was just forked: seal with a field key of its own."""
        self._fields.renew()

    def forget_what_backups_have(self, keep: Duration, now: datetime) -> int:
        """Forget which keys were erased longer ago than any backup lives; gives how many. Raises StoreDown."""
        return 0 if self._subjects is None else self._subjects.forget_noted(keep, now)

    def _replay(self, bodies: Bodies) -> None:
        if self._subjects is not None:  # else nothing of anybody's can be opened
            self._subjects.replay(bodies)

    def _open(
        self,
        stored: object,
        field: str,
        associated: bytes,
        subject: Subject | None,
        group: str,
        key: KeyKind,
    ) -> Any:  # noqa: ANN401
        if stored is None:
            return None
        if key == "field":
            fields = self._field_keys(field, subject, group)
            envelope = read_envelope(stored, field, FIELD_SUITE)
            return value_of(fields.key_for(envelope, field).open(envelope, associated), field)
        owner = self._owner(field, subject)
        envelope = read_envelope(stored, field, SUBJECT_SUITE)
        found = (self._subjects or self._keys(field)).to_open(envelope, field)
        if found.owner not in ("", owner):  # empty: it was erased where it had not been bound yet
            raise WrongSubject(f"{field}: the sealed value belongs to another owner than its row")
        if found.group != group:
            raise WrongSubject(
                f'{field}: the sealed value is of the group "{found.group}", and not "{checked_group(group)}"'
            )
        if found.key is None:
            return Erased
        return value_of(found.key.open(envelope, associated), field)

    def _owner(self, field: str, subject: Subject | None) -> str:
        if type(subject) is tuple and len(subject) == 2:
            kind, identifier = subject
            if type(identifier) in _PLAIN and type(kind) is str:
                known = self._owners[subject]
                if known is None:
                    known = self._pseudonym(kind, identifier)
                    self._owners.put(subject, known)
                return known
        if isinstance(subject, NewSubject):
            return subject.owner
        if subject is None:
            raise SealRefused(
                f'{field}: who owns it? subject=("customer", customer.id) names its owner; key="field" says that it '
                "has no owner and cannot be erased by its key"
            )
        is_pair = isinstance(subject, tuple | list)  # pyright: ignore[reportUnnecessaryIsInstance]  # not every shop is typed
        return self._pseudonym(*(subject if is_pair else ()))

    def _pseudonym(self, *owner: object) -> str:
        try:
            kind, identifier = owner
            if isinstance(kind, str):
                return pseudonym(self._keyset, kind, canonical(identifier))
        except ValueError:
            pass
        raise SealRefused('an owner is a kind, a lower-case word, and an id: ("customer", 7)')

    def _field_keys(self, field: str, subject: Subject | None, group: str) -> FieldKeys:
        if group is not PROFILE:
            checked_group(group)
        if subject is not None:
            raise SealRefused(f'{field}: a field with key="field" has no subject')
        return self._fields

    def _keys(self, field: str) -> SubjectKeys:
        if self._subjects is None:
            raise KeyUnavailable(
                f"{field}: there is no store of subject keys: set SHOPPRIVACY_SUBJECT_KEYS, or pass subject_keys="
            )
        return self._subjects
