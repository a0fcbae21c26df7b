"""Who may be written to, and how they end it: ``privacy.mail``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from shopprivacy.crypto import Keyset
from shopprivacy.decision import Code, Decision, Record, SubjectState, may
from shopprivacy.decision.state import WIDENING
from shopprivacy.errors import PrivacyError
from shopprivacy.http.routes import Routes
from shopprivacy.jobs import Job
from shopprivacy.ledger.effects import LedgerWorld
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.mail.address import Address, Channel, bare, canonical_email, is_address
from shopprivacy.mail.asked import Asked
from shopprivacy.mail.link_mails import LinkMails
from shopprivacy.mail.routes import MailRoutes
from shopprivacy.mail.store import MailStore, check_ring
from shopprivacy.mail.undone import without_undone
from shopprivacy.mail.voices import by_address, said_yes, says_no, still_no

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

Recorder = Callable[[Sequence[Entry]], object]
"""Appends choices to the ledger and tells who listens. Raises StoreDown where a yes cannot be recorded."""


class Mail(LinkMails):
    """The suppression list, unsubscribe links and sign-up of a shop. All of it is rows of the ledger.

    ``record`` writes choices, ``now`` is the shop's clock, and ``failed`` is told what ``transport`` raises. Every
    method raises StoreDown where the ledger does not answer, and UndeclaredName for a purpose that the policy does not
    declare. No message of an error has an address in it.
    """

    jobs: Sequence[Job] = ()
    """Nothing here is done now and then."""

    def __init__(
        self,
        policy: Policy,
        keyset: Keyset,
        ledger: Ledger,
        store: MailStore,
        *,
        record: Recorder,
        now: Callable[[], datetime],
        failed: Callable[[Exception], object],
    ) -> None:
        check_ring(store, keyset)
        super().__init__(policy, keyset, ledger, store, now=now, failed=failed)
        self._record = record
        self.routes: Routes[Asked, LedgerWorld] = MailRoutes(policy, keyset, self.marketing, self).table()
        """Its endpoints."""

    # May we?

    def may(
        self,
        address: Address,
        purpose: str,
        *,
        channel: Channel = "email",
        customer: object | None = None,
        sold_at: datetime | None = None,
        at: datetime | None = None,
        state: SubjectState | None = None,
        language: str | None = None,
    ) -> Decision:
        """Decide whether an address may be written to for a purpose; see ``shopprivacy.decision.may``.

        The address itself must be allowed. Its account, if ``customer`` names it, and ``state`` can only say no, and an
        older no of theirs is beaten by a later yes of the address. A soft opt-in holds only where something was sold to
        the address: ``sold_at`` says when. Marketing never goes to what can be no e-mail address.
        """
        self.marketing.check(purpose, channel)
        now = at or self._now()
        known = state or SubjectState()
        records = [
            *self._records(self.subject(address, channel), purpose),
            *still_no(known.records, purpose, now),
        ]
        if customer is not None:
            records += still_no(self._ledger.records_of(self._account(customer)), purpose, now)
        decision = may(
            self._policy, replace(known, records=tuple(records)), purpose, at=now, language=language
        )
        sold = sold_at is not None and sold_at <= now
        if (
            self._policy.purposes[purpose].soft_opt_in
            and decision.code is Code.LEGITIMATE_INTEREST
            and not sold
            and not said_yes(records, self._policy.purpose_fingerprint(purpose), now)
        ):
            return replace(decision, allowed=False, code=Code.NEEDS_EVENT, detail="sold_at")
        asked = self._policy.purposes[purpose].mail == "marketing" and channel == "email"
        if decision and asked and not is_address(bare(str(address))):
            return replace(decision, allowed=False, code=Code.NEEDS_OTHER, detail="address")
        return decision

    def audience(
        self,
        purpose: str,
        addresses: Iterable[str],
        *,
        customers: Mapping[str, object] | None = None,
        sold_at: Mapping[str, datetime] | None = None,
    ) -> Iterator[str]:
        """Yield those addresses that may be written to for a purpose, in order, each once however it is written.

        For what leaves for a mail house as well. By address, however it is written there, ``customers`` are the shop's
        ids of accounts, each of which can only say no, and ``sold_at`` when something was sold to it, for a soft
        opt-in.
        """
        accounts, sales = by_address(customers), by_address(sold_at)
        seen: set[str] = set()
        for address in addresses:
            one = canonical_email(bare(address))
            if one in seen:
                continue
            seen.add(one)
            sold = min(sales.get(one, ()), default=None)
            of_one = accounts.get(one, [None])
            if all(self.may(address, purpose, customer=account, sold_at=sold).allowed for account in of_one):
                yield address

    # No

    def opted_out(
        self,
        address: Address,
        purpose: str | None = None,
        *,
        channel: Channel = "email",
        at: datetime | None = None,
        how: CollectionMethod = CollectionMethod.PROVIDER,
    ) -> None:
        """Record that somebody wants no more of a purpose; with None, no more marketing by this channel at all.

        For what a mail service reports, and for what a customer says on the telephone or at the counter
        (``CollectionMethod.OPERATOR``). It holds even where only the journal can be written, and from now on where
        ``at`` is a moment that is still to come. What can be no address is recorded, too.
        """
        subject, now = self.subject(address, channel), self._now()
        self._record(self.marketing.opt_out(subject, channel, purpose, at=min(at or now, now), how=how))

    def moved(self, old: str, new: str) -> None:
        """Copy the refusals of an e-mail address to another, once that was verified. A yes is never copied."""
        subject = self.subject(new)
        standing: dict[str | None, Entry] = {}
        for entry in self._ledger.entries_of(self.subject(old)):
            standing[entry.purpose] = entry
        self._record(
            [
                replace(entry, subject=subject, at=self._now())
                for entry in standing.values()
                if entry.action not in WIDENING
            ]
        )

    # Yes

    def grant(
        self,
        address: Address,
        purpose: str,
        *,
        channel: Channel = "email",
        customer: object | None = None,
        language: str | None = None,
        how: CollectionMethod = CollectionMethod.PREFERENCE_PAGE,
    ) -> None:
        """Record that somebody says yes to a marketing purpose, having read its text in ``language``.

        ``customer`` is the shop's id of whoever ticked the box while signed in: then it is the account's yes, too.
        Raises PrivacyError for a purpose with ``confirm = "double_opt_in"`` and for an e-mail address that said no,
        whom ``ask`` asks since anybody can type an address; for what can be no e-mail address; and where an operator
        says yes for somebody.
        """
        self.marketing.check(purpose, channel)
        if self._policy.purposes[purpose].confirm is not None:
            raise PrivacyError(
                f'"{purpose}" is confirmed by the link in a mail (confirm = "double_opt_in"): call mail.ask instead'
            )
        if channel == "email" and not is_address(bare(str(address))):
            raise PrivacyError(f'"{purpose}": mail goes to one address, and this is none, or several')
        subjects = [self.subject(address, channel)]
        if channel == "email" and says_no(
            self._records(subjects[0], purpose), purpose, self.marketing.about(purpose)
        ):
            raise PrivacyError(
                f'whoever reads this address said no to "{purpose}"; only the link in a mail opens it again: call '
                "mail.ask instead"
            )
        if customer is not None:
            subjects.append(self._account(customer))
        now = self._now()
        self._record(
            [
                self.marketing.sign_up(subject, purpose, at=now, how=how, language=language)
                for subject in subjects
            ]
        )

    def _records(self, subject: str, purpose: str) -> list[Record]:
        return without_undone(self._ledger.numbered_entries_of(subject), purpose)
