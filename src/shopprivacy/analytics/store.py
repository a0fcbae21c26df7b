"""What the visitor of the day needs of a store: a random salt for each day, and its end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol

from shopprivacy.crypto import Secret


class SaltStore(Protocol):
    """Keeps the salts of the days that are not over yet, for all workers and hosts of a shop.

    Every method raises StoreDown where the store does not answer.
    """

    def keep(self, day: date, salt: Secret) -> Secret:
        """Keep a day's salt unless the day has one; give the one that is kept."""
        ...

    def end_all_but(self, days: Collection[date]) -> None:
        """Let nothing stay of the salts of other days, in no file that is the store's.

        It is called again and again, also where no salt was ever kept: then nothing is made for it. Where it raises,
        something may have stayed, and the next call finishes it.
        """
        ...
