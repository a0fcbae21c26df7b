"""Opt-outs while workers are killed, their disks fill up, and the database stops or hangs: is one lost?

    python -m tests.soak.optouts [--optouts 100000] [--database sqlite|postgres|mariadb] [--workers 4] [--seed 1]

Four workers on two machines, which is two journals, take the opt-outs. Every few hundred, one worker is killed by
SIGKILL and started again, has a full disk, or all of them lose the database. In the end each that was acknowledged must
stand in the ledger, and the ledger must verify.

Then fifty workers that have no journal take a twentieth as many, and are killed one after the other while a campaign
goes on: nothing that was acknowledged is lost or sent to afterwards, and nobody waits for those that are gone.

Prints what it did and what it found; ends with 1 where something was lost.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Condition, Event, Thread
from typing import Final

from shopprivacy import Privacy, StoreDown
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from tests import forked
from tests.gate.exchange import KEYSET
from tests.servers import new_database
from tests.soak.worker import POLICY, PURPOSE, address
from tests.storage.silent_proxy import SilentProxy

ROOT: Final = Path(__file__).parents[2]
PORTS: Final = {"postgres": 5432, "mariadb": 3306}
LONGEST: Final = 2.0
"""Seconds that one trouble lasts where nothing is acknowledged meanwhile."""


class Database:
    """A database that can be taken away from the workers. ``url`` is the way that always stands."""

    def __init__(self, url: str, way: SilentProxy | None) -> None:
        self.url = url
        self._way = way
        self.workers_url = url if way is None else url.replace("@127.0.0.1/", f"@127.0.0.1:{way.port}/")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let nobody be answered; on SQLite, let nobody write."""
        if self._way is None:
            file = self.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as held:
                held.execute("BEGIN IMMEDIATE")
                yield
            return
        self._way.silent = True
        yield
        self._way.silent = False

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let nobody connect; a file of SQLite's cannot be stopped, and hangs."""
        if self._way is None:
            with self.hanging():
                yield
            return
        self._way.go()
        yield
        self._way.gone = False


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Database]:
    """An empty database of a kind."""
    with ExitStack() as stack:
        if kind == "sqlite":
            url, way = f"sqlite:///{folder / 'shop.sqlite3'}", None
        else:
            url = stack.enter_context(new_database(kind))
            way = stack.enter_context(SilentProxy(PORTS[kind]))
        SqlStore(url).close()  # makes the tables
        yield Database(url, way)


class Acknowledged:
    """What workers said of ``all_of_them``: when each opt-out was acknowledged."""

    def __init__(self, all_of_them: int) -> None:
        self._all = all_of_them
        self.at: dict[int, int] = {}
        self._changed = Condition()

    def add(self, number: int, at: int) -> None:
        """Note one."""
        with self._changed:
            self.at.setdefault(number, at)
            self._changed.notify_all()

    def wait(self, more: int, seconds: float) -> None:
        """Until so many more are, or all, or for so long."""
        with self._changed:
            target = min(len(self.at) + more, self._all)
            self._changed.wait_for(lambda: len(self.at) >= target, timeout=seconds)


class Worker:
    """One process at a time that takes some opt-outs."""

    def __init__(
        self, store: str, journal: str, numbers: Iterable[int], left: Path, said: Acknowledged
    ) -> None:
        self._store = store
        self._journal = journal
        self._numbers = list(numbers)
        self._left = left
        self._said = said
        self.start()

    def start(self) -> None:
        """Go on with what is not acknowledged."""
        self._left.write_text(
            " ".join(str(number) for number in self._numbers if number not in self._said.at)
        )
        theirs, ours = os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        program = ["-m", "tests.soak.worker", self._store, self._journal, str(self._left)]
        try:
            self._process = forked.start(program, cwd=ROOT, stdout=ours, stderr=nowhere)
        finally:
            os.close(ours)
            os.close(nowhere)
        self._reader = Thread(target=self._read, args=(theirs,))
        self._reader.start()

    def kill(self) -> None:
        """SIGKILL; returns when all that it said was read."""
        self.send(signal.SIGKILL)  # by its own number: it may have no group yet
        self._process.wait(60)
        self._reader.join()

    def send(self, signal_number: int) -> None:
        """Tell it something, where it runs."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal_number)

    @property
    def is_done(self) -> bool:
        """Whether each of its opt-outs is acknowledged; starts it again where a signal ended it."""
        status = self._process.poll()
        if status is None:
            return False
        if status > 0:
            raise RuntimeError(f"a worker failed ({status}): python -m tests.soak.worker {self._store} …")
        self._reader.join()
        if all(number in self._said.at for number in self._numbers):
            return True
        self.start()
        return False

    def _read(self, pipe: int) -> None:
        with open(pipe, "rb") as lines:
            for line in lines:
                number, at = line.split()
                self._said.add(int(number), int(at))


def lost(database: Database, acknowledged: Iterable[int], journals: Sequence[Path]) -> list[int]:
    """Which of the acknowledged the ledger lacks once it is up to date with the journals; it must verify."""
    with closing(SqlStore(database.url)) as store:
        for file in journals:
            privacy = Privacy(POLICY, keyset=KEYSET, store=store, journal=JournalFile(file))
            privacy.close()
        privacy = Privacy(POLICY, keyset=KEYSET, store=store)
        said_no = {
            row.entry.subject for row in store.rows() if row.entry and row.entry.action is Action.WITHDRAWN
        }
        privacy.ledger.verify().require()
        missing = [one for one in acknowledged if privacy.mail.subject(address(one)) not in said_no]
        privacy.close()
    return missing


def with_journals(
    kind: str, count: int, workers: int, seed: str, folder: Path, longest: float = LONGEST
) -> list[int]:
    """Two machines with a journal each; gives what was lost."""
    random, said, troubles = Random(seed), Acknowledged(count), Counter[str]()
    journals = [folder / f"journal-{machine}.sqlite3" for machine in "ab"]
    began = time.monotonic()
    with opened(kind, folder) as database:
        running = [
            Worker(
                database.workers_url,
                str(journals[which % 2]),
                range(which, count, workers),
                folder / f"left-{which}",
                said,
            )
            for which in range(workers)
        ]
        few = max(10, count // 400)

        def full(worker: Worker) -> None:
            worker.send(signal.SIGUSR1)
            said.wait(few, longest)
            worker.send(signal.SIGUSR2)

        def killed(worker: Worker) -> None:
            worker.kill()
            worker.start()

        def without(away: Callable[[], object]) -> None:
            with away():  # type: ignore[attr-defined]
                said.wait(few, longest)
                if random.random() < 0.5:
                    killed(random.choice(running))
                    said.wait(few, longest)

        try:
            while not all([worker.is_done for worker in running]):  # noqa: C419  # start all again
                said.wait(few, longest)
                trouble = random.choice(["killed", "full disk", "hanging", "stopped"])
                troubles[trouble] += 1
                worker = random.choice(running)
                match trouble:
                    case "killed":
                        killed(worker)
                    case "full disk":
                        full(worker)
                    case "hanging":
                        without(database.hanging)
                    case _:
                        without(database.stopped)
        finally:
            for worker in running:
                worker.kill()
        missing = lost(database, said.at, journals)
    told = ", ".join(f"{number} x {trouble}" for trouble, number in sorted(troubles.items()))
    took = f"{time.monotonic() - began:.0f} s"
    print(f"{kind}: {len(said.at)} opt-outs acknowledged, {len(missing)} lost; {told}; {took}")
    return missing


def without_journals(kind: str, count: int, workers: int, seed: str, folder: Path) -> list[str]:
    """Workers that have none, killed while a campaign goes on; gives what was wrong."""
    random, said, ended = Random(seed), Acknowledged(count), Event()
    handed_off: list[tuple[int, int]] = []
    closed = Counter[bool]()
    began = time.monotonic()
    with opened(kind, folder) as database, closing(SqlStore(database.url)) as store:
        shop = Privacy(POLICY, keyset=KEYSET, store=store)
        now, how = datetime.now(UTC), CollectionMethod.PREFERENCE_PAGE
        mail = shop.mail
        shop.ledger.append(
            mail.marketing.sign_up(mail.subject(address(one)), PURPOSE, at=now, how=how)
            for one in range(count)
        )

        def send() -> None:
            while not ended.is_set():
                for number in range(count):
                    at = time.monotonic_ns()
                    try:
                        if mail.clearance(address(number), PURPOSE):
                            handed_off.append((number, at))
                    except StoreDown as down:
                        closed["journal" in str(down)] += 1

        campaign = Thread(target=send)
        running = [
            Worker(database.workers_url, "none", range(which, count, workers), folder / f"none-{which}", said)
            for which in range(workers)
        ]
        campaign.start()
        try:
            random.shuffle(running)
            for number, worker in enumerate(running):
                said.wait(max(1, count // (2 * workers)), LONGEST)
                if number % 10 == 0:
                    with database.hanging():
                        said.wait(1, LONGEST / 4)
                        worker.kill()
                else:
                    worker.kill()
        finally:
            for worker in running:
                worker.kill()
            ended.set()
            campaign.join()
        waited_for = list(store.journals())
        left = next((number for number in range(count) if number not in said.at), None)
        is_open = left is None or bool(mail.clearance(address(left), PURPOSE))
        shop.close()
        missing = lost(database, said.at, [])
    too_late = [number for number, at in handed_off if at > said.at.get(number, at)]
    print(
        f"{kind}, {workers} workers without a journal, all killed: {len(said.at)} opt-outs acknowledged, "
        f"{len(missing)} lost; a campaign handed {len(handed_off)} messages off, {len(too_late)} of them too late; "
        f"{closed[True]} waited for a journal; {time.monotonic() - began:.0f} s"
    )
    wrong = {
        "acknowledged and lost": missing,
        "sent to afterwards": too_late,
        "journals are waited for": waited_for or closed[True],
        "marketing stayed closed": not is_open,
        "nothing was handed off": not handed_off,
        "nothing was acknowledged": not said.at,
    }
    return [what for what, found in wrong.items() if found]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak.optouts", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--optouts", type=int, default=100_000, help="how many (default: %(default)s)")
    parser.add_argument(
        "--database", choices=["sqlite", *PORTS], default="sqlite", help="(default: %(default)s)"
    )
    parser.add_argument("--workers", type=int, default=4, help="processes at work (default: %(default)s)")
    parser.add_argument(
        "--killed", type=int, default=50, help="workers without a journal (default: %(default)s)"
    )
    parser.add_argument("--seed", default="1", help="of the troubles (default: %(default)s)")
    options = parser.parse_args()
    logging.disable()  # what a shop logs meanwhile are thousands of lines
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        missing = with_journals(options.database, options.optouts, options.workers, options.seed, Path(one))
        count = max(options.optouts // 20, 4 * options.killed)
        wrong = without_journals(options.database, count, options.killed, options.seed, Path(other))
    for what in wrong:
        print(f"wrong: {what}")
    sys.exit(bool(missing or wrong))


if __name__ == "__main__":
    main()
