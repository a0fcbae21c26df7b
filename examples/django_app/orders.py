"""Placing an order: order, lines, invoice and payment in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import choice
from typing import Any

from django.db import transaction

from examples.django_app.models import Address, Customer, Invoice, Order, OrderLine, Payment, Product
from examples.django_app.shop import catalogue
from examples.shop import prices
from examples.shop.mails import OrderSummary

PAYMENT_METHODS = {"bancontact": "Bancontact", "ideal": "iDEAL", "card": "Visa / Mastercard"}
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; no digits: nothing that looks like a card number


@transaction.atomic
def place_order(
    cart: Mapping[str, int],
    buyer: Mapping[str, Any],
    *,
    customer: Customer | None,
    language: str,
    now: datetime,
) -> Order:
    """Store the order of a guest or a customer; ``buyer`` is what the checkout form asked."""
    products = {product.slug: product for product in Product.objects.all()}
    total = prices.total((products[slug].price, quantity) for slug, quantity in cart.items())
    address = _address(buyer, customer)
    person = {name: buyer[name] for name in ("name", "email", "phone")}
    order: Any = Order.objects.create(
        **person, customer=customer, address=address, language=language, status="paid", placed_at=now
    )
    order.number = f"{now.year}-{order.pk:05}"  # numbers count with the rows
    order.save(update_fields=["number"])
    for slug, quantity in cart.items():
        OrderLine.objects.create(
            order=order, product=products[slug], quantity=quantity, price=products[slug].price
        )
    reference = "VW-" + "".join(choice(_LETTERS) for _ in range(10))
    Payment.objects.create(order=order, reference=reference, method=buyer["payment"], amount=total.sum)
    Invoice.objects.create(
        order=order,
        number=f"F{order.number}",
        name=buyer["name"],
        company=buyer["company"],
        vat_number=buyer["vat_number"],
        address=str(address),
        shipping=total.shipping,
        total=total.sum,
        vat=total.vat,
        issued_at=now,
    )
    placed: Order = order
    return placed


def summary(order: Order) -> OrderSummary:
    """Return what the confirmation says, in the customer's language."""
    return OrderSummary(
        number=order.number,
        name=order.name,
        email=order.email,
        lines=[
            (line.quantity, catalogue()[line.product.slug].name[order.language], line.price)
            for line in order.lines.select_related("product")
        ],
        total=prices.Total(order.invoice.total - order.invoice.shipping, order.invoice.shipping),
        invoice=order.invoice.number,
        payment=order.payment.reference,
        address=str(order.address),
        language=order.language,
    )


def _address(buyer: Mapping[str, Any], customer: Customer | None) -> Address:
    address = Address(
        customer=customer,
        **{name: buyer[name] for name in ("name", "street", "postcode", "city", "country")},
    )
    for known in customer.addresses.all() if customer else ():
        if str(known) == str(address):
            found: Address = known
            return found
    address.save()
    return address
