"""Ordering, as a guest or as a customer, with or without cookies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from examples.django_app.forms import Checkout
from examples.django_app.models import Customer, Order
from examples.django_app.orders import place_order, summary
from examples.django_app.page import bill, cart_of, customer_of, see_other, texts
from examples.django_app.shop import catalogue, now, read_link, send, sign_link
from examples.shop.cart import read_cart, write_cart
from examples.shop.counted import count
from examples.shop.mails import ORDERS, order_mail
from examples.shop.prices import euros
from shopprivacy.adapters.django import get_privacy


def checkout(request: HttpRequest) -> HttpResponse:
    cart, customer = _wanted(request), customer_of(request)
    if not cart:
        return see_other("cart")
    if request.method != "POST":
        return _checkout_page(request, cart, Checkout(texts(request), initial=details_of(customer)))
    form = Checkout(texts(request), request.POST)
    if not form.is_valid():
        return _checkout_page(request, cart, form, 422)
    placed = place_order(cart, form.cleaned_data, customer=customer, language=request.language, now=now())
    count(get_privacy(), "order")
    send(order_mail(summary(placed), texts(request)), ORDERS)
    response = see_other("order-placed", sign_link("order", placed.pk))
    response.delete_cookie("cart", samesite="Lax")
    return response


@require_safe
def done(request: HttpRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, pk=read_link("order", token, timedelta(days=1)))
    total = euros(order.invoice.total, request.language)
    return render(request, "shop/order_placed.html", {"order": order, "total": total})


def details_of(customer: Customer | None) -> Mapping[str, str]:
    """Return what the shop knows of a customer, for a form to start with."""
    if customer is None:
        return {}
    known = {name: getattr(customer, name) for name in ("name", "company", "vat_number", "email", "phone")}
    address = customer.addresses.last()
    if address is not None:
        known |= {name: getattr(address, name) for name in ("street", "postcode", "city", "country")}
    return known


def _wanted(request: HttpRequest) -> dict[str, int]:
    """Return what is being ordered.

    The form carries its cart along, and "order this now" puts one in the address, so that a browser which keeps no
    cookies can order too.
    """
    carried = request.POST.get("cart") or request.GET.get("cart")
    return read_cart(carried, catalogue()) if carried else cart_of(request)


def _checkout_page(
    request: HttpRequest, cart: Mapping[str, int], form: Checkout, status: int = 200
) -> HttpResponse:
    context = {"bill": bill(request, cart), "cart": write_cart(cart), "form": form}
    return render(request, "shop/checkout.html", context, status=status)
