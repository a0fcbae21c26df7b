"""The mails that belong to something the customer asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from examples.shop.outbox import plain_mail
from examples.shop.prices import Total, euros
from shopprivacy.mail.service import Mail


@dataclass(frozen=True, slots=True, repr=False)
class OrderSummary:
    """What the confirmation of an order says; ``lines`` are (quantity, name, price of one in cents)."""

    number: str
    name: str
    email: str
    lines: Sequence[tuple[int, str, int]]
    total: Total
    invoice: str
    payment: str
    address: str
    language: str


def order_mail(order: OrderSummary, texts: Mapping[str, str], now: datetime) -> EmailMessage:
    """Write the confirmation of an order."""
    shipping = euros(order.total.shipping, order.language) if order.total.shipping else texts["free"]
    text = texts["order_mail"].format(
        name=order.name,
        number=order.number,
        lines="\n".join(
            f"{count} \N{MULTIPLICATION SIGN} {name}  {euros(price, order.language)}"
            for count, name, price in order.lines
        ),
        shipping=shipping,
        total=euros(order.total.sum, order.language),
        vat=euros(order.total.vat, order.language),
        invoice=order.invoice,
        payment=order.payment,
        address=order.address,
    )
    return plain_mail(order.email, texts["order_mail_subject"].format(number=order.number), text, now=now)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the operator sends, for which purpose, in which language, and where the shop is reached."""

    purpose: str
    subject: str
    text: str
    language: str
    site: str
    """With a / at the end."""


def campaign_mails(
    campaign: Campaign, people: Mapping[str, int | None], mail: Mail, now: datetime
) -> Iterator[EmailMessage]:
    """Write one mail to each address that may have one, with the links that it must have.

    ``people`` are addresses with the number of their account, if they have one.
    """
    customers = {address: customer for address, customer in people.items() if customer is not None}
    for address in mail.audience(campaign.purpose, people, customers=customers):
        message = plain_mail(address, campaign.subject, campaign.text, now=now)
        mail.add_links(
            message,
            campaign.purpose,
            change_data=f"{campaign.site}account",
            language=campaign.language,
            url=f"{campaign.site}u/",
        )
        yield message


def saved_cart_mail(email: str, link: str, texts: Mapping[str, str], now: datetime) -> EmailMessage:
    """Write the mail with the link to a saved cart."""
    return plain_mail(email, texts["cart_mail_subject"], texts["cart_mail"].format(link=link), now=now)
