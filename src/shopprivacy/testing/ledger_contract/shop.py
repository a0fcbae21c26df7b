"""Two customers who make up their minds, and a ledger of what they choose."""

from __future__ import annotations

from datetime import timedelta

from shopprivacy.decision import Action
from shopprivacy.ledger.entry import Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.policy import Duration
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_ledger,
    sample_subject,
)

AN = sample_subject("an")
BO = sample_subject("bo")
SEVEN_YEARS = PruningRules(Duration.parse("7 years"))


def ledger(store: LedgerStore, seed: str = "ledger") -> Ledger:
    """A ledger over the store, with the sample keyset and the policy that sample choices refer to."""
    return sample_ledger(store, seed)


def toggled(subject: str = AN, times: int = 3, purpose: str = "newsletter") -> list[Entry]:
    """Granted, withdrawn, granted, … a minute apart."""
    actions = (Action.GRANTED, Action.WITHDRAWN)
    return [
        sample_entry(actions[turn % 2], subject=subject, purpose=purpose, at=NOON + timedelta(minutes=turn))
        for turn in range(times)
    ]
