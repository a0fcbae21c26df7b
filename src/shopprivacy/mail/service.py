"""Who may be written to, and how they end it: ``privacy.mail``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.decision import Code, Decision, SubjectState, may
from shopprivacy.decision.state import WIDENING
from shopprivacy.errors import PrivacyError
from shopprivacy.http.routes import Routes
from shopprivacy.jobs import Job
from shopprivacy.ledger.effects import LedgerWorld
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.mail.address import Address, Channel, canonical_email, mail_key, subject_of, subject_of_key
from shopprivacy.mail.asked import Asked
from shopprivacy.mail.confirmation import Confirmation, make_confirmation
from shopprivacy.mail.footer import FooterLink, add_footer, only_recipient
from shopprivacy.mail.header import list_fields
from shopprivacy.mail.link import Link, make_token
from shopprivacy.mail.list_file import is_address
from shopprivacy.mail.messages import Messages
from shopprivacy.mail.model import ALL, Marketing
from shopprivacy.mail.routes import CONFIRM_PATH, MailRoutes
from shopprivacy.mail.store import MailStore, check_ring
from shopprivacy.mail.voices import by_address, ended_after, said_yes, says_no, still_no
from shopprivacy.policy.fingerprint import link_tag_of

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

Recorder = Callable[[Sequence[Entry]], object]
"""Appends choices to the ledger and tells who listens. Raises StoreDown where a yes cannot be recorded."""

Transport = Callable[[EmailMessage], object]
"""Hands a message over, as ``smtplib.SMTP.send_message`` does."""

ACCOUNT_KIND = "customer"


class Mail:
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
        self._policy = policy
        self._keyset = keyset
        self._ledger = ledger
        self._store = store
        self._record = record
        self._now = now
        self._failed = failed
        self.marketing = Marketing(policy)
        self.transport: Transport | None = None
        """Sends the library's own messages: ``privacy.mail.transport = smtp.send_message``. Without one, the pages that
        would mail a link show the shop's contact instead."""
        self._messages = Messages(policy)
        self.routes: Routes[Asked, LedgerWorld] = MailRoutes(policy, keyset, self.marketing, self).table()
        """Its endpoints."""

    # Who is who

    def subject(self, address: Address, channel: Channel = "email") -> str:
        """Return the pseudonym under which the ledger knows whoever is reached at an address.

        Raises PrivacyError for an address that is none of the channel's, and MissingExtra for a telephone number
        without the extra ``phone``.
        """
        return subject_of(self._keyset, address, channel, country=self._policy.jurisdiction)

    def link(self, address: str, purpose: str | None = None, *, url: str | None = None) -> str:
        """Return the unsubscribe link of an e-mail address for a purpose; with None, for all marketing by e-mail.

        It is the same every time and never expires. ``url`` takes the place of ``mail.url`` while a shop is developed
        under another address. Raises PrivacyError without either.
        """
        if purpose is not None:
            self.marketing.check_marketing(purpose)
        tag = link_tag_of(ALL if purpose is None else purpose)
        return self._prefix(url) + make_token(self._keyset, Link(mail_key(self._keyset, address), tag))

    def add_links(
        self,
        message: EmailMessage,
        purpose: str,
        *,
        change_data: str,
        language: str | None = None,
        url: str | None = None,
    ) -> None:
        """Give a marketing message what it must have: header fields for one click, and two links at its foot.

        Its one recipient's unsubscribe link stands in ``List-Unsubscribe`` and, with ``change_data``, the address of
        the page where customers change their details, at the end of text and HTML. Links that stand there already are
        not added again. Nothing may write the headers anew after this: queue the message's bytes. Raises PrivacyError
        for more recipients than one.
        """
        self.marketing.check_marketing(purpose)
        link = self.link(only_recipient(message), purpose, url=url)
        words = self._policy.text(language or self._policy.languages[0]).ui
        add_footer(
            message,
            (
                FooterLink(words["mail_unsubscribe"], link),
                FooterLink(words["mail_change_data"], change_data),
            ),
        )
        host = urlsplit(link).hostname or ""
        for name, field in list_fields(link, f"{purpose}.{host}").items():
            del message[name]
            message[name] = field

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
        the address: ``sold_at`` says when.
        """
        self.marketing.check(purpose, channel)
        now = at or self._now()
        known = state or SubjectState()
        records = [
            *self._ledger.records_of(self.subject(address, channel)),
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
            one = canonical_email(address)
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
        ``at`` is a moment that is still to come.
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
        whom ``ask`` asks since anybody can type an address; and where an operator says yes for somebody.
        """
        self.marketing.check(purpose, channel)
        if self._policy.purposes[purpose].confirm is not None:
            raise PrivacyError(
                f'"{purpose}" is confirmed by the link in a mail (confirm = "double_opt_in"): call mail.ask instead'
            )
        subjects = [self.subject(address, channel)]
        if channel == "email" and says_no(
            self._ledger.records_of(subjects[0]), purpose, self.marketing.about(purpose)
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

    def ask(
        self,
        address: str,
        purpose: str,
        *,
        customer: object | None = None,
        language: str | None = None,
        url: str | None = None,
    ) -> None:
        """Mail an address a link by which it says yes to a marketing purpose; at most one a day and purpose.

        The link leads to a page of the library's own with a box to tick: who only follows it has said nothing. ``url``
        takes the place of ``mail.url`` while a shop is developed under another address. Raises PrivacyError without
        a ``transport``.
        """
        self.marketing.check(purpose, "email")
        self.marketing.check_marketing(purpose)
        transport = self.transport
        if not is_address(address):
            raise PrivacyError("mail goes to one address, and this is none, or several")
        if transport is None:
            raise PrivacyError("nothing sends mail: set privacy.mail.transport, such as smtp.send_message")
        base = self._prefix(url).removesuffix("/").rpartition("/")[0]
        if not self._takes_day(address, purpose):
            return
        account = b"" if customer is None else bytes.fromhex(self._account(customer).partition(":")[2])
        key, tag = mail_key(self._keyset, address), link_tag_of(purpose)
        seq = self._ledger.head().count
        token = make_confirmation(self._keyset, Confirmation(key, tag, self._now(), seq, account))
        link = f"{base}{CONFIRM_PATH}{token}"
        self._deliver(transport, self._messages.confirmation(address, purpose, link, language, self._now()))

    def mail_link(self, address: str, language: str, *, url: str | None = None) -> None:
        """Mail an address its own unsubscribe link; at most one a day."""
        transport, link = self.transport, self.link(address, url=url)
        if transport is not None and self._takes_day(address, ALL):
            self._deliver(transport, self._messages.own_link(address, link, language, self._now()))

    # For the endpoints

    def ended_since(self, said: Confirmation, purpose: str) -> bool:
        """Whether the address of a confirmation link, or its account, said no to the purpose after it was made."""
        subjects = [subject_of_key(self._keyset, said.key)]
        subjects += [f"{ACCOUNT_KIND}:{said.account.hex()}"] if said.account else []
        about = self.marketing.about(purpose)
        return any(ended_after(said, self._ledger.records_of(subject), about) for subject in subjects)

    def _account(self, customer: object) -> str:
        return pseudonym(self._keyset, ACCOUNT_KIND, str(customer))

    def _prefix(self, url: str | None) -> str:
        prefix = url or self._policy.mail.url
        if prefix is None:
            raise PrivacyError(
                "mail.url: is missing; links in mails need it: write what an unsubscribe link begins with, such as "
                'url = "https://shop.example/u/" in [mail]'
            )
        return prefix

    def _takes_day(self, address: str, about: str) -> bool:
        mailed = f"{mail_key(self._keyset, address).hex()} {about}"  # each has a day of its own
        return self._store.take_day(pseudonym(self._keyset, "email", mailed), self._now().date())

    def _deliver(self, transport: Transport, message: EmailMessage) -> None:
        try:
            transport(message)
        except (
            Exception
        ) as error:  # the shop's mailer, which may raise anything; whoever asked learns nothing
            self._failed(error)
