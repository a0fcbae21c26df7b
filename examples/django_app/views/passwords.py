"""A forgotten password: a link by mail, by which a new one is chosen."""

from __future__ import annotations

from urllib.parse import urljoin

from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from examples.django_app.forms import Forgotten, NewPassword
from examples.django_app.models import Customer
from examples.django_app.page import notice, site, texts
from examples.django_app.shop import send
from examples.shop.mails import reset_mail


def forgot(request: HttpRequest) -> HttpResponse:
    words, form = texts(request), Forgotten(texts(request), request.POST or None)
    if not form.is_valid():
        return render(request, "shop/forgot.html", {"form": form}, status=422 if form.is_bound else 200)
    customer = Customer.objects.filter(email=form.cleaned_data["email"]).first()
    if customer is not None:
        token = f"{customer.pk}-{default_token_generator.make_token(customer)}"
        link = urljoin(site(request), reverse("new-password", args=[token]))
        send(reset_mail(customer.email, link, words))
    # The same answer for an address that nobody has: a stranger learns nothing from it.
    return notice(request, words["forgot_password"], words["reset_sent"])


def new(request: HttpRequest, token: str) -> HttpResponse:
    words, customer = texts(request), _customer_of(token)
    if customer is None:
        return notice(request, words["new_password"], words["reset_void"], 404)
    form = NewPassword(words, request.POST or None)
    if not form.is_valid():
        return render(
            request,
            "shop/new_password.html",
            {"form": form, "token": token},
            status=422 if form.is_bound else 200,
        )
    customer.set_password(form.cleaned_data["password"])
    customer.save(update_fields=["password"])
    return notice(request, words["new_password"], words["password_changed"])


def _customer_of(token: str) -> Customer | None:
    number, _, rest = token.partition("-")
    customer = Customer.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    return customer if customer is not None and default_token_generator.check_token(customer, rest) else None
