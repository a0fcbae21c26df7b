"""Privacy, put together: the journal, the archive, keys, checkpoints, and the withdrawal feed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shopprivacy import KeysetError, Privacy
from shopprivacy.consent.account_merge import account_of
from shopprivacy.consent.choices import Choice
from shopprivacy.crypto import Keyset
from shopprivacy.decision import Action
from shopprivacy.http.routes import Routes
from shopprivacy.jobs import Job
from shopprivacy.ledger.journal import Bodies, JournalKind, JournalRecord
from shopprivacy.pages.endpoints import Table
from shopprivacy.privacy import root
from shopprivacy.privacy.domains import Domains
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import KEYSET, NOW, choices, make_policy
from tests.privacy.shop import POLICY, Clock, Waiting, context, entries


def test_a_withdrawal_reaches_the_accounts_other_devices(privacy: Privacy) -> None:
    """The other browser carries the account's tie; once this worker has looked at the ledger, it is closed."""
    other = context(privacy, replace(choices(POLICY, ads=Choice.GRANTED), consent_id=b"i" * 16))
    privacy.sign_in(other, "7")
    tied = other.choices
    assert tied is not None
    assert tied.account == account_of(privacy.subject(7))
    assert context(privacy, tied).allows("ads")
    privacy.withdraw(7, "ads")
    privacy._feed.catch_up()
    assert not context(privacy, tied).allows("ads")
    assert context(privacy, replace(tied, account=b"")).allows("ads")


def test_the_feed_looks_by_itself(privacy: Privacy) -> None:
    """From the start, in a thread of its own, although no browser of this account has come by yet."""
    tied = replace(choices(POLICY, ads=Choice.GRANTED), account=account_of(privacy.subject(7)) or b"")
    assert context(privacy, tied).allows("ads")
    passes = Waiting()
    privacy._feed.on_pass = passes.passed
    privacy.withdraw(7, "ads")
    passes.wait(2)
    assert not context(privacy, tied).allows("ads")


def test_a_restored_backup_is_brought_up_to_date_at_start(clock: Clock, tmp_path: Path) -> None:
    """A withdrawal that the backup lacks is in the ledger before anything is served."""
    journal = JournalFile(tmp_path / "journal")
    first = Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), journal=journal, clock=clock)
    first.grant(7, "newsletter")
    first.withdraw(7, "newsletter")
    backup = MemoryStore()
    restored = Privacy(POLICY, keyset=KEYSET, store=backup, journal=journal, clock=clock)
    assert [e.action for e in entries(restored)] == [Action.WITHDRAWN]
    first.close()
    restored.close()


def test_what_a_domain_put_into_the_journal_is_replayed_at_start(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A domain hands its kinds of record to the root; without it they stay."""
    replayed: list[Bodies] = []

    class Erasures:
        routes: Table = Routes({})
        jobs: Sequence[Job] = ()
        journal_kinds = (JournalKind("erasure", replayed.append),)

    class Moving(Domains):
        def __init__(self) -> None:
            super().__init__()
            self.added(Erasures())

    journal = JournalFile(tmp_path / "journal")
    journal.append([JournalRecord("erasure", {"handle": "1"})])
    Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), journal=journal, clock=clock).close()
    assert replayed == []
    monkeypatch.setattr(root, "Domains", Moving)
    Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), journal=journal, clock=clock).close()
    assert replayed == [[{"handle": "1"}]]


def test_every_enforced_policy_is_archived(clock: Clock) -> None:
    """Each version once, with the moment from which it was enforced."""
    store = MemoryStore()
    for policy in (POLICY, POLICY, make_policy()):
        Privacy(policy, keyset=KEYSET, store=store, clock=clock).close()
    archived = store.archived_policies()
    assert [a.version for a in archived] == [POLICY.version, make_policy().version]
    assert '"newsletter"' in archived[0].canonical


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
