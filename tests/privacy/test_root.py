"""Privacy, put together: choices of accounts, signing in, following, the journal, who listens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.responses import Response

from shopprivacy import KeysetError, Privacy, PurposeDenied, StoreDown, UndeclaredName
from shopprivacy.consent.account_merge import account_of
from shopprivacy.consent.choices import Choice, Choices
from shopprivacy.crypto import Keyset
from shopprivacy.decision import Action
from shopprivacy.errors import PolicyError
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.gate.verdicts import Blocked
from shopprivacy.http.effects import Effect, RandomBytes, TakeTurn
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.ledger.effects import CountRefusals, LedgerWorld
from shopprivacy.ledger.entry import Entry
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from tests.gate.exchange import KEYSET, NOW, PURPOSES, choices, choices_of, consent_pair, make_policy
from tests.http.heads import MadeHead

POLICY = make_policy(purposes={**PURPOSES, "newsletter": {"basis": "consent"}})


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class Failing(MemoryStore):
    """A store that can be switched off."""

    down = False

    def writing(self) -> Any:
        if self.down:
            raise StoreDown("the database does not answer")
        return super().writing()

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Any]:
        if self.down:
            raise StoreDown("the database does not answer")
        return super().rows_after(seq, limit)

    def count_refusals(self, day: Any, purposes: Any) -> None:
        if self.down:
            raise StoreDown("the database does not answer")
        super().count_refusals(day, purposes)


@pytest.fixture
def clock() -> Clock:
    """A clock at NOW."""
    return Clock()


@pytest.fixture
def privacy(clock: Clock, tmp_path: Path) -> Iterator[Privacy]:
    """One shop's Privacy on a store that can be switched off."""
    made = Privacy(
        POLICY, keyset=KEYSET, store=Failing(), journal=JournalFile(tmp_path / "journal"), clock=clock
    )
    yield made
    made.close()


def visit(privacy: Privacy, chosen: Choices | None = None, **fields: str) -> ConsentContext:
    """Return a visit with these choices."""
    cookies = [consent_pair(chosen)] if chosen else []
    head = MadeHead("GET", "https", "shop.example", "/", "", cookies, fields.get)
    return ConsentContext(privacy.gate, head, privacy.now())


def perform(privacy: Privacy, effect: Effect[LedgerWorld]) -> object:
    """Perform one effect, as that of an endpoint which returns what came of it."""

    def endpoint() -> Generator[Effect[LedgerWorld], object, object]:
        return (yield effect)

    return privacy._effects.answer(endpoint())


def answer(privacy: Privacy, chosen: Choices | None, **fields: str) -> tuple[Response, ConsentContext]:
    """Send the banner's form from a page of the shop."""
    cookies = [consent_pair(chosen)] if chosen else []
    sent = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    head = MadeHead("POST", "https", "shop.example", "/privacy/consent", "", cookies, sent.get)
    endpoint = privacy.endpoint(head)
    assert endpoint is not None
    arriving = ConsentContext(privacy.gate, head, privacy.now())
    return privacy.answer(endpoint, arriving, urlencode(fields).encode()), arriving


def no_header(_name: str) -> None:
    """Return what a request without header fields says."""


def granted(**answers: Choice) -> Choices:
    """Return what a browser holds that granted something."""
    return replace(choices_of(POLICY, answers), consent_id=b"i" * 16)


def entries(privacy: Privacy) -> list[Entry]:
    """Return what the ledger holds."""
    return [row.entry for row in privacy.ledger.store.rows() if row.entry]


def test_require_reads_the_ledger_not_the_cookie(privacy: Privacy) -> None:
    """An account's purpose is live when the account granted it, and not a moment after it withdrew."""
    with pytest.raises(PurposeDenied) as denied:
        privacy.require(7, "newsletter")
    assert denied.value.decision.reason
    privacy.grant(7, "newsletter", language="fr")
    assert privacy.require(7, "newsletter").allowed
    assert not privacy.may(8, "newsletter").allowed
    privacy.withdraw(7, "newsletter")
    assert not privacy.may(7, "newsletter").allowed


def test_was_allowed_answers_for_any_past_moment(privacy: Privacy, clock: Clock) -> None:
    """What was done before a withdrawal stays lawful, and can be shown (GDPR art. 7(1), 7(3))."""
    for days, act in ((1, privacy.grant), (2, privacy.withdraw)):
        clock.time = NOW + timedelta(days=days)
        act(7, "newsletter")
    allowed = [privacy.was_allowed(7, "newsletter", NOW + timedelta(days=d, hours=1)) for d in range(4)]
    assert allowed == [False, True, False, False]
    assert privacy.may(7, "newsletter", at=NOW + timedelta(days=1, hours=1)).allowed


def test_the_newest_choice_wins_within_one_moment(privacy: Privacy) -> None:
    """Granted and withdrawn by one clock tick: the ledger's order decides."""
    privacy.grant(7, "newsletter")
    privacy.withdraw(7, "newsletter")
    assert not privacy.may(7, "newsletter").allowed
    privacy.grant(7, "newsletter")
    assert privacy.may(7, "newsletter").allowed


def test_an_undeclared_purpose_is_an_error_everywhere(privacy: Privacy) -> None:
    """A literal in the shop's code that the policy does not know."""
    for ask in (privacy.may, privacy.require, privacy.grant, privacy.withdraw, privacy.object_to):
        with pytest.raises(UndeclaredName, match="newletter"):
            ask(7, "newletter")
    assert entries(privacy) == []


def test_an_objection_is_recorded_and_obeyed(privacy: Privacy) -> None:
    """A purpose on legitimate interest is live until the customer objects."""
    assert privacy.may(7, "counting").allowed
    privacy.object_to(7, "counting")
    assert not privacy.may(7, "counting").allowed


def test_no_raw_identifier_reaches_the_ledger(privacy: Privacy) -> None:
    """The customer's id is in no field of any row."""
    privacy.grant("an@shop.example", "newsletter")
    assert "an@" not in repr(list(privacy.ledger.store.rows()))


def test_who_listens_hears_each_change_once(privacy: Privacy) -> None:
    """A repeat of the same choice is no change."""
    heard: list[tuple[Any, Action]] = []
    privacy.on_consent_change(lambda entry: heard.append((entry.purpose, entry.action)))
    privacy.grant(7, "newsletter")
    privacy.grant(7, "newsletter")
    privacy.withdraw(7, "newsletter")
    assert heard == [("newsletter", Action.GRANTED), ("newsletter", Action.WITHDRAWN)]


# Signing in


def test_signing_in_narrows_both_sides(privacy: Privacy) -> None:
    """What the account closed closes in the browser; what the browser refused closes for the account."""
    privacy.withdraw(7, "statistics")
    chosen = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.REFUSED)
    arriving = visit(privacy, replace(chosen, consent_id=b"i" * 16))
    privacy.sign_in(arriving, "7")
    assert not arriving.allows("statistics")
    assert any(value.startswith(b"__Host-consent=") for _, value in arriving.release([]))
    assert [(e.purpose, e.action, e.how.value) for e in entries(privacy)][1:] == [
        ("ads", Action.WITHDRAWN, "sign_in")
    ]


def test_a_withdrawal_reaches_the_accounts_other_devices(privacy: Privacy) -> None:
    """The other browser carries the account's tie; once this worker has looked at the ledger, it is closed."""
    other = visit(privacy, replace(choices(POLICY, ads=Choice.GRANTED), consent_id=b"i" * 16))
    privacy.sign_in(other, "7")
    tied = other.choices
    assert tied is not None
    assert tied.account == account_of(privacy.subject(7))
    assert visit(privacy, tied).allows("ads")
    privacy.withdraw(7, "ads")
    privacy._feed.catch_up()
    assert not visit(privacy, tied).allows("ads")
    assert visit(privacy, replace(tied, account=b"")).allows("ads")


def test_the_feed_looks_by_itself(privacy: Privacy) -> None:
    """From the start, in a thread of its own, although no browser of this account has come by yet."""
    tied = replace(choices(POLICY, ads=Choice.GRANTED), account=account_of(privacy.subject(7)) or b"")
    assert visit(privacy, tied).allows("ads")
    passes = Waiting()
    privacy._feed.on_pass = passes.passed
    privacy.withdraw(7, "ads")
    passes.wait(2)
    assert not visit(privacy, tied).allows("ads")


class Waiting:
    """Counts passes of the follower, and waits for some."""

    def __init__(self) -> None:
        from threading import Condition

        self._condition = Condition()
        self._count = 0

    def passed(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, more: int) -> None:
        with self._condition:
            target = self._count + more
            assert self._condition.wait_for(lambda: self._count >= target, timeout=20)


# When the store is down


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


def test_a_refusal_is_counted_and_never_in_the_way(privacy: Privacy) -> None:
    """A number for the operator: while the store is down it is not counted, and nobody notices."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    perform(privacy, CountRefusals(["ads"]))
    store.down = True
    perform(privacy, CountRefusals(["ads"]))
    assert store.refusals() == {(NOW.date(), "ads"): 1}


def test_a_restored_backup_is_brought_up_to_date_at_start(clock: Clock, tmp_path: Path) -> None:
    """A withdrawal that the backup lacks is in the ledger before anything is served."""
    journal = JournalFile(tmp_path / "journal")
    first = Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), journal=journal, clock=clock)
    first.grant(7, "newsletter")
    first.withdraw(7, "newsletter")
    backup = MemoryStore()
    restored = Privacy(POLICY, keyset=KEYSET, store=backup, journal=journal, clock=clock)
    assert [e.action for e in entries(restored)] == [Action.WITHDRAWN]


def test_every_enforced_policy_is_archived(clock: Clock) -> None:
    """Each version once, with the moment from which it was enforced."""
    store = MemoryStore()
    for _ in range(2):
        Privacy(POLICY, keyset=KEYSET, store=store, clock=clock)
    Privacy(make_policy(), keyset=KEYSET, store=store, clock=clock)
    archived = store.archived_policies()
    assert [a.version for a in archived] == [POLICY.version, make_policy().version]
    assert '"newsletter"' in archived[0].canonical


class Full(JournalFile):
    """A journal whose disk can fill up."""

    full = False

    def append(self, records: Any) -> None:
        if self.full:
            raise StoreDown("the journal cannot be used (No space left on device)")
        super().append(records)


@pytest.fixture
def journal(tmp_path: Path) -> Full:
    """A journal on a disk that can fill up."""
    return Full(tmp_path / "full")


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
    sent = [value for key, value in visitor.release(reply.raw_headers) if key == b"set-cookie"]
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


# Keys


def test_another_keyset_is_refused_at_start(clock: Clock) -> None:
    """Under it nobody who objected would be found again: the start fails, and says what to give instead."""
    store = MemoryStore()
    first = Privacy(POLICY, keyset=KEYSET, store=store, clock=clock)
    first.object_to(7, "counting")
    first.close()
    other = Keyset.generate(os.urandom, NOW)
    with pytest.raises(KeysetError, match="SHOPPRIVACY_KEYS"):
        Privacy(POLICY, keyset=other, store=store, clock=clock)
    again = Privacy(POLICY, keyset=KEYSET, store=store, clock=clock)
    assert not again.may(7, "counting").allowed
    again.close()


# Checkpoints


def test_each_month_gets_one_checkpoint(clock: Clock) -> None:
    """Whichever process comes first: the others find it, and look once a month only."""
    store = MemoryStore()
    shops = [Privacy(POLICY, keyset=KEYSET, store=store, clock=clock) for _ in range(3)]
    for days in (0, 0, 20, 40):
        clock.time = NOW + timedelta(days=days)
        for shop in shops:
            shop._feed.look()
    assert [made.at.month for made in store.checkpoints()] == [3, 4]
    shops[0].ledger.verify().require()
    for shop in shops:
        shop.close()


# The rest of the composition


def test_randomness_and_turns(privacy: Privacy, clock: Clock) -> None:
    """Endpoints get unpredictable bytes, and a client that posts too often is told to wait a minute."""
    assert perform(privacy, RandomBytes(16)) != perform(privacy, RandomBytes(16))
    turns = [perform(privacy, TakeTurn("192.0.2.1")) for _ in range(31)]
    assert turns == [True] * 30 + [False]
    assert perform(privacy, TakeTurn("192.0.2.2")) is True
    clock.time += timedelta(minutes=1)
    assert perform(privacy, TakeTurn("192.0.2.1")) is True


def test_blocked_cookies_are_told_once_for_each_name(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log and to callbacks; names are cut and cleaned, values never appear."""
    told: list[Blocked] = []
    privacy.on_blocked_cookie(told.append)
    for value in (b"secret1", b"secret2"):
        seen = visit(privacy)
        seen.release([(b"set-cookie", b"debug_id=" + value), (b"set-cookie", b"x" * 99 + b"\xff=" + value)])
        privacy.report(seen)
    assert [item.name for item in told] == ["debug_id", "x" * 99 + "\xff"]
    assert len(caplog.messages) == 2
    assert 'cookie "debug_id" blocked in a response: undeclared' in caplog.messages[0]
    assert "secret" not in caplog.text
    assert "x" * 65 not in caplog.text


def test_a_stream_that_asks_too_late_is_told_once(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """The developer must see it: everybody gets what is meant for those who said no."""
    for _ in range(2):
        asking = visit(privacy)
        asking.release([])
        assert not asking.allows("statistics")
    (message,) = caplog.messages
    assert "Cache-Control: private" in message


def test_a_flood_of_names_does_not_fill_memory(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """After a thousand names no further one is told, but once that it is so."""
    told: list[Blocked] = []
    privacy.on_blocked_cookie(told.append)
    seen = visit(privacy)
    seen.release([(b"set-cookie", b"n%d=1" % number) for number in range(1500)])
    privacy.report(seen)
    assert len(told) == 1000
    messages = [record.message for record in caplog.records if record.name == "shopprivacy.cookies"]
    assert len(messages) == 1001
    assert "are not, until" in messages[-1]


def test_made_up_names_do_not_silence_the_rest(privacy: Privacy) -> None:
    """What browsers bring uses up neither what the shop's own responses need nor what declared cookies need."""
    told: list[Blocked] = []
    privacy.on_blocked_cookie(told.append)
    made_up = b"; ".join(b"n%d=1" % number for number in range(1500))
    head = MadeHead("GET", "https", "shop.example", "/", "", [made_up], no_header)
    privacy.report(ConsentContext(privacy.gate, head, NOW))
    seen = ConsentContext(
        privacy.gate, MadeHead("GET", "https", "shop.example", "/", "", [b"_ga=1"], no_header), NOW
    )
    seen.release([(b"set-cookie", b"tracker=1")])
    privacy.report(seen)
    assert [(item.name, item.border) for item in told[1000:]] == [("_ga", "request"), ("tracker", "response")]


# What listens and fails


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
    assert any(value.startswith(b"ads=;") for _, value in visitor.release(reply.raw_headers))
    assert [entry.action for entry in heard] == [Action.WITHDRAWN]
    assert "on_consent_change" in caplog.text
    assert "KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert heard[0].subject not in caplog.text


def test_who_listens_hears_of_what_counts(privacy: Privacy) -> None:
    """By the time a callback runs, the choice stands in the answer to this very request."""
    live: list[bool] = []
    arriving: list[ConsentContext] = []
    privacy.on_consent_change(lambda _entry: live.append(arriving[0].allows("ads")))
    choose = ConsentContext.choose

    def noting(chosen: ConsentContext, wanted: Choices) -> None:
        arriving.append(chosen)
        choose(chosen, wanted)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ConsentContext, "choose", noting)
        answer(privacy, granted(ads=Choice.GRANTED), choice="refuse", asked="ads")
    assert live == [False]


def test_a_callback_that_fails_breaks_no_page(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """A visitor who brings a new name sees the page; the developer sees the log."""

    @privacy.on_blocked_cookie
    def broken(_item: Blocked) -> None:
        raise ZeroDivisionError

    seen = visit(privacy)
    seen.release([(b"set-cookie", b"debug_id=1")])
    privacy.report(seen)
    assert "on_blocked_cookie failed: ZeroDivisionError" in caplog.text


def test_signing_in_narrows_the_browser_although_the_ledger_is_down(
    privacy: Privacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the account refused is closed here, whatever becomes of the row about what this browser refused."""
    privacy.withdraw(7, "statistics")

    def down(_entries: object) -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(privacy.consent, "_write", down)
    arriving = visit(privacy, granted(statistics=Choice.GRANTED, ads=Choice.REFUSED))
    with pytest.raises(StoreDown):
        privacy.sign_in(arriving, "7")
    assert not arriving.allows("statistics")


def _withdraw(policy: Path) -> None:
    """Open the shop's privacy from its files, withdraw something and close it."""
    privacy = Privacy.from_file(policy)
    privacy.withdraw(7, "newsletter")
    privacy.close()
    assert isinstance(privacy.ledger.store, SqlStore)
    privacy.ledger.store.close()


def test_from_file_takes_keys_and_store_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy from its file, the rest from SHOPPRIVACY_*; what is left out stands beside the policy."""
    shop = tmp_path / "shop"
    shop.mkdir()
    policy = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"
    (shop / "privacy.toml").write_bytes(policy.read_bytes())
    monkeypatch.delenv("SHOPPRIVACY_KEYS", raising=False)
    with pytest.raises(KeysetError, match="SHOPPRIVACY_KEYS"):
        Privacy.from_file(shop / "privacy.toml")
    LocalKeyFile(tmp_path / "keys.json").create(Keyset.generate(os.urandom, datetime.now(UTC)))
    monkeypatch.setenv("SHOPPRIVACY_KEYS", str(tmp_path / "keys.json"))
    _withdraw(shop / "privacy.toml")
    assert {path.name for path in shop.iterdir()} >= {"privacy.sqlite3", "privacy-journal"}
    monkeypatch.setenv("SHOPPRIVACY_STORE", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    monkeypatch.setenv("SHOPPRIVACY_JOURNAL", str(tmp_path / "other-journal"))
    _withdraw(shop / "privacy.toml")
    assert (tmp_path / "other.sqlite3").exists()
    assert (tmp_path / "other-journal").exists()
    with pytest.raises(PolicyError, match="nowhere"):
        Privacy.from_file(tmp_path / "nowhere.toml", store=MemoryStore())


def test_importing_the_library_imports_nothing_optional() -> None:
    """Neither a framework nor a database: what is optional is asked for by name."""
    optional = {
        "flask",
        "werkzeug",
        "jinja2",
        "sqlalchemy",
        "django",
        "starlette",
        "fastapi",
        "redis",
        "pytest",
    }
    code = "import sys, shopprivacy; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not optional & set(loaded.split())


def test_the_public_names() -> None:
    """What shops import from the package itself; adding a name is a decision, losing one breaks shops."""
    import shopprivacy

    assert shopprivacy.__all__ == [
        "Action",
        "Decision",
        "GateOrderError",
        "KeyUnavailable",
        "KeysetError",
        "LedgerBroken",
        "MissingExtra",
        "Policy",
        "PolicyError",
        "Privacy",
        "PrivacyError",
        "Problem",
        "PurposeDenied",
        "StoreDown",
        "SubjectState",
        "UndeclaredName",
        "may",
    ]
    assert all(hasattr(shopprivacy, name) for name in shopprivacy.__all__)
