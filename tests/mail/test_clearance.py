"""Right before a marketing mail leaves: the journals first, then the ledger, and nothing on an old yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy import StoreDown
from shopprivacy.decision import Code, Decision
from shopprivacy.errors import OpenTransaction
from shopprivacy.ledger.entry import CollectionMethod, Row
from shopprivacy.ledger.journal import JournalRecord, recorded
from shopprivacy.ledger.journal_state import STALE, JournalState
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import NOW
from tests.ledger.memory_journal import MemoryJournal
from tests.mail.desk import AN, Desk, desk
from tests.privacy.shop import Failing

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
ELSEWHERE = "ff" * 16


class Watched(Failing):
    """A store that says what it was asked, and can refuse to be asked inside a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.in_transaction = self.silent = False

    @contextmanager
    def committed(self) -> Iterator[None]:
        if self.in_transaction:
            raise OpenTransaction("inside a transaction")
        self.asked.append("begin")
        yield
        self.asked.append("end")

    def journals(self) -> Sequence[JournalState]:
        self.asked.append("journals")
        if self.silent:
            raise StoreDown("the database does not answer")
        return super().journals()

    def rows_of(self, subject: str) -> Sequence[Row]:
        self.asked.append("rows")
        return super().rows_of(subject)


@pytest.fixture
def store() -> Watched:
    """Its store."""
    return Watched()


@pytest.fixture
def journal() -> MemoryJournal:
    """Its journal."""
    return MemoryJournal()


@pytest.fixture
def shop(store: Watched, journal: MemoryJournal) -> Iterator[Desk]:
    """A shop with a subscriber."""
    with desk(store=store, journal=journal) as opened:
        opened.privacy._feed.stop()
        opened.confirm(AN, "newsletter")
        yield opened


def note(store: MemoryStore, at: datetime, *, empty: bool = True) -> None:
    """Renew the row of another machine's journal."""
    with store.writing() as writer:
        writer.note_journal(JournalState(ELSEWHERE, at, empty))


def opt_out(shop: Desk) -> JournalRecord:
    """What a machine that is cut off writes to its journal."""
    mail = shop.privacy.mail
    [no] = mail.marketing.opt_out(
        mail.subject(AN), "email", "newsletter", at=shop.time, how=CollectionMethod.ONE_CLICK_MAIL
    )
    return recorded(no, bytes(16))


def test_it_decides_as_may_does(shop: Desk) -> None:
    """With everything in step it says what may() says, and why."""
    cleared = shop.privacy.mail.clearance
    assert cleared(AN, "newsletter")
    assert cleared("bo@example.nl", "newsletter").code is Code.NO_CONSENT
    assert cleared(AN, "offers").code is Code.NEEDS_EVENT
    assert cleared(AN, "offers", sold_at=NOW)
    shop.privacy.object_to(7, "offers")
    assert not cleared(AN, "offers", sold_at=NOW, customer=7)
    shop.privacy.mail.opted_out(AN)
    assert cleared(AN, "newsletter").code is Code.OBJECTED


def test_the_ledger_is_read_after_the_journals(shop: Desk, store: Watched) -> None:
    """What leaves a journal is in the ledger then; and all is read where what is committed is seen."""
    store.asked.clear()
    assert shop.privacy.mail.clearance(AN, "newsletter")
    assert (store.asked[0], store.asked[-1]) == ("begin", "end")
    assert store.asked.index("rows") > max(
        number for number, asked in enumerate(store.asked) if asked == "journals"
    )


def test_what_leaves_the_journal_meanwhile_is_seen(
    shop: Desk, store: Watched, journal: MemoryJournal
) -> None:
    """Another process appends a choice between any two questions: it is seen in the one place or the other."""
    record = opt_out(shop)
    journal.append([record])
    asked = store.journals

    def replayed_meanwhile() -> Sequence[JournalState]:
        found = asked()
        shop.privacy.ledger.keep_in_step()
        return found

    store.journals = replayed_meanwhile  # type: ignore[method-assign]
    assert shop.privacy.mail.clearance(AN, "newsletter").code is Code.WITHDRAWN


def test_ones_own_journal_is_appended_first(shop: Desk, store: Watched, journal: MemoryJournal) -> None:
    """What this machine took while the database was down counts at once; while that is still down nothing leaves."""
    journal.append([opt_out(shop)])
    store.down = True
    with pytest.raises(StoreDown):
        shop.privacy.mail.clearance(AN, "newsletter")
    store.down = False
    assert shop.privacy.mail.clearance(AN, "newsletter").code is Code.WITHDRAWN
    assert [said for said in shop.said() if said[1] == "withdrawn"] == [
        ("newsletter", "withdrawn", "one_click_mail")
    ]


def test_what_comes_while_it_is_appended_is_waited_for(
    shop: Desk, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice that goes to this machine's journal in that moment: nothing leaves."""
    journal.append([opt_out(shop)])
    monkeypatch.setattr(shop.privacy.ledger, "keep_in_step", lambda: 0)
    with pytest.raises(StoreDown, match=f"{journal.name()} \\(not empty\\)"):
        shop.privacy.mail.clearance(AN, "newsletter")


@pytest.mark.parametrize(
    ("age", "empty", "why"),
    [
        (timedelta(), True, None),
        (timedelta(), False, "not empty"),
        (STALE, True, None),
        (STALE + SECOND, True, "not seen for 31 seconds"),
        (-STALE - SECOND, True, "its clock is ahead"),
        (DAY, False, "not empty"),
        (DAY + SECOND, True, None),
    ],
)
def test_the_journals_of_other_machines(
    shop: Desk, store: Watched, age: timedelta, empty: bool, why: str | None
) -> None:
    """A row that is not empty, or old, closes marketing for a day or until it was given up; the error says why."""
    note(store, NOW - age, empty=empty)
    if why is None:
        assert shop.privacy.mail.clearance(AN, "newsletter")
        return
    with pytest.raises(StoreDown, match=why) as down:
        shop.privacy.mail.clearance(AN, "newsletter")
    assert "journal retire" in str(down.value)
    assert AN not in str(down.value)
    shop.privacy.ledger.retire_journal(ELSEWHERE)
    assert shop.privacy.mail.clearance(AN, "newsletter")


def test_many_journals_are_not_all_named(shop: Desk, store: Watched) -> None:
    """An error stays short, however many machines there are."""
    with store.writing() as writer:
        for number in range(50):
            writer.note_journal(JournalState(f"{number:032x}", NOW, empty=False))
    with pytest.raises(StoreDown, match="and 47 more"):
        shop.privacy.mail.clearance(AN, "newsletter")


def test_rows_from_before_an_outage_say_nothing(shop: Desk, store: Watched) -> None:
    """Others took opt-outs while the database was silent: each journal must have been seen since."""
    note(store, NOW)
    shop.time += SECOND
    store.silent = True
    with pytest.raises(StoreDown, match="does not answer"):
        shop.privacy.mail.clearance(AN, "newsletter")
    store.silent = False
    shop.time += SECOND
    for _ in range(2):
        with pytest.raises(StoreDown, match="not seen for 2 seconds"):
            shop.privacy.mail.clearance(AN, "newsletter")
    note(store, shop.time)
    assert shop.privacy.mail.clearance(AN, "newsletter")


def test_inside_a_transaction_nothing_is_asked(shop: Desk, store: Watched) -> None:
    """It raises before anything is read; that is no outage, and the next message outside goes out."""
    note(store, NOW)
    store.in_transaction = True
    store.asked.clear()
    with pytest.raises(OpenTransaction):
        shop.privacy.mail.clearance(AN, "newsletter")
    assert store.asked == []
    store.in_transaction = False
    assert shop.privacy.mail.clearance(AN, "newsletter")


def test_nothing_is_held_when_the_answer_is_there(shop: Desk, store: Watched) -> None:
    """Whoever unsubscribes while a message is handed over does not wait for the mail server."""
    store.asked.clear()
    assert shop.privacy.mail.clearance(AN, "newsletter")
    assert store.asked[-1] == "end"
    shop.privacy.mail.opted_out(AN, "newsletter")
    assert not shop.privacy.mail.clearance(AN, "newsletter")


class Cable:
    """The way from another machine to the same store, which can be cut."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.cut = False

    def store_for(self, protocol: Any) -> Any:
        return self.store.store_for(protocol)

    def __getattr__(self, name: str) -> Any:
        if self.cut:
            raise StoreDown("the database cannot be reached")
        return getattr(self.store, name)


STEPS = st.lists(
    st.sampled_from(["cut", "reconnect", "opt out", "look", "look there", "wait 5", "wait 31"]), max_size=12
)


@given(steps=STEPS)
def test_whatever_happens_on_another_machine(steps: list[str]) -> None:
    """Nothing leaves on an old yes but in the half minute in which a machine that is cut off looks well."""
    store, away = MemoryStore(), MemoryJournal()
    away.drawn = ELSEWHERE
    cable = Cable(store)
    with desk(store=store, journal=MemoryJournal()) as here, desk(store=cable, journal=away) as there:
        here.privacy._feed.stop()
        there.privacy._feed.stop()
        here.confirm(AN, "newsletter")
        said_no = in_ledger = False
        seen = there.time
        for step in steps:
            match step.split():
                case ["cut"] | ["reconnect"]:
                    cable.cut = step == "cut"
                case ["opt", _]:
                    there.privacy.mail.opted_out(AN, "newsletter")
                    said_no, in_ledger = True, in_ledger or not cable.cut
                case ["look"]:
                    here.privacy._feed.look()
                case ["look", _]:
                    there.privacy._feed.look()
                    if not cable.cut:
                        seen, in_ledger = there.time, said_no
                case [_, seconds]:
                    here.time += int(seconds) * SECOND
                    there.time = here.time
            if said_no and (in_ledger or here.time - seen > STALE):
                assert not _sent(here)
        cable.cut = False
        here.time += 31 * SECOND
        there.time = here.time
        there.privacy._feed.look()
        assert here.privacy.mail.clearance(AN, "newsletter").allowed is not said_no


def _sent(shop: Desk) -> bool:
    try:
        found: Decision = shop.privacy.mail.clearance(AN, "newsletter")
    except StoreDown:
        return False
    return found.allowed
