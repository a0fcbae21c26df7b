"""The whole suite."""

from __future__ import annotations

from shopprivacy.testing.ledger_contract.choices import ChoicesContract
from shopprivacy.testing.ledger_contract.proof import ProofContract
from shopprivacy.testing.ledger_contract.queries import QueryContract


class LedgerStoreContract(ChoicesContract, QueryContract, ProofContract):
    """The tests. ``store`` is an empty store for each."""
