"""What an erasure must hold against: stores that come and go, other threads, and who keeps a key in his hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shopprivacy.crypto import Use
from shopprivacy.errors import KeysetError, KeyUnavailable, NotSealed, SealBroken, SealRefused, StoreDown
from shopprivacy.policy import Duration
from shopprivacy.sealing import Erased
from shopprivacy.sealing.discreet import hush
from shopprivacy.sealing.erasures import erasures
from shopprivacy.sealing.store import SubjectKeyNote
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import NOON, sample_keyset, sample_sealing
from tests.sealing.shop import AN, BO, INVOICE, NAME, Keys, ListJournal, Shop


@pytest.fixture
def shop() -> Shop:
    """A shop that has sealed nothing yet."""
    return Shop()


def after(monkeypatch: pytest.MonkeyPatch, method: str, then: Callable[[], object]) -> None:
    """Let another thread do something once, when the store has done this and has not answered yet."""
    done = getattr(Keys, method)

    def slow(self: Keys, *given: Any) -> Any:
        answer = done(self, *given)
        monkeypatch.undo()
        then()
        return answer

    monkeypatch.setattr(Keys, method, slow)


def down(*_: object) -> Any:
    """A store that does not answer."""
    raise StoreDown("the store did not answer")


@pytest.mark.parametrize("foreign", [False, True])
def test_a_store_that_is_gone_erases_nobody(shop: Shop, foreign: bool) -> None:
    """Where the data's store is not there, or another one is, an erasure fails loudly and is not taken for done."""
    shop.seal()
    mine, other = shop.keys.copy(), Shop(seed="other")
    if foreign:
        other.seal(subject=BO)
    shop.keys.restore(other.keys.copy())
    with pytest.raises(KeysetError):
        shop.sealing.erase_keys(*AN)
    shop.keys.restore(mine)
    assert shop.sealing.erase_keys(*AN) == 1


@pytest.mark.parametrize("look", ["open", "load"])
def test_no_store_is_begun_where_one_is_lost(shop: Shop, look: str) -> None:
    """Where store and note are gone and a sealed value is there, nothing is sealed before the store is back."""
    stored, backup = shop.seal(), shop.keys.copy()
    started = Shop(keys=Keys(), seed="started")
    if look == "load":
        started.sealing.load([stored])
    else:
        with pytest.raises(KeyUnavailable):
            started.open(stored)
    with pytest.raises(KeysetError, match="subjects restore"):
        started.seal(subject=BO)
    assert started.keys.state() is None
    started.keys.restore(backup)
    assert started.open(started.seal(subject=BO), subject=BO) == started.open(stored) == "Anna"


@pytest.mark.parametrize("method", ["add_first", "bind"])
def test_a_key_erased_while_it_is_stored_opens_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Made or bound by one thread and erased by another in between, it is not known afterwards."""
    shop.seal(subject=BO)

    def erase() -> None:
        assert shop.sealing.erase_keys(*AN) == 1
        shop.run_jobs()

    if method == "add_first":
        after(monkeypatch, method, erase)
        stored = shop.seal()
    else:
        new = shop.sealing.new_subject("customer")
        stored = shop.seal(subject=new)
        after(monkeypatch, method, erase)
        new.bind(AN[1])
    assert shop.open(stored) is Erased


def test_a_key_made_while_its_owner_is_erased_goes_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process's key, stored between the look at an owner's keys and their end, does not outlive them."""
    first, other = shop.seal(), shop.again()
    new: list[bytes] = []
    after(monkeypatch, "of_owner", lambda: new.append(make_another(other)))
    assert shop.sealing.erase_keys(*AN) == 2
    assert [other.again().open(one) for one in (first, *new)] == [Erased, Erased]


def make_another(shop: Shop) -> bytes:
    """Seal for the same owner with a key of its own."""
    with_number = shop.sealing.new_subject("customer")
    with_number.bind(AN[1])
    return shop.seal(subject=with_number)


def test_a_first_key_is_refused_in_the_write_that_would_store_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erased after the first look: no key is stored, so none is left by whoever is killed before a second look."""
    shop.seal()
    other = shop.again()
    after(monkeypatch, "of_owner", lambda: shop.sealing.erase_keys(*AN))
    with pytest.raises(SealRefused, match="were erased"):
        other.seal(group="books")
    assert [row.wrapped for row in shop.keys.rows()] == [None]


def test_a_bound_new_subject_seals_nothing_after_its_erasure(shop: Shop) -> None:
    """Neither in the group that was erased, nor in one that it has not used yet."""
    new = shop.sealing.new_subject("customer")
    shop.seal(subject=new)
    new.bind(AN[1])
    shop.seal(subject=new, group="mail")
    shop.again().sealing.erase_keys(*AN, group="profile")
    assert shop.seal(subject=new, group="books")
    for group in ("mail", "books"):
        shop.again().sealing.erase_keys(*AN, group=group)
    shop.wait()
    for group in ("profile", "more"):
        with pytest.raises(SealRefused, match="were erased"):
            shop.seal(subject=new, group=group)


def test_what_no_copy_has_is_forgotten(shop: Shop) -> None:
    """Handles are noted for as long as a copy of the store may live and the journal a while longer, and no more."""
    shop.seal()
    shop.sealing.erase_keys(*AN)
    keep = Duration(30, "days")
    assert shop.sealing.forget_what_backups_have(keep, NOON + timedelta(days=37)) == 0
    assert [*shop.note.erased()]
    assert shop.sealing.forget_what_backups_have(keep, NOON + timedelta(days=38)) == 1
    assert not [*shop.note.erased()]
    assert sample_sealing().forget_what_backups_have(keep, NOON) == 0


def test_every_batch_of_a_replay_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that looks between two batches of another one's replay looks once more after the second."""
    for number in range(501):
        shop.seal(subject=("customer", number))
    older = shop.keys.copy()
    for number in range(501):
        shop.sealing.erase_keys("customer", number)
    shop.keys.restore(older)
    revisions: list[str] = []
    erase = Keys.erase

    def noted(self: Keys, handles: Any, at: Any, revision: str) -> int:
        revisions.append(revision)
        return erase(self, handles, at, revision)

    monkeypatch.setattr(Keys, "erase", noted)
    shop.wait(6)
    shop.run_jobs()
    assert len(set(revisions)) == len(revisions) == 2


def test_a_key_that_an_older_copy_lacks_is_not_sealed_with_for_ever(shop: Shop) -> None:
    """A store restored to before the key was made, and to the same revision, gives the owner another key."""
    shop.seal(subject=BO)
    older = shop.keys.copy()
    shop.seal()
    shop.keys.restore(older)
    shop.wait(6)
    shop.run_jobs()
    assert shop.again().open(shop.seal()) == "Anna"


def test_no_key_is_made_in_another_store(shop: Shop) -> None:
    """A new owner's neither, once a minute has passed in which the store was not looked at."""
    shop.seal()
    other = Shop(seed="other")
    other.seal()
    shop.keys.restore(other.keys.copy())
    shop.wait()
    with pytest.raises(KeyUnavailable):
        shop.seal(subject=shop.sealing.new_subject("customer"))


def test_another_group_does_not_bring_an_erased_owner_back(shop: Shop) -> None:
    """Once no key of an owner is left in any group, none is made in another one."""
    shop.seal()
    shop.sealing.erase_keys(*AN)
    with pytest.raises(SealRefused):
        shop.seal(field=INVOICE, group="books")


@pytest.mark.parametrize("group", ["profile", "books"])
def test_who_was_erased_meanwhile_gets_no_first_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    """Sealed for and erased by another process after this one has looked, an owner is not back with a live key."""
    shop.seal(subject=BO)
    other = shop.again()

    def meanwhile() -> None:
        other.seal()
        assert other.sealing.erase_keys(*AN) == 1

    after(monkeypatch, "of_owner", meanwhile)
    with pytest.raises(SealRefused):
        shop.seal(group=group)
    assert [row.group for row in shop.keys.rows() if row.wrapped is not None] == ["profile"]  # Bo's
    with pytest.raises(SealRefused):
        shop.again("later").seal(group=group)


def test_a_number_that_is_given_again(shop: Shop) -> None:
    """What was erased of whoever had it before keeps nothing from its new owner, whose own erasure does."""
    shop.seal()
    shop.seal(field=INVOICE, group="books")
    for group in ("profile", "books"):
        shop.sealing.erase_keys(*AN, group)
    shop.wait(1)
    new = shop.sealing.new_subject("customer")
    stored = shop.seal(subject=new)
    new.bind(AN[1])
    assert shop.open(stored) == "Anna"
    for process in (shop, shop.again()):
        books = process.seal(field=INVOICE, group="books")
        assert process.open(books, field=INVOICE, group="books") == "Anna"
    shop.sealing.erase_keys(*AN, "books")
    with pytest.raises(SealRefused):
        shop.seal(field=INVOICE, group="books")


def test_who_keeps_a_new_owner_seals_no_more_after_its_erasure(shop: Shop) -> None:
    """Bound, it is sealed for as its number is."""
    new = shop.sealing.new_subject("customer")
    stored = shop.seal(subject=new)
    assert shop.seal(subject=new)[:49] == stored[:49]
    new.bind(9)
    assert shop.seal(subject=new)[:49] == stored[:49]
    shop.sealing.erase_keys("customer", 9)
    with pytest.raises(SealRefused):
        shop.seal(subject=new)


def test_binding_that_failed_halfway_is_done_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is bound to the owner already needs nothing more."""
    new = shop.sealing.new_subject("customer")
    sealed = [shop.seal(subject=new), shop.seal(subject=new, group="books")]

    after(monkeypatch, "bind", down)
    with pytest.raises(KeyUnavailable):
        new.bind(9)
    shop.wait(3)
    new.bind(9)
    assert shop.open(sealed[0], subject=new) == shop.open(sealed[1], subject=new, group="books") == "Anna"


def test_what_an_operator_is_told(shop: Shop) -> None:
    """A replay that found an older store warns, and one of nothing does not; nor does an erasure done again."""
    shop.seal()
    older = shop.keys.copy()
    shop.sealing.erase_keys(*AN)
    shop.sealing.erase_keys(*AN)
    assert shop.again().warned == shop.warned == []
    shop.keys.restore(older)
    assert len(shop.again().warned) == 1


def test_a_start_beside_an_erasure(shop: Shop) -> None:
    """What another process has in the journal and not yet in the store is not told as an older copy for certain."""
    stored = shop.seal()
    shop.journal.append([*erasures([stored[1:17]])])
    started = shop.again()
    assert started.open(stored) is Erased
    assert [told.partition(", or ")[2] for told in started.warned] == [
        "another process was just erasing them"
    ]


def test_an_erasure_that_ended_halfway_is_done_by_whoever_runs(shop: Shop) -> None:
    """Where a process was killed between journal and store, one that runs on erases within the hour."""
    stored, theirs = shop.seal(), shop.seal(subject=BO)
    shop.journal.append([*erasures([stored[1:17]])])
    shop.run_jobs()
    assert shop.open(stored) == "Anna"
    shop.run_jobs(but="")
    shop.wait(6)
    shop.run_jobs()
    assert [shop.open(stored), shop.open(theirs, subject=BO)] == [Erased, "Anna"]


class TestWithoutTheJournal:
    """D41: the data's database names what was erased, too."""

    def test_an_older_store_with_todays_data(self, shop: Shop) -> None:
        """With the journal lost, an older copy of the store brings nothing of an erased person back."""
        stored, books, theirs = shop.seal(), shop.seal(group="books"), shop.seal(subject=BO)
        older = shop.keys.copy()
        shop.sealing.erase_keys(*AN, "profile")
        shop.keys.restore(older)
        started = shop.again(journal=ListJournal())
        assert started.open(stored) is Erased
        assert started.open(books, group="books") == started.open(theirs, subject=BO) == "Anna"
        assert shop.keys.row(stored[1:17]).wrapped is None

    def test_the_journal_tells_older_data(self, shop: Shop) -> None:
        """What a restored database lacks is noted there again at the start: then the journal may go."""
        stored = shop.seal()
        older = shop.keys.copy()
        shop.sealing.erase_keys(*AN)
        data = shop.again(note=MemoryStore().store_for(SubjectKeyNote)).note
        assert list(data.erased()) == [stored[1:17]]
        shop.keys.restore(older)
        assert shop.again(note=data, journal=ListJournal()).open(stored) is Erased

    def test_a_shop_that_keeps_none(self, shop: Shop) -> None:
        """An erasure stands in the data before the store is asked, and the operator is told what is missing."""
        shop = shop.again(journalled=False)
        stored = shop.seal()
        older = shop.keys.copy()
        assert shop.sealing.erase_keys(*AN) == 1
        assert len(shop.warned) == 1
        shop.keys.restore(older)
        assert shop.again(journalled=False).open(stored) is Erased

    def test_nothing_is_erased_that_nothing_names(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """With neither journal nor data's database an erasure fails loudly: a copy would undo it."""
        shop = shop.again(journalled=False)
        stored = shop.seal()
        with monkeypatch.context() as patched:
            patched.setattr(shop.note, "note_erased", down)
            with pytest.raises(StoreDown):
                shop.sealing.erase_keys(*AN)
        assert shop.open(stored) == "Anna"

    def test_the_data_is_told_later(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """While a transaction of the shop's holds its database the journal is enough; the job notes it afterwards."""
        stored = shop.seal()
        with monkeypatch.context() as patched:
            patched.setattr(shop.note, "note_erased", down)
            assert shop.sealing.erase_keys(*AN) == 1
            assert shop.open(stored) is Erased
        shop.run_jobs()
        assert list(shop.note.erased()) == [stored[1:17]]

    def test_what_the_shop_rolled_back_is_noted_again(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A note that was taken in a transaction of the shop's, and went with it, is taken once more by the job."""
        stored = shop.seal()
        with monkeypatch.context() as patched:
            patched.setattr(shop.note, "note_erased", lambda *_: None)
            shop.sealing.erase_keys(*AN)
        shop.run_jobs()
        assert list(shop.note.erased()) == [stored[1:17]]


def test_a_note_that_the_shop_rolled_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which store the data is sealed with is noted again with the next key, until the job has seen it there."""
    with monkeypatch.context() as patched:
        patched.setattr(shop.note, "write", lambda store_id: store_id)
        shop.seal()
    assert shop.note.read() is None
    shop.seal(subject=BO)
    noted = shop.keys.copy()[0]
    assert noted is not None
    assert shop.note.read() == noted.id
    shop.run_jobs()
    monkeypatch.setattr(shop.note, "read", down)
    shop.seal(subject=("customer", 9))


def test_an_erased_key_that_an_older_copy_has_unbound(shop: Shop) -> None:
    """It reads as erased: nobody can say any more whose it was, and nobody opens it."""
    new = shop.sealing.new_subject("customer")
    stored = shop.seal(subject=new)
    older = shop.keys.copy()
    new.bind(AN[1])
    shop.sealing.erase_keys(*AN)
    shop.keys.restore(older)
    assert shop.again().open(stored) is Erased


class TestAnOlderStore:
    """A copy of the store that lacks the keys of newer customers is told as such."""

    def test_a_start_warns(self, shop: Shop) -> None:
        """And so does a process that runs, once, until the keys are back; who was erased stays erased."""
        gone = shop.seal(subject=BO)
        older = shop.keys.copy()
        shop.wait()
        stored = shop.seal()
        shop.run_jobs()
        newer = shop.keys.copy()
        shop.sealing.erase_keys(*BO)
        shop.keys.restore(older)
        started = shop.again()
        assert sorted("older copy" in told for told in started.warned) == [True, True]
        with pytest.raises(KeyUnavailable):
            started.open(stored)
        assert started.open(gone, subject=BO) is Erased
        shop.run_jobs()
        shop.run_jobs()
        assert len(shop.warned) == 1
        shop.keys.restore(newer)
        shop.wait(6)
        shop.run_jobs()
        assert shop.open(stored) == "Anna"
        assert shop.open(gone, subject=BO) is Erased
        assert shop.again().warned == []

    def test_an_erasure_that_finds_nobody_is_told(self, shop: Shop) -> None:
        """It may be meant for a key that this copy lacks: whoever erases is told to do it again."""
        shop.seal(subject=BO)
        older = shop.keys.copy()
        shop.seal()
        newer = shop.keys.copy()
        shop.keys.restore(older)
        assert shop.sealing.erase_keys(*AN) == 0
        assert shop.sealing.erase_keys(*BO, "books") == 0
        assert [("erase again" in told, "7" in told) for told in shop.warned] == [(True, False)] * 2
        shop.keys.restore(newer)
        assert shop.sealing.erase_keys(*AN) == 1
        assert len(shop.warned) == 2

    def test_where_nothing_was_ever_sealed_nobody_is_warned(self, shop: Shop) -> None:
        """There is no store yet, and no note of one."""
        assert shop.sealing.erase_keys(*AN) == 0
        assert shop.warned == []

    def test_nothing_is_opened_before_it_is_emptied(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While a process finds an older copy and empties it, no other thread of it is served from that copy."""
        stored, theirs = shop.seal(), shop.seal(subject=BO)
        older = shop.keys.copy()
        shop.sealing.erase_keys(*AN)
        shop.run_jobs()
        assert shop.open(theirs, subject=BO) == "Anna"
        shop.keys.restore(older)
        shop.wait(6)
        read: list[object] = []
        erase = Keys.erase

        def slow(self: Keys, *given: Any) -> int:
            monkeypatch.setattr(Keys, "erase", down)
            with pytest.raises(KeyUnavailable):
                shop.open(stored)
            monkeypatch.undo()
            shop.wait(3)
            done = erase(self, *given)
            read.append(shop.open(stored))
            return done

        monkeypatch.setattr(Keys, "erase", slow)
        shop.run_jobs()
        assert read == [Erased]
        assert shop.open(stored) is Erased


class TestTheShopsOwnFrames:
    """What the shop was handling when it called keeps what it holds."""

    def test_its_locals(self, shop: Shop) -> None:
        """Of an exception that the shop is handling, nothing is cleared."""

        def ordered() -> None:
            basket = "42 items"
            raise ValueError(len(basket))

        for call in (
            lambda: shop.sealing.open(b"zz", NAME, subject=AN),
            lambda: shop.sealing.seal(object(), NAME, subject=AN),
            lambda: shop.sealing.index(object(), NAME),
        ):
            try:
                ordered()
            except ValueError as error:
                traceback = error.__traceback__
                with pytest.raises((NotSealed, SealRefused)):
                    call()
                assert traceback is not None
                assert traceback.tb_next is not None
                assert traceback.tb_next.tb_frame.f_locals["basket"] == "42 items"

    def test_a_cycle(self) -> None:
        """Contexts that lead back to where they began are walked once."""
        first, second = ValueError(), ValueError()
        first.__context__, second.__context__ = second, first
        hush(first, None)
        assert first.__context__ is second


def test_what_is_no_envelope_is_not_looked_up(shop: Shop) -> None:
    """Clear text among what is loaded is for opening to refuse."""
    shop.sealing.load(["clear text", None, b"clear"])  # type: ignore[list-item]
    assert not shop.keys.asked.count("find")


def test_forged_envelopes_drive_out_no_keys(shop: Shop) -> None:
    """However many epochs somebody names, the keyset remembers what it has derived."""
    keyset = sample_keyset()
    shop = shop.again(keyset=keyset)
    stored = shop.seal(subject=None, key="field")
    before = keyset.derive(Use.CONSENT_COOKIE)
    size = len(keyset._derived)
    for epoch in range(3):
        with pytest.raises(SealBroken):
            shop.open(stored[:5] + epoch.to_bytes(12, "big") + stored[17:], subject=None, key="field")
    assert keyset.derive(Use.CONSENT_COOKIE) is before
    assert len(keyset._derived) == size


def test_a_row_does_not_show_its_key(shop: Shop) -> None:
    """A traceback with locals has its handle, and not what opens."""
    row = shop.keys.row(shop.seal()[1:17])
    assert row.handle.hex() in repr(row)
    assert repr(row.wrapped) not in repr(row)
    assert "erased" in repr(row._replace(wrapped=None))
