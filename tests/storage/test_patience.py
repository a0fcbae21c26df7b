"""A database whose lock is held is down for who withdraws, within three seconds, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import make_url, text
from tests.privacy.shop import POLICY
from tests.servers import new_database
from tests.storage.held import held
from tests.storage.silent_proxy import SilentProxy

from shopprivacy import Privacy
from shopprivacy.decision import Action
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.privacy.circuit import PAUSE
from shopprivacy.privacy.configuration import open_journal
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.patience import patience
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.sql.journal import SqlJournal
from shopprivacy.testing.samples import sample_entry, sample_keyset, sample_ledger

CUSTOMERS = 20
"""More than the pool has connections."""
WITHIN = 3.0
"""Seconds in which whoever withdraws is answered."""
AT_ONCE = 1.4
"""Seconds that an answer without a wait may take on a busy machine: less than any wait."""


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """An empty store."""
    with closing(SqlStore(url)) as store:
        yield store


def _seconds(privacy: Privacy, customers: range) -> list[float]:
    """How long each customer waited who withdrew, all at the same time."""

    def withdraw(customer: int) -> float:
        began = monotonic()
        privacy.withdraw(customer, "newsletter", how=CollectionMethod.PREFERENCE_PAGE)
        return monotonic() - began

    with ThreadPoolExecutor(len(customers)) as pool:
        return list(pool.map(withdraw, customers))


def test_withdrawals_are_answered_while_a_lock_is_held(url: str, store: SqlStore, tmp_path: Path) -> None:
    """The first ones wait a moment, those after them not at all; all are in the ledger once it is back."""
    privacy = Privacy(POLICY, keyset=sample_keyset(), store=store, journal=JournalFile(tmp_path / "journal"))
    privacy.close()
    for customer in range(2 * CUSTOMERS):
        privacy.grant(customer, "newsletter")
    with held(url):
        first = _seconds(privacy, range(CUSTOMERS))
        then = _seconds(privacy, range(CUSTOMERS, 2 * CUSTOMERS))
        began = monotonic()
        with pytest.raises(StoreDown):
            privacy.grant(1000, "newsletter")
        assert monotonic() - began < AT_ONCE
    assert max(first) < WITHIN
    assert max(then) < AT_ONCE
    privacy._feed.look()
    for customer in range(2 * CUSTOMERS):
        assert not privacy.may(customer, "newsletter"), customer
    assert [row.entry for row in store.rows() if row.entry and row.entry.action is Action.WITHDRAWN]
    privacy.ledger.verify().require()


@pytest.mark.services
@pytest.mark.parametrize(("server", "port"), [("postgres", 5432), ("mariadb", 3306)])
def test_withdrawals_are_answered_while_the_network_is_silent(server: str, port: int, tmp_path: Path) -> None:
    """A server behind a proxy that takes all and answers nothing: the same, and the follower learns of it, too."""
    with new_database(server) as url, SilentProxy(port) as proxy:
        through = make_url(url).set(port=proxy.port).render_as_string(hide_password=False)
        with closing(SqlStore(through)) as store:
            privacy = Privacy(
                POLICY, keyset=sample_keyset(), store=store, journal=JournalFile(tmp_path / "journal")
            )
            privacy.close()
            for customer in range(2 * CUSTOMERS):
                privacy.grant(customer, "newsletter")
            proxy.silent = True
            first = _seconds(privacy, range(CUSTOMERS))
            then = _seconds(privacy, range(CUSTOMERS, 2 * CUSTOMERS))
            assert max(first) < WITHIN
            assert max(then) < AT_ONCE
            with pytest.raises(StoreDown), patience(0.1):
                privacy._feed.catch_up()
            proxy.silent = False
            privacy._feed.look()
            for customer in range(2 * CUSTOMERS):
                assert not privacy.may(customer, "newsletter"), customer
            privacy.ledger.verify().require()


@pytest.mark.services
@pytest.mark.parametrize(("server", "port"), [("postgres", 5432), ("mariadb", 3306)])
def test_a_start_does_not_hang(server: str, port: int) -> None:
    """A server that is silent, be it before or after the greeting, ends a start with StoreDown."""
    with new_database(server) as url, SilentProxy(port) as proxy:
        through = make_url(url).set(port=proxy.port).render_as_string(hide_password=False)
        with closing(SqlStore(through)) as store:
            proxy.silent = True
            for start in (
                lambda: SqlStore(through),
                lambda: Privacy(POLICY, keyset=sample_keyset(), store=store),
                lambda: open_journal(through),
            ):
                began = monotonic()
                with pytest.raises(StoreDown), patience(0.3):  # sooner than START_SECONDS
                    start()
                assert monotonic() - began < 10


@pytest.mark.services
@pytest.mark.parametrize(("server", "port"), [("postgres", 5432), ("mariadb", 3306)])
def test_a_silent_journal_database_holds_nobody(
    server: str, port: int, url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger answers, the journal's database does not: all are answered in time, and all are in the ledger.

    Of those who withdraw at the very moment at which it falls silent some may be told to come back.
    """
    with new_database(server) as other, SilentProxy(port) as proxy:
        through = make_url(other).set(port=proxy.port).render_as_string(hide_password=False)
        with closing(SqlJournal(through)) as journal:
            privacy = Privacy(POLICY, keyset=sample_keyset(), store=store, journal=journal)
            privacy._feed.stop()
            for customer in range(CUSTOMERS):
                privacy.grant(customer, "newsletter")
            proxy.silent = True

            def withdraw(customer: int) -> float:
                began = monotonic()
                with suppress(StoreDown):
                    privacy.withdraw(customer, "newsletter", how=CollectionMethod.PREFERENCE_PAGE)
                return monotonic() - began

            with ThreadPoolExecutor(CUSTOMERS) as pool:
                assert max(pool.map(withdraw, range(CUSTOMERS))) < WITHIN
            monkeypatch.setattr(privacy._effects.circuit, "_seconds", lambda: monotonic() + PAUSE)
            privacy._effects.catch_up()
            assert not any(privacy.may(customer, "newsletter") for customer in range(CUSTOMERS))


@pytest.mark.services
@pytest.mark.parametrize(("server", "port"), [("postgres", 5432), ("mariadb", 3306)])
def test_a_journal_database_that_stays_silent_refuses_nobody(
    server: str, port: int, url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who connects to it anew holds the ledger no longer than who asks it: the others get their turn in time."""
    with new_database(server) as other, SilentProxy(port) as proxy:
        through = make_url(other).set(port=proxy.port).render_as_string(hide_password=False)
        with closing(SqlJournal(through)) as journal:
            privacy = Privacy(POLICY, keyset=sample_keyset(), store=store, journal=journal)
            privacy._feed.stop()
            for customer in range(6):
                privacy.grant(customer, "newsletter")
            proxy.silent = True
            journal.close()  # no connection is left, as after the first wait in vain
            assert max(_seconds(privacy, range(6))) < WITHIN
            assert not any(privacy.may(customer, "newsletter") for customer in range(6))


def test_a_connection_is_patient_for_whoever_has_it(url: str, store: SqlStore) -> None:
    """The same connection waits shortly for a visitor, and as usual for a command, also after a wait in vain."""
    book = sample_ledger(store)
    for _ in range(2):
        with held(url), patience(0.1):
            began = monotonic()
            with pytest.raises(StoreDown):
                book.append([sample_entry()])
            assert monotonic() - began < WITHIN
    assert book.append([sample_entry()])
    with store._engine.connect() as connection:
        shown = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}
        ask = shown.get(connection.dialect.name, "SELECT @@SESSION.innodb_lock_wait_timeout")
        usual = connection.execute(text(ask)).scalar()
    assert usual in (20_000, "0", 50)


def test_nobody_waits_for_the_pool_and_then_again(url: str, store: SqlStore) -> None:
    """Where all connections are taken, the wait for one is part of the wait."""
    book = sample_ledger(store)
    taken = [store._engine.raw_connection() for _ in range(15)]
    try:
        with pytest.raises(StoreDown, match="no connection is free"):
            book.append([sample_entry()])
    finally:
        for connection in taken:
            connection.close()
    with pytest.raises(StoreDown, match="no connection is free"), patience(1e-9):
        book.append([sample_entry()])
    assert book.append([sample_entry()])
