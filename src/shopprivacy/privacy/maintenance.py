"""Doing the jobs that are due, in the thread that follows the ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Final

from shopprivacy.jobs import Job
from shopprivacy.privacy.callbacks import redact
from shopprivacy.storage.patience import patience

PATIENCE: Final = 5.0
"""Seconds that a job waits for a store's lock or one of its statements: it is tried again, and others come after it."""

log = logging.getLogger("shopprivacy.maintenance")


class Maintenance:
    """Does each job once in each of its periods. One that fails stops no other, and is tried again."""

    def __init__(self, jobs: Iterable[Job], now: Callable[[], datetime]) -> None:
        self._jobs = tuple(jobs)
        self._now = now
        self._done: dict[str, Hashable] = {}
        self._failing: set[str] = set()

    def __call__(self) -> None:
        """Do what is due. Raises nothing that a job raises."""
        now = self._now()
        for job in self._jobs:
            period = job.period(now)
            if period is None or period != self._done.get(job.name):
                self._do(job, now, period)

    def _do(self, job: Job, now: datetime, period: Hashable) -> None:
        try:
            with patience(PATIENCE):
                job.run(now)
        except Exception as error:  # whatever it raises, the next job is not the worse for it
            if job.name not in self._failing:
                log.error('the job "%s" failed, and is tried again: %s', job.name, redact(error))
            self._failing.add(job.name)
        else:
            self._failing.discard(job.name)
            self._done[job.name] = period
