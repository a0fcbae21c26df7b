"""What the shop can listen to, and when it hears: once the transaction that a choice belongs to is committed."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from django.db import connections, transaction
from django.dispatch import Signal

from shopprivacy.ledger.entry import Entry
from shopprivacy.privacy import Privacy
from shopprivacy.privacy.callbacks import call_each
from shopprivacy.privacy.effect_handler import ConsentCallback

Listener = TypeVar("Listener", bound=ConsentCallback)

consent_changed = Signal()
"""Sent with every recorded choice, once it is committed; arguments: ``entry`` (``shopprivacy.ledger.entry.Entry``).

What a receiver raises is logged by Django and stops nothing: the choice stands already.
"""


class DjangoPrivacy(Privacy):
    """A Privacy whose listeners hear of what is committed: a choice may belong to a transaction of the shop's own.

    ``using`` is the ledger's database, if it is one of Django's; None: every choice is committed by itself.
    """

    using: str | None = None

    def on_consent_change(self, callback: Listener) -> Listener:
        """Call ``callback`` with every recorded choice, once it is committed. May be used as a decorator.

        What it raises is logged and stops nothing.
        """

        def hear(entry: Entry) -> None:
            tell = partial(call_each, "on_consent_change", (callback,), entry)
            # Not on_commit() outside a transaction: it opens the connection only to see that there is none.
            if self.using is None or not connections[self.using].in_atomic_block:
                tell()
            else:
                transaction.on_commit(tell, using=self.using)

        super().on_consent_change(hear)
        return callback


def send(entry: Entry) -> None:
    """Send the signal."""
    consent_changed.send_robust(sender=Privacy, entry=entry)
