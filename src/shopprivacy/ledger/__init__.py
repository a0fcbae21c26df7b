"""The ledger: an append-only, chained record of what data subjects chose, and what proves it."""

from typing import TYPE_CHECKING

from shopprivacy.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from shopprivacy.ledger.chain import Pin
    from shopprivacy.ledger.checkpoint import Checkpoint
    from shopprivacy.ledger.entry import CollectionMethod, Entry, Row
    from shopprivacy.ledger.journal import Journal, JournalKind, JournalRecord, Mark, NumberedRecord
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
    "JournalKind",
    "JournalRecord",
    "Ledger",
    "LedgerStore",
    "LedgerWriter",
    "Mark",
    "NumberedRecord",
    "Pin",
    "PruningRules",
    "Row",
    "Verification",
]

if not TYPE_CHECKING:  # a gate needs entries only, and few processes verify or prune
    __getattr__ = lazy_exports(
        __name__,
        {
            "ArchivedPolicy": "store",
            "Checkpoint": "checkpoint",
            "CollectionMethod": "entry",
            "Entry": "entry",
            "Fault": "verify",
            "Journal": "journal",
            "JournalKind": "journal",
            "JournalRecord": "journal",
            "Ledger": "ledger",
            "LedgerStore": "store",
            "LedgerWriter": "store",
            "Mark": "journal",
            "NumberedRecord": "journal",
            "Pin": "chain",
            "PruningRules": "pruning",
            "Row": "entry",
            "Verification": "verify",
        },
    )
