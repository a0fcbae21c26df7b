"""The ledger: an append-only, chained record of what data subjects chose, and what proves it."""

from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import CollectionMethod, Entry, Row
from shopprivacy.ledger.journal import Journal, JournalRecord
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore, LedgerWriter
from shopprivacy.ledger.verify import Fault, Verification

__all__ = [
    "ArchivedPolicy",
    "Checkpoint",
    "CollectionMethod",
    "Entry",
    "Fault",
    "Journal",
    "JournalRecord",
    "Ledger",
    "LedgerStore",
    "LedgerWriter",
    "Pin",
    "PruningRules",
    "Row",
    "Verification",
]
