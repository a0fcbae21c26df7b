"""The privacy statement, drawn from the policy itself: who, what for, and where to choose."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shopprivacy.adapters.django import get_privacy


def statement(request: HttpRequest) -> HttpResponse:
    policy = get_privacy().policy
    texts = policy.text(request.language)
    purposes = [
        (texts.purpose(name), texts.keep(purpose.keep) if purpose.keep else "")
        for name, purpose in policy.purposes.items()
    ]
    context = {"policy": policy, "purposes": purposes, "effective": texts.date(policy.effective)}
    return render(request, "shop/statement.html", context)
