"""How many of its requests per second a server keeps with the gate in front of an application that does nothing.

    python -m benchmarks.servers [--quick]

gunicorn and uvicorn, each with one worker, serve the raw application bare, behind secure.py, behind Starlette's
SessionMiddleware, and behind the gate with the shop's whole Privacy. 10,000 visitors, none of whom comes back before
all others have been there, send ten cookies each. uvicorn runs on uvloop and httptools, and neither server keeps a log:
what a server spends itself hides what a layer costs. Needs wrk and the packages of the group ``benchmarks``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.stacks.serving import ask, free_port, serving

from benchmarks.gate import TEN, VISITORS, consents, session_cookie
from benchmarks.load import Server, print_kept, rounds_of_load, write_visitors
from benchmarks.shop_files import write_files

_ROOT = Path(__file__).parent.parent
_PYTHON = [sys.executable, "-m"]
_APPLICATIONS = (
    "bare_wsgi",
    "secure_wsgi",
    "gate_wsgi",
    "bare_asgi",
    "secure_asgi",
    "session_asgi",
    "gate_asgi",
)


def command(application: str, port: int) -> list[str]:
    """Return the command that serves a function of ``benchmarks.served``."""
    if application.endswith("asgi"):
        options = ["--factory", "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
        quiet = ["--no-access-log", "--log-level", "warning"]
        return [*_PYTHON, "uvicorn", f"benchmarks.served:{application}", *options, *quiet]
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4"]
    return [*_PYTHON, "gunicorn", f"benchmarks.served:{application}()", *options, "--no-control-socket"]


def main() -> None:
    """Serve, measure and print."""
    quick = "--quick" in sys.argv
    applications = [name for name in _APPLICATIONS if not quick or name.startswith(("bare", "gate"))]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        write_files(folder)
        chosen = write_visitors(
            folder / "chosen.txt", (TEN.encode() + b"; " + consent for consent in consents(VISITORS))
        )
        signed_in = write_visitors(folder / "signed-in.txt", [session_cookie()])
        environment = {**os.environ, "BENCHMARK_FOLDER": name, "PYTHONPATH": str(_ROOT)}
        servers = {}
        for application in applications:
            port = free_port()
            pid = running.enter_context(serving(command(application, port), port, folder, environment))
            _check(application, port)
            visitors = signed_in if application.startswith("session") else chosen
            servers[application] = Server(f"http://127.0.0.1:{port}/", pid, visitors)
        measured = rounds_of_load(servers, 2 if quick else 31)

    print("requests kept, of those of the bare application on the same server")
    layers = [name for name in applications if not name.startswith("bare")]
    print_kept(measured, [(name, f"bare_{name.partition('_')[2]}") for name in layers])


def _check(application: str, port: int) -> None:
    """Make sure that the gate is there where it should be, and nowhere else."""
    gated = ask(port, "/privacy/choices").text != "page"
    if gated is not application.startswith("gate"):
        raise RuntimeError(f"{application} is not what it says")


if __name__ == "__main__":
    main()
