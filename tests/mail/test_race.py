"""D42: nothing is handed off whose check began after the opt-out was acknowledged; four workers, two machines.

Each machine has a journal file of its own and two workers, which are processes. Some take opt-outs while others send:
with the database there, with one worker cut off from it, with a whole machine cut off, and with a worker killed that
had acknowledged opt-outs which only its journal holds.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest

from shopprivacy import Privacy
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.ledger.journal_state import STALE
from shopprivacy.storage.sql import SqlStore
from tests.gate.exchange import KEYSET
from tests.mail.mailing_worker import POLICY, PURPOSE
from tests.servers import new_database
from tests.storage.silent_proxy import SilentProxy

WORKERS: Final = ("a1", "a2", "b1", "b2")
"""By machine."""
SUBSCRIBERS: Final = [f"{number}@klant.example" for number in range(72)]
SECONDS: Final = 60
"""After which marketing must be open again."""

Order = tuple[str, str, Sequence[str]]
"""Which worker does what, about whom."""


class Sqlite:
    """One file, which somebody else may hold so that it can be read and not written."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "shop.sqlite3"
        self.url = f"sqlite:///{self._file}"

    def url_of(self, _worker: str) -> str:
        """What a worker opens."""
        return self.url

    @contextmanager
    def cut_off(self, *_workers: str) -> Iterator[None]:
        """Let nobody write."""
        with closing(sqlite3.connect(self._file, isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            yield


class Postgres:
    """A server, which each worker reaches on a way of its own."""

    def __init__(self, url: str, ways: Mapping[str, SilentProxy]) -> None:
        self.url = url
        self._ways = ways

    def url_of(self, worker: str) -> str:
        """What a worker opens."""
        return self.url.replace("@127.0.0.1/", f"@127.0.0.1:{self._ways[worker].port}/")

    @contextmanager
    def cut_off(self, *workers: str) -> Iterator[None]:
        """Let these hear no answer, and the others go on."""
        for worker in workers:
            self._ways[worker].silent = True
        yield
        for worker in workers:
            self._ways[worker].silent = False


Database = Sqlite | Postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A shop's database, in which everybody has subscribed."""
    with ExitStack() as stack:
        found: Database = Sqlite(tmp_path)
        if request.param == "postgres":
            url = stack.enter_context(new_database("postgres"))
            found = Postgres(url, {worker: stack.enter_context(SilentProxy(5432)) for worker in WORKERS})
        with closing(SqlStore(found.url)) as store:
            privacy = Privacy(POLICY, keyset=KEYSET, store=store)
            mail, now = privacy.mail, datetime.now(UTC)
            how = CollectionMethod.PREFERENCE_PAGE
            privacy.ledger.append(
                mail.marketing.sign_up(mail.subject(address), PURPOSE, at=now, how=how)
                for address in SUBSCRIBERS
            )
            privacy.close()
        yield found


@dataclass
class Shop:
    """Four workers, and what they said."""

    database: Database
    folder: Path
    check: str
    workers: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    handed_off: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ahead = 0
        self.pass_time(0)

    def pass_time(self, seconds: int) -> None:
        """Move the clock of every worker."""
        self.ahead += seconds
        following = self.folder / "clock.new"
        following.write_text(str(self.ahead))
        following.replace(self.folder / "clock")

    def start(self, *names: str) -> None:
        """Start workers, each with its machine's journal."""
        for name in names:
            journal = self.folder / f"journal-{name[0]}.sqlite3"
            program = [
                sys.executable,
                "-m",
                "tests.mail.mailing_worker",
                self.database.url_of(name),
                str(journal),
            ]
            self.workers[name] = subprocess.Popen(
                [*program, str(self.folder / "clock"), self.check],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        for name in names:
            assert self._said(name) == {"ready": True}

    def kill(self, name: str) -> None:
        """End one as a power cut would, for this process."""
        worker = self.workers.pop(name)
        worker.kill()
        worker.communicate()

    def at_once(self, *orders: Order) -> dict[str, Any]:
        """Let each worker do one thing, all at the same time; gives what each said."""
        for name, do, addresses in orders:
            pipe = self.workers[name].stdin
            assert pipe is not None
            pipe.write(f"{json.dumps({'do': do, 'addresses': addresses})}\n")
            pipe.flush()
        said = {name: self._said(name) for name, *_ in orders}
        for reply in said.values():
            self.acknowledged |= reply.get("acknowledged", {})
            self.handed_off += map(tuple, reply.get("handed off", ()))
        return said

    @property
    def too_late(self) -> list[str]:
        """Who was sent something by a check that began after their opt-out was acknowledged."""
        return [
            address for address, began in self.handed_off if began > self.acknowledged.get(address, began)
        ]

    def end(self) -> None:
        """End all."""
        for name in tuple(self.workers):
            self.kill(name)

    def _said(self, name: str) -> dict[str, Any]:
        pipe = self.workers[name].stdout
        assert pipe is not None
        said: dict[str, Any] = json.loads(pipe.readline())
        return said


@contextmanager
def opened(database: Database, folder: Path, check: str) -> Iterator[Shop]:
    """A shop whose four workers run."""
    shop = Shop(database, folder, check)
    try:
        shop.start(*WORKERS)
        yield shop
    finally:
        shop.end()


def _everything(shop: Shop, opting_out: Iterator[str]) -> None:
    """Go through all that can happen; nobody says no a second time."""

    def some(count: int) -> list[str]:
        return [next(opting_out) for _ in range(count)]

    for _ in range(2):  # the database is there
        shop.at_once(
            *(
                (name, "send", SUBSCRIBERS * 2) if name in ("a1", "b1") else (name, "opt out", some(3))
                for name in WORKERS
            )
        )
        shop.at_once(
            *(
                (name, "send", SUBSCRIBERS * 2) if name in ("a2", "b2") else (name, "opt out", some(3))
                for name in WORKERS
            )
        )
    with shop.database.cut_off("a1"):
        shop.at_once(("a1", "opt out", some(6)), ("a2", "send", SUBSCRIBERS * 4))
        shop.at_once(("a2", "send", SUBSCRIBERS))
    with shop.database.cut_off("a1", "a2"):
        shop.pass_time(int(STALE.total_seconds()) + 1)
        shop.at_once(
            ("a1", "opt out", some(6)),
            ("a2", "opt out", some(6)),
            *((name, "send", SUBSCRIBERS) for name in ("b1", "b2")),
        )
        shop.kill("a1")
        shop.at_once(*((name, "send", SUBSCRIBERS) for name in ("a2", "b1", "b2")))
    shop.at_once(*((name, "send", SUBSCRIBERS) for name in ("a2", "b1", "b2")))
    shop.start("a1")
    shop.pass_time(5)  # so that each journal is looked at


def test_nothing_leaves_after_an_opt_out_was_acknowledged(database: Database, tmp_path: Path) -> None:
    """D42: no hand-off whose check began later; afterwards everybody else is sent to, from every worker."""
    opting_out = iter(SUBSCRIBERS)
    with opened(database, tmp_path, "clearance") as shop:
        _everything(shop, opting_out)
        assert len(shop.acknowledged) == 42
        left = list(opting_out)
        until = monotonic() + SECONDS
        while True:
            said = shop.at_once(*((name, "send", SUBSCRIBERS) for name in WORKERS))
            if not any(reply["closed"] for reply in said.values()):
                break
            assert monotonic() < until, said
        assert [sorted(one for one, _ in reply["handed off"]) for reply in said.values()] == [
            sorted(left)
        ] * 4
        assert shop.too_late == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_may_alone_does_not_see_every_opt_out(database: Database, tmp_path: Path) -> None:
    """Asked by the ledger alone, while some of it still stands in journals, some are sent to that said no."""
    with opened(database, tmp_path, "may") as shop:
        _everything(shop, iter(SUBSCRIBERS))
        assert shop.too_late != []
