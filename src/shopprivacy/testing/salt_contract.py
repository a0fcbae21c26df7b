"""What every store of salts must do. Subclass it, give it a fixture ``store``, and pytest runs it::

class TestMyStore(SaltStoreContract):
    @pytest.fixture
    def store(self) -> SaltStore:
        return MyStore(...)  # empty
"""
# ruff: noqa: S101  # a contract suite is made of assertions

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final

from shopprivacy.analytics.store import SaltStore
from shopprivacy.crypto import Secret

__all__ = ["SaltStoreContract"]

SATURDAY: Final = date(2026, 11, 28)
SUNDAY: Final = date(2026, 11, 29)
MONDAY: Final = date(2026, 11, 30)


def sample_salt(number: int = 1) -> Secret:
    """A salt that is told from others by a number."""
    return Secret(number.to_bytes(32, "big"))


class SaltStoreContract:
    """The tests. ``store`` is an empty store for each."""

    def test_the_first_salt_is_kept(self, store: SaltStore) -> None:
        """Whoever comes second is given the first one's; each day has its own."""
        kept = [store.keep(SUNDAY, sample_salt(number)).reveal() for number in (1, 2)]
        assert kept == [sample_salt(1).reveal()] * 2
        assert store.keep(MONDAY, sample_salt(3)).reveal() == sample_salt(3).reveal()

    def test_many_at_once_have_one(self, store: SaltStore) -> None:
        """Workers that all make the salt of a day, and with it the table, are given the same."""
        with ThreadPoolExecutor(4) as pool:
            kept = pool.map(lambda number: store.keep(SUNDAY, sample_salt(number)).reveal(), range(4))
            assert len(set(kept)) == 1

    def test_only_other_days_end(self, store: SaltStore) -> None:
        """What lasts stays as it is, and no later call finds a salt that has ended: the day then has a new one."""
        for number, day in enumerate((SATURDAY, SUNDAY, MONDAY), 1):
            store.keep(day, sample_salt(number))
        for _ in range(2):
            store.end_all_but([SUNDAY, MONDAY])
        kept = [store.keep(day, sample_salt(9)).reveal()[-1] for day in (SATURDAY, SUNDAY, MONDAY)]
        assert kept == [9, 2, 3]

    def test_all_end(self, store: SaltStore) -> None:
        """Where no day lasts, and where there was nothing, too."""
        store.end_all_but([])
        store.keep(SUNDAY, sample_salt(1))
        store.end_all_but([])
        assert store.keep(SUNDAY, sample_salt(2)).reveal() == sample_salt(2).reveal()
