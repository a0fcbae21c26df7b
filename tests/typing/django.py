"""A Django shop as its owner types it; mypy --strict and pyright read this file, nobody runs it."""

from __future__ import annotations

from typing import assert_type

from django.http import HttpRequest, HttpResponse

from shopprivacy import Privacy
from shopprivacy.adapters.django import (
    RequestPrivacy,
    get_privacy,
    privacy_gate,
    requires_consent,
    visit,
)
from shopprivacy.adapters.django.test import Client
from shopprivacy.testing.consent import consented
from shopprivacy.web.gate import Visit


def best_sellers(request: HttpRequest, number: int) -> list[str]:
    return ["vase"] * number


@requires_consent("statistics", otherwise=best_sellers)
def for_you(request: HttpRequest, number: int) -> list[str]:
    return ["lamp"] * number


def check_for_you(request: HttpRequest) -> None:
    assert_type(for_you(request, 3), list[str])
    for_you(request, "3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the signature is kept


@requires_consent("statistics")
async def for_you_async(request: HttpRequest) -> HttpResponse:
    privacy = RequestPrivacy(visit(request))
    await privacy.asign_in(7)
    return HttpResponse(privacy.banner("nl").encode())


def home(request: HttpRequest) -> bool:
    assert_type(visit(request), Visit)
    assert_type(get_privacy(), Privacy)
    privacy = RequestPrivacy(visit(request))
    privacy.sign_in(7)
    assert_type(privacy.allows("statistics"), bool)
    assert_type(privacy.unasked(), tuple[str, ...])
    return privacy.allows("ads")


def check_home() -> None:
    with consented(Client(), get_privacy(), "statistics"):
        pass


application = privacy_gate(home)
