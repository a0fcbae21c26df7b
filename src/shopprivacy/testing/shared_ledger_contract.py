"""What a ledger store must do that several processes use at once, beside what every store must. Subclass it, and give
it beside ``store`` a fixture ``opening``: the Python code that opens the same store, as ``store``, in another process::

class TestMyStore(SharedLedgerStoreContract):
    @pytest.fixture
    def store(self) -> LedgerStore:
        return MyStore("address")  # empty

    @pytest.fixture
    def opening(self) -> str:
        return "from my_shop.ledger import MyStore; store = MyStore('address')"
"""
# ruff: noqa: S101, T201, S603  a contract suite is made of assertions; its processes talk by what they print

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final

from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.ledger_contract import LedgerStoreContract
from shopprivacy.testing.ledger_contract.shop import AN, BO, ledger, toggled
from shopprivacy.testing.samples import NOON, sample_subject

__all__ = ["SharedLedgerStoreContract"]

PATIENCE: Final = 120
"""Seconds after which a process that should have ended is killed, and its test fails."""
PURPOSES: Final = ("advertising", "personalisation", "statistics")
DAYS: Final = tuple(date(2026, 1, 1) + timedelta(days=number) for number in range(25))


class SharedLedgerStoreContract(LedgerStoreContract):
    """The tests. ``store`` is an empty store for each, and ``opening`` opens it elsewhere."""

    def test_processes_keep_one_chain(self, store: LedgerStore, opening: str) -> None:
        """Processes that write at once lose nothing and keep one chain; each row they were given is there."""
        with started(opening, "append_rows(store, 'a', 25)", "append_rows(store, 'b', 25)") as processes:
            told = [line for process in processes for line in _said_by(process)]
        assert sorted(told) == sorted(map(_as_told, store.rows()))
        assert store.head().count == 50
        ledger(store).verify().require()

    def test_killed_writers_lose_nothing(self, store: LedgerStore, opening: str) -> None:
        """kill -9 in the middle of writing loses nothing acknowledged, and leaves a chain that goes on."""
        acknowledged: list[str] = []
        for turn in range(2):
            with started(opening, f"append_rows(store, 'k{turn}', 100_000)") as [process]:
                acknowledged += [_next_line(process) for _ in range(10 + turn)]
                process.kill()
                acknowledged += [line.strip() for line in _out(process) if line.endswith("\n")]
        rows = set(map(_as_told, store.rows()))
        assert set(acknowledged) <= rows
        assert len(rows) - len(acknowledged) <= 2  # committed, and killed before it could say so
        ledger(store, "after").append(toggled(BO, 1))
        ledger(store).verify().require()

    def test_what_others_committed_is_seen(self, store: LedgerStore, opening: str) -> None:
        """Whoever asks for what is committed sees what another process has just acknowledged, at each read."""
        with started(opening, "append_rows(store, 'c', 3)") as [process], store.committed():
            told = [_next_line(process) for _ in range(3)]
            assert told == sorted(map(_as_told, store.rows()))
            assert process.wait(PATIENCE) == 0
            ledger(store, "here").append(toggled(BO, 1))
            assert store.head().count == 4

    def test_who_is_killed_while_writing_blocks_nobody(self, store: LedgerStore, opening: str) -> None:
        """kill -9 of a process that has the ledger alone: its rows never were, and whoever waits writes at once."""
        with started(opening, "hold_the_ledger(store)") as [process], ThreadPoolExecutor(1) as pool:
            assert _next_line(process) == "written, not committed"
            assert store.head().count == 0
            waiting = pool.submit(lambda: ledger(store, "waiting").append(toggled(BO, 1)))
            process.kill()
            assert len(waiting.result(timeout=PATIENCE)) == 1
        ledger(store, "after").append(toggled(BO, 2)[1:])
        assert [row.seq for row in store.rows_of(BO)] == [1, 2]
        assert store.rows_of(AN) == []
        ledger(store).verify().require()

    def test_processes_count_every_refusal(self, store: LedgerStore, opening: str) -> None:
        """Processes that count the first refusals of a day at once count them all, and none locks another out."""
        with started(opening, *["count_refusals(store)"] * 4) as processes:
            _let_go(processes)
            assert [_said_by(process) for process in processes] == [["counted"]] * 4
        assert store.refusals() == {(day, purpose): 4 for day in DAYS for purpose in PURPOSES}

    def test_processes_archive_each_policy_once(self, store: LedgerStore, opening: str) -> None:
        """Processes that start at once under a new policy archive it once, and none fails for being second."""
        with started(opening, *["archive_policies(store)"] * 3) as processes:
            _let_go(processes)
            assert [_said_by(process) for process in processes] == [["archived"]] * 3
        assert list(store.archived_policies()) == _policies()


_CALLED = "append_rows, archive_policies, count_refusals, hold_the_ledger"


@contextmanager
def started(opening: str, *calls: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that open the store and then make one of these calls each; gone when the context ends."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import {_CALLED}\n{opening}\n{call}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for call in calls
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def append_rows(store: LedgerStore, name: str, count: int) -> None:
    """In another process: append ``count`` choices, each by itself, and tell each one that is acknowledged."""
    book = ledger(store, name)
    for entry in toggled(sample_subject(name), count):
        for row in book.append([entry]):
            print(_as_told(row), flush=True)


def hold_the_ledger(store: LedgerStore) -> None:
    """In another process: write a row, and hold the ledger until killed."""
    with store.writing() as writer:
        [row] = ledger(MemoryStore(), "held").append(toggled(AN, 1))
        writer.add([row], Head(row.seq, row.hash, row.hash))
        print("written, not committed", flush=True)
        sys.stdin.read()
        raise SystemExit


def count_refusals(store: LedgerStore) -> None:
    """In another process: count a refusal of each purpose on each day, once let go."""
    _wait()
    for day in DAYS:
        store.count_refusals(day, PURPOSES)
    print("counted", flush=True)


def archive_policies(store: LedgerStore) -> None:
    """In another process: archive some policies, once let go."""
    _wait()
    for policy in _policies():
        store.archive_policy(policy)
    print("archived", flush=True)


def _policies() -> list[ArchivedPolicy]:
    return [
        ArchivedPolicy(f"{day}.00000000", day, NOON + timedelta(days=turn), "{}")
        for turn, day in enumerate(DAYS)
    ]


def _wait() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _let_go(processes: Iterable[subprocess.Popen[str]]) -> None:
    """Once all of them are ready, so that they meet."""
    for process in processes:
        assert _next_line(process) == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def _as_told(row: Row) -> str:
    return f"{row.seq} {row.hash.hex()}"


def _out(process: subprocess.Popen[str]) -> Iterable[str]:
    assert process.stdout is not None
    return process.stdout


def _next_line(process: subprocess.Popen[str]) -> str:
    return next(iter(_out(process)), "").strip()


def _said_by(process: subprocess.Popen[str]) -> list[str]:
    """What it says until it ends, which must be well."""
    said = process.communicate(timeout=PATIENCE)[0].splitlines()
    assert process.returncode == 0
    return said
