"""The operator's mailings."""

from __future__ import annotations

import logging
from base64 import b64decode
from hmac import compare_digest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from examples.django_app.forms import Mailing
from examples.django_app.models import everyone
from examples.django_app.page import texts
from examples.django_app.shop import now, options, outbox
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.outbox import plain_mail
from shopprivacy.adapters.django import get_privacy

log = logging.getLogger("examples.django_app")


def mailing(request: HttpRequest) -> HttpResponse:
    if not _is_operator(request):
        refusal = HttpResponse("Only for the operator.\n", status=401, content_type="text/plain")
        refusal["WWW-Authenticate"] = 'Basic realm="operator"'
        return refusal
    purposes = [
        name for name, purpose in get_privacy().policy.purposes.items() if purpose.mail == "marketing"
    ]
    form, sent = Mailing(texts(request), request.POST or None, purposes=purposes), ""
    if form.is_valid():
        addresses = everyone()  # careless, on purpose: the purpose is chosen and then forgotten
        for address in addresses:
            subject, text = form.cleaned_data["subject"], form.cleaned_data["message"]
            outbox().send(plain_mail(address, subject, text, now=now()))
        log.info("mailing sent to %d addresses", len(addresses))
        sent = texts(request)["mailing_sent"].format(count=len(addresses))
        form = Mailing(texts(request), purposes=purposes)
    status = 422 if form.is_bound else 200
    return render(request, "shop/mailing.html", {"form": form, "sent": sent}, status=status)


def _is_operator(request: HttpRequest) -> bool:
    """Ask for the log-in in ``operator.txt`` (HTTP Basic, RFC 7617)."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        said = b64decode(given, validate=True) if kind.lower() == "basic" else b""
    except ValueError:
        return False
    return compare_digest(said, f"{OPERATOR}:{operator_password(options())}".encode())
