"""What an event costs, beside a line of JSON in a log.

    python -m benchmarks.analytics [--quick]

The peer is python-json-logger's OrjsonFormatter behind a handler that writes to a file, called with the same fields as
extras. *Request path* is what a request waits for: the watch, the look at consent, the queue. *Whole* is that, the
event, and its line on disk, done one after the other in one thread. Needs the packages of the group ``benchmarks``.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter

from benchmarks.gate import GATE
from benchmarks.rounds import rounds_of, typical
from shopprivacy.analytics.building import Building
from shopprivacy.analytics.event import Event, level_of, line
from shopprivacy.analytics.event_rules import event_rules
from shopprivacy.analytics.service import Analytics, enter, leave
from shopprivacy.analytics.sighting import ROUTE_KEY, Sighting, route_left
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.policy import Policy
from shopprivacy.storage.event_files import EventFiles
from shopprivacy.wsgi import _Head

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = Policy(
    effective=NOW.date(),
    jurisdiction="NL",
    languages=["nl", "fr"],
    controller={"name": "Shop", "address": "Street 1", "email": "p@shop.example"},
    purposes={
        "visits": {"basis": "legitimate_interest", "interest": "knowing what works", "keep": "13 months"},
        "statistics": {"basis": "consent", "keep": "13 months"},
    },
    analytics={
        "purpose": "visits",
        "visitor": "statistics",
        "keep_params": ["slug"],
        "campaigns": ["newsletter"],
        "funnel": ["POST /cart"],
    },
)
ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/products/teapot",
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
    "REMOTE_ADDR": "203.0.113.77",
    "wsgi.url_scheme": "https",
    "HTTP_HOST": "shop.example",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "HTTP_ACCEPT_LANGUAGE": "nl-BE,nl;q=0.9,en;q=0.8",
    "HTTP_REFERER": "https://shop.example/",
    "HTTP_SEC_FETCH_SITE": "same-origin",
    "HTTP_SEC_FETCH_DEST": "document",
    ROUTE_KEY: ("/products/<slug>", {"slug": "teapot"}),
}
ANSWERED = [
    (b"content-length", b"4711"),
    (b"content-type", b"text/html; charset=utf-8"),
    (b"vary", b"Cookie"),
]
EXTRA = {
    "site": "shop.example", "route": "/products/{slug}", "parameters": {"slug": "teapot"}, "status": 200,
    "duration": 12, "entry": False, "browser": "Firefox/128", "device": "desktop", "language": "nl",
}  # fmt: skip


def log_line(folder: Path) -> Callable[[], object]:
    logger = logging.getLogger("benchmark.events")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler = logging.FileHandler(folder / "peer.jsonl")
    handler.setFormatter(OrjsonFormatter("{asctime} {message}", style="{"))
    logger.addHandler(handler)
    return lambda: logger.info("page", extra=EXTRA)


def cases(folder: Path) -> dict[str, Callable[[], object]]:
    queue: SimpleQueue[Sighting] = SimpleQueue()
    passage = Passage(Gate(POLICY, GATE.keyset), _Head(ENVIRON), NOW)
    analytics = Analytics(POLICY, queue.put, now=lambda: NOW, seconds=monotonic)
    watch, rules = analytics.watch, event_rules(POLICY)
    if watch is None or rules is None:
        raise LookupError("nothing is counted")
    build, files, fields = Building(rules), EventFiles(folder), rules.fields

    def request_path() -> None:
        watched = watch(passage, ENVIRON, route_left)
        token = enter(watched)
        watched.left(200, ANSWERED)
        leave(token)

    def write() -> None:
        for event in build(queue.get()):
            if isinstance(event, Event):
                files.write(event.time.day, level_of(event), line(event, fields))

    def whole() -> None:
        request_path()
        write()

    def put_alone() -> None:
        request_path()
        queue.get()

    return {
        "log": log_line(folder),
        "request path": put_alone,
        "queue": lambda: (queue.put(None), queue.get()),
        "whole": whole,
    }  # type: ignore[arg-type]


def main() -> None:
    rounds = 10 if "--quick" in sys.argv else 60
    with tempfile.TemporaryDirectory() as folder:
        measured = rounds_of(cases(Path(folder)), rounds=rounds, calls=2000)
    print(
        f"a line through logging and OrjsonFormatter: {typical(measured, lambda r: r['log']) / 1000:.1f} microseconds"
    )
    print("of that:")
    for name, goal in (("request path", 0.15), ("whole", 1.5)):
        print(f"  {name:16}{typical(measured, lambda r, n=name: r[n] / r['log']):8.2f}   (goal {goal})")  # type: ignore[misc]


if __name__ == "__main__":
    main()
