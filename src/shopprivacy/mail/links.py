"""Who an address is to the ledger, and the links that its mails carry."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from shopprivacy.crypto import Keyset
from shopprivacy.errors import PrivacyError
from shopprivacy.mail.address import Address, Channel, bare, mail_key, subject_of
from shopprivacy.mail.draft import draft_of, only_recipient, write
from shopprivacy.mail.footer import MailLinks, with_footer, with_list_fields
from shopprivacy.mail.link import Link, make_token
from shopprivacy.mail.model import ALL, Marketing
from shopprivacy.policy.fingerprint import link_tag_of

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_PREFIX: Final = re.compile(r"https?://[^/?#\s]+(/[^/?#\s]+)+/")


class Links:
    """Makes them. It needs the keyset and no store, so what it does works while the database is down."""

    def __init__(self, policy: Policy, keyset: Keyset) -> None:
        self._policy = policy
        self._keyset = keyset
        self.marketing = Marketing(policy)

    def subject(self, address: Address, channel: Channel = "email") -> str:
        """Return the pseudonym under which the ledger knows whoever is reached at an address.

        ``An <an@example.nl>`` and ``mailto:an@example.nl`` are ``an@example.nl``.

        Raises PrivacyError for an address that is none of the channel's, and MissingExtra for a telephone number
        without the extra ``phone``.
        """
        if channel == "email" and isinstance(address, str):
            address = bare(address)
        return subject_of(self._keyset, address, channel, country=self._policy.jurisdiction)

    def link(self, address: str, purpose: str | None = None, *, url: str | None = None) -> str:
        """Return the unsubscribe link of an e-mail address for a purpose; with None, for all marketing by e-mail.

        It is the same every time and never expires. ``url`` takes the place of ``mail.url`` while a shop is developed
        under another address. Raises PrivacyError without either.
        """
        if purpose is not None:
            self.marketing.check_marketing(purpose)
            self.marketing.check(purpose, "email")
        tag = link_tag_of(ALL if purpose is None else purpose)
        return self.prefix(url) + make_token(self._keyset, Link(mail_key(self._keyset, bare(address)), tag))

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
        draft = draft_of(message)
        links = MailLinks(self.link(only_recipient(draft), purpose, url=url), change_data)
        words = self._policy.text(language or self._policy.languages[0]).ui
        write(with_footer(with_list_fields(draft, links, purpose), links, words), message)

    def prefix(self, url: str | None = None) -> str:
        """Return what unsubscribe links begin with; ``url`` takes the place of ``mail.url``. Raises PrivacyError."""
        # As the policy's own: without the / at its end no link is ever answered.
        if url and _PREFIX.fullmatch(url) is None:
            raise PrivacyError(
                "url: cannot begin an unsubscribe link; write the whole of it but the token, with a / at the end, "
                "such as http://localhost:8000/u/"
            )
        prefix = url or self._policy.mail.url
        if prefix is None:
            raise PrivacyError(
                "mail.url: is missing; links in mails need it: write what an unsubscribe link begins with, such as "
                'url = "https://shop.example/u/" in [mail]'
            )
        return prefix
