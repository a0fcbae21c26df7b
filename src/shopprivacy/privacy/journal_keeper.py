"""The process's own journal: its row in the ledger's database, from which senders know whether it is empty."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from shopprivacy.errors import JournalDown, PrivacyError, StoreDown
from shopprivacy.ledger.journal_state import STALE, WAIT, open_journals
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.policy import Duration
from shopprivacy.storage.patience import patience

log = logging.getLogger("shopprivacy.ledger")


class JournalKeeper:
    """Renews the row that senders read, says which journals did not come back, and leaves at a clean stop.

    ``behind`` says whether choices stand in the journal alone and somebody tries at every look to append them; senders
    wait for ``wait`` for a journal that never came back.
    """

    def __init__(
        self, ledger: Ledger, bound: float, behind: Callable[[], bool], wait: Duration = WAIT
    ) -> None:
        self._ledger = ledger
        self._bound = bound
        self._behind = behind
        self._wait = wait
        self._closed = False
        self._missed: set[str] = set()
        self._unknown: set[str] = set()

    @property
    def lacks(self) -> bool:
        """Whether the ledger may lack a choice: of this process, or of others, since none can write it now."""
        return self._closed or self._behind()

    def begin(self, now: datetime) -> None:
        """Note the journal before anything is served; where that is in vain, every look tries again."""
        try:
            with patience(self._bound):
                self._ledger.note_journal(now)
        except StoreDown as down:
            log.warning("senders do not know of this process's journal yet: %s", down)

    def look(self, now: datetime) -> None:
        """Keep ledger and journal in step, renew the journal's row, and look for the others. Raises StoreDown."""
        if self._behind():  # it has just been tried
            return
        try:
            self._ledger.note_journal(now)
        except JournalDown:  # then choices go into the ledger alone
            raise
        except StoreDown:
            self._closed = True
            raise
        self._closed = False
        for kind in set(self._ledger.unknown_kinds()) - self._unknown:
            self._unknown.add(kind)
            log.warning(
                'the journal holds records of the kind "%s", which this release does not know: they are kept in it '
                "for the newer release that wrote them",
                kind,
            )
        states = self._ledger.store.journals()
        missing = {
            state.name for state in open_journals(states, now, self._wait) if abs(now - state.at) > 2 * STALE
        }
        for name in missing - self._missed:
            log.error(
                "the journal %s has not been seen for a minute: marketing mail waits for it, because it may contain a "
                "withdrawal. Start its process again, or give it up: shopprivacy journal retire %s",
                name,
                name,
            )
        self._missed = missing

    def leave(self) -> None:
        """At a clean stop: nobody needs to wait for this process's journal, where the ledger has all that it holds."""
        try:
            with patience(self._bound):
                self._ledger.leave_journal()
        except PrivacyError as error:
            log.warning("the journal's row stays in the ledger's database until the next start: %s", error)
