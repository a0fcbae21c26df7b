"""Forms to write to the shop: a message, a quotation, an entry for the contest."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from examples.django_app.forms import Contact, ContestAnswer, QuoteRequest, ShopForm
from examples.django_app.models import ContestEntry, Message, Quote
from examples.django_app.page import notice, texts
from examples.django_app.shop import now, send
from examples.shop.mails import contact_mail


def contact(request: HttpRequest) -> HttpResponse:
    form = Contact(texts(request), request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        Message.objects.create(text=given.pop("message"), sent_at=now(), **given)
        send(contact_mail(given["email"], texts(request)))
    return _answer(request, form, "contact")


def quotes(request: HttpRequest) -> HttpResponse:
    form = QuoteRequest(texts(request), request.POST or None, language=request.language)
    if form.is_valid():
        given = form.cleaned_data
        Quote.objects.create(text=given.pop("message"), asked_at=now(), **given)
    return _answer(request, form, "quotes")


def contest(request: HttpRequest) -> HttpResponse:
    form = ContestAnswer(texts(request), request.POST or None)
    if form.is_valid():
        ContestEntry.objects.create(entered_at=now(), **form.cleaned_data)
    return _answer(request, form, "contest")


def _answer(request: HttpRequest, form: ShopForm, name: str) -> HttpResponse:
    if form.is_valid():
        return notice(request, texts(request)[name], texts(request)[f"{name}_thanks"])
    return render(request, f"shop/{name}.html", {"form": form}, status=422 if form.is_bound else 200)
