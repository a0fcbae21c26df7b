"""What the shop can listen to."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from shopprivacy.consent.entry import Entry
from shopprivacy.privacy import Privacy

consent_changed = Signal()
"""Sent with every recorded choice, once it is committed; arguments: ``entry`` (``shopprivacy.consent.entry.Entry``).

What a receiver raises is logged by Django and stops nothing: the choice stands already.
"""


def tell(privacy: Privacy, using: str | None) -> None:
    """Send the signal for what ``privacy`` records; ``using`` is the ledger's database, if it is one of Django's."""

    def send(entry: Entry) -> None:
        told = partial(consent_changed.send_robust, sender=Privacy, entry=entry)
        if using is None:
            told()
        else:
            transaction.on_commit(told, using=using)

    privacy.on_consent_change(send)
