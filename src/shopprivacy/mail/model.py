"""What a policy says about marketing, and the ledger's rows that an opt-out and a sign-up are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from shopprivacy.decision import Action
from shopprivacy.errors import PrivacyError, UndeclaredName
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.mail.address import Channel
from shopprivacy.policy import Basis
from shopprivacy.policy.fingerprint import link_tag_of
from shopprivacy.policy.vocabulary import DIRECT_MARKETING

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

ALL: Final = DIRECT_MARKETING
"""Stands for all marketing by a channel, in links, forms and the ledger."""


class Marketing:
    """The marketing purposes of a policy, by channel and by the tags of unsubscribe links."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.purposes = tuple(
            name for name, purpose in policy.purposes.items() if purpose.mail == "marketing"
        )
        self._by_name: Mapping[str, str] = {
            known: name for name in self.purposes for known in (name, *policy.purposes[name].formerly)
        }
        self._by_tag: Mapping[bytes, str] = {
            link_tag_of(known): name for known, name in self._by_name.items()
        }

    def purpose_of(self, tag: bytes) -> str | None:
        """Return the purpose that a link names; None: one that nobody knows any more, or all marketing."""
        return self._by_tag.get(tag)

    def about(self, purpose: str) -> frozenset[str | None]:
        """Return what a no can be about that ends a purpose: itself by any name, all marketing, all."""
        return frozenset({purpose, *self._policy.purposes[purpose].formerly, ALL, None})

    def today(self, purpose: str) -> str:
        """Return the name that a purpose has today, by one that it had before; any other as it is."""
        return self._by_name.get(purpose, purpose)

    def by(self, channel: Channel) -> Sequence[str]:
        """Return the marketing purposes whose messages use a channel."""
        return [name for name in self.purposes if channel in self._policy.purposes[name].channels]

    def check(self, purpose: str, channel: Channel) -> None:
        """Raise UndeclaredName for a purpose that is none, or whose messages do not use a channel."""
        channels = self._policy.purpose(purpose).channels
        if channel not in channels:
            raise UndeclaredName(f'channel of the purpose "{purpose}"', channel, channels)

    def check_marketing(self, purpose: str) -> None:
        """Raise UndeclaredName for what is no marketing purpose."""
        if purpose not in self.purposes:
            raise UndeclaredName("marketing purpose", purpose, self.purposes)

    def check_ends(self, purpose: str | None, channel: Channel) -> None:
        """Raise UndeclaredName for a purpose of which a no by a channel would end nothing; None is all of them."""
        if purpose is not None:
            self.check_marketing(self.today(purpose))
            self.check(self.today(purpose), channel)

    def opt_out(
        self,
        subject: str,
        channel: Channel,
        purpose: str | None,
        *,
        at: datetime,
        how: CollectionMethod,
        batch: str | None = None,
    ) -> list[Entry]:
        """Return the rows by which a subject ends one purpose, or with None all marketing by a channel.

        All marketing is each purpose of today, and those of later policies under the name ``direct_marketing``.
        A name that a purpose had before ends the purpose. ``batch`` names an import: what it brings has a meaning of
        its own, so that who opts out later, by their own act or on another list, has a row of their own.
        """
        if purpose is not None:
            purpose = self.today(purpose)
            self.check_marketing(purpose)
        names = self.by(channel) if purpose is None else [purpose]
        rows = [(name, self._ending(name), self._policy.purpose_fingerprint(name)) for name in names]
        if purpose is None:
            rows.append((ALL, Action.OBJECTED, self._policy.fingerprint))
        imported = batch and sha256(batch.encode("ascii")).hexdigest()
        return [
            Entry(at, subject, name, action, self._policy.version, meaning, None, how)
            if batch is None
            else Entry(at, subject, name, action, self._policy.version, imported, None, how, batch)
            for name, action, meaning in rows
        ]

    def _ending(self, purpose: str) -> Action:
        consented = self._policy.purposes[purpose].basis is Basis.CONSENT
        return Action.WITHDRAWN if consented else Action.OBJECTED

    def sign_up(
        self,
        subject: str,
        purpose: str,
        *,
        at: datetime,
        how: CollectionMethod,
        language: str | None = None,
        text_hash: str | None = None,
    ) -> Entry:
        """Return the row by which a subject says yes to a marketing purpose, having read its text in ``language``.

        Raises PrivacyError where an operator says so: only the person's own act opens (GDPR art. 4(11), 7(1)).
        """
        self.check_marketing(purpose)
        if how is CollectionMethod.OPERATOR:
            raise PrivacyError(
                f'an operator cannot consent to "{purpose}" for somebody else: send a confirmation link (mail.ask)'
            )
        policy = self._policy
        shown = text_hash or policy.text(language or policy.languages[0]).purpose_hash(purpose)
        meaning = policy.purpose_fingerprint(purpose)
        return Entry(at, subject, purpose, Action.GRANTED, policy.version, meaning, shown, how)
