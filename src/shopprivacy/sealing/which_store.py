"""Whether the store of subject keys is the one that the data was sealed with, and no older copy of it."""

from __future__ import annotations

from collections.abc import Callable

from shopprivacy.errors import KeysetError
from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyStore


class WhichStore:
    """Compares ``store`` with ``note``, which stands in the data's database."""

    def __init__(
        self,
        store: SubjectKeyStore,
        note: SubjectKeyNote,
        *,
        random: Callable[[int], bytes],
        warn: Callable[[str], object],
    ) -> None:
        self._store = store
        self._note = note
        self._random = random
        self._warn = warn
        self._is_new = True

    def state(self) -> StoreState | None:
        """Which store this is. Raises KeysetError where the data's database names another one, and StoreDown."""
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

    def begin(self, *, is_missed: bool) -> StoreState:
        """Make the store, unless there is one. ``is_missed``: something sealed with one was to be opened.

        Raises as `state` does.
        """
        if is_missed and self._store.state() is None:
            raise KeysetError(
                "there is no store of subject keys, and something that was sealed with one was to be opened: a "
                "new store would hide that it is lost. Bring it back with `shopprivacy subjects restore`, or "
                "start again where nothing of it is left"
            )
        state = self._store.begin(StoreState(self._random(16).hex(), self._random(16).hex()))
        self._note.write(state.id)
        self.state()  # of two that begin at once, one noted its own store first
        return state

    def note(self, state: StoreState) -> None:
        """Note it again where it went with a transaction of the shop's. Raises StoreDown."""
        if self._note.read() is None:
            self._note.write(state.id)

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
