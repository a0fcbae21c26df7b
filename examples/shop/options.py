"""The command line of an example shop, the same for every framework."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DEMO_POLICY = Path(__file__).parent.parent / "policies" / "demo.toml"


@dataclass(frozen=True, slots=True)
class Options:
    """Where a shop finds and leaves its things."""

    data: Path
    keys: Path
    policy: Path = DEMO_POLICY
    port: int = 8000
    workers: int = 1
    store: str | None = None
    clock: datetime | None = None
    smtp: tuple[str, int] | None = None
    """Host and port of a mail server; None: mails are files in the outbox."""

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the shop's database: ``--store``, else SQLite in the data folder."""
        return self.store or f"sqlite:///{self.data / 'shop.sqlite3'}"

    @property
    def has_demo_routes(self) -> bool:
        """Whether ``/_demo/`` exists: only in a shop that was started with ``--clock``."""
        return self.clock is not None

    @property
    def hashes_cheaply(self) -> bool:
        """Whether passwords are hashed in no time: in a shop with a clock to move, where they are nobody's."""
        return self.clock is not None


def moment(text: str) -> datetime:
    """Read an ISO 8601 moment; one without an offset is UTC.

    Raises:
        ValueError: the text is no ISO 8601 moment.
    """
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port lies between 0 (pick a free one) and 65535")
    return port


def mail_server(text: str) -> tuple[str, int]:
    """Read ``HOST:PORT``.

    Raises:
        ArgumentTypeError: the text is none.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError("write a mail server as HOST:PORT, such as 127.0.0.1:1025")
    return host, int(port)


def _workers(text: str) -> int:
    workers = int(text)
    if workers < 1:
        raise argparse.ArgumentTypeError("a shop needs at least one worker")
    return workers


def read_options(arguments: Sequence[str] | None = None, *, program: str) -> Options:
    """Read the command line; prints what is wrong and exits with status 2 where it cannot be read."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {program}", description="A small webshop with shopprivacy."
    )
    parser.add_argument("--port", type=_port, default=8000, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="everything the shop writes")
    parser.add_argument(
        "--policy", type=Path, default=DEMO_POLICY, metavar="FILE", help="the policy to enforce"
    )
    parser.add_argument("--store", metavar="URL", help="SQLAlchemy URL instead of the SQLite file")
    parser.add_argument("--workers", type=_workers, default=1, metavar="N", help="worker processes")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the keyset (default: DIR-keys.json)")
    parser.add_argument("--clock", type=moment, metavar="ISO", help="start the shop's clock at this moment")
    parser.add_argument(
        "--smtp", type=mail_server, metavar="HOST:PORT", help="a mail server, instead of files in the outbox"
    )
    given = parser.parse_args(arguments)
    data: Path = given.data.resolve()
    if not given.policy.is_file():
        parser.error(f"--policy: there is no file {given.policy}")
    return Options(
        data=data,
        keys=(given.keys or data.with_name(f"{data.name}-keys.json")).resolve(),
        policy=given.policy.resolve(),
        port=given.port,
        workers=given.workers,
        store=given.store,
        clock=given.clock,
        smtp=given.smtp,
    )
