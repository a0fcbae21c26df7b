"""Python programs in processes that are forked from one which has imported what most of them import.

A shop spends a second of processor time on its imports, and a test run starts a hundred. ``start`` and ``run`` take the
arguments of a ``python`` command line, as ``subprocess`` does; what they start has a session, a folder, an environment
and a module search path of its own, and ends as any interpreter ends. What must import afresh, because it is about
what is imported, is started with ``subprocess``. The library is as it was when the first program was forked: do not
change it while tests run.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType, TracebackType
from typing import IO, Any, Final

IMPORTED: Final = (
    "alembic",
    "argon2",
    "bottle",
    "django.core.asgi",
    "django.core.management",
    "django.core.wsgi",
    "django.db.backends.sqlite3.base",
    "django.db.models",
    "django.forms",
    "django.template.backends.django",
    "fastapi",
    "fastapi.testclient",
    "flask.cli",
    "litestar",
    "pwdlib",
    "pymysql",
    "psycopg",
    "pytest",
    "shopprivacy.adapters.django",
    "shopprivacy.adapters.fastapi",
    "shopprivacy.adapters.flask",
    "shopprivacy.cli",
    "shopprivacy.privacy",
    "shopprivacy.storage.sql",
    "shopprivacy.testing.consent",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
    "starlette.testclient",
    "uvicorn.main",
    "werkzeug.test",
)
"""What most programs import; where one of them is not installed, whoever wants it finds out. Nothing that remembers the
folder in which it was imported, as gunicorn does."""
_ROOT = Path(__file__).parents[1]
_MOST = 1 << 16
_POLL = 0.01


@dataclass(slots=True)
class Process:
    """A program that was started; a subset of :class:`subprocess.Popen`."""

    pid: int
    """Its process, which leads a session and a process group of its own."""
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit status, or None while it runs; negative is the signal that ended it."""
        if self.returncode is None:
            self.returncode = _origin().ask({"ended": self.pid})
        return self.returncode

    def wait(self, seconds: float) -> int:
        """Return its exit status when it has ended.

        Raises:
            subprocess.TimeoutExpired: it runs on for longer.
        """
        until = time.monotonic() + seconds
        while (status := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), seconds)
            time.sleep(_POLL)
        return status

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it, and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.poll() is None:
            self.kill()
            self.wait(10)


def start(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdout: IO[Any] | int,
    stderr: IO[Any] | int,
) -> Process:
    """Run ``python *arguments``: ``-m module …``, ``-c code …`` or ``file …``."""
    given = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(os.environ if env is None else env)}
    streams = [stream if isinstance(stream, int) else stream.fileno() for stream in (stdout, stderr)]
    return Process(_origin().ask(given, streams))


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, and return what it printed.

    Raises:
        subprocess.TimeoutExpired: it takes longer.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        with start(arguments, cwd=cwd, env=env, stdout=out, stderr=err) as process:
            status = process.wait(timeout)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(arguments), status, out.read(), err.read())


@dataclass(slots=True)
class _Origin:
    """The process that all are forked from, and the way to ask it."""

    process: subprocess.Popen[bytes]
    connection: socket.socket
    turn: Lock = field(default_factory=Lock)

    def ask(self, request: Mapping[str, Any], streams: Sequence[int] = ()) -> Any:
        """Send a request, and return the answer."""
        with self.turn:
            message = json.dumps(request).encode() + b"\n"
            sent = socket.send_fds(self.connection, [message], streams)
            self.connection.sendall(message[sent:])
            return json.loads(self.connection.recv(_MOST))

    def end(self) -> None:
        """Let it end, and whatever still runs with it."""
        self.connection.close()
        self.process.wait(30)


@cache
def _origin() -> _Origin:
    here, there = socket.socketpair()
    with there:
        command = [sys.executable, "-m", "tests.forked", str(there.fileno())]
        process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[there.fileno()], start_new_session=True)
    return _Origin(process, here)


def end() -> None:
    """End the process that all are forked from, where one was needed."""
    if _origin.cache_info().currsize:
        _origin().end()
        _origin.cache_clear()


def _serve(connection: socket.socket) -> Mapping[str, Any]:
    """Fork whatever is asked for; return in the new process, with what it is to do."""
    running = set[int]()
    while True:
        message, streams, _, _ = socket.recv_fds(connection, _MOST, 2)
        while message and not message.endswith(b"\n"):
            message += connection.recv(_MOST)
        if not message:
            break
        request: dict[str, Any] = json.loads(message)
        if "ended" in request:
            pid, status = os.waitpid(request["ended"], os.WNOHANG)
            running.discard(pid)
            connection.send(json.dumps(os.waitstatus_to_exitcode(status) if pid else None).encode())
            continue
        pid = os.fork()
        if pid == 0:
            connection.close()
            os.setsid()
            for number, stream in enumerate(streams, 1):
                os.dup2(stream, number)
                os.close(stream)
            return request
        running.add(pid)
        for stream in streams:
            os.close(stream)
        connection.send(json.dumps(pid).encode())
    for pid in running:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    raise SystemExit


def _become(arguments: Sequence[str], folder: str) -> None:
    """Run a program as ``python`` does, to its end."""
    first, *rest = arguments
    if first == "-m":
        sys.argv = rest
        sys.path.insert(0, folder)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.path.insert(0, "")
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(rest[0], "<string>", "exec"), main.__dict__)
    else:
        sys.argv = [first, *rest]
        sys.path.insert(0, str(Path(folder, first).parent))
        runpy.run_path(first, run_name="__main__")


class _Status:
    """How the program ended; an interpreter that ends does not tell."""

    code = 0

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, SystemExit):
            self.code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            self.code = 1

    def leave(self) -> None:
        """End without taking every module apart, which costs a tenth of a second."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(self.code)


def _main() -> None:
    """Import, serve, and in each new process run its program."""
    status = _Status()
    atexit.register(status.leave)  # the first to be registered is the last to be called
    sys.path.remove(str(_ROOT))
    del sys.modules["tests"]
    for name in IMPORTED:
        with suppress(ImportError):
            import_module(name)
    gc.freeze()  # so that no collection writes to what the processes share
    connection = socket.socket(fileno=int(sys.argv[1]))
    request = _serve(connection)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    with status:
        _become(request["arguments"], request["cwd"])


if __name__ == "__main__":
    _main()
