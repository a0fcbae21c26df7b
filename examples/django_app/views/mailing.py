"""The operator's mailings."""

from __future__ import annotations

import logging
from base64 import b64decode
from hmac import compare_digest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from examples.django_app.forms import Mailing, Subscription
from examples.django_app.models import everyone
from examples.django_app.page import notice, site, texts
from examples.django_app.shop import now, options, outbox
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.mails import Campaign, campaign_mails
from shopprivacy.adapters.django import get_privacy
from shopprivacy.ledger.entry import CollectionMethod

log = logging.getLogger("examples.django_app")


def mailing(request: HttpRequest) -> HttpResponse:
    if not is_operator(request):
        return refusal()
    mail = get_privacy().mail
    purposes = mail.marketing.purposes
    form, sent = Mailing(texts(request), request.POST or None, purposes=purposes), ""
    if form.is_valid():
        given = form.cleaned_data
        campaign = Campaign(
            given["purpose"], given["subject"], given["message"], request.language, site(request)
        )
        count = 0
        for message in campaign_mails(campaign, everyone(), mail, now()):
            outbox().send(message)
            count += 1
        log.info("mailing sent to %d addresses", count)
        sent = texts(request)["mailing_sent"].format(count=count)
        form = Mailing(texts(request), purposes=purposes)
    status = 422 if form.is_bound else 200
    return render(request, "shop/mailing.html", {"form": form, "sent": sent}, status=status)


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
