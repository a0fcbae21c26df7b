"""The shop's clock: the real one, or one that ``--clock`` sets and ``POST /_demo/clock`` moves."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def in_utc(moment: datetime) -> datetime:
    """Return a moment of the database, which SQLite gives without a time zone, in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Clock:
    """Tells the shop what time it is.

    A clock that was never set is the real one. A set clock runs on from the moment it was set to. Its offset from
    the real time stands in a small file, which every worker reads at every look, so that all agree at once.
    """

    def __init__(self, data: Path, *, movable: bool) -> None:
        self._file = data / "clock.json"
        self._movable = movable

    def now(self) -> datetime:
        """Return the time in the shop, in UTC."""
        real = datetime.now(UTC)
        if not self._movable:
            return real
        seconds: float = json.loads(self._file.read_text())["seconds_ahead"]
        return real + timedelta(seconds=seconds)

    def set(self, now: datetime) -> None:
        """Make it ``now`` in the shop, for every worker."""
        ahead = (now - datetime.now(UTC)).total_seconds()
        draft = self._file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"seconds_ahead": ahead}))
        draft.replace(self._file)  # in one step: no worker ever reads half a file
