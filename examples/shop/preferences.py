"""Which mails a customer wants: boxes in the account, each its own purpose."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from shopprivacy import Privacy
from shopprivacy.ledger.entry import CollectionMethod


class MailChoice(NamedTuple):
    """A marketing purpose that mails are sent for, its title, and whether the customer receives them."""

    purpose: str
    title: str
    receives: bool


def mail_choices(privacy: Privacy, email: str, customer: int, language: str) -> list[MailChoice]:
    """Return how each marketing purpose stands."""
    mail, texts = privacy.mail, privacy.policy.text(language)
    return [
        MailChoice(name, texts.purpose(name).title, mail.may(email, name, customer=customer).allowed)
        for name in mail.marketing.by("email")
    ]


def choose_mails(
    privacy: Privacy, email: str, customer: int, ticked: Collection[str], *, language: str, site: str
) -> None:
    """Record what changed: a no at once, a yes by the link in a mail, since nothing here shows whose an address is."""
    for purpose, _, receives in mail_choices(privacy, email, customer, language):
        if receives and purpose not in ticked:
            privacy.mail.opted_out(email, purpose, how=CollectionMethod.ACCOUNT)
        elif purpose in ticked and not receives:
            privacy.mail.ask(email, purpose, customer=customer, language=language, url=f"{site}u/")


def remind(privacy: Privacy, email: str, *, language: str, site: str) -> None:
    """Ask whoever reads mail at an address whether they want to be reminded of a cart that was saved with it."""
    if "cart_reminder" in privacy.mail.marketing.purposes:
        privacy.mail.ask(email, "cart_reminder", language=language, url=f"{site}u/")
