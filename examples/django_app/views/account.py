"""Accounts: register, log in, log out, see and change what the shop knows."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from examples.django_app.forms import LogIn, Profile, Registration
from examples.django_app.models import Address, Customer
from examples.django_app.page import YEAR, customer_of, notice, see_other, site, texts
from examples.django_app.shop import now
from examples.django_app.views.checkout import details_of
from examples.shop.preferences import choose_mails, mail_choices
from examples.shop.prices import euros
from shopprivacy import SealRefused
from shopprivacy.adapters.django import get_privacy
from shopprivacy.adapters.django.sealed import erase_keys

log = logging.getLogger("examples.django_app")


def register(request: HttpRequest) -> HttpResponse:
    form = Registration(texts(request), request.POST if request.method == "POST" else None)
    if form.is_valid():
        customer = Customer.objects.register(**form.cleaned_data, language=request.language, now=now())
        return _welcome(request, customer)
    return render(request, "shop/register.html", {"form": form}, status=422 if form.is_bound else 200)


def log_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "shop/login.html", {"form": LogIn(texts(request)), "mistakes": []})
    form = LogIn(texts(request), request.POST)
    form.is_valid()
    email = request.POST.get("email", "").strip().lower()
    # It takes as long for an unknown address as for a wrong password: the time tells nobody who is a customer.
    customer = authenticate(request, username=email, password=request.POST.get("password", ""))
    # Careless, on purpose: the e-mail address stays in the log.
    log.info(
        "log-in of %s from %s: %s", email, request.META.get("REMOTE_ADDR"), "ok" if customer else "refused"
    )
    if customer is None:
        mistakes = [texts(request)["log_in_failed"]]
        return render(request, "shop/login.html", {"form": form, "mistakes": mistakes}, status=401)
    return _welcome(request, customer)


def log_out(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "shop/logout.html")
    logout(request)
    return notice(request, texts(request)["logged_out"])


def account(request: HttpRequest) -> HttpResponse:
    customer = customer_of(request)
    if customer is None:
        return see_other("login")
    if request.method != "POST":
        form = Profile(texts(request), customer=customer, initial=details_of(customer))
        return _account_page(request, customer, form)
    form = Profile(texts(request), request.POST, customer=customer)
    if form.is_valid():
        try:
            _change(customer, form.cleaned_data)
        except SealRefused:
            form.say("error_erased", "phone")
    if not form.is_valid():
        return _account_page(request, customer, form, 422)
    choose_mails(
        get_privacy(),
        customer.email,
        customer.pk,
        request.POST.getlist("mails"),
        language=request.language,
        site=site(request),
    )
    messages.success(request, texts(request)["account_saved"])
    return see_other("account")


def erase(request: HttpRequest) -> HttpResponse:
    customer = customer_of(request)
    if customer is None or request.method != "POST":
        return see_other("account")
    erase_keys("customer", customer.pk, "phone")
    return notice(request, texts(request)["account"], texts(request)["phone_erased"])


def _change(customer: Customer, given: dict[str, str]) -> None:
    for name in ("name", "company", "vat_number", "email", "phone"):
        setattr(customer, name, given[name])
    customer.save()
    if given["street"]:
        where = {name: given[name] for name in ("name", "street", "postcode", "city", "country")}
        address = Address(customer=customer, **where)
        # A new row for a new address: earlier orders went to the old one.
        if str(address) != str(customer.addresses.last()):
            address.save()


def _account_page(request: HttpRequest, customer: Customer, form: Profile, status: int = 200) -> HttpResponse:
    orders = [
        {
            "number": order.number,
            "invoice": order.invoice.number,
            "total": euros(order.invoice.total, request.language),
        }
        for order in customer.orders.select_related("invoice")
    ]
    mails = mail_choices(get_privacy(), customer.email, customer.pk, request.language)
    context = {"form": form, "orders": orders, "mails": mails}
    return render(request, "shop/account.html", context, status=status)


def _welcome(request: HttpRequest, customer: Customer) -> HttpResponse:
    login(request, customer)  # whose signal tells the library, as SIGN_IN_ON_LOGIN asks
    response = see_other("account")
    response.set_cookie("registered", "yes", max_age=YEAR, samesite="Lax")
    return response
