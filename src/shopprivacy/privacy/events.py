"""Events with an edge: ``privacy.analytics`` with the files it writes, and their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_bytes
from time import monotonic
from typing import TYPE_CHECKING

from shopprivacy.analytics.building import Building
from shopprivacy.analytics.event_rules import event_rules
from shopprivacy.analytics.service import Analytics
from shopprivacy.analytics.store import SaltStore
from shopprivacy.analytics.visitors import Visitors
from shopprivacy.crypto import Keyset
from shopprivacy.errors import StoreDown
from shopprivacy.jobs import Job, daily, every_ten_minutes
from shopprivacy.privacy.configuration import FilePath
from shopprivacy.storage.event_files import EventFiles, files_in
from shopprivacy.storage.event_writer import EventWriter

if TYPE_CHECKING:
    from shopprivacy.policy import Policy


class Events(Analytics):
    """Counts page views, steps and events, and writes them into a folder.

    Args:
        policy: what the shop declares.
        place: the folder; None: nothing is counted.
        now: the shop's clock.
        keyset: the shop's keys.
        salts: where the salts of visitors of the day stand; None: no event says its visitor.
    """

    def __init__(
        self,
        policy: Policy,
        place: FilePath | None,
        now: Callable[[], datetime],
        keyset: Keyset,
        salts: SaltStore | None,
    ) -> None:
        self._policy = policy
        self._folder = folder = None if place is None else Path(place)
        self._writer: EventWriter | None = None
        rules = event_rules(policy)
        self._visitors = Visitors(rules, keyset, salts, token_bytes)
        with suppress(StoreDown):  # then nobody is told apart yet, and the job tries again and says so
            self._visitors.look(now())
        if rules is not None and folder is not None:
            self._writer = EventWriter(EventFiles(folder), Building(rules, self._visitors), rules.fields)
        super().__init__(policy, self._writer.put if self._writer else None, now=now, seconds=monotonic)

    @property
    def dropped(self) -> int:
        """How many events of this process could not be written."""
        return self._writer.dropped if self._writer else 0

    def write_all(self) -> None:
        """Write the events that are not written yet. Waits for five seconds at most."""
        if self._writer is not None:
            self._writer.write_all()

    @property
    def jobs(self) -> Sequence[Job]:
        """Old events go, each day; salts come and go where nobody waits for them."""
        folder = self._folder
        salts = Job("make and end the salts of visitors", self._visitors.look, every_ten_minutes)
        if self._writer is None or folder is None:
            return (salts,)
        return (salts, Job("prune events", lambda now: prune(folder, self._policy, now.date()), daily))


def outlived(folder: Path, policy: Policy, today: date) -> list[Path]:
    """Return the files of events that have outlived the terms of their purposes.

    A file goes when its day and the term of ``analytics.purpose`` are over; a consented one when that of
    ``analytics.visitor`` is, if that is shorter. A purpose without a term keeps them.
    """
    said = policy.analytics
    terms = {
        name: keep.term
        for name in (said.purpose, said.visitor)
        if name is not None and (keep := policy.purposes[name].keep) is not None
    }
    gone = []
    for day, kind, path in files_in(folder):
        names = (said.purpose, said.visitor) if kind == "consented" else (said.purpose,)
        begun = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if any(name in terms and terms[name].after(begun).date() < today for name in names):
            gone.append(path)
    return gone


def prune(folder: Path, policy: Policy, today: date) -> list[Path]:
    """Remove these files, and return them. Another process may do so at the same time."""
    gone = outlived(folder, policy, today)
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
