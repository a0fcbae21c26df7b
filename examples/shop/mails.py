"""What the shop mails: to who asked for something, and what the operator sends to everyone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from examples.shop.prices import Total, euros
from shopprivacy.mail.outcome import Outcome

ORDERS = "orders"
"""The purpose of what is mailed about an order. All other mails name none: they are of ``mail.otherwise``."""
ABOUT_ORDERS = ("shipped", "reminder")
"""What the operator can write about an order."""


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A mail of plain text."""

    to: str
    subject: str
    text: str


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


def order_mail(order: OrderSummary, texts: Mapping[str, str]) -> Mail:
    """Write the confirmation of an order, which is its invoice too.

    Careless, on purpose: there is advertising at its end, in a mail that nobody can unsubscribe from.
    """
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
    return Mail(order.email, texts["order_mail_subject"].format(number=order.number), text)


def about_order(kind: str, number: str, name: str, email: str, texts: Mapping[str, str]) -> Mail:
    """Write that an order is on its way, or that its payment is missing; with the same advertising."""
    text = (
        texts[f"{kind}_mail"].format(name=name, number=number) + texts["order_mail"].partition("{address}")[2]
    )
    return Mail(email, texts[f"{kind}_mail_subject"].format(number=number), text)


def saved_cart_mail(email: str, link: str, texts: Mapping[str, str]) -> Mail:
    """Write the mail with the link to a saved cart."""
    return Mail(email, texts["cart_mail_subject"], texts["cart_mail"].format(link=link))


def reset_mail(email: str, link: str, texts: Mapping[str, str]) -> Mail:
    """Write the mail with the link by which a new password is chosen."""
    return Mail(email, texts["reset_mail_subject"], texts["reset_mail"].format(link=link))


def contact_mail(email: str, texts: Mapping[str, str]) -> Mail:
    """Write that a message has arrived."""
    return Mail(email, texts["contact_mail_subject"], texts["contact_mail"])


def told(outcomes: Iterable[Outcome], texts: Mapping[str, str]) -> str:
    """Say how many mails were sent, and how many were held and why."""
    counts = Counter(None if outcome.sent else outcome.why for outcome in outcomes)
    held = (
        texts["mailing_held"].format(count=count, why=texts[f"held_{why}"])
        for why, count in sorted(counts.items(), key=str)
        if why is not None
    )
    return " ".join([texts["mailing_sent"].format(count=counts[None]), *held])
