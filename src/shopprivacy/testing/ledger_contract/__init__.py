"""What every ledger store must do. Subclass it, give it a fixture ``store``, and pytest runs it::

class TestMyStore(LedgerStoreContract):
    @pytest.fixture
    def store(self) -> LedgerStore:
        return MyStore(...)  # empty
"""

from shopprivacy.testing.ledger_contract.suite import LedgerStoreContract

__all__ = ["LedgerStoreContract"]
