"""What the benchmarks' servers serve: the raw applications, bare and behind each layer.

The gate has the shop's whole Privacy behind it; ``BENCHMARK_FOLDER`` is where its policy and keyset are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from secure.middleware import SecureASGIMiddleware, SecureWSGIMiddleware
from starlette.middleware.sessions import SessionMiddleware

from benchmarks.gate import NOW, SECRET, raw, raw_wsgi
from shopprivacy import Privacy
from shopprivacy.asgi import ASGIGate
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.wsgi import WSGIGate


def bare_asgi() -> Any:
    return raw


def secure_asgi() -> Any:
    return SecureASGIMiddleware(raw)


def session_asgi() -> Any:
    return SessionMiddleware(raw, SECRET)


def gate_asgi() -> Any:
    return ASGIGate(raw, _privacy())


def bare_wsgi() -> Any:
    return raw_wsgi


def secure_wsgi() -> Any:
    return SecureWSGIMiddleware(raw_wsgi)


def gate_wsgi() -> Any:
    return WSGIGate(raw_wsgi, _privacy())


def _privacy() -> Privacy:
    folder = Path(os.environ["BENCHMARK_FOLDER"])
    return Privacy.from_file(
        folder / "privacy.toml", keys=folder / "keys.json", store=MemoryStore(), clock=lambda: NOW
    )
