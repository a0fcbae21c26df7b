"""Sealing by hand: ``privacy.sealing``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from sys import exception
from typing import Any, Final, Literal, TypeAlias, cast
from uuid import UUID

from shopprivacy.crypto import DerivedKey, Keyset, KeyState, Ring, Use, pseudonym
from shopprivacy.errors import KeysetError, KeyUnavailable, SealRefused, WrongSubject
from shopprivacy.http.routes import Routes
from shopprivacy.jobs import Job, hourly
from shopprivacy.ledger.journal import Bodies, Journal, JournalKind
from shopprivacy.sealing.asked_together import AskedTogether
from shopprivacy.sealing.blind_index import index_value, normalised, normaliser_called
from shopprivacy.sealing.bounded_map import BoundedMap
from shopprivacy.sealing.discreet import discreet, hush
from shopprivacy.sealing.envelope import (
    FIELD_SUITE,
    HEAD_BYTES,
    NONCE_BYTES,
    SUBJECT_SUITE,
    associated_data,
    content_of,
    read_envelope,
    value_of,
)
from shopprivacy.sealing.erasures import ERASED_KIND
from shopprivacy.sealing.field_keys import FieldKeys
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.known_keys import RowKey
from shopprivacy.sealing.model import PROFILE, Erased, Identifier, NewSubject, canonical
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.sealing.subject_keys import SubjectKeys

Subject: TypeAlias = tuple[str, Identifier] | NewSubject
"""Whose a value is: ``("customer", customer.id)``, or what ``new_subject`` has given."""

KeyKind: TypeAlias = Literal["subject", "field"]
"""Whether a column's values are sealed with keys of persons, or with the shop's own."""

_MOST_OWNERS: Final = 10_000
_PLAIN: Final = {int, str, UUID}


class Sealing:
    """Seals, opens and finds personal data, and destroys what belongs to one person.

    A field is called ``table.column``. Its values are sealed with the key of their owner, a person or a row that the
    shop authorises by, or, where the field says ``key="field"``, with the shop's own: those nobody can erase by keys.

    ``keys`` is the store of subject keys, without which only fields with ``key="field"`` can be sealed; ``note`` is
    what stands of it in the data's database. ``country`` is the shop's, ``random(n)`` gives n bytes, ``now`` the time,
    ``seconds`` is a clock that never goes back. ``warn`` is given what an operator should know.

    Raises KeysetError where the data was sealed with another store of subject keys than ``keys``, and StoreDown.
    What its methods raise carries no value, owner or key: not in its words, and not in the frames of its traceback.
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
        self._country = country
        self._random = random
        self._fields = FieldKeys(keyset, random)
        self._owners: BoundedMap[tuple[str, Identifier], str] = BoundedMap(_MOST_OWNERS)
        self._subjects: SubjectKeys | None = None
        if keys is not None:
            self._subjects = SubjectKeys(
                keyset,
                cast("SubjectKeyStore", AskedTogether(keys)),
                note,
                journal,
                random=random,
                now=now,
                seconds=seconds,
                warn=warn,
            )
        elif (noted := note.read()) is not None:
            raise KeysetError(
                f"the data was sealed with the store of subject keys {noted}, and none is named: "
                "set SHOPPRIVACY_SUBJECT_KEYS, or pass subject_keys="
            )

    @property
    def jobs(self) -> Sequence[Job]:
        """To learn what other processes have erased."""
        if self._subjects is None:
            return ()
        subjects = self._subjects
        return (
            Job("learn which subject keys were erased", lambda _: subjects.look_now_and_then()),
            Job("see whether the newest subject keys are there", lambda _: subjects.look_how_new(), hourly),
        )

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
        says what is erased together: what a law keeps longer than the profile has another.

        Raises SealRefused for what cannot be sealed, for a field without a subject, and for a subject whose keys in
        this group were erased; KeyUnavailable where the store of subject keys does not answer.
        """
        handled = exception()
        try:
            return self._seal(value, field, subject, group, key)
        except BaseException as error:
            del value, subject
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
        """Return what a column's bytes hold; None stays None, and `Erased` is what an erased key leaves.

        ``subject`` is the owner of the row that the bytes stand in, from the row itself and never from a request.

        Raises NotSealed for clear text; SealBroken where the bytes are not as they were sealed for this field;
        WrongSubject where they belong to somebody else or to another group; KeyUnavailable where their key is unknown,
        or its store has not answered for a minute.
        """
        handled = exception()
        try:
            return self._open(stored, field, subject, group, key)
        except BaseException as error:
            del stored, subject
            hush(error, handled)
            raise

    def row_key(self, stored: bytes) -> RowKey | None:
        """Return the key of a value that was just opened, for more values of its owner and group in the same row."""
        return None if self._subjects is None else self._subjects.row_key(stored)

    def open_with(self, row_key: RowKey, stored: bytes, field: str) -> Any:  # noqa: ANN401  # whatever was sealed
        """Return what another column of the row holds; NotImplemented: `open` has to look for its key.

        Raises SealBroken as `open` does.
        """
        key, subjects = row_key.key, self._subjects
        if subjects is None or stored[:HEAD_BYTES] != key.head or not subjects.still_knows(row_key):
            return NotImplemented
        handled = exception()
        try:
            return value_of(key.open(stored, associated_data(field)), field)
        except BaseException as error:
            del stored
            hush(error, handled)
            raise

    @discreet
    def load(self, stored: Iterable[bytes | bytearray | memoryview | None]) -> None:
        """Look up the keys of many sealed values at once; opening them asks the store no more.

        Raises KeyUnavailable where the store of subject keys does not answer.
        """
        sealed = (
            one for one in stored if isinstance(one, bytes | bytearray | memoryview)
        )  # opening says the rest
        envelopes = [bytes(one) for one in sealed if bytes(one[:1]) == SUBJECT_SUITE]
        if envelopes:
            self._keys("subject keys").load(envelopes)

    @discreet
    def index(
        self, value: object, field: str, *, normaliser: str = "exact", name: str = "index"
    ) -> str | None:
        """Return the blind index of a value, 32 characters to be kept beside it and compared byte by byte.

        None stays None. ``normaliser`` says what counts as equal: ``exact``, ``folded``, ``email``, ``phone``,
        ``compact`` or ``last_word``. ``name`` tells several indexes of a field apart.

        Whoever sees the column sees which values are equal. Raises SealRefused for a value with few possibilities.
        """
        if value is None:
            return None
        content = normalised(value, normaliser, field, self._country)
        return index_value(self._index_key(field, name, normaliser), content)

    @discreet
    def indexes(
        self, value: object, field: str, *, normaliser: str = "exact", name: str = "index"
    ) -> tuple[str, ...]:
        """Return the index values to look for: one under each index key that may be used, the newest first."""
        content = normalised(value, normaliser, field, self._country)
        states = (KeyState.PRIMARY, KeyState.DECRYPT_ONLY)
        roots = sorted(self._keyset.keys(Ring.INDEX), key=lambda key: key.state is not KeyState.PRIMARY)
        usable = (root.id for root in roots if root.state in states)
        return tuple(
            index_value(self._index_key(field, name, normaliser, key_id), content) for key_id in usable
        )

    @discreet
    def new_subject(self, kind: str) -> NewSubject:
        """Return the owner of a row that is about to be written: seal with it, write the row, then ``bind`` it.

        Raises SealRefused for a kind that is no word, and KeyUnavailable without a store of subject keys.
        """
        return NewSubject(kind, self._keys("subject keys"), self._pseudonym)

    @discreet
    def erase_keys(self, kind: str, identifier: Identifier, group: str | None = None) -> int:
        """Destroy the keys of an owner; gives how many. What they sealed is unreadable then, in backups too.

        A group has to be named where there are several (SealRefused says which). Other processes open nothing of it
        any more within a minute. Raises KeyUnavailable without a store of subject keys, KeysetError where it is not
        there or is not the data's, and StoreDown: where the journal could be written by then, the erasure is done as
        soon as the store answers.
        """
        owner = self._pseudonym(kind, identifier)
        return self._keys("subject keys").erase(owner, None if group is None else checked_group(group))

    def forked(self) -> None:
        """In a process that was just forked: seal with a field key of its own."""
        self._fields.renew()

    def _replay(self, bodies: Bodies) -> None:
        if self._subjects is not None:  # else nothing of anybody's can be opened
            self._subjects.replay(bodies)

    def _seal(
        self, value: object, field: str, subject: Subject | None, group: str, key: KeyKind
    ) -> bytes | None:
        associated = associated_data(field)
        if value is None:
            return None
        if value is Erased:
            raise SealRefused(f"{field}: an erased value is not sealed again; leave the column as it is")
        content = content_of(value, field)
        checked_group(group)
        if key == "field":
            found = self._field_keys(field, subject).current()
        elif isinstance(subject, NewSubject):
            found = subject.key(group, field)
        else:
            found = (self._subjects or self._keys(field)).to_seal(self._owner(field, subject), group, field)
        return found.seal(content, associated, self._random(NONCE_BYTES))

    def _open(self, stored: object, field: str, subject: Subject | None, group: str, key: KeyKind) -> Any:  # noqa: ANN401
        associated = associated_data(field)
        if stored is None:
            return None
        if key == "field":
            fields = self._field_keys(field, subject)
            envelope = read_envelope(stored, field, FIELD_SUITE)
            return value_of(fields.key_for(envelope, field).open(envelope, associated), field)
        owner = self._owner(field, subject)
        envelope = read_envelope(stored, field, SUBJECT_SUITE)
        found = (self._subjects or self._keys(field)).to_open(envelope, field)
        if found.owner not in ("", owner):  # empty: it was erased where it had not been bound yet
            raise WrongSubject(f"{field}: the sealed value belongs to another owner than its row")
        if found.group != group:
            raise WrongSubject(
                f'{field}: the sealed value is of the group "{found.group}", and not "{group}"'
            )
        if found.key is None:
            return Erased
        return value_of(found.key.open(envelope, associated), field)

    def _owner(self, field: str, subject: Subject | None) -> str:
        if (
            type(subject) is tuple
            and len(subject) == 2  # a kind and an id
            and type(subject[0]) is str
            and type(subject[1]) in _PLAIN
        ):  # neither True nor 1.0, which are equal to 1
            known = self._owners[subject]
            if known is None:
                known = self._pseudonym(*subject)
                self._owners.put(subject, known)
            return known
        if isinstance(subject, NewSubject):
            return subject.owner
        if subject is None:
            raise SealRefused(
                f'{field}: whose is it? subject=("customer", customer.id) names its owner; key="field" says that it '
                "has none and can never be erased by its key"
            )
        is_pair = isinstance(subject, tuple | list)  # pyright: ignore[reportUnnecessaryIsInstance]  # not every shop is typed
        return self._pseudonym(*(subject if is_pair else ()))

    def _pseudonym(self, *owner: object) -> str:
        with suppress(ValueError):
            kind, identifier = owner
            if isinstance(kind, str):
                return pseudonym(self._keyset, kind, canonical(identifier))
        raise SealRefused('an owner is a kind, a lower-case word, and an id: ("customer", 7)')

    def _field_keys(self, field: str, subject: Subject | None) -> FieldKeys:
        if subject is not None:
            raise SealRefused(f'{field}: a field with key="field" has no subject')
        return self._fields

    def _keys(self, field: str) -> SubjectKeys:
        if self._subjects is None:
            raise KeyUnavailable(
                f"{field}: there is no store of subject keys: set SHOPPRIVACY_SUBJECT_KEYS, or pass subject_keys="
            )
        return self._subjects

    def _index_key(self, field: str, name: str, normaliser: str, key_id: bytes | None = None) -> DerivedKey:
        associated_data(field)  # it is a field's name
        label = normaliser_called(normaliser, field).label
        return self._keyset.derive(Use.BLIND_INDEX, field, name, label, key_id=key_id)
