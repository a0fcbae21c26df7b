"""What endpoints ask for is done: choices are recorded wherever they can be, and who listens hears of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shopprivacy import Privacy, StoreDown
from shopprivacy.consent.choices import Choice, Choices
from shopprivacy.decision import Action
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.effects import RandomBytes, TakeTurn
from shopprivacy.ledger.effects import CountRefusals
from shopprivacy.ledger.entry import Entry
from tests.gate.exchange import KEYSET, NOW
from tests.http.heads import MadeHead
from tests.privacy.shop import POLICY, Clock, Failing, Full, answer, entries, granted, no_header, perform


def test_who_listens_hears_each_change_once(privacy: Privacy) -> None:
    """A repeat of the same choice is no change."""
    heard: list[tuple[Any, Action]] = []
    privacy.on_consent_change(lambda entry: heard.append((entry.purpose, entry.action)))
    privacy.grant(7, "newsletter")
    privacy.grant(7, "newsletter")
    privacy.withdraw(7, "newsletter")
    assert heard == [("newsletter", Action.GRANTED), ("newsletter", Action.WITHDRAWN)]


def test_a_withdrawal_holds_while_the_store_is_down(privacy: Privacy) -> None:
    """It goes to the journal, and into the ledger as soon as that answers again; once."""
    privacy.grant(7, "newsletter")
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    heard: list[Entry] = []
    privacy.on_consent_change(heard.append)
    store.down = True
    privacy.withdraw(7, "newsletter")
    assert len(heard) == 1
    store.down = False
    privacy._effects.catch_up()
    privacy._effects.catch_up()
    assert [e.action for e in entries(privacy)] == [Action.GRANTED, Action.WITHDRAWN]
    assert not privacy.may(7, "newsletter").allowed


def test_a_grant_that_cannot_be_recorded_is_no_grant(privacy: Privacy) -> None:
    """There would be no proof of it; the caller hears of it."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    store.down = True
    with pytest.raises(StoreDown):
        privacy.grant(7, "newsletter")


def test_without_a_journal_a_lost_withdrawal_is_loud(clock: Clock) -> None:
    """Neither ledger nor journal: nothing is acknowledged."""
    store = Failing()
    privacy = Privacy(POLICY, keyset=KEYSET, store=store, clock=clock)
    store.down = True
    with pytest.raises(StoreDown):
        privacy.withdraw(7, "newsletter")
    privacy.close()


def test_a_refusal_is_counted_and_never_in_the_way(privacy: Privacy) -> None:
    """A number for the operator: while the store is down it is not counted, and nobody notices."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    perform(privacy, CountRefusals(["ads"]))
    store.down = True
    perform(privacy, CountRefusals(["ads"]))
    assert store.refusals() == {(NOW.date(), "ads"): 1}


def test_a_full_journal_does_not_keep_a_withdrawal_from_the_ledger(
    clock: Clock, journal: Full, caplog: pytest.LogCaptureFixture
) -> None:
    """The database alone is better than nowhere, and the log is loud about it; a grant is not taken on."""
    privacy = Privacy(POLICY, keyset=KEYSET, store=Failing(), journal=journal, clock=clock)
    privacy.grant(7, "newsletter")
    journal.full = True
    privacy.withdraw(7, "newsletter")
    assert not privacy.may(7, "newsletter").allowed
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert "No space left" in caplog.text
    reply, visitor = answer(privacy, granted(ads=Choice.GRANTED), choice="refuse", asked="ads")
    assert reply.status_code == 303
    assert not visitor.allows("ads")
    privacy.close()


def test_a_withdrawal_that_nothing_keeps_stands_in_the_browser(
    clock: Clock, journal: Full, caplog: pytest.LogCaptureFixture
) -> None:
    """It closes at once, the visitor is told that it is not saved, and it is written as soon as it can be."""
    store = Failing()
    privacy = Privacy(POLICY, keyset=KEYSET, store=store, journal=journal, clock=clock)
    heard: list[Entry] = []
    privacy.on_consent_change(heard.append)
    store.down = journal.full = True
    reply, visitor = answer(privacy, granted(ads=Choice.GRANTED), choice="refuse", asked="ads")
    assert reply.status_code == 503
    assert not visitor.allows("ads")
    sent = [value for key, value in release(visitor, reply.raw_headers) if key == b"set-cookie"]
    assert any(value.startswith(b"__Host-consent=") for value in sent)
    assert any(value.startswith(b"ads=;") for value in sent)
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert heard == []
    with pytest.raises(StoreDown):
        privacy._effects.catch_up()
    store.down = journal.full = False
    privacy._effects.catch_up()
    privacy._effects.catch_up()
    assert [(e.purpose, e.action) for e in entries(privacy)] == [("ads", Action.WITHDRAWN)]
    assert heard == entries(privacy)
    privacy.close()


def test_a_later_choice_takes_the_place_of_one_that_nothing_kept(clock: Clock, journal: Full) -> None:
    """Who granted again meanwhile is not closed afterwards."""
    store = Failing()
    privacy = Privacy(POLICY, keyset=KEYSET, store=store, journal=journal, clock=clock)
    store.down = journal.full = True
    with pytest.raises(StoreDown):
        privacy.withdraw(7, "newsletter")
    store.down = journal.full = False
    privacy.grant(7, "newsletter")
    privacy._effects.catch_up()
    assert privacy.may(7, "newsletter").allowed
    privacy.close()


def test_randomness_and_turns(privacy: Privacy, clock: Clock) -> None:
    """Endpoints get unpredictable bytes, and a client that posts too often is told to wait a minute."""
    assert perform(privacy, RandomBytes(16)) != perform(privacy, RandomBytes(16))
    turns = [perform(privacy, TakeTurn("grants", "192.0.2.1")) for _ in range(31)]
    assert turns == [True] * 30 + [False]
    assert perform(privacy, TakeTurn("grants", "192.0.2.2")) is True
    clock.time += timedelta(minutes=1)
    assert perform(privacy, TakeTurn("grants", "192.0.2.1")) is True


def test_a_callback_that_fails_undoes_no_choice(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """The browser is closed, its cookies go, the other callback hears of it, and the log names no customer."""
    heard: list[Entry] = []

    @privacy.on_consent_change
    def broken(entry: Entry) -> None:
        raise KeyError(entry.subject)

    privacy.on_consent_change(heard.append)
    reply, visitor = answer(privacy, granted(ads=Choice.GRANTED), choice="refuse", asked="ads")
    assert reply.status_code == 303
    assert not visitor.allows("ads")
    assert any(value.startswith(b"ads=;") for _, value in release(visitor, reply.raw_headers))
    assert [entry.action for entry in heard] == [Action.WITHDRAWN]
    assert "on_consent_change" in caplog.text
    assert "KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert heard[0].subject not in caplog.text


def test_who_listens_hears_of_what_counts(privacy: Privacy) -> None:
    """By the time a callback runs, the choice stands in the answer to this very request."""
    allowed: list[bool] = []
    arriving: list[Passage] = []
    privacy.on_consent_change(lambda _entry: allowed.append(arriving[0].allows("ads")))
    choose = Passage.choose

    def noting(chosen: Passage, wanted: Choices) -> None:
        arriving.append(chosen)
        choose(chosen, wanted)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Passage, "choose", noting)
        answer(privacy, granted(ads=Choice.GRANTED), choice="refuse", asked="ads")
    assert allowed == [False]


def test_what_is_journalled_during_a_replay_is_replayed_the_next_time(
    privacy: Privacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal that comes while the journal is read is not forgotten until the next start."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    store.down = True
    privacy.withdraw(7, "newsletter")
    store.down = False
    replay = privacy.ledger.keep_in_step

    def replay_while_another_comes() -> Any:
        brought = replay()
        store.down = True
        privacy.withdraw(8, "newsletter")
        store.down = False
        return brought

    monkeypatch.setattr(privacy.ledger, "keep_in_step", replay_while_another_comes)
    privacy._effects.catch_up()
    monkeypatch.undo()
    privacy._effects.catch_up()
    assert len(entries(privacy)) == 2


def test_a_replay_that_fails_is_tried_again(privacy: Privacy) -> None:
    """The ledger is behind until a whole replay has succeeded."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    store.down = True
    privacy.withdraw(7, "newsletter")
    with pytest.raises(StoreDown):
        privacy._effects.catch_up()
    store.down = False
    privacy._effects.catch_up()
    assert len(entries(privacy)) == 1


def test_a_refusal_holds_where_a_shop_names_its_customers_by_no_id(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """A record in the place of its id is told in the log: the browser has the refusal, and the page is there."""
    reply, visitor = answer(privacy, granted(ads=Choice.GRANTED), object, choice="refuse", asked="ads")
    assert reply.status_code == 503
    assert not visitor.allows("ads")
    told = "give the id, such as customer.id"
    assert told in caplog.text
    caplog.clear()
    _, page = answer(privacy, granted(ads=Choice.GRANTED))
    privacy.recognise(page, object)
    assert told in caplog.text


def test_a_refusal_holds_where_nobody_can_tell_who_is_signed_in(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """The browser has it at once; the visitor is told to come back for the account, and nothing is granted."""
    address = "an" + "@shop.example"  # not in the line of code that a log may show

    def customer() -> object:
        raise LookupError(address)

    for fields in ({"choice": "refuse", "asked": "ads"}, {"choice": "accept"}):
        reply, visitor = answer(privacy, granted(ads=Choice.GRANTED), customer, **fields)
        assert reply.status_code == 503
        sent = [value for key, value in release(visitor, reply.raw_headers) if key == b"set-cookie"]
        assert any(value.startswith(b"__Host-consent=") for value in sent) == (fields["choice"] == "refuse")
    assert not visitor.allows("statistics")
    assert "it is unknown who is signed in" in caplog.text
    assert "an@" not in caplog.text


def test_who_is_signed_in_is_asked_only_where_it_matters(privacy: Privacy) -> None:
    """A page that is read looks up no session: it is shown while the shop's database is down."""

    def customer() -> object:
        raise AssertionError

    shown = MadeHead("GET", "https", "shop.example", "/privacy/choices", "", [], no_header)
    endpoint = privacy.endpoint(shown)
    assert endpoint is not None
    assert privacy.answer(endpoint, Passage(privacy.gate, shown, NOW), b"", customer).status_code == 200
