"""Who may be written to, and how they end it: ``privacy.mail``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from email.message import Message
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
from shopprivacy.mail.clearance import Clearance
from shopprivacy.mail.door import Door, Prepared
from shopprivacy.mail.gate import MailGate
from shopprivacy.mail.link_mails import LinkMails, Transport
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import MailPurpose, check_moment
from shopprivacy.mail.routes import MailRoutes
from shopprivacy.mail.store import MailStore, check_ring
from shopprivacy.mail.undone import without_undone
from shopprivacy.mail.voices import as_of_now, by_address, said_yes, says_no, still_no

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

Recorder = Callable[[Sequence[Entry]], object]
"""Appends choices to the ledger and tells who listens. Raises StoreDown where a yes cannot be recorded."""


class Mail(LinkMails):
    """The suppression list, unsubscribe links and sign-up of a shop. All of it is rows of the ledger.

    ``record`` writes choices, ``now`` is the shop's clock, ``failed`` is told what ``transport`` raises, ``tell`` what
    the gate held or cut, and of ``attempt`` see `Clearance`. Every method raises StoreDown if the ledger does not
    answer, and UndeclaredName for a purpose that the policy does not declare. No error message contains an address.
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
        tell: Callable[[Outcome | Exception], object],
        attempt: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        check_ring(store, keyset)
        super().__init__(policy, keyset, ledger, store, now=now, failed=failed)
        self._record = record
        self.clearance = Clearance(ledger, self.may, now, attempt, policy.mail.wait_for_journals)
        """Decides right before a marketing message is handed off; ``may`` is for lists and pages."""
        self.routes: Routes[Asked, LedgerWorld] = MailRoutes(policy, keyset, self.marketing, self).table()
        """Its endpoints."""
        self.gate = MailGate(policy, self, self.may, self.clearance, tell=tell)
        """Judges what leaves; the doors of frameworks ask it."""
        self._door = Door(self.gate, now)

    # Out

    def send(
        self,
        message: Message,
        purpose: MailPurpose | str | None = None,
        *,
        transport: Transport | None = None,
    ) -> Outcome:
        """Send a message through the mail gate, and return whether it was sent, or why it was held.

        Args:
            message: what to send; it is not changed, a copy is sent.
            purpose: its purpose: a name, or with more that the gate has to know ``MailPurpose("orders", customer=17)``;
                None: as its header ``X-Privacy-Purpose`` says, else ``mail.otherwise``.
            transport: used instead of ``privacy.mail.transport``.

        Raises PrivacyError for marketing with more than one recipient, without a text, or without a link to put there,
        UndeclaredName for a purpose that the policy does not declare, and what the transport raises.
        """
        return self._door.send(message, purpose, transport or self.transport)

    def prepare(self, message: Message, purpose: MailPurpose | str | None = None) -> Prepared:
        """Check a message as ``send`` does, so that you can hand it over yourself, and return until when you may.

        For ``aiosmtplib``, for signing (DKIM, S/MIME), and for connections that are kept open. Send a prepared message
        at once, and not by a queue.
        """
        return self._door.prepare(message, purpose)

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
        """Decide whether an address may be mailed for a purpose; see ``shopprivacy.decision.may``.

        The address itself must be allowed. Its account, if ``customer`` names it, and ``state`` can only refuse, and a
        later consent of the address overrides an older refusal of theirs. A soft opt-in applies only if something was
        sold to the address: ``sold_at`` says when. Marketing never goes to what cannot be an e-mail address.
        """
        self.marketing.check(purpose, channel)
        check_moment("sold_at", sold_at)
        now = at or self._now()
        known = state or SubjectState()
        records = [
            *self._records(self.subject(address, channel), purpose),
            *still_no(known.records, purpose, now),
        ]
        if customer is not None:
            records += still_no(self._ledger.records_of(self._account(customer)), purpose, now)
        if at is None:
            records = as_of_now(records, now)
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
        """Yield the addresses that may be mailed for a purpose, in order, each once, however it is written.

        Also for lists for a mail house. For each address, however it is written, ``customers`` has the shop's id of its
        account, which can only refuse, and ``sold_at`` the time at which something was sold to it, for a soft opt-in.
        """
        accounts, sales = by_address(customers), by_address(sold_at)
        for moment in (sold_at or {}).values():
            check_moment("sold_at", moment)
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
        """Record that somebody refuses a purpose; with None, all marketing by this channel.

        For what a mail service reports, and for what a customer says on the telephone or at the counter
        (``CollectionMethod.OPERATOR``). It counts even if only the journal can be written, and from now on if ``at`` is
        in the future. What cannot be an address is recorded, too.
        """
        self.marketing.check_ends(purpose, channel)
        check_moment("at", at)
        subject, now = self.subject(address, channel), self._now()
        self._record(self.marketing.opt_out(subject, channel, purpose, at=min(at or now, now), how=how))

    def moved(self, old: str, new: str) -> None:
        """Copy the refusals of an e-mail address to another, once that was verified. Consent is never copied."""
        former, subject = self.subject(old), self.subject(new)
        if former == subject:  # written in another way: a no that was taken back since would count anew
            return
        standing: dict[str | None, Entry] = {}
        for entry in self._ledger.entries_of(former):
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
        """Record that somebody consents to a marketing purpose, after reading its text in ``language``.

        ``customer`` is the shop's id of the person who ticked the box while signed in: then the account consents, too.
        Raises PrivacyError for a purpose with ``confirm = "double_opt_in"`` and for an e-mail address that has refused
        (use ``ask``, because anybody can type an address); for what cannot be an e-mail address; and if an operator
        consents for somebody.
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
                f'this address has refused "{purpose}"; only a confirmation link allows it again: call '
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
