"""Placing an order: order, lines, invoice and payment in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import choice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examples.shop import prices
from examples.shop.catalogue import Item
from examples.shop.mails import OrderSummary
from examples.shop.sql.tables import Address, Customer, Invoice, Order, OrderLine, Payment, Product

PAYMENT_METHODS = {"bancontact": "Bancontact", "ideal": "iDEAL", "card": "Visa / Mastercard"}
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; no digits: nothing that looks like a card number


@dataclass(frozen=True, slots=True, repr=False)
class Buyer:
    """What the checkout form asks."""

    name: str
    company: str
    vat_number: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    country: str


def place_order(
    session: Session,
    cart: Mapping[str, int],
    buyer: Buyer,
    *,
    customer: Customer | None,
    method: str,
    language: str,
    now: datetime,
) -> Order:
    """Store the order of a guest or a customer; the caller commits."""
    products = {product.slug: product for product in session.scalars(select(Product))}
    total = prices.total((products[slug].price, quantity) for slug, quantity in cart.items())
    address = _address(buyer, customer)
    order = Order(
        number="",
        customer=customer,
        address=address,
        name=buyer.name,
        email=buyer.email,
        phone=buyer.phone,
        language=language,
        status="paid",
        placed_at=now,
        lines=[
            OrderLine(product=products[slug], quantity=quantity, price=products[slug].price)
            for slug, quantity in cart.items()
        ],
        payment=Payment(
            reference="VW-" + "".join(choice(_LETTERS) for _ in range(10)), method=method, amount=total.sum
        ),
    )
    session.add(order)
    session.flush()  # numbers count with the rows
    order.number = f"{now.year}-{order.id:05}"
    order.invoice = Invoice(
        number=f"F{now.year}-{order.id:05}",
        name=buyer.name,
        company=buyer.company,
        vat_number=buyer.vat_number,
        address=str(address),
        shipping=total.shipping,
        total=total.sum,
        vat=total.vat,
        issued_at=now,
    )
    session.flush()
    return order


def _address(buyer: Buyer, customer: Customer | None) -> Address:
    address = Address(
        name=buyer.name,
        street=buyer.street,
        postcode=buyer.postcode,
        city=buyer.city,
        country=buyer.country,
    )
    for known in customer.addresses if customer else []:
        if str(known) == str(address):
            return known
    address.customer = customer
    return address


def summary(order: Order, catalogue: Mapping[str, Item]) -> OrderSummary:
    """Return what the confirmation says, in the customer's language."""
    return OrderSummary(
        number=order.number,
        name=order.name,
        email=order.email,
        lines=[
            (line.quantity, catalogue[line.product.slug].name[order.language], line.price)
            for line in order.lines
        ],
        total=prices.Total(order.invoice.total - order.invoice.shipping, order.invoice.shipping),
        invoice=order.invoice.number,
        payment=order.payment.reference,
        address=str(order.address),
        language=order.language,
    )


def best_sellers(session: Session) -> list[str]:
    """Return the slugs of all products, the most sold first."""
    sold = func.coalesce(func.sum(OrderLine.quantity), 0)
    query = (
        select(Product.slug)
        .outerjoin(OrderLine)
        .group_by(Product.id, Product.slug)
        .order_by(sold.desc(), Product.id)
    )
    return list(session.scalars(query))
