"""Whether a marketing mail may leave now: the last question before it is handed off, and the order of its parts.

Nobody is mailed whose opt-out was acknowledged before this was asked. An opt-out is a row of the ledger, or, while the
database does not answer where it came in, a record in a journal that becomes one. So first the journals are looked at,
then the ledger: what has left a journal in between is in the ledger by then. Asked the other way round it could be in
neither.

Each part reads what is committed. A transaction of the shop's is no place to ask in: it may see the ledger as it was
when it began, and what it has written keeps those waiting who unsubscribe. Nothing is held once the answer is there,
so that no opt-out waits for a mail server.

One case remains. A machine that is cut off from a database which others still reach goes on to take opt-outs, into its
journal. Others know that no sooner than its row is older than `STALE`. The only way to do without these seconds would
be to refuse the opt-out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from shopprivacy.decision import Decision
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.journal_state import STALE, WAIT, JournalState
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.mail.address import Address

if TYPE_CHECKING:
    from shopprivacy.policy import Duration

_NAMED: Final = 3
"""Journals that an error names."""


class May(Protocol):
    """The decision about an address; see ``Mail.may``."""

    def __call__(
        self, address: Address, purpose: str, *, customer: object | None, sold_at: datetime | None
    ) -> Decision:
        """Decide."""
        ...


class Clearance:
    """Decides right before a marketing mail is handed off. Safe for threads.

    ``may`` decides by the ledger, ``now`` is the shop's clock. ``attempt`` lets through to the database those for whom
    it is worth the wait: a campaign must not wait anew for each of its messages. ``wait`` is how long a journal is
    waited for that never came back.
    """

    def __init__(
        self,
        ledger: Ledger,
        may: May,
        now: Callable[[], datetime],
        attempt: Callable[[], AbstractContextManager[object]] = nullcontext,
        wait: Duration = WAIT,
    ) -> None:
        self._ledger = ledger
        self._may = may
        self._now = now
        self._attempt = attempt
        self._wait = wait
        self._silent: datetime | None = None

    def __call__(
        self,
        address: Address,
        purpose: str,
        *,
        customer: object | None = None,
        sold_at: datetime | None = None,
    ) -> Decision:
        """Decide whether a message of this purpose may leave for this address now: hand it off next, or not at all.

        Raises OpenTransaction inside a transaction of the shop's on the ledger's database, as far as that can be known:
        Django's are, on the ledger's alias; SQLAlchemy's are not, and change nothing about the answer. Raises StoreDown
        where the database does not answer, and while a journal may hold an opt-out that the ledger has not got yet: try
        again later.
        """
        try:
            with self._attempt(), self._ledger.committed():
                waited_for = self._waited_for()
                if not waited_for:
                    return self._may(address, purpose, customer=customer, sold_at=sold_at)
        except StoreDown:
            # Opt-outs that came meanwhile stand in journals, and the rows from before do not say so.
            self._silent = self._now()
            raise
        raise StoreDown(_told(waited_for, self._now()))

    def _waited_for(self) -> Sequence[JournalState]:
        """The journals that may hold an opt-out which the ledger lacks, once this process's own was appended to it."""
        found = self._ledger.open_journals(self._now(), self._wait, since=self._silent)
        if all(state.empty for state in found):
            return found
        self._ledger.keep_in_step()  # under the ledger's lock: what was on its way has arrived
        return self._ledger.open_journals(self._now(), self._wait, since=self._silent)


def _told(states: Sequence[JournalState], now: datetime) -> str:
    named = ", ".join(f"{state.name} ({_why(state, now)})" for state in states[:_NAMED])
    more = f" and {len(states) - _NAMED} more" if len(states) > _NAMED else ""
    return (
        f"marketing mail waits for a journal that may contain an opt-out: {named}{more}. Try again later; "
        "`shopprivacy journal status` shows them all, and `shopprivacy journal retire` gives up one whose disk is gone"
    )


def _why(state: JournalState, now: datetime) -> str:
    age = now - state.at
    if not state.empty:
        return "not empty"
    if age < -STALE:
        return "its clock is ahead of this one"
    return f"not seen for {age.total_seconds():.0f} seconds"
