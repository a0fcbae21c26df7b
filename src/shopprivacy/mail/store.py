"""What mail keeps beside the ledger: which keyset's subjects it knows, and who was mailed a link today."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.errors import KeysetError


class MailStore(Protocol):
    """Every method may raise StoreDown."""

    def ring(self, fingerprint: str) -> str:
        """Keep the fingerprint of the ring ``subjects`` if none is kept yet; give the one that is kept."""
        ...

    def take_day(self, subject: str, day: date) -> bool:
        """Note that a subject was mailed a link on a day; whether it is the first time that day.

        Days before are forgotten, of everybody.
        """
        ...

    def give_back(self, subject: str, day: date) -> None:
        """Forget that a subject was mailed a link on a day: it was not, since the mailer failed."""
        ...


def check_ring(store: MailStore, keyset: Keyset) -> None:
    """Raise KeysetError, which names the remedy, where the store knows its subjects under another ring.

    A start under it would find none of those who objected, and write to them. Raises StoreDown.
    """
    fingerprint = pseudonym(keyset, "ring", "subjects")
    if store.ring(fingerprint) != fingerprint:
        raise KeysetError(
            'this keyset has another ring "subjects" than the store was begun with: people who objected '
            "or unsubscribed would not be recognised. Give the keyset file of this store (SHOPPRIVACY_KEYS, or a "
            "backup of it), or the store that belongs to this keyset (SHOPPRIVACY_STORE)"
        )
