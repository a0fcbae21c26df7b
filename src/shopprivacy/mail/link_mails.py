"""The mails that the library sends itself: each mails one address one link, at most once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from shopprivacy.crypto import Keyset, id_text, pseudonym
from shopprivacy.errors import PrivacyError
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.mail.address import bare, mail_key, read_address, subject_of_key
from shopprivacy.mail.confirmation import Confirmation, make_confirmation
from shopprivacy.mail.links import Links
from shopprivacy.mail.messages import Messages
from shopprivacy.mail.model import ALL
from shopprivacy.mail.routes import confirm_link
from shopprivacy.mail.store import MailStore
from shopprivacy.mail.voices import ended_after
from shopprivacy.policy.fingerprint import link_tag_of

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

Transport = Callable[[EmailMessage], object]
"""Hands a message over, as ``smtplib.SMTP.send_message`` does."""

ACCOUNT_KIND: Final = "customer"


class LinkMails(Links):
    """Sends them. ``failed`` is told what ``transport`` raises: whoever asked for a mail learns nothing."""

    def __init__(
        self,
        policy: Policy,
        keyset: Keyset,
        ledger: Ledger,
        store: MailStore,
        *,
        now: Callable[[], datetime],
        failed: Callable[[Exception], object],
    ) -> None:
        super().__init__(policy, keyset)
        self._ledger = ledger
        self._store = store
        self._now = now
        self._failed = failed
        self._messages = Messages(policy)
        self.transport: Transport | None = None
        """Sends the library's own messages: ``privacy.mail.transport = smtp.send_message``. Without one, the pages that
        would mail a link show the shop's contact instead."""

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
        takes the place of ``mail.url`` while a shop is developed under another address. What the transport raises is
        logged, and then this day's mail is still to come. Raises PrivacyError without a ``transport``.
        """
        self.marketing.check(purpose, "email")
        self.marketing.check_marketing(purpose)
        address = bare(address)
        to = _deliverable(address)
        begins = confirm_link(self.prefix(url))
        account = b"" if customer is None else bytes.fromhex(self._account(customer).partition(":")[2])
        key, tag = mail_key(self._keyset, address), link_tag_of(purpose)
        said = Confirmation(key, tag, self._now(), self._ledger.head().count, account)
        link = f"{begins}{make_confirmation(self._keyset, said)}"
        self._send(address, purpose, self._messages.confirmation(to, purpose, link, language, self._now()))

    def ask_owner(self, key: bytes, address: str, purpose: str, *, language: str | None = None) -> None:
        """Ask, if the address is the one of this mail key; else nobody, and the store does as much.

        Whoever holds a link of somebody else's learns by no answer whether an address is its own, not even while the
        store is down.
        """
        if mail_key(self._keyset, address) == key:
            self.ask(address, purpose, language=language)
        else:
            self._store.take_day(self._mailed(key, f"{purpose} of another"), self._now().date())

    def mail_link(self, address: str, language: str, *, url: str | None = None) -> None:
        """Mail an address its own unsubscribe link; at most one a day. Raises PrivacyError without a ``transport``."""
        address = bare(address)
        to, link = _deliverable(address), self.link(address, url=url)
        self._send(address, ALL, self._messages.own_link(to, link, language, self._now()))

    def ended_since(self, said: Confirmation, purpose: str) -> bool:
        """Whether the address of a confirmation link, or its account, said no to the purpose after it was made."""
        subjects = [subject_of_key(self._keyset, said.key)]
        subjects += [f"{ACCOUNT_KIND}:{said.account.hex()}"] if said.account else []
        about = self.marketing.about(purpose)
        return any(ended_after(said, self._ledger.records_of(subject), about) for subject in subjects)

    def _account(self, customer: object) -> str:
        """Return the pseudonym under which the ledger knows an account, by the shop's id."""
        return pseudonym(self._keyset, ACCOUNT_KIND, id_text(customer))

    def _mailed(self, key: bytes, about: str) -> str:
        return pseudonym(self._keyset, "email", f"{key.hex()} {about}")

    def _send(self, address: str, about: str, message: EmailMessage) -> None:
        if self.transport is None:
            raise PrivacyError("nothing sends mail: set privacy.mail.transport, such as smtp.send_message")
        mailed = self._mailed(mail_key(self._keyset, address), about)
        day = self._now().date()
        if not self._store.take_day(mailed, day):
            return
        try:
            self.transport(message)
        except Exception as error:  # the shop's mailer, which may raise anything
            self._failed(error)
            self._store.give_back(mailed, day)


def _deliverable(address: str) -> str:
    """Return an address as it stands in a header: with its domain in ASCII, for servers without SMTPUTF8 (RFC 6531).

    Raises PrivacyError for what is none, or several.
    """
    checked = read_address(address)
    if checked is None:
        raise PrivacyError("mail goes to one address, and this is none, or several")
    return checked.ascii_email or address
