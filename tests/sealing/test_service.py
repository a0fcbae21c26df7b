"""``privacy.sealing``: what opens for whom, what is refused, what an erasure reaches, and what nobody is shown."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Keyset, Ring
from shopprivacy.errors import (
    KeysetError,
    KeyUnavailable,
    NotSealed,
    PrivacyError,
    SealBroken,
    SealRefused,
    StoreDown,
    WrongSubject,
)
from shopprivacy.sealing import Erased, NewSubject
from shopprivacy.sealing.column import Column, Sealed
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import StoreState, SubjectKeyNote
from shopprivacy.sealing.wrap import written
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random, sample_sealing
from tests.sealing.shop import AN, BO, INVOICE, NAME, Keys, Shop, told_by
from tests.sealing.vectors import flipped

CANARY = "canary"


@pytest.fixture
def shop() -> Shop:
    """A shop that has sealed nothing yet."""
    return Shop()


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.booleans() | st.binary())
def test_values_come_back(value: Any) -> None:
    """What was sealed for a person, or with the shop's own key, is read as it was, here and in another process."""
    shop = Shop()
    for stored, more in (
        (shop.seal(value), {}),
        (shop.seal(value, group="books"), {"group": "books"}),
        (shop.seal(value, subject=None, key="field"), {"subject": None, "key": "field"}),
    ):
        for process in (shop, shop.again()):
            back = process.open(stored, **more)
            assert (type(back), back) == (type(value), value)


def test_null_stays_null(shop: Shop) -> None:
    """None is not sealed, has no index, and needs no key."""
    assert shop.sealing.seal(None, NAME, subject=AN) is None
    assert shop.sealing.open(None, NAME, subject=AN) is None
    assert shop.sealing.index(None, NAME) is None
    assert shop.keys.copy()[0] is None


def test_one_person_has_one_key_a_group(shop: Shop) -> None:
    """Another process seals with the same key; another group has another, and so has another person."""
    keys = [
        stored[1:17]
        for stored in (
            shop.seal(),
            shop.again().seal(),
            shop.seal(field=INVOICE),
            shop.seal(group="books"),
            shop.seal(subject=BO),
        )
    ]
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys)) == 3


def test_ids_are_one_however_they_are_spelled(shop: Shop) -> None:
    """An id that came as text opens what was sealed under the number; a UUID is an id, too."""
    assert shop.open(shop.seal(), subject=("customer", "7")) == "Anna"
    number = UUID(int=7)
    assert shop.open(shop.seal(subject=("order", number)), subject=("order", str(number))) == "Anna"

    class Slug(str):
        """As templates and form libraries give text."""

    assert shop.open(shop.seal(subject=("order", Slug("7"))), subject=("order", 7)) == "Anna"


def test_owners_are_looked_up_together(shop: Shop) -> None:
    """Sealing for owners who were looked up asks no store; what is wrong with one of them, sealing says."""
    owners = [("customer", number) for number in range(4)]
    stored = [shop.seal(subject=one) for one in owners[:3]]
    shop.keys.change(stored[2][1:17], wrapped=b"short")
    process = shop.again()
    shop.keys.asked.clear()
    process.sealing.load_owners((one, "profile") for one in owners)
    assert [process.sealing.knows_owner(one) for one in owners] == [True, True, False, False]
    assert [process.seal(subject=one)[1:17] for one in owners[:2]] == [one[1:17] for one in stored[:2]]
    process.sealing.load_owners([])
    process.sealing.load_owners([(owners[0], "profile")])
    assert shop.keys.asked.count("of_owner") == 1
    with pytest.raises(SealBroken):
        process.seal(subject=owners[2])
    process.wait()
    assert not process.sealing.knows_owner(owners[0])
    shop.keys.down = True
    with pytest.raises(KeyUnavailable):
        process.sealing.load_owners([(owners[3], "profile")])


class TestRefused:
    """What opens nothing, or seals nothing."""

    def test_another_owner(self, shop: Shop) -> None:
        """A victim's bytes, moved into my row, open nothing on my account page."""
        shop.seal(subject=BO)
        for subject in (BO, ("order", 7)):
            with pytest.raises(WrongSubject, match=r"^customer\.name: "):
                shop.open(shop.seal(), subject=subject)

    def test_nobody(self, shop: Shop) -> None:
        """What is sealed for a person is opened for nobody in particular, and the refusal names the field."""
        stored = shop.seal()
        for known in (stored, bytearray(stored)):
            with pytest.raises(SealRefused, match=r"^customer\.name: "):
                shop.sealing.open(known, NAME)

    def test_another_group_field_or_suite(self, shop: Shop) -> None:
        """Nor do they in a column of another group, another field or another kind of key."""
        with pytest.raises(WrongSubject, match="profile"):
            shop.open(shop.seal(), group="books")
        with pytest.raises(SealBroken):
            shop.open(shop.seal(), "customer.email")
        with pytest.raises(SealBroken):
            shop.open(shop.seal(), subject=None, key="field")
        with pytest.raises(SealBroken):
            shop.open(shop.seal(subject=None, key="field"))

    def test_another_handle(self, shop: Shop) -> None:
        """An envelope whose handle is exchanged for another of the same person's is refused."""
        one, other = shop.seal(), shop.sealing.new_subject("customer")
        other.bind(7)
        second = shop.seal(subject=other)
        assert shop.open(second) == "Anna"
        for forged in (one[:1] + second[1:17] + one[17:], one[:49] + second[49:], second[:49] + one[49:]):
            with pytest.raises(SealBroken):
                shop.open(forged)

    def test_every_bit_and_every_cut_of_a_persons_value(self, shop: Shop) -> None:
        """However little of it is changed, and wherever it is cut, it opens nothing."""
        stored = shop.seal()
        changed = [flipped(stored, bit) for bit in range(8 * len(stored))]
        cut = [part for at in range(1, len(stored)) for part in (stored[:at], stored[at:])]
        for forged in (*changed, *cut, stored + b"\0"):
            with pytest.raises((SealBroken, NotSealed, KeyUnavailable)):
                shop.open(forged)
        assert shop.open(stored) == "Anna"

    def test_another_tenant(self, shop: Shop) -> None:
        """Two tenants with one keyset file and one store: the bytes of one open nothing of the other."""
        tenant = Keyset("another", [key for ring in Ring for key in sample_keyset().keys(ring)])
        another = shop.again(keyset=tenant)
        with pytest.raises(SealBroken):
            another.open(shop.seal())
        with pytest.raises(SealBroken):
            another.open(shop.seal(subject=None, key="field"), subject=None, key="field")

    def test_a_store_that_somebody_wrote_to(self, shop: Shop) -> None:
        """Whoever writes the store of keys without a keyset gives nobody's key to anybody else."""
        mine, theirs = shop.seal(), shop.seal(subject=BO)
        owner = shop.keys.row(mine[1:17]).owner
        for change in (
            {"owner": owner},
            {"group": "books"},
            {"context": "order"},
            {"created": written(NOON)},
            {"wrapped": shop.keys.row(mine[1:17]).wrapped},
            {"wrapped": b"short"},
        ):
            changed = shop.keys.copy()
            if change == {"created": written(NOON)} == {"created": shop.keys.row(theirs[1:17]).created}:
                change = {"created": written(NOON.replace(year=2020))}
            shop.keys.change(theirs[1:17], **change)
            fresh = shop.again()
            for subject in (AN, BO):
                with pytest.raises(SealBroken, match="in the store of subject keys"):
                    fresh.open(theirs, subject=subject)
            shop.keys.restore(changed)

    @pytest.mark.parametrize("stored", ["Anna", b"\2\1", b"", 7])
    def test_clear_text(self, shop: Shop, stored: Any) -> None:
        """What was never sealed is told as such, and never as erased."""
        with pytest.raises(NotSealed):
            shop.open(stored)

    def test_a_handle_that_is_unknown(self, shop: Shop) -> None:
        """It is no erased one."""
        stored = shop.seal()
        with pytest.raises(KeyUnavailable, match=r"^customer\.name: .*has no key"):
            shop.open(stored[:1] + bytes(16) + stored[17:])

    @pytest.mark.parametrize(
        "more",
        [
            {"subject": None},
            {"key": "field"},
            {"subject": ("Customer", 7)},
            {"subject": ("customer", "")},
            {"subject": ("customer", True)},
            {"subject": ("customer", 1.5)},
            *(
                {"subject": wrong}
                for wrong in (("customer",), (), 7, "customer", ("customer", 7, 8, 9), {"a": 1})
            ),
            *({"subject": wrong} for wrong in ((7, 7), (["customer"], 7), ("customer", None))),
            {"group": "Books"},
            {"group": 7},
            {"group": ["books"]},
            {"group": "Books", "key": "field", "subject": None},
            {"field": "name"},
            {"field": None},
            {"value": Erased},
            {"value": (CANARY,)},
        ],
        ids=str,
    )
    def test_what_cannot_be_sealed(self, shop: Shop, more: dict[str, Any]) -> None:
        """No owner, two meanings, an id that is none, a value that is none: refused, before any key is made."""
        shop.seal(subject=("customer", 1))  # True is not 1
        with pytest.raises(SealRefused) as refusal:
            shop.seal(**{"value": CANARY, **more})
        assert CANARY not in str(refusal.value)

    @pytest.mark.parametrize("kind", ["Customer", "", 7, None])
    def test_what_is_no_kind(self, shop: Shop, kind: Any) -> None:
        """Neither a new owner nor an erasure takes it."""
        with pytest.raises(SealRefused):
            shop.sealing.new_subject(kind)
        with pytest.raises(SealRefused):
            shop.sealing.erase_keys(kind, 7)

    def test_without_a_store(self) -> None:
        """Without a store of subject keys the shop's own key still seals, and persons' do not."""
        note = MemoryStore().store_for(SubjectKeyNote)
        clocks: dict[str, Any] = {"random": sample_random(), "now": lambda: NOON, "seconds": lambda: 0.0}
        bare = Sealing(sample_keyset(), "NL", None, note, None, **clocks)
        assert bare.open(bare.seal("x", NAME, key="field"), NAME, key="field") == "x"
        for call in (
            lambda: bare.seal("x", NAME, subject=AN),
            lambda: bare.erase_keys("customer", 7),
            lambda: bare.new_subject("customer"),
        ):
            with pytest.raises(KeyUnavailable, match="SHOPPRIVACY_SUBJECT_KEYS"):
                call()
        assert bare.knows_owner(AN)
        assert list(bare.jobs) == []
        bare.journal_kinds[0].replay([{"handles": "00" * 16}])
        note.write("ab" * 16)
        with pytest.raises(KeysetError, match="SHOPPRIVACY_SUBJECT_KEYS"):
            Sealing(sample_keyset(), "NL", None, note, None, **clocks)


def test_a_root_that_was_rotated_and_disabled() -> None:
    """What was sealed before opens under the former root, is unavailable while that is disabled, and is back after."""
    random, first = sample_random("rotated"), sample_keyset()
    old = first.primary(Ring.DATA).id
    made = first.new(Ring.DATA, random, NOON)
    rotated = made.rotate(made.keys(Ring.DATA)[1].id, NOON)
    disabled = rotated.disable(old, NOON)
    shop = Shop(keyset=first)
    before = shop.seal()
    after = shop.again(keyset=rotated).seal(subject=BO)
    roots = [shop.keys.row(stored[1:17]).root for stored in (before, after)]
    assert roots == [old, rotated.primary(Ring.DATA).id]
    for keyset in (rotated, disabled.enable(old, NOON)):
        process = shop.again(keyset=keyset)
        assert process.open(before) == process.open(after, subject=BO) == "Anna"
    process = shop.again(keyset=disabled)
    for call in (lambda: process.open(before), process.seal):
        with pytest.raises(KeyUnavailable, match=r"^customer\.name: .*can no longer be used"):
            call()
    assert process.open(after, subject=BO) == "Anna"


@pytest.mark.parametrize("value", [0, False, "", {"a": [1, None, 0.5, "é"]}, [], {}, b""], ids=repr)
def test_values_that_others_lose(shop: Shop, value: Any) -> None:
    """What is falsy, and JSON, is sealed, and comes back equal and of its type."""
    stored = shop.seal(value)
    assert len(stored) > 77
    back = shop.open(stored)
    assert (type(back), back) == (type(value), value)


class TestNewSubject:
    """Rows whose number the database gives."""

    def test_key_then_row_then_number(self, shop: Shop) -> None:
        """Its key is in the store before anything is sealed, opens nothing until it is bound, and its owner's then."""
        new = shop.sealing.new_subject("customer")
        stored = shop.seal(subject=new)
        assert [row.handle for row in shop.keys.unbound()] == [stored[1:17]]
        for process in (shop, shop.again()):
            with pytest.raises(KeyUnavailable, match="has no owner yet"):
                process.open(stored)
        with pytest.raises(SealRefused, match="bind it"):
            shop.open(stored, subject=new)
        new.bind(7)
        assert [process.open(stored) for process in (shop, shop.again())] == ["Anna", "Anna"]
        assert shop.open(stored, subject=new) == "Anna"
        assert shop.seal()[1:17] == shop.seal(subject=new)[1:17] == stored[1:17]
        assert not shop.keys.unbound()

    def test_groups_are_bound_together(self, shop: Shop) -> None:
        """Each group of a new owner has a key, and one binding binds them."""
        new = shop.sealing.new_subject("customer")
        sealed = {group: shop.seal(subject=new, group=group) for group in ("profile", "books")}
        new.bind(7)
        assert {shop.open(stored, group=group) for group, stored in sealed.items()} == {"Anna"}

    def test_a_number_that_is_known_before(self, shop: Shop) -> None:
        """Bound before it seals, a new owner has a key of its own at once, whatever keys the number had before."""
        old = shop.seal()
        new = shop.sealing.new_subject("customer")
        new.bind(7)
        stored = shop.seal(subject=new)
        assert stored[1:17] != old[1:17]
        assert (shop.open(stored), shop.open(old)) == ("Anna", "Anna")

    def test_a_number_given_again(self, shop: Shop) -> None:
        """The number of an erased customer, given to another, is not erased, and reads nothing of the former one."""
        old = shop.seal("the former one")
        shop.sealing.erase_keys(*AN)
        new = shop.sealing.new_subject("customer")
        stored = shop.seal("the new one", subject=new)
        new.bind(7)
        for process in (shop, shop.again()):
            assert process.open(stored) == "the new one"
            assert process.open(old) is Erased
            assert process.open(process.seal("more")) == "more"

    def test_many_at_once(self, shop: Shop) -> None:
        """The keys of rows that are written together are stored by one write, and bound by one."""
        new = [shop.sealing.new_subject("customer", later=True) for _ in range(9)]
        shop.seal(subject=BO)
        shop.keys.asked.clear()
        stored = [shop.seal(subject=one) for one in new]
        assert not shop.keys.asked
        NewSubject.keep_together(new)
        NewSubject.keep_together(new)
        assert shop.keys.asked == ["add"]
        NewSubject.bind_together([(one, number) for number, one in enumerate(new)])
        assert shop.keys.asked == ["add", "find", "bind"]
        for number, one in enumerate(stored):
            assert shop.again().open(one, subject=("customer", number)) == "Anna"
        NewSubject.bind_together([])
        NewSubject.keep_together([])

    def test_kept_at_the_latest_when_it_is_bound(self, shop: Shop) -> None:
        """A number that is known before, or forgetting to keep its keys, leaves no new owner without them."""
        new, known = (shop.sealing.new_subject("customer", later=True) for _ in range(2))
        stored = shop.seal(subject=new)
        new.bind(7)
        known.bind(8)
        both = [shop.seal(subject=known, group=group) for group in ("profile", "books", "profile")]
        NewSubject.keep_together([known])
        again = shop.again()
        assert (
            again.open(stored) == again.open(both[0], subject=BO) == again.open(both[2], subject=BO) == "Anna"
        )
        assert again.open(both[1], subject=BO, group="books") == "Anna"

    def test_binding_is_for_good(self, shop: Shop) -> None:
        """Nobody binds twice: not this one, and not another process."""
        new = shop.sealing.new_subject("customer")
        stored = shop.seal(subject=new)
        thief = NewSubject("customer", shop.sealing._keys(NAME), shop.sealing._pseudonym)
        thief._made = dict(new._made)
        new.bind(7)
        for late, error in ((new, SealRefused), (thief, KeyUnavailable)):
            with pytest.raises(error):
                late.bind(8)
        assert shop.open(stored) == "Anna"

    def test_bound_by_two_at_once(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever comes second is told."""
        new = shop.sealing.new_subject("customer")
        shop.seal(subject=new)
        monkeypatch.setattr(Keys, "bind", lambda *_: False)
        with pytest.raises(KeyUnavailable, match="meanwhile"):
            new.bind(7)

    def test_it_shows_nothing(self, shop: Shop) -> None:
        """Its repr names a kind, and it is neither pickled nor copied."""
        new = shop.sealing.new_subject("customer")
        assert repr(new) == "<new customer, not bound>"
        new.bind(7)
        assert repr(new) == "<new customer>"
        for carried in (pickle.dumps, copy.copy):
            with pytest.raises(TypeError):
                carried(new)
        with pytest.raises(SealRefused):
            shop.sealing.new_subject("New Customer")


class TestErasing:
    """D41: destroyed keys make unusable what they sealed, wherever a copy of it lies."""

    def test_a_persons_values_are_gone(self, shop: Shop) -> None:
        """D41: after erasing, every value of the person reads as erased, in each process, and others' do not."""
        mine, theirs = [shop.seal(), shop.seal(field=INVOICE)], shop.seal(subject=BO)
        assert shop.sealing.erase_keys(*AN) == 1
        for process in (shop, shop.again()):
            assert process.open(mine[0]) is Erased
            assert process.open(mine[1], INVOICE) is Erased
            assert process.open(theirs, subject=BO) == "Anna"
        assert shop.sealing.erase_keys(*AN) == 0
        assert shop.keys.row(mine[0][1:17]).wrapped is None

    def test_nobody_elses_erased_value_is_mine(self, shop: Shop) -> None:
        """An erased person's bytes in my row are another owner's still."""
        stored = shop.seal()
        shop.sealing.erase_keys(*AN)
        with pytest.raises(WrongSubject):
            shop.open(stored, subject=BO)

    def test_nothing_more_is_sealed_for_them(self, shop: Shop) -> None:
        """A form that posts over an erased field is refused, and makes no key."""
        shop.seal()
        shop.sealing.erase_keys(*AN)
        before = shop.keys.copy()
        for process in (shop, shop.again()):
            with pytest.raises(SealRefused, match="new_subject"):
                process.seal("")
        assert shop.keys.copy() == before

    def test_the_books_stay_readable(self, shop: Shop) -> None:
        """D41: what a law keeps longer has a group of its own: erasing the profile leaves it."""
        profile, books = shop.seal(), shop.seal(field=INVOICE, group="books")
        with pytest.raises(SealRefused, match="books, profile"):
            shop.sealing.erase_keys(*AN)
        assert shop.open(profile) == "Anna"
        assert shop.sealing.erase_keys(*AN, "profile") == 1
        assert shop.open(profile) is Erased
        assert shop.open(books, INVOICE, group="books") == "Anna"
        assert shop.sealing.erase_keys(*AN) == 1
        assert shop.open(books, INVOICE, group="books") is Erased

    def test_every_key_of_theirs_goes(self, shop: Shop) -> None:
        """However many keys a person has, one erasure takes all."""
        sealed = [shop.seal()]
        for _ in range(2):
            new = shop.sealing.new_subject("customer")
            sealed.append(shop.seal(subject=new))
            new.bind(7)
        assert shop.sealing.erase_keys(*AN) == 3
        assert [shop.open(stored) for stored in sealed] == [Erased] * 3

    def test_other_processes_learn_of_it_within_a_minute(self, shop: Shop) -> None:
        """By their job sooner, and without it at the first value that is opened after 60 seconds."""
        stored, idle, busy = shop.seal(), shop.again("idle"), shop.again("busy")
        assert [process.open(stored) for process in (idle, busy)] == ["Anna", "Anna"]
        shop.sealing.erase_keys(*AN)
        busy.run_jobs()
        assert busy.open(stored) == "Anna"  # a job that has just looked
        busy.wait(6)
        busy.run_jobs()
        assert busy.open(stored) is Erased
        idle.wait(61)
        assert idle.open(stored) is Erased
        with pytest.raises(SealRefused):
            idle.seal()

    def test_what_was_on_its_way_does_not_come_back(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A look-up that began before an erasure and ends after it leaves no key behind."""
        stored, reader = shop.seal(), shop.again()
        find = Keys.find

        def slow(self: Keys, handles: Any) -> Any:
            found = find(self, handles)
            monkeypatch.undo()
            reader.sealing.erase_keys(*AN)
            return found

        monkeypatch.setattr(Keys, "find", slow)
        assert reader.open(stored) == "Anna"
        assert reader.open(stored) is Erased

    def test_erased(self) -> None:
        """It is falsy, prints as nothing, and is one object, pickled or copied."""
        assert not Erased
        assert (str(Erased), repr(Erased), f"{Erased}") == ("", "Erased", "")
        assert pickle.loads(pickle.dumps(Erased)) is copy.deepcopy(Erased) is Erased


class TestRestored:
    """D41: an older copy of anything brings nothing of an erased person back."""

    def test_an_older_store_with_todays_journal(self, shop: Shop) -> None:
        """Restored at a start: the journal's erasures are done again before anything is opened."""
        stored, books = shop.seal(), shop.seal(field=INVOICE, group="books")
        backup = shop.keys.copy()
        shop.sealing.erase_keys(*AN, "profile")
        shop.keys.restore(backup)
        started = shop.again()
        assert started.open(stored) is Erased
        assert started.open(books, INVOICE, group="books") == "Anna"
        assert shop.keys.row(stored[1:17]).wrapped is None

    def test_restored_under_a_process_that_runs(self, shop: Shop) -> None:
        """Found older by a process that goes on: within a minute it does the erasures again."""
        stored, later = shop.seal(), shop.again()
        backup = shop.keys.copy()
        shop.sealing.erase_keys(*AN)
        later.wait()
        assert later.open(stored) is Erased
        shop.keys.restore(backup)
        later.wait()
        assert later.open(stored) is Erased
        assert shop.keys.row(stored[1:17]).wrapped is None

    def test_older_data_with_todays_store(self, shop: Shop) -> None:
        """The bytes of an old backup of the data are unreadable."""
        stored = shop.seal()
        shop.sealing.erase_keys(*AN)
        restored = shop.again(note=MemoryStore().store_for(SubjectKeyNote))
        assert restored.open(stored) is Erased

    def test_keys_that_a_copy_lacks(self, shop: Shop) -> None:
        """Newer customers than the copy are unavailable, and not erased."""
        shop.seal(subject=BO)
        backup = shop.keys.copy()
        stored = shop.seal()
        shop.keys.restore(backup)
        with pytest.raises(KeyUnavailable):
            shop.again().open(stored)

    @pytest.mark.parametrize("there", [None, StoreState("cd" * 16, "02" * 16)], ids=["empty", "foreign"])
    def test_another_store_stops_the_start(self, shop: Shop, there: StoreState | None) -> None:
        """An empty store, as of a container without a volume, and another shop's stop the start by name."""
        shop.seal()
        noted, other = shop.note.read(), Keys()
        if there is not None:
            other.begin(there)
        with pytest.raises(KeysetError, match=f"store of subject keys {noted}.*SHOPPRIVACY_SUBJECT_KEYS"):
            shop.again(keys=other)
        assert other.copy()[0] == there

    def test_another_store_under_a_process_that_runs(self, shop: Shop) -> None:
        """Exchanged while it runs, nothing is opened or made any more."""
        stored = shop.seal()
        shop.keys.restore((None, {}))
        assert shop.open(stored) == "Anna"
        shop.wait()
        for call in (lambda: shop.open(stored), lambda: shop.seal(subject=BO)):
            with pytest.raises(KeyUnavailable, match="SHOPPRIVACY_SUBJECT_KEYS"):
                call()
        assert shop.keys.copy() == (None, {})

    def test_data_that_knows_of_no_store_is_told(self, shop: Shop) -> None:
        """A note that a restored database lacks is written again at the start."""
        shop.seal()
        started = shop.again(note=MemoryStore().store_for(SubjectKeyNote))
        assert started.note.read() == shop.note.read() is not None

    def test_two_that_begin_at_once(self, shop: Shop) -> None:
        """Two first processes with two stores: one of them is told that it is not the data's."""
        other = shop.again(keys=Keys())
        shop.seal()
        with pytest.raises(KeysetError):
            other.seal()


class TestDown:
    """The store of keys, or the journal, does not answer."""

    def test_what_is_known_opens_for_a_minute(self, shop: Shop) -> None:
        """Then it is unavailable, new persons are refused at once, and all is well when the store is back."""
        stored = shop.seal()
        shop.keys.down = True
        assert shop.open(stored) == "Anna"
        with pytest.raises(KeyUnavailable):
            shop.seal(subject=BO)
        with pytest.raises(KeyUnavailable):
            shop.sealing.seal("x", NAME, subject=shop.sealing.new_subject("customer"))
        shop.wait(59)
        assert shop.open(stored) == "Anna"
        shop.wait(2)
        with pytest.raises(KeyUnavailable, match=r"did not answer"):
            shop.open(stored)
        shop.keys.down = False
        shop.wait(3)
        assert shop.open(stored) == "Anna"

    def test_nobody_waits_twice(self, shop: Shop) -> None:
        """Just after it did not answer, it is not asked."""
        shop.seal()
        shop.keys.down = True
        with pytest.raises(KeyUnavailable):
            shop.seal(subject=BO)
        asked = len(shop.keys.asked)
        with pytest.raises(KeyUnavailable, match="just"):
            shop.seal(subject=BO)
        assert len(shop.keys.asked) == asked

    def test_an_erasure_that_only_the_journal_has(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is told as StoreDown, and done as soon as the store answers: nothing is opened in between."""
        stored = shop.seal()

        def failing(*_: object) -> int:
            raise StoreDown("the store did not answer")

        with monkeypatch.context() as patched:
            patched.setattr(Keys, "erase", failing)
            with pytest.raises(StoreDown):
                shop.sealing.erase_keys(*AN)
            with pytest.raises(KeyUnavailable):
                shop.open(stored)
        shop.wait(3)
        shop.run_jobs()
        assert shop.keys.row(stored[1:17]).wrapped is None
        assert shop.open(stored) is Erased

    @pytest.mark.parametrize(("after", "is_changed"), [(0, False), (0, True), (1, True)])
    def test_an_erasure_beside_a_look(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, after: int, is_changed: bool
    ) -> None:
        """One that only the journal has is still to be done where another thread was just looking at the store."""
        stored, state, erase, answers = shop.seal(), Keys.state, Keys.erase, iter(range(9))
        shop.seal(subject=BO)
        shop.run_jobs()

        def failing(self: Keys, handles: Any, *more: Any) -> int:
            if stored[1:17] in handles:
                raise StoreDown("the store did not answer")
            return erase(self, handles, *more)

        def beside(self: Keys) -> object:
            found = state(self)
            if next(answers) == after:
                with monkeypatch.context() as patched:
                    patched.setattr(Keys, "state", state)
                    patched.setattr(Keys, "erase", failing)
                    with pytest.raises(StoreDown):
                        shop.sealing.erase_keys(*AN)
            return found

        if is_changed:
            shop.again("other").sealing.erase_keys(*BO)
        monkeypatch.setattr(Keys, "state", beside)
        shop.wait(6)
        shop.run_jobs()
        assert shop.open(stored) is Erased
        assert shop.keys.row(stored[1:17]).wrapped is None

    def test_what_an_erasure_ended_no_look_revives(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key that a mapper has kept stays shut where a look began before the erasure and ends after it."""
        stored, state = shop.seal(), Keys.state
        kept = shop.sealing.key_of_row(stored, AN, "profile")
        assert kept is not None
        assert kept.trust

        def beside(self: Keys) -> object:
            found = state(self)
            monkeypatch.setattr(Keys, "state", state)
            shop.sealing.erase_keys(*AN)
            return found

        monkeypatch.setattr(Keys, "state", beside)
        shop.wait(6)
        shop.run_jobs()
        assert not kept.trust
        assert shop.open(stored) is Erased

    def test_without_the_journal_nothing_is_erased(self, shop: Shop) -> None:
        """An erasure that a restored copy would undo is none."""
        stored = shop.seal()
        shop.journal.full = True
        with pytest.raises(StoreDown):
            shop.sealing.erase_keys(*AN)
        assert shop.open(stored) == "Anna"


def test_many_values_in_one_look_up(shop: Shop) -> None:
    """A thousand rows of a thousand people need one look-up, and what is wrong with one harms no other."""
    sealed = {number: shop.seal(number, subject=("customer", number)) for number in range(1000)}
    new = shop.sealing.new_subject("customer")
    unbound = shop.seal(subject=new)
    reader = shop.again()
    reader.keys.asked.clear()
    own = shop.seal(subject=None, key="field")
    reader.sealing.load([*sealed.values(), None, own, b"clear text", unbound, memoryview(sealed[0])])
    assert reader.keys.asked == ["find"]
    assert all(
        reader.open(stored, subject=("customer", number)) == number for number, stored in sealed.items()
    )
    assert reader.keys.asked == ["find"]
    reader.sealing.load([])
    reader.wait()
    reader.sealing.load([sealed[0]])
    assert "state" in reader.keys.asked
    with pytest.raises(KeyUnavailable, match="has no owner yet"):
        reader.open(unbound)


class TestIndex:
    """Finding what is sealed."""

    def test_equal_values_are_found(self, shop: Shop) -> None:
        """In another process, too; other fields, names and normalisers have other index values."""
        sealing, again = shop.sealing, shop.again().sealing
        index = sealing.index("Anna@X.nl", "customer.email", normaliser="email")
        assert index == again.index(" anna@x.NL", "customer.email", normaliser="email")
        assert index is not None
        assert len(index) == 32
        others = {
            sealing.index("anna@x.nl", "order.email", normaliser="email"),
            sealing.index("anna@x.nl", "customer.email"),
            sealing.index("anna@x.nl", "customer.email", normaliser="email", name="second"),
            sealing.index("", "customer.email", normaliser="email"),
        }
        assert len(others - {index}) == 4
        assert sealing.index("030 123 4567", NAME, normaliser="phone") == sealing.index(
            "+31301234567", NAME, normaliser="phone"
        )

    def test_looking_goes_under_every_key(self) -> None:
        """After a rotation what was indexed before is found, and not under a key that is disabled."""
        random = sample_random("index")
        first = sample_keyset()
        second = first.new(Ring.INDEX, random, NOON)
        rotated = second.rotate(second.keys(Ring.INDEX)[1].id, NOON)
        old, new = (Shop(keyset=keyset).sealing for keyset in (first, rotated))
        value = ("anna@x.nl", "customer.email")
        assert new.indexes(*value) == (new.index(*value), old.index(*value))
        disabled = rotated.disable(first.primary(Ring.INDEX).id, NOON)
        assert Shop(keyset=disabled).sealing.indexes(*value) == (new.index(*value),)


def test_exchanged_arguments_show_nothing(shop: Shop) -> None:
    """Who gives the value in the place of field, group or owner is refused without a word of it."""
    sealing: Any = shop.sealing
    address = "canary@example.nl"
    calls: tuple[Callable[[], object], ...] = (
        lambda: sealing.seal("customer.email", address, subject=AN),
        lambda: sealing.seal("customer.email", [address], subject=AN),
        lambda: sealing.seal(7, NAME, subject=AN, group=address),
        lambda: sealing.seal(7, NAME, subject=(address, 7)),
        lambda: sealing.open(b"", address),
        lambda: sealing.open(shop.seal(), NAME, subject=AN, group=address),
        lambda: sealing.index("customer.email", address),
        lambda: sealing.indexes(None, address),
        lambda: sealing.index(7, address, normaliser="soundex"),
    )
    for call in calls:
        with pytest.raises((PrivacyError, TypeError)) as refusal:
            call()
        assert "canary" not in told_by(refusal.value)


@pytest.mark.parametrize("call", ["seal", "index", "indexes", "open"])
def test_nothing_shows_in_tracebacks(shop: Shop, call: str, caplog: pytest.LogCaptureFixture) -> None:
    """No frame of ours holds a value or a key when something is refused, whoever prints its locals; nor do logs."""
    caplog.set_level(logging.DEBUG)
    secret = next(key.secret for key in sample_keyset().keys(Ring.DATA))
    assert secret is not None
    shop.seal(CANARY)
    every: dict[str, dict[str, Any]] = {
        "seal": {"subject": ("customer", 1.5)},
        "open": {"subject": AN},
        "index": {"normaliser": "none"},
        "indexes": {"normaliser": "none"},
    }
    arguments = every[call]
    value: Any = CANARY
    with pytest.raises(PrivacyError) as raised:
        getattr(shop.sealing, call)(value, NAME, **arguments)
    told = told_by(raised.value)
    assert CANARY not in told
    assert repr(secret.reveal()) not in told
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    assert CANARY not in caplog.text


@pytest.mark.parametrize("call", ["seal", "open", "erase_keys", "new_subject", "Sealed.open", "bind"])
def test_no_owner_shows_in_tracebacks(shop: Shop, call: str) -> None:
    """No frame of ours holds whose a value is, or a wrapped key, when something is refused or the store is down."""
    subject = ("subscriber", CANARY)
    stored = shop.seal(subject=subject)
    new = shop.sealing.new_subject("customer")
    wrapped = shop.keys.row(shop.seal(subject=new)[1:17]).wrapped
    column = Column(NAME, "subject", "profile", (), lambda: shop.sealing, None)
    calls: dict[str, Callable[[], object]] = {
        "seal": lambda: shop.sealing.seal(object(), NAME, subject=subject),
        "open": lambda: shop.sealing.open(stored[:-1], NAME, subject=subject),
        "erase_keys": lambda: shop.sealing.erase_keys(*subject),
        "new_subject": lambda: shop.sealing.new_subject(f"{CANARY}!"),
        "Sealed.open": lambda: Sealed(stored[:-1], column).open(subject),
        "bind": lambda: new.bind(CANARY),
    }
    shop.keys.down = call in ("erase_keys", "bind")
    with pytest.raises(PrivacyError) as raised:
        calls[call]()
    told = told_by(raised.value)
    assert CANARY not in told
    assert repr(wrapped) not in told


def test_a_key_goes_into_no_cache(shop: Shop) -> None:
    """A row of the store is pickled and copied only once it is empty: a copy elsewhere would outlive an erasure."""
    row = shop.keys.row(shop.seal()[1:17])
    for copied in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            copied(row)
    empty = row._replace(wrapped=None)
    assert pickle.loads(pickle.dumps(empty)) == copy.copy(empty) == empty


def test_wrapped_keys_do_not_show(shop: Shop) -> None:
    """The repr of what wraps them names the keyset."""
    assert repr(shop.sealing._keys("x")._rows.wrapping) == f"<keys wrapped with the {sample_keyset()!r}>"


def test_a_failing_library_shows_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised in the middle, a debug page of the shop finds neither value nor key in our frames."""

    def failing(*_: object) -> bytes:
        raise ZeroDivisionError

    stored = shop.seal(CANARY)
    monkeypatch.setattr("shopprivacy.sealing.service.value_of", failing)
    with pytest.raises(ZeroDivisionError) as raised:
        shop.open(bytearray(stored))  # bytes under a key that is known take a shorter way
    assert CANARY not in told_by(raised.value)
    assert "value_of" in "".join(traceback.format_tb(raised.value.__traceback__))


def test_a_forked_process_has_a_field_key_of_its_own(shop: Shop) -> None:
    """It counts what it seals by itself."""
    before = shop.seal(subject=None, key="field")
    shop.sealing.forked()
    assert shop.seal(subject=None, key="field")[:49] != before[:49]


def test_what_a_shops_own_tests_use() -> None:
    """The sample sealing seals and erases in memory, the same in every run."""
    one, other = sample_sealing(), sample_sealing()
    stored = one.seal("Anna", NAME, subject=AN)
    assert stored == other.seal("Anna", NAME, subject=AN)
    assert one.erase_keys(*AN) == 1
    assert one.open(stored, NAME, subject=AN) is Erased
