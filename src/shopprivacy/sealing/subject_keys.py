"""The keys of persons as one process knows them: found, made, bound to their owner, erased.

What is known is trusted for `WITHIN` seconds. A job looks at the store's revision more often than that, and forgets
everything when it has changed: somebody was erased, or the store is another copy of itself. Then every erasure is
carried out again (`erasures`) before anything more is opened, and so it is at a start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from shopprivacy.crypto import Keyset
from shopprivacy.errors import KeysetError, KeyUnavailable, SealBroken, SealRefused
from shopprivacy.jobs import Job, hourly
from shopprivacy.ledger.journal import Journal
from shopprivacy.policy import Duration
from shopprivacy.sealing.envelope import HEAD_BYTES, SealKey, key_of
from shopprivacy.sealing.erasures import Erasures
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.key_rows import DrawnKey, KeyRows
from shopprivacy.sealing.known_keys import KnownKeys, SubjectKey, Trust
from shopprivacy.sealing.lives import erased_error, is_erased
from shopprivacy.sealing.questions import Questions
from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyRow, SubjectKeyStore
from shopprivacy.sealing.which_store import WhichStore

WITHIN: Final = 60.0
"""Seconds after which no process opens what another one has erased, or what it can no longer look up."""
LOOK_EVERY: Final = 5.0
"""Seconds between two looks by the job."""
_NO_KEYS: Final[Mapping[bytes, SealKey]] = {}


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
        self._warn = warn
        self._rows = KeyRows(keyset, random=random, now=now)
        self._store = store
        self._erasures = Erasures(store, note, journal, random=random, now=now, warn=warn)
        self._seconds = seconds
        self._known = KnownKeys(None, Trust(seconds))
        self._ask = Questions(seconds)
        self._which = WhichStore(store, note, random=random, warn=warn)
        self._erased_last = object()
        self._looked_after: object = None
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
        found = self.known(envelope)
        if found is None:
            self._be_fresh(field)
            handle = key_of(envelope)
            found = self._known.by_handle[handle] or self._found(handle, field)
            if found.key is not None and found.key.head != envelope[:HEAD_BYTES]:
                raise SealBroken(f"{field}: the sealed value does not belong to the key that it names")
        return found

    def known(self, envelope: bytes) -> SubjectKey | None:
        """Return the key that an envelope names without asking the store; None: it is erased or not known."""
        known = self._known
        trust = known.trust
        return known.by_head[envelope[:HEAD_BYTES]] if trust.seconds() <= trust.until else None

    def knows(self, envelope: bytes) -> bool:
        """Whether opening this will not ask the store."""
        known = self._known
        return bool(known.trust) and known.by_handle[key_of(envelope)] is not None

    def load(self, envelopes: Iterable[bytes]) -> None:
        """Look up the keys of many envelopes at once; what is wrong with one of them, opening it says.

        Raises KeyUnavailable where the store does not answer.
        """
        self._be_fresh("subject keys")
        known = self._known
        missing = [handle for handle in {*map(key_of, envelopes)} if known.by_handle[handle] is None]
        for row in self._find(missing) if missing else ():
            try:
                known.put(row, self._rows.read(row, "subject keys", known.trust))
            except (KeyUnavailable, SealBroken):
                continue

    # Sealing

    def to_seal(self, owner: str, group: str, field: str) -> SealKey:
        """Return the newest key of an owner in a group; a first one is made.

        Raises SealRefused where all keys of the owner in this group, or in every group, were erased: nothing but a new
        row of the owner's own gives it another one. Raises KeyUnavailable where the store does not answer.
        """
        known = self._known
        if known.trust.seconds() > known.trust.until:
            self._be_fresh(field)
            known = self._known
        is_text = isinstance(group, str)  # pyright: ignore[reportUnnecessaryIsInstance]  # not every shop is typed
        found = known.newest[owner, group] if is_text else None
        if found is None:
            checked_group(group)
            rows = self._ask(lambda: self._store.of_owner(owner))
            live = [row for row in rows if row.group == group and row.wrapped is not None]
            if live:
                found = known.put(live[-1], self._rows.read(live[-1], field, known.trust))
            else:
                found = self._made_unless_erased(owner, group, field)
            known.newest.put((owner, group), found)
        assert found.key is not None  # noqa: S101  # it is live
        return found.key

    def knows_owner(self, owner: str, group: str) -> bool:
        """Whether sealing for this owner will not ask the store."""
        known = self._known
        return bool(known.trust) and known.newest[owner, group] is not None

    def load_owners(self, wanted: Collection[tuple[str, str]]) -> None:
        """Look up the newest keys of owners in their groups at once; what is wrong with one of them, sealing says.

        Raises KeyUnavailable where the store does not answer.
        """
        self._be_fresh("subject keys")
        known = self._known
        missing = {pair for pair in wanted if known.newest[pair] is None}
        owners = sorted({owner for owner, _ in missing})
        rows = self._ask(lambda: self._store.of_owner(*owners)) if owners else ()
        newest = {(row.owner, row.group): row for row in rows if row.wrapped is not None}
        for pair in missing & newest.keys():
            row = newest[pair]
            with suppress(KeyUnavailable, SealBroken):
                known.newest.put(pair, known.put(row, self._rows.read(row, "subject keys", known.trust)))

    def _made_unless_erased(self, owner: str, group: str, field: str) -> SubjectKey:
        """A first key of an owner, which nobody has erased by then."""
        self._be_fresh(field)
        self._ask(self._begin)
        known = self._known  # before the store is written, as in `keep`
        drawn = self.draw(owner, owner.partition(":")[0], group)
        if not self._ask(lambda: self._store.add_first(drawn.row, lambda rows: not is_erased(rows, group))):
            raise erased_error(owner, group, field)
        drawn.key.trust = known.trust
        return known.put(drawn.row, drawn.key)

    def draw(self, owner: str, kind: str, group: str) -> DrawnKey:
        """Draw a key, to be kept before what it seals is; ``owner`` may be empty, to be bound later."""
        return self._rows.drawn(owner, kind, group, self._known.trust)

    def keep(self, drawn: Sequence[DrawnKey]) -> None:
        """Have keys in the store when this returns.

        Raises KeyUnavailable where that does not answer, and KeysetError where it is another one than the data's, or
        there is none and this process has seen what was sealed with one.
        """
        self._be_fresh("subject keys")
        self._ask(self._begin)
        known = self._known  # before the store is written: what is erased meanwhile must not come back
        self._ask(lambda: self._store.add([row for row, _ in drawn]))
        for row, key in drawn:
            if row.owner:
                key.trust = known.trust
                known.put(row, key)

    def bind(self, owners: Mapping[bytes, str], made: Mapping[bytes, SealKey] = _NO_KEYS) -> None:
        """Give keys that were made without an owner theirs, by their handles, for good. Once more, nothing happens.

        ``made``: those that this process has drawn, which need not be derived again.
        Raises KeyUnavailable where the store has no such key that is unbound, or does not answer.
        """
        known = self._known
        found = {row.handle: row for row in self._ask(lambda: self._store.find(list(owners)))}
        bound: list[SubjectKeyRow] = []
        for handle, owner in owners.items():
            row = found.get(handle)
            if row is not None and row.owner == owner:
                continue  # an attempt before this one, or a repair, did it
            own = self._rows.bound(row, owner)
            if own is None:
                raise KeyUnavailable(f"the store has no key {handle.hex()} that waits for an owner")
            bound.append(own)
        if bound and self._ask(lambda: self._store.bind(bound)) < len(bound):
            raise KeyUnavailable(f"{bound[0]!r} was bound by somebody else meanwhile, or one with it")
        for row in bound:
            key = made.get(row.handle)
            read = (
                self._rows.read(row, "subject keys", known.trust)
                if key is None
                else SubjectKey(row.owner, row.group, key, known.trust)
            )
            known.newest.put((row.owner, row.group), known.put(row, read))

    def refuse_erased(self, handles: Collection[bytes], owner: str, group: str, field: str) -> None:
        """Raise SealRefused where all of these keys were erased. Raises KeyUnavailable."""
        rows = self._ask(lambda: self._store.find(handles))
        if rows and all(row.wrapped is None for row in rows):
            raise erased_error(owner, group, field)

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
        group = group or next(iter(groups), None)
        meant = [row for row in rows if group in (None, row.group)]
        if not meant and self._known.state is not None:
            self._warn(
                f"the {owner.partition(':')[0]} to be erased has no key in the store of subject keys: nothing was "
                "sealed for it, or the store is an older copy of itself; then erase again when the newer one is back"
            )
        count = 0
        while live := [row.handle for row in meant if row.wrapped is not None]:
            count += self.erase_handles(live)  # then see whether another process has made one meanwhile
            meant = [row for row in self._store.of_owner(owner) if row.group == group]
        return count

    def erase_handles(self, handles: Sequence[bytes]) -> int:
        """Destroy these keys, whoever has them; gives how many. Raises StoreDown, as `erase` does."""
        try:
            return self._erasures.carry_out(handles)
        finally:  # whatever came of it, nothing known is trusted, and the journal is looked at first
            self._erased_last = object()
            self._forget(self._known.state)

    def replay(self, bodies: Iterable[Mapping[str, str]] | None = None) -> None:
        """Empty the keys that records of the journal name; None: whatever journal or data name. Raises StoreDown."""
        if self._known.state is not None:
            self._erasures.carry_out_again(bodies)

    def look(self) -> None:
        """See whether the store has changed; where it has, everything known is forgotten.

        Raises StoreDown, and KeysetError where it is another store.
        """
        began, erased_last, known = self._seconds(), self._erased_last, self._known
        state = self._which.state()
        if self._is_stale or state != known.state:
            self._looked_after = None
            known.trust.end()  # until all is done nothing is opened
            if state is not None:
                self._erasures.carry_out_again()
                state = self._which.state()
            known = self._forget(state)
            self._looked_after = erased_last
        else:  # an older copy may have the same revision, and lack who came since
            known.newest.clear()
        if erased_last is self._erased_last:  # else one more must be carried out first
            known.trust.until = began + WITHIN

    @property
    def _is_stale(self) -> bool:
        """Whether something was erased that may not have been carried out: the journal is to be looked at."""
        return self._looked_after is not self._erased_last

    def _forget(self, state: StoreState | None) -> KnownKeys:
        """Use nothing any more that was found before."""
        self._known.trust.end()
        self._known = known = KnownKeys(state, Trust(self._seconds))
        return known

    def look_now_and_then(self) -> None:
        """The job: look, every `LOOK_EVERY` seconds. Raises as `look` does."""
        if self._is_stale or self._seconds() >= self._known.trust.until - WITHIN + LOOK_EVERY:
            self.look()
        self._erasures.note()
        self._is_noted = (
            self._known.state is not None
        )  # `look` has read it outside of any transaction of the shop's

    def forget_noted(self, keep: Duration, now: datetime) -> int:
        """The daily job: forget which keys were erased once no copy of them is left. Raises StoreDown."""
        return self._erasures.forget(keep, now)

    def look_how_new(self) -> None:
        """The hourly job: see whether the store has the newest key that was ever seen in it. Raises StoreDown."""
        self._which.look_how_new()

    @property
    def jobs(self) -> Sequence[Job]:
        """What keeps up with other processes."""
        return (
            Job("learn which subject keys were erased", lambda _: self.look_now_and_then()),
            Job("see whether the newest subject keys are there", lambda _: self.look_how_new(), hourly),
            # Whoever was erasing may have ended when only the journal had it, and need not start again.
            Job("erase again what was erased", lambda _: self.replay(), hourly),
        )

    # What the store says

    def _begin(self) -> None:
        if self._known.state is None:
            self._known.state = self._which.begin(is_missed=self._lacks)
        elif not self._is_noted:  # it may have gone with a transaction of the shop's
            self._which.note(self._known.state)

    def _found(self, handle: bytes, field: str) -> SubjectKey:
        known = self._known  # before the store is asked: what is forgotten meanwhile must not come back
        rows = self._find([handle])
        if not rows:
            raise KeyUnavailable(f"{field}: the store of subject keys has no key {handle.hex()}")
        return known.put(rows[0], self._rows.read(rows[0], field, known.trust))

    def _find(self, handles: Sequence[bytes]) -> Sequence[SubjectKeyRow]:
        rows = self._ask(lambda: self._store.find(handles))
        self._lacks = self._lacks or len(rows) < len(handles)
        return rows

    def _be_fresh(self, field: str) -> None:
        while not self._known.trust:  # once more where something was erased during the look
            try:
                self._ask(self.look)
            except KeysetError as error:
                raise KeyUnavailable(f"{field}: {error}") from None
