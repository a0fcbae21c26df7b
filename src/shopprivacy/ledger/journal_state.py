"""What the ledger knows of the journals beside it: whether one of them may hold a choice that it has not got yet.

A shop may have several journals, one for each machine, and a choice stands in one of them alone while the database does
not answer there. So every journal has one row in the ledger's database, which the process that follows the ledger
renews every five seconds, under the ledger's lock: when, and whether all choices in the journal are in the ledger. A
clean stop takes the row away. Whoever must not act on an old yes, as one who sends marketing mail, asks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shopprivacy.policy import Duration

STALE: Final = timedelta(seconds=30)
"""A row of another age than this says nothing: its process is cut off, has been killed, or has another clock."""
WAIT: Final = Duration(24, "hours")
"""How long a journal that never came back is waited for, unless the shop says otherwise."""


class JournalState(NamedTuple):
    """One journal's row."""

    name: str
    """32 hexadecimal digits, which the journal drew when it was made."""
    at: datetime
    """When it was last looked at."""
    empty: bool
    """Whether the ledger had every choice in it then."""


def open_journals(
    states: Iterable[JournalState],
    now: datetime,
    wait: Duration = WAIT,
    *,
    since: datetime | None = None,
) -> Sequence[JournalState]:
    """Those journals that may hold a choice which the ledger lacks.

    One that was empty and has not been seen for longer than ``wait`` is not waited for any longer; nor is one that was
    not empty: by then somebody has heard the alarm, and put the journal back or given it up. A row says nothing either
    that is not younger than ``since``, when the ledger last did not answer.
    """
    return [
        state
        for state in states
        if now <= wait.after(state.at)
        and not (state.empty and abs(now - state.at) <= STALE and (since is None or state.at > since))
    ]
