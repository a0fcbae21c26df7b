"""The thread that writes events: the request path puts what it saw into a queue, and never waits for a disk.

Each process has one, from its first event on: a child of a fork begins with an empty queue and a thread of its own, so
that nothing is written twice.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

from shopprivacy.analytics.building import ViewWithoutEvent
from shopprivacy.analytics.event import FIELDS, Event, level_of, line
from shopprivacy.analytics.sighting import Sighting
from shopprivacy.storage.event_files import EventFiles

LONGEST_QUEUE: Final = 10_000
"""Events that wait to be written, of one process; about 20 MB."""
LONGEST_WAIT: Final = 5.0
"""Seconds that a stop waits for what is left to be written."""

log = logging.getLogger("shopprivacy.analytics")

Build = Callable[[Sighting], Iterable[Event | ViewWithoutEvent]]
_Queue = SimpleQueue[Sighting | threading.Event | None]


class Dropped:
    """How many events of a process were dropped, and not yet counted in a file."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._uncounted = 0
        self.total = 0
        """All of them."""

    def add(self, cause: str) -> None:
        """Count one. The first of a process is told in the log."""
        with self._lock:
            self.total += 1
            self._uncounted += 1
            first = self.total == 1
        if first:
            log.error("events are dropped: %s; DATE.counts.json says how many", cause)

    def take(self) -> int:
        """Return those that are in no file yet, which the caller sees to."""
        with self._lock:
            taken, self._uncounted = self._uncounted, 0
        return taken

    def give_back(self, number: int) -> None:
        """Say that they could not be counted in a file after all."""
        with self._lock:
            self._uncounted += number


class EventWriter:
    """Takes what was seen from any thread, and writes what ``build`` makes of it.

    Args:
        files: where.
        build: makes events of what was seen; called in the writer's thread alone.
    """

    def __init__(self, files: EventFiles, build: Build, fields: Iterable[str] = FIELDS) -> None:
        self._files = files
        self._write = _Writing(files, build, frozenset(fields))
        self._begin_anew()
        self._beginning = Lock()
        _begin_anew_after_forks(self)

    @property
    def dropped(self) -> int:
        """How many events of this process were dropped."""
        return self._dropped.total

    def put(self, seen: Sighting) -> None:
        """Take something; where too much waits already, drop and count it. Never waits."""
        queue = self._queue
        if queue.qsize() >= LONGEST_QUEUE:
            self._dropped.add("more come than the disk takes")
            return
        queue.put(seen)
        if self._thread is None:
            self._begin()

    def write_all(self) -> None:
        """Wait until what was put so far is written, for five seconds at most: before the process ends."""
        if self._thread is not None:
            written = threading.Event()
            self._queue.put(written)
            written.wait(LONGEST_WAIT)

    def forked(self) -> None:
        """After a fork, in the child: thread and queue are the parent's, and so are its open files."""
        self._beginning = Lock()
        self._files.close()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._queue: _Queue = SimpleQueue()
        self._dropped = Dropped()
        self._thread: Thread | None = None

    def _begin(self) -> None:
        with self._beginning:
            if self._thread is not None:
                return
            queue = self._queue
            thread = Thread(
                target=self._write.from_queue,
                args=(queue, self._dropped),
                name="shopprivacy-events",
                daemon=True,
            )
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending
                self._dropped.add("the process was ending")
                return
            self._thread = thread
            weakref.finalize(self, queue.put, None).atexit = False


class _Writing:
    """What the thread does; it holds no writer, so that one that nobody uses any more ends."""

    def __init__(self, files: EventFiles, build: Build, fields: frozenset[str]) -> None:
        self._files = files
        self._build = build
        self._fields = fields

    def from_queue(self, queue: _Queue, dropped: Dropped) -> None:
        """Write until somebody puts None: nobody uses the writer any more."""
        while (seen := queue.get()) is not None:
            if isinstance(seen, threading.Event):
                seen.set()
                continue
            day = seen.at.date()
            try:
                for event in self._build(seen):
                    self._one(event)
            except Exception as error:  # the thread must outlive whatever a disk or a header does
                dropped.add(_cause(error, self._files.folder))
            if dropped.total:
                self._count(day, dropped)
        self._files.close()

    def _one(self, event: Event | ViewWithoutEvent) -> None:
        if isinstance(event, ViewWithoutEvent):
            self._files.add(event.day, views_without_event=1)
        else:
            self._files.write(event.time.day, level_of(event), line(event, self._fields))

    def _count(self, day: date, dropped: Dropped) -> None:
        if number := dropped.take():
            try:
                self._files.add(day, dropped=number)
            except OSError:
                dropped.give_back(number)


def _cause(error: Exception, folder: Path) -> str:
    """Say why an event was dropped; what an exception of anything but a disk says may hold what a visitor sent."""
    if isinstance(error, OSError):
        return f"{error.filename or folder} cannot be written: {error.strerror or error}"
    return f"{type(error).__name__} while an event was made of a response"


def _begin_anew_after_forks(writer: EventWriter) -> None:
    known = weakref.ref(writer)

    def forked() -> None:
        if (inherited := known()) is not None:
            inherited.forked()

    os.register_at_fork(after_in_child=forked)
