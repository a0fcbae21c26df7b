"""Real servers, each a child process on 127.0.0.1, and requests to them as they go over the wire."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, NamedTuple

from tests import forked

HOST = "127.0.0.1"
_PATIENCE = 30.0

Fields = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """A response; ``fields`` are its header fields in order, none joined."""

    status: int
    fields: Fields
    text: str

    def all(self, name: str) -> list[str]:
        """Return the values of every field of this name."""
        return [value for key, value in self.fields if key.lower() == name]

    @property
    def sets(self) -> list[str]:
        """The names of the cookies that it sets."""
        return [value.partition("=")[0] for value in self.all("set-cookie")]


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    says: Sequence[str] = (),
) -> Iterator[int]:
    """Run a server until the end of the block, which gets the number of its process.

    It has started when it listens on the port and its log holds all that it ``says`` then.

    Raises:
        RuntimeError: it ended, or did not listen within 30 seconds; the message holds what it said.
    """
    log = folder / f"{Path(command[0]).name}-{port}.log"
    with log.open("wb") as said, _started(command, folder, environment, said) as process:
        try:
            _wait_for(process, port, log, says)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with its workers: the session is its own


@contextmanager
def asking(
    port: int, method: str, path: str, fields: Fields = (), body: str = ""
) -> Iterator[HTTPConnection]:
    """Send a request, its fields one by one; the response is still to be read."""
    with closing(HTTPConnection(HOST, port, timeout=_PATIENCE)) as connection:
        named = any(name == "Host" for name, _ in fields)
        connection.putrequest(method, path, skip_host=named, skip_accept_encoding=True)
        for name, value in fields:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() or None)
        yield connection


def ask(port: int, path: str, *fields: tuple[str, str], method: str = "GET", body: str = "") -> Answer:
    """Send a request and read the response whole."""
    with asking(port, method, path, fields, body) as connection:
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read().decode())


def choose(port: int, choice: str, *fields: tuple[str, str]) -> str:
    """Answer the banner, and return the consent cookie as the browser then sends it."""
    answer = ask(
        port,
        "/privacy/consent",
        ("Sec-Fetch-Site", "same-origin"),
        *fields,
        method="POST",
        body=f"choice={choice}",
    )
    assert answer.status == 303, answer.text
    (cookie,) = (value for value in answer.all("set-cookie") if value.startswith("__Host-consent="))
    return cookie.partition(";")[0]


def _started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None, said: IO[bytes]
) -> subprocess.Popen[bytes] | forked.Process:
    if command[0] == sys.executable:
        return forked.start(command[1:], cwd=folder, env=environment, stdout=said, stderr=said)
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True
    )


def _wait_for(
    process: subprocess.Popen[bytes] | forked.Process, port: int, log: Path, says: Sequence[str]
) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            said = log.read_text(errors="replace")
            if probe.connect_ex((HOST, port)) == 0 and all(text in said for text in says):
                return
        time.sleep(0.05)  # another process: only its port and its log tell when it answers
    raise RuntimeError(f"{log.stem} did not start: {log.read_text(errors='replace')}")
