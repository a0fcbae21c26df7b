"""The operator's mailings."""

from __future__ import annotations

import logging
from base64 import b64decode
from hmac import compare_digest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from examples.django_app.forms import AboutOrder, Mailing, Subscription
from examples.django_app.models import Order, everyone
from examples.django_app.page import notice, site, texts
from examples.django_app.shop import all_texts, options, send
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.mails import ORDERS, Mail, about_order, told
from shopprivacy.adapters.django import get_privacy
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.mail.purpose import MailPurpose

log = logging.getLogger("examples.django_app")


def mailing(request: HttpRequest) -> HttpResponse:
    if not is_operator(request):
        return refusal()
    purposes = get_privacy().mail.marketing.purposes
    form, sent = Mailing(texts(request), request.POST or None, purposes=purposes), ""
    if form.is_valid():
        given = form.cleaned_data
        outcomes = [
            outcome
            for address, customer in everyone().items()
            for outcome in send(
                Mail(address, given["subject"], given["message"]),
                MailPurpose(
                    given["purpose"],
                    customer=customer,
                    language=request.language,
                    url=f"{site(request)}u/",
                    change_data=f"{site(request)}account",
                ),
            )
        ]
        sent = told(outcomes, texts(request))
        log.info("mailing: %s", sent)
        form = Mailing(texts(request), purposes=purposes)
    status = 422 if form.is_bound else 200
    context = {"form": form, "sent": sent, "about_order": AboutOrder(texts(request))}
    return render(request, "shop/mailing.html", context, status=status)


@require_POST
def write_about_order(request: HttpRequest) -> HttpResponse:
    """Write that an order is on its way, or that its payment is missing."""
    if not is_operator(request):
        return refusal()
    words, form = texts(request), AboutOrder(texts(request), request.POST)
    if form.is_valid():
        order = Order.objects.filter(number=form.cleaned_data["order_number"]).first()
        if order is None:
            form.say("error_choice", "order_number")
    if not form.is_valid():
        return notice(request, words["order_message"], " ".join(form.mistakes), 422)
    kind, spoken = form.cleaned_data["order_message_kind"], all_texts()[order.language]
    mail = about_order(kind, order.number, order.name, order.email, spoken)
    outcomes = send(mail, MailPurpose(ORDERS, requested=order.placed_at, customer=order.customer_id))
    return notice(request, words["order_message"], told(outcomes, words))


@require_POST
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Customer service takes an address off all lists."""
    if not is_operator(request):
        return refusal()
    words = texts(request)
    form = Subscription(words, request.POST)
    if not form.is_valid():
        return notice(request, words["unsubscribe_customer"], " ".join(form.mistakes), 422)
    get_privacy().mail.opted_out(form.cleaned_data["email"], how=CollectionMethod.OPERATOR)
    return notice(request, words["unsubscribe_customer"], words["unsubscribed_customer"])


def refusal() -> HttpResponse:
    refusal = HttpResponse("Only for the operator.\n", status=401, content_type="text/plain")
    refusal["WWW-Authenticate"] = 'Basic realm="operator"'
    return refusal


def is_operator(request: HttpRequest) -> bool:
    """Ask for the log-in in ``operator.txt`` (HTTP Basic, RFC 7617)."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        said = b64decode(given, validate=True) if kind.lower() == "basic" else b""
    except ValueError:
        return False
    return compare_digest(said, f"{OPERATOR}:{operator_password(options())}".encode())
