"""The domains of one shop, and what they hand to its root: endpoints, jobs, kinds of journal record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from shopprivacy.jobs import Job
from shopprivacy.ledger.journal import JournalKind
from shopprivacy.pages.endpoints import Table


class Domain(Protocol):
    """The service of a domain that has endpoints and jobs of its own."""

    @property
    def routes(self) -> Table:
        """Its endpoints."""
        ...

    @property
    def jobs(self) -> Sequence[Job]:
        """What it does now and then, off the request path."""
        ...


@runtime_checkable
class Journalled(Protocol):
    """A domain that keeps acts in the journal which a restored backup must not undo, and does them again."""

    @property
    def journal_kinds(self) -> Sequence[JournalKind]:
        """Its kinds of record, and how they are replayed."""
        ...


D = TypeVar("D", bound=Domain)


class Domains:
    """The domains of one shop."""

    def __init__(self) -> None:
        self._all: list[Domain] = []

    def added(self, domain: D) -> D:
        """Add a domain, and return it."""
        self._all.append(domain)
        return domain

    def routes(self) -> list[Table]:
        """The endpoints of all."""
        return [domain.routes for domain in self._all]

    def jobs(self) -> list[Job]:
        """What all of them do now and then."""
        return [job for domain in self._all for job in domain.jobs]

    def journal_kinds(self) -> list[JournalKind]:
        """The kinds of record of those that have any."""
        return [
            kind for domain in self._all if isinstance(domain, Journalled) for kind in domain.journal_kinds
        ]
