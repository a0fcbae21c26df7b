"""Starting and stopping an example shop, as on the command line."""

from __future__ import annotations

import os
import secrets
import selectors
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import IO, Any

from shopprivacy.crypto import Keyset
from shopprivacy.errors import WrongSubject
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.subject_keys import SubjectKeyFile
from tests import forked
from tests.shops import databases
from tests.shops.databases import Databases

REPOSITORY = Path(__file__).parent.parent.parent
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""Where the clock of a shop under test starts."""
_PATIENCE = 60.0
"""Four workers that each load the whole shop share the cores of the machine."""


@dataclass(slots=True)
class Chosen:
    """What every shop under test runs on: ``--shop-store`` and ``--shop-workers`` of this run of pytest."""

    databases: Databases = field(default_factory=Databases)
    workers: int = 1


CHOSEN = Chosen()


@dataclass(slots=True)
class RunningShop:
    """A shop that answers on ``url``, and the folder of everything it writes."""

    url: str
    data: Path
    keys: Path
    pid: int
    """The process that was started; its workers are below it."""
    store: str
    """The URL of its database."""
    workers: int
    started_at: datetime
    """When the shop's clock was last set, in the shop's time."""
    real_start: float

    @property
    def now(self) -> datetime:
        """The time in the shop, to the second or so."""
        return self.started_at + (datetime.now(UTC) - datetime.fromtimestamp(self.real_start, UTC))

    def clock_moved_to(self, now: datetime) -> None:
        """Note that the shop's clock was set."""
        self.started_at, self.real_start = now, time.time()

    def rows(self, query: str, *arguments: object) -> list[tuple[object, ...]]:
        """Read the shop's database past the shop; the query is written for SQLite."""
        return databases.rows(self.store, query, arguments)

    def change(self, statement: str, *arguments: object) -> None:
        """Change the shop's database past the shop, as somebody with a database client does."""
        databases.change(self.store, statement, arguments)

    def sealing(self, keyset: Keyset | None = None) -> Sealing:
        """Open what the shop has sealed, with its keyset, unless with another one, and its keys of persons."""
        keys = SubjectKeyFile(self.keys.with_name("subject-keys.sqlite3"))
        note = MemoryStore().store_for(SubjectKeyNote)
        clocks: dict[str, Any] = {
            "random": secrets.token_bytes,
            "now": lambda: self.now,
            "seconds": time.monotonic,
        }
        return Sealing(keyset or self.keyset(), "NL", keys, note, None, **clocks)

    def salts(self, day: datetime) -> list[tuple[str]]:
        """Read the salt of a visitor's day past the shop."""
        with closing(sqlite3.connect(self.data / "salts.sqlite3")) as connection:
            query = "SELECT salt FROM shopprivacy_visitor_salt WHERE day = ?"
            return connection.execute(query, (day.date().isoformat(),)).fetchall()

    def keyset(self) -> Keyset:
        """The shop's keyset."""
        return LocalKeyFile(self.keys).load()

    def opened(self, stored: object, field: str, owner: object, kind: str | None = None) -> object:
        """Read a value that stands in a row of this number, or of this owner; where it is sealed, open it."""
        if isinstance(stored, str):
            return stored
        sealed: Any = stored
        subject = kind or field.partition(".")[0], int(str(owner))
        for group in ("phone", "books"):  # and "profile", unless it is of another one
            with suppress(WrongSubject):
                return self.sealing().open(sealed, field, subject=subject, group=group)
        return self.sealing().open(sealed, field, subject=subject)

    def numbers(self, table: str, email: str) -> list[int]:
        """The numbers of the rows of a table that have an e-mail address, by its index."""
        indexed = self.sealing().index(email, f"{table}.email", normaliser="email")
        found = self.rows(f'SELECT id FROM "{table}" WHERE email_index = ? ORDER BY id', str(indexed))
        return [int(str(number)) for (number,) in found]

    def columns(self) -> dict[str, set[str]]:
        """The tables of the shop's database, each with the names of its columns."""
        return databases.columns(self.store)

    def mails(self, to: str) -> list[EmailMessage]:
        """Return the mails in the outbox to one address, the oldest first."""
        files = sorted((self.data / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        written = [
            data for file in files if to.encode("ascii") in (data := file.read_bytes())
        ]  # few are parsed
        mails = [message_from_bytes(data, _class=EmailMessage, policy=default) for data in written]
        return [mail for mail in mails if mail["To"] == to]

    def log(self, name: str) -> str:
        """Return what one of the shop's logs says so far."""
        return (self.data / name).read_text(encoding="utf-8")


@contextmanager
def running(
    module: str, folder: Path, *options: str, workers: int = 1, clock: datetime | None = NOON
) -> Iterator[RunningShop]:
    """Start ``python -m module`` with its data in ``folder`` on a free port; stop it at the end.

    It has as many ``workers`` as the test needs or the run was told, whichever are more.

    Raises:
        RuntimeError: it did not say within a minute where it listens; the message holds what it said instead.
    """
    data, keys = folder / "data", folder / "keys.json"
    store, workers = CHOSEN.databases.url(folder), max(workers, CHOSEN.workers)
    command = [
        "-m",
        module,
        "--port",
        "0",
        "--data",
        str(data),
        "--keys",
        str(keys),
        "--workers",
        str(workers),
        *options,
    ]
    if store is not None:
        command += ["--store", store]
    if clock is not None:
        command += ["--clock", clock.isoformat()]
    said, (reading, writing) = folder / "stderr.txt", os.pipe()
    with os.fdopen(reading, "rb") as output, said.open("wb") as errors:
        with os.fdopen(writing, "wb") as printed:
            process = forked.start(command, cwd=REPOSITORY, stdout=printed, stderr=errors)
        try:
            url = _listening(output)
            if url is None:
                raise RuntimeError(f"{module} did not start: {said.read_text()}")
            store = store or f"sqlite:///{data / 'shop.sqlite3'}"
            now = clock or datetime.now(UTC)
            yield RunningShop(url, data, keys, process.pid, store, workers, now, time.time())
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def start_and_fail(module: str, folder: Path, *options: str) -> str:
    """Start a shop that cannot start, and return what it says about that."""
    command = ["-m", module, "--port", "0", "--data", str(folder / "data"), *options]
    ended = forked.run(command, cwd=REPOSITORY, timeout=_PATIENCE)
    assert ended.returncode != 0
    assert "listening" not in ended.stdout
    return ended.stderr


def _listening(output: IO[bytes]) -> str | None:
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        deadline = time.monotonic() + _PATIENCE
        while selector.select(max(0.0, deadline - time.monotonic())):
            line = output.readline().decode()
            if line.startswith("listening on "):
                return line.removeprefix("listening on ").strip()
            if not line:
                return None  # it ended
    return None
