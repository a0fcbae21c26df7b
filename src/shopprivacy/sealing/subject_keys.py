"""The keys of persons as one process knows them: found, made, bound to their owner, erased.

What is known is trusted for `WITHIN` seconds. A job looks at the store's revision more often than that, and forgets
everything when it has changed: somebody was erased, or the store is another copy of itself. Then every erasure is
carried out again (`erasures`) before anything more is opened, and so it is at a start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar

from shopprivacy.crypto import Keyset, Secret
from shopprivacy.crypto.keys import SECRET_BYTES
from shopprivacy.errors import KeysetError, KeyUnavailable, SealBroken, SealRefused, StoreDown
from shopprivacy.ledger.journal import Journal
from shopprivacy.sealing.envelope import HEAD_BYTES, KEY_BYTES, NONCE_BYTES, SealKey, key_of, subject_key
from shopprivacy.sealing.erasures import Erasures, batches
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.known_keys import KnownKeys, RowKey, SubjectKey
from shopprivacy.sealing.lives import is_erased
from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyRow, SubjectKeyStore
from shopprivacy.sealing.wrap import Wrapping

WITHIN: Final = 60.0
"""Seconds after which no process opens what another one has erased, or what it can no longer look up."""
LOOK_EVERY: Final = 5.0
"""Seconds between two looks by the job."""
_PAUSE: Final = 2.0
"""Seconds for which nobody asks a store again that has just not answered."""
_NEVER: Final = float("-inf")


T = TypeVar("T")


class SubjectKeys:
    """The keys of persons, by ``store``; ``note`` stands in the data's database.

    ``random(n)`` gives n bytes, ``now`` the time, ``seconds`` a clock that never goes back. ``warn`` is given
    what an operator should know. ``journal`` keeps what was erased, as the data's database does, outside of it.

    When it is made, every erasure was carried out again. Raises KeysetError, at once, where the data was sealed with
    another store than this one, and StoreDown.
    """

    def __init__(
        self,
        keyset: Keyset,
        store: SubjectKeyStore,
        note: SubjectKeyNote,
        journal: Journal | None,
        *,
        random: Callable[[int], bytes],
        now: Callable[[], datetime],
        seconds: Callable[[], float],
        warn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._keyset = keyset
        self._warn = warn
        self._wrapping = Wrapping(keyset)
        self._store = store
        self._note = note
        self._erasures = Erasures(store, note, journal, random=random, now=now, warn=warn)
        self._random = random
        self._now = now
        self._seconds = seconds
        self._known = KnownKeys(None)
        self._failed = self._looked = _NEVER
        self._stale = self._is_new = True
        self._is_noted = self._lacks = False
        self.look()
        self._erasures.note()
        self.look_how_new()

    # Opening

    def to_open(self, envelope: bytes, field: str) -> SubjectKey:
        """Return the key that an envelope names, erased or not.

        Raises KeyUnavailable where there is none, where it was never bound, or where the store does not answer;
        SealBroken where the envelope's commitment is another key's, or the row in the store was changed.
        """
        if self._seconds() - self._looked > WITHIN:
            self._be_fresh(field)
        found = self._known.by_head[envelope[:HEAD_BYTES]]
        if found is None:
            handle = key_of(envelope)
            found = self._known.by_handle[handle] or self._found(handle, field)
            if found.key is not None and found.key.head != envelope[:HEAD_BYTES]:
                raise SealBroken(f"{field}: the sealed value does not belong to the key that it names")
        return found

    def row_key(self, envelope: bytes) -> RowKey | None:
        """Return the key that this was just opened with; None where it was erased, or forgotten since."""
        found = self._known.by_head[envelope[:HEAD_BYTES]]
        return RowKey(found.key, self._known) if found and found.key else None

    def still_knows(self, row_key: RowKey) -> bool:
        """Whether nobody was erased since, and what is known may still be trusted."""
        return row_key.known is self._known and self._seconds() - self._looked <= WITHIN

    def load(self, envelopes: Iterable[bytes]) -> None:
        """Look up the keys of many envelopes at once; what is wrong with one of them, opening it says.

        Raises KeyUnavailable where the store does not answer.
        """
        self._be_fresh("subject keys")
        known = self._known
        missing = [handle for handle in {*map(key_of, envelopes)} if known.by_handle[handle] is None]
        for some in batches(missing):
            for row in self._find(some):
                with suppress(KeyUnavailable, SealBroken):
                    known.put(row, self._read(row, "subject keys"))

    # Sealing

    def to_seal(self, owner: str, group: str, field: str) -> SealKey:
        """Return the newest key of an owner in a group; a first one is made.

        Raises SealRefused where all keys of the owner in this group, or in every group, were erased: nothing but a new
        row of the owner's own gives it another one. Raises KeyUnavailable where the store does not answer.
        """
        if self._seconds() - self._looked > WITHIN:
            self._be_fresh(field)
        known = self._known
        found = known.newest[owner, group]
        if found is None:
            rows = self._ask(lambda: self._store.of_owner(owner))
            live = [row for row in rows if row.group == group and row.wrapped is not None]
            if live:
                found = known.put(live[-1], self._read(live[-1], field))
            else:
                self._refuse_erased(rows, owner, group, field)
                found = self._made_unless_erased(owner, group, field)
            known.newest.put((owner, group), found)
        assert found.key is not None  # noqa: S101  # it is live
        return found.key

    def _made_unless_erased(self, owner: str, group: str, field: str) -> SubjectKey:
        """A first key, which does not stay where another process has erased the owner before it was stored."""
        made = self.make(owner, owner.partition(":")[0], checked_group(group))
        assert made.key is not None  # noqa: S101  # it was just made
        handle = made.key.name
        rows = self._ask(lambda: self._store.of_owner(owner))
        try:
            self._refuse_erased([row for row in rows if row.handle != handle], owner, group, field)
        except SealRefused:
            self._ask(lambda: self.erase_handles([handle]))
            raise
        return made

    def _refuse_erased(self, rows: Sequence[SubjectKeyRow], owner: str, group: str, field: str) -> None:
        if is_erased(rows, group):
            raise SealRefused(
                f'{field}: the keys of this {owner.partition(":")[0]} in the group "{group}" were erased, so nothing '
                "more can be sealed for it; a new row begins with privacy.sealing.new_subject()"
            )

    def make(self, owner: str, kind: str, group: str) -> SubjectKey:
        """Make a key, which is in the store when this returns; ``owner`` may be empty, to be bound later.

        Raises KeyUnavailable where the store does not answer, and KeysetError where it is another one than the data's,
        or there is none and this process has seen what was sealed with one.
        """
        self._be_fresh("subject keys")
        self._ask(self._begin)
        known = self._known  # before the store is written: what is erased meanwhile must not come back
        secret = Secret(self._random(SECRET_BYTES))
        bare = SubjectKeyRow(self._random(KEY_BYTES), owner, group, kind, b"", None, self._now())
        row = self._wrapping.wrapped(bare, secret, self._random(NONCE_BYTES))
        self._ask(lambda: self._store.add([row]))
        found = SubjectKey(owner, group, subject_key(self._keyset.tenant, row.handle, secret))
        return known.put(row, found) if owner else found

    def bind(self, handle: bytes, owner: str) -> None:
        """Give a key that was made without an owner its owner, for good. Done once more, nothing happens.

        Raises KeyUnavailable where the store has no such key that is unbound, or does not answer.
        """
        known = self._known
        row = next(iter(self._ask(lambda: self._store.find([handle]))), None)
        if row is not None and row.owner == owner:
            return  # an attempt before this one, or a repair, did it
        waits = row is not None and not row.owner and row.wrapped is not None
        secret = self._wrapping.unwrapped(row) if row is not None and waits else None
        if row is None or secret is None:
            raise KeyUnavailable(
                f"the store of subject keys has no key {handle.hex()} that waits for an owner"
            )
        bound = self._wrapping.wrapped(row._replace(owner=owner), secret, self._random(NONCE_BYTES))
        if not self._ask(lambda: self._store.bind(bound)):
            raise KeyUnavailable(f"key {handle.hex()} was bound by somebody else meanwhile")
        known.newest.put((owner, row.group), known.put(bound, self._read(bound, "subject keys")))

    # Erasing

    def erase(self, owner: str, group: str | None) -> int:
        """Destroy the keys of an owner in a group; gives how many. The journal has it before the store does.

        Raises SealRefused where no group is named and there are several, KeysetError where this is not the data's
        store, and StoreDown: where the journal could be written, the erasure is done as soon as the store answers.
        """
        self.look()  # a store that is gone or another one has no keys of anybody, and that is no answer
        rows = self._store.of_owner(owner)
        groups = sorted({row.group for row in rows if row.wrapped is not None})
        if group is None and len(groups) > 1:
            raise SealRefused(f"keys are erased a group at a time; there are {', '.join(groups)}")
        meant = [row for row in rows if group in (None, row.group)]
        if not meant and self._known.state is not None:
            self._warn(
                f"the {owner.partition(':')[0]} to be erased has no key in the store of subject keys: nothing was "
                "sealed for it, or the store is an older copy of itself; then erase again when the newer one is back"
            )
        return self.erase_handles([row.handle for row in meant if row.wrapped is not None])

    def erase_handles(self, handles: Sequence[bytes]) -> int:
        """Destroy these keys, whoever has them; gives how many. Raises StoreDown, as `erase` does."""
        try:
            return self._erasures.carry_out(handles)
        finally:  # whatever came of it, nothing known is trusted, and the journal is looked at first
            self._known, self._stale, self._looked = KnownKeys(self._known.state), True, _NEVER

    def replay(self, bodies: Iterable[Mapping[str, str]]) -> None:
        """Empty the keys that records of the journal name. Raises StoreDown."""
        if self._known.state is not None:
            self._erasures.carry_out_again(bodies)

    def look(self) -> None:
        """See whether the store has changed; where it has, everything known is forgotten.

        Raises StoreDown, and KeysetError where it is another store.
        """
        began, state = self._seconds(), self._state()
        if self._stale or state != self._known.state:
            self._stale, self._looked = True, _NEVER  # until all is done nothing is opened
            if state is not None:
                self._erasures.carry_out_again()
                state = self._state()
            self._known, self._stale = KnownKeys(state), False
        else:  # an older copy may have the same revision, and lack who came since
            self._known.newest.clear()
        self._looked = began

    def look_now_and_then(self) -> None:
        """The job: look, every `LOOK_EVERY` seconds. Raises as `look` does."""
        if self._stale or self._seconds() - self._looked >= LOOK_EVERY:
            self.look()
        self._erasures.note()
        self._is_noted = (
            self._known.state is not None
        )  # `look` has read it outside of any transaction of the shop's

    def look_how_new(self) -> None:
        """Note how new the store's newest key is; warn where there was a newer one. Raises StoreDown."""
        newest, seen = self._store.newest(), self._note.newest()
        is_new = seen is None or (newest is not None and newest >= seen)
        if is_new and newest is not None and newest != seen:
            self._note.note_newest(newest)
        if self._is_new and not is_new:
            self._warn(
                "the store of subject keys is an older copy of itself: what was sealed with newer keys cannot be "
                "opened until `shopprivacy subjects restore` has brought them back"
            )
        self._is_new = is_new

    # What the store says

    def _state(self) -> StoreState | None:
        """Which store this is. Raises KeysetError where the data's database names another one."""
        noted, state = self._note.read(), self._store.state()
        if noted is not None and (state is None or state.id != noted):
            what = "there is none" if state is None else f"this is the store {state.id}"
            raise KeysetError(
                f"the data was sealed with the store of subject keys {noted}, and here {what}: starting with it would "
                "leave every customer unreadable. Name the right one (SHOPPRIVACY_SUBJECT_KEYS; a container needs a "
                "volume for it), or bring it back with `shopprivacy subjects restore`"
            )
        if noted is None and state is not None:
            self._note.write(state.id)
        return state

    def _begin(self) -> None:
        if self._known.state is None:
            if self._lacks and self._store.state() is None:
                raise KeysetError(
                    "there is no store of subject keys, and something that was sealed with one was to be opened: a "
                    "new store would hide that it is lost. Bring it back with `shopprivacy subjects restore`, or "
                    "start again where nothing of it is left"
                )
            state = self._store.begin(StoreState(self._random(16).hex(), self._random(16).hex()))
            self._note.write(state.id)
            self._state()  # of two that begin at once, one noted its own store first
            self._known = KnownKeys(state)
        elif not self._is_noted and self._note.read() is None:  # it went with a transaction of the shop's
            self._note.write(self._known.state.id)

    def _found(self, handle: bytes, field: str) -> SubjectKey:
        known = self._known  # before the store is asked: what is forgotten meanwhile must not come back
        rows = self._find([handle])
        if not rows:
            raise KeyUnavailable(f"{field}: the store of subject keys has no key {handle.hex()}")
        return known.put(rows[0], self._read(rows[0], field))

    def _find(self, handles: Sequence[bytes]) -> Sequence[SubjectKeyRow]:
        rows = self._ask(lambda: self._store.find(handles))
        self._lacks = self._lacks or len(rows) < len(handles)
        return rows

    def _read(self, row: SubjectKeyRow, field: str) -> SubjectKey:
        if row.wrapped is None:
            return SubjectKey(row.owner, row.group, None)
        if not row.owner:
            raise KeyUnavailable(
                f"{field}: key {row.handle.hex()} was never bound to its row; `shopprivacy subjects repair` does that"
            )
        try:
            secret = self._wrapping.unwrapped(row)
        except KeyUnavailable as unavailable:
            raise KeyUnavailable(f"{field}: {unavailable}") from None
        if secret is None:
            raise SealBroken(
                f"{field}: key {row.handle.hex()} in the store of subject keys is not as it was written"
            )
        return SubjectKey(row.owner, row.group, subject_key(self._keyset.tenant, row.handle, secret))

    def _be_fresh(self, field: str) -> None:
        if self._seconds() - self._looked > WITHIN:
            try:
                self._ask(self.look)
            except KeysetError as error:
                raise KeyUnavailable(f"{field}: {error}") from None

    def _ask(self, question: Callable[[], T]) -> T:
        """What the store answers. Raises KeyUnavailable where it does not, and at once where it just did not."""
        if self._seconds() - self._failed < _PAUSE:
            raise KeyUnavailable("the store of subject keys has just not answered")
        try:
            return question()
        except StoreDown as down:
            self._failed = self._seconds()
            raise KeyUnavailable(f"the store of subject keys: {down}") from None
