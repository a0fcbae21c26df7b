"""The journal's row in the ledger's database: renewed, gone after a clean stop, missed when its process is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from shopprivacy import Privacy, StoreDown
from shopprivacy.consent.choices import Choice
from shopprivacy.errors import JournalDown
from shopprivacy.ledger.chain import GENESIS
from shopprivacy.ledger.journal import JournalRecord, Mark
from shopprivacy.ledger.journal_state import STALE, JournalState
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from tests import forked
from tests.gate.exchange import KEYSET, NOW
from tests.ledger.memory_journal import MemoryJournal
from tests.privacy.shop import POLICY, Clock, Failing, answer, context, granted

SECOND = timedelta(seconds=1)

_PROCESS = """
import os, signal, sys
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy import Privacy
from tests.gate.exchange import KEYSET
from tests.privacy.shop import POLICY

privacy = Privacy(POLICY, keyset=KEYSET, store=SqlStore(sys.argv[1]), journal=JournalFile(sys.argv[2]))
privacy.withdraw(7, "newsletter")
privacy._feed.look()
print(len(privacy.ledger.store.journals()), flush=True)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_row_is_renewed_by_who_follows_the_ledger(privacy: Privacy, clock: Clock) -> None:
    """Every five seconds, whatever else there is to do; senders then know that the journal is empty."""
    store = privacy.ledger.store
    for seconds in (0, 1, 5, 6, 10):
        clock.time = NOW + seconds * SECOND
        privacy._feed.look()
        [state] = store.journals()
        assert (state.at, state.empty) == (NOW + seconds // 5 * 5 * SECOND, True)
        assert list(privacy.ledger.open_journals(clock.time)) == []


def test_an_unknown_kind_of_record_is_told_once(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """A newer release wrote it: the log names the kind, and this release goes on."""
    journal = privacy.ledger._journal
    assert journal is not None
    journal.append([JournalRecord("parcel", {"n": "1"})])
    privacy._feed.look()
    privacy._feed.look()
    (told,) = [record.getMessage() for record in caplog.records if '"parcel"' in record.getMessage()]
    assert "does not know" in told


def test_what_the_journal_alone_has_closes(privacy: Privacy, clock: Clock) -> None:
    """This process knows at once; others when the row is old, until the ledger has it."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    privacy._feed.look()
    store.down = True
    privacy.withdraw(7, "newsletter")
    clock.time += STALE + SECOND
    privacy._feed.look()
    elsewhere = Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), clock=clock).ledger
    elsewhere.store = store
    for ledger in (privacy.ledger, elsewhere):
        assert len(ledger.open_journals(clock.time)) == 1
    store.down = False
    clock.time += 5 * SECOND
    privacy._feed.look()
    for ledger in (privacy.ledger, elsewhere):
        assert list(ledger.open_journals(clock.time)) == []


def _looked(privacy: Privacy, clock: Clock) -> None:
    clock.time += 5 * SECOND
    privacy._feed.look()
    privacy._feed.look()


@pytest.mark.parametrize("ours", [True, False])
def test_where_the_ledger_can_only_be_read_no_account_is_allowed_anything(
    privacy: Privacy, clock: Clock, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    """A withdrawal is acknowledged all the same, and stands in a journal, here or in another process."""
    store, down = privacy.ledger.store, StoreDown("the disk is full")
    _, phone = answer(privacy, None, lambda: 7, choice="accept")
    _looked(privacy, clock)
    assert context(privacy, phone.choices).allows("ads")
    with monkeypatch.context() as patch:
        patch.setattr(store, "writing", Mock(side_effect=down))
        if ours:
            privacy.withdraw(7, "newsletter")
        _looked(privacy, clock)
        assert not context(privacy, phone.choices).allows("ads")
    _looked(privacy, clock)
    assert context(privacy, phone.choices).allows("ads")


def test_a_journal_that_cannot_be_used_closes_nothing(
    privacy: Privacy, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withdrawals then go into the ledger alone, where every process sees them."""
    _, phone = answer(privacy, None, lambda: 7, choice="accept")
    monkeypatch.setattr(privacy.ledger, "note_journal", Mock(side_effect=JournalDown("no space left")))
    _looked(privacy, clock)
    assert context(privacy, phone.choices).allows("ads")


def test_a_clean_stop_takes_the_row_away(
    privacy: Privacy, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Once; and with the ledger down the row stays, which the log says."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    privacy._feed.look()
    privacy.close()
    assert list(store.journals()) == []
    clock.time += 5 * SECOND
    privacy._feed.look()
    privacy.close()
    assert len(store.journals()) == 1, "closed before"
    other = Privacy(POLICY, keyset=KEYSET, store=store, journal=MemoryJournal(), clock=lambda: NOW)
    store.down = True
    other.close()
    assert "the journal's row stays" in caplog.text


def test_a_server_that_stops_and_starts_again_in_one_process(privacy: Privacy, clock: Clock) -> None:
    """Nobody waits for its journal meanwhile; then that is noted at once, and the ledger followed; closed, it stays."""
    store = privacy.ledger.store
    privacy.resume()
    assert len(store.journals()) == 1, "it runs"
    privacy.suspend()
    assert list(store.journals()) == []
    Privacy(POLICY, keyset=KEYSET, store=store, clock=clock).withdraw(7, "newsletter")
    assert privacy._feed.withdrawals(privacy.consent.account(7)) == {}
    privacy.resume()
    assert len(store.journals()) == 1
    assert privacy._feed.withdrawals(privacy.consent.account(7))
    privacy.resume()
    privacy.suspend()
    assert len(store.journals()) == 1, "another server in this process goes on"
    privacy.close()
    privacy.suspend()
    privacy.resume()
    assert list(store.journals()) == []


def test_a_process_that_ends_leaves_no_row_and_one_that_is_killed_does(tmp_path: Path) -> None:
    """Whoever ends well has nothing left to say; a killed one is waited for until it runs again."""
    url, journal = f"sqlite:///{tmp_path / 'shop.sqlite3'}", str(tmp_path / "journal")
    for how, code, left in (("ended", 0, 0), ("killed", -signal.SIGKILL, 1), ("ended", 0, 0)):
        ended = forked.run(["-c", _PROCESS, url, journal, how], cwd=Path.cwd())
        assert (ended.returncode, ended.stdout) == (code, "1\n")
        with closing(SqlStore(url)) as store:
            assert len(store.journals()) == left


_BESIDE = """
import os, signal, sys
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy import Privacy
from tests.gate.exchange import KEYSET
from tests.privacy.shop import POLICY

privacy = Privacy(POLICY, keyset=KEYSET, store=SqlStore(sys.argv[1]), journal=JournalFile(sys.argv[2]))
print("begun", flush=True)
sys.stdin.read()
"""


def test_a_command_that_ends_leaves_the_row_to_the_workers(tmp_path: Path) -> None:
    """A management command, a mailer or a recycled worker ends well beside others; the last one takes the row away."""
    url, journal = f"sqlite:///{tmp_path / 'shop.sqlite3'}", str(tmp_path / "journal")
    worker = subprocess.Popen(
        [sys.executable, "-c", _BESIDE, url, journal],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with worker, closing(SqlStore(url)) as store:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "begun\n"
        [noted] = store.journals()
        assert noted.empty, "before anything is served"
        for _ in range(2):
            ended = forked.run(["-c", _PROCESS, url, journal, "ended"], cwd=Path.cwd())
            assert (ended.returncode, ended.stdout) == (0, "1\n")
            assert [state.name for state in store.journals()] == [noted.name]
        assert worker.communicate("")[0] == ""
        assert worker.returncode == 0
        assert list(store.journals()) == []


def test_a_start_does_not_wait_for_a_ledger_that_cannot_be_written(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The shop is there, the log says that senders do not know of its journal, and a later look notes it."""

    class Held(MemoryStore):
        held = True

        def writing(self) -> Any:
            if self.held:
                raise StoreDown("held")
            return super().writing()

    store, journal = Held(), MemoryJournal()
    journal.marked = Mark(0, GENESIS.pin)  # in step: nothing else is written at a start
    privacy = Privacy(POLICY, keyset=KEYSET, store=store, journal=journal, clock=clock)
    privacy._feed.stop()
    assert "senders do not know of this process's journal yet: held" in caplog.text
    store.held = False
    privacy._feed.look()
    assert [state.name for state in store.journals()] == [journal.name()]


def test_a_clock_that_ran_ahead_is_told(
    privacy: Privacy, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A row from a time to come closes marketing as an old one does, and nobody would know why."""
    ahead = JournalState("ff" * 16, NOW + timedelta(days=400), empty=True)
    with privacy.ledger.store.writing() as writer:
        writer.note_journal(ahead)
    clock.time += 5 * SECOND
    privacy._feed.look()
    assert f"shopprivacy journal retire {ahead.name}" in caplog.text


def test_a_journal_that_did_not_come_back_is_told(
    privacy: Privacy, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, with what gives it up; again when it was seen meanwhile."""
    lost = JournalState("ff" * 16, NOW, empty=True)
    for minutes, told in ((0, 0), (2, 1), (3, 1)):
        clock.time = NOW + timedelta(minutes=minutes)
        if not minutes:
            with privacy.ledger.store.writing() as writer:
                writer.note_journal(lost)
        privacy._feed.look()
        assert caplog.text.count(f"shopprivacy journal retire {lost.name}") == told
    privacy.ledger.retire_journal(lost.name)
    clock.time += 5 * SECOND
    privacy._feed.look()
    assert list(privacy.ledger.open_journals(clock.time)) == []


def test_without_a_journal_a_withdrawal_is_never_acknowledged(clock: Clock) -> None:
    """``none``: while the database is down a withdrawal stands in the browser, with 503; and nobody waits for a row."""
    store = Failing()
    privacy = Privacy(POLICY, keyset=KEYSET, store=store, journal=None, clock=clock)
    privacy._feed.look()
    assert list(store.journals()) == []
    store.down = True
    reply, visitor = answer(privacy, granted(ads=Choice.GRANTED), choice="refuse", asked="ads")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "60")
    assert not visitor.allows("ads")
    with pytest.raises(StoreDown):
        privacy.withdraw(7, "newsletter")
    privacy.close()
