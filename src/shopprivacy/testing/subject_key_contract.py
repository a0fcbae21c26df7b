"""What every store of subject keys must do. Subclass it, give it a fixture ``store``, and pytest runs it::

class TestMyStore(SubjectKeyStoreContract):
    @pytest.fixture
    def store(self) -> SubjectKeyStore:
        return MyStore(...)  # empty
"""
# ruff: noqa: S101  # a contract suite is made of assertions

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyRow, SubjectKeyStore
from shopprivacy.sealing.wrap import read_moment, written
from shopprivacy.testing.samples import NOON, sample_subject

__all__ = ["SubjectKeyNoteContract", "SubjectKeyStoreContract"]

STATE: Final = StoreState("ab" * 16, "01" * 16)


def sample_key(number: int = 1, owner: str | None = None, group: str = "profile") -> SubjectKeyRow:
    """A key as it is kept; ``owner`` is customer 7 unless said otherwise."""
    who = sample_subject() if owner is None else owner
    handle = number.to_bytes(16, "big")
    made = NOON + timedelta(microseconds=number)
    return SubjectKeyRow(handle, who, group, "customer", b"root", bytes([number % 256]) * 60, written(made))


class SubjectKeyStoreContract:
    """The tests. ``store`` is an empty store for each."""

    def test_an_empty_store_is_none(self, store: SubjectKeyStore) -> None:
        """Before the first key there is no store, and asking does not make one."""
        assert store.state() is None
        assert not store.find([sample_key().handle])
        assert not store.of_owner(sample_subject())
        assert not store.unbound()
        assert list(store.rows()) == []
        assert store.state() is None

    def test_it_is_begun_once(self, store: SubjectKeyStore) -> None:
        """Whoever begins it second is told which store it is."""
        assert store.begin(STATE) == STATE == store.state()
        assert store.begin(StoreState("cd" * 16, "02" * 16)) == STATE == store.state()

    def test_threads_begin_one_store(self, store: SubjectKeyStore) -> None:
        """Several who begin it at once are all told the same."""
        states = [StoreState(f"{number:032x}", f"{number:032x}") for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            begun = set(pool.map(store.begin, states))
        assert begun == {store.state()}

    def test_keys_come_back(self, store: SubjectKeyStore) -> None:
        """What was added is found, by handle and by owner, as it was; a handle that is there stays as it is."""
        store.begin(STATE)
        rows = [sample_key(number, group=group) for number, group in ((2, "books"), (1, "profile"))]
        other = sample_key(3, sample_subject("8"))
        store.add([*rows, other])
        store.add([rows[0]._replace(owner=sample_subject("9"))])
        assert sorted(store.find([row.handle for row in rows])) == sorted(rows)
        assert list(store.of_owner(sample_subject())) == [rows[1], rows[0]]
        assert sorted(store.rows()) == sorted([*rows, other])
        assert not store.find([])

    def test_many_keys(self, store: SubjectKeyStore) -> None:
        """More than any statement may have values."""
        store.begin(STATE)
        rows = [sample_key(number) for number in range(1, 1203)]
        store.add(rows)
        assert len(store.find([row.handle for row in rows])) == len(list(store.rows())) == 1202
        assert store.erase([row.handle for row in rows], NOON, "02" * 16) == 1202

    def test_unbound_keys_are_bound_once(self, store: SubjectKeyStore) -> None:
        """A key without an owner is given one, wrapped anew; then nobody can give it another."""
        store.begin(STATE)
        free = sample_key(1, "")
        store.add([free, sample_key(2)])
        assert list(store.unbound()) == [free]
        bound = free._replace(owner=sample_subject("8"), root=b"new!", wrapped=b"w" * 60)
        assert store.bind([bound]) == 1
        assert list(store.find([free.handle])) == [bound]
        assert store.bind([bound._replace(owner=sample_subject("9"))]) == 0
        assert store.bind([sample_key(3)]) == 0
        assert not store.unbound()
        assert list(store.find([free.handle])) == [bound]
        more = [sample_key(number, "") for number in (4, 5)]
        store.add(more)
        assert store.bind([bound, *(row._replace(owner=bound.owner) for row in more)]) == 2
        assert store.bind([]) == 0

    def test_a_first_key_is_kept_if_it_may_be(self, store: SubjectKeyStore) -> None:
        """The keys that the owner has so far are shown in their order, and a no keeps nothing."""
        store.begin(STATE)
        store.add([sample_key(1), sample_key(2, sample_subject("8"))])
        first = sample_key(3)
        assert not store.add_first(first, lambda rows: list(rows) != [sample_key(1)])
        assert store.add_first(first, lambda rows: list(rows) == [sample_key(1)])
        assert sorted(store.of_owner(first.owner)) == sorted([sample_key(1), first])
        assert {*store.of_owner(first.owner, sample_subject("8"))} == {*store.rows()}
        assert not store.of_owner()

    def test_erased_keys_stay_erased(self, store: SubjectKeyStore) -> None:
        """Handle and owner stay, the key is gone, and neither binding nor adding brings it back."""
        store.begin(STATE)
        row, other, free = sample_key(1), sample_key(2), sample_key(3, "")
        store.add([row, other, free])
        later = NOON + timedelta(days=1)
        assert store.erase([row.handle, free.handle, bytes(16)], later, "02" * 16) == 2
        gone = row._replace(wrapped=None, erased_at=written(later))
        assert list(store.of_owner(row.owner)) == [gone, other]
        assert store.erase([row.handle], later, "03" * 16) == 0
        assert store.state() == StoreState(STATE.id, "02" * 16)
        assert store.bind([free._replace(owner=row.owner)]) == 0
        store.add([row])
        assert list(store.find([row.handle])) == [gone]

    def test_only_unbound_keys_are_dropped(self, store: SubjectKeyStore) -> None:
        """Dropping takes away what was never bound, and nothing else."""
        store.begin(STATE)
        row, free = sample_key(1), sample_key(2, "")
        store.add([row, free])
        store.drop([row.handle, free.handle])
        assert list(store.rows()) == [row]

    def test_the_newest_key(self, store: SubjectKeyStore) -> None:
        """Of those that have an owner, erased or not: one that waits for its owner may be dropped."""
        assert store.newest() is None
        store.begin(STATE)
        assert store.newest() is None
        store.add([sample_key(2), sample_key(1), sample_key(3, "")])
        store.erase([sample_key(2).handle], NOON, "02" * 16)
        assert store.newest() == read_moment(sample_key(2).created)

    def test_threads_lose_no_key(self, store: SubjectKeyStore) -> None:
        """Keys that are added at once are all there."""
        store.begin(STATE)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: store.add([sample_key(number)]), range(1, 25)))
        assert len(list(store.rows())) == 24


class SubjectKeyNoteContract:
    """The tests of what stands in the data's database. ``note`` is an empty one for each."""

    def test_the_note_is_written_once(self, note: SubjectKeyNote) -> None:
        """The data's database names the first store, whoever comes second."""
        assert note.read() is None
        assert note.write("ab" * 16) == "ab" * 16 == note.read()
        assert note.write("cd" * 16) == "ab" * 16 == note.read()

    def test_the_newest_key_is_noted(self, note: SubjectKeyNote) -> None:
        """It comes back as it was, and changes nothing else."""
        note.write("ab" * 16)
        assert note.newest() is None
        for made in (NOON, NOON + timedelta(microseconds=7)):
            note.note_newest(made)
            assert note.newest() == made
        assert note.read() == "ab" * 16

    def test_erased_keys_are_noted_once(self, note: SubjectKeyNote) -> None:
        """More than any statement may have values come back, also where some are noted again."""
        handles = [number.to_bytes(16, "big") for number in range(1202)]
        assert list(note.erased()) == []
        note.note_erased(handles[:700], NOON)
        note.note_erased(handles[600:], NOON + timedelta(days=1))
        assert sorted(note.erased()) == handles
        assert note.forget_erased(NOON) == 0
        assert note.forget_erased(NOON + timedelta(hours=1)) == 700
        assert sorted(note.erased()) == handles[700:]

    def test_threads_note_the_same_erasure(self, note: SubjectKeyNote) -> None:
        """Of several who note a handle at once none fails."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: note.note_erased([bytes(16)], NOON), range(8)))
        assert list(note.erased()) == [bytes(16)]
