"""A Django shop as its owner types it."""
# Django has no types of its own: what it gives is unknown, or Any. All this holds with django-stubs as well.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any, assert_type

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import TestCase
from django.utils.decorators import method_decorator
from django.views import View
from markupsafe import Markup

from shopprivacy import Privacy
from shopprivacy.adapters.django import (
    RequestPrivacy,
    check_application,
    consent,
    consent_changed,
    get_privacy,
    privacy_banner,
    privacy_gate,
    requires_consent,
    sign_in,
)
from shopprivacy.adapters.django.test import AsyncClient, Client
from shopprivacy.consent.context import ConsentContext
from shopprivacy.ledger.entry import Entry
from shopprivacy.testing.consent import consented


def best_sellers(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(b"vase" * number)


@requires_consent("personalisation", otherwise=best_sellers)
def for_you(request: HttpRequest, number: int, page: int = 1) -> HttpResponse:
    return HttpResponse(b"lamp" * number * page)


@requires_consent("personalisation", otherwise=best_sellers)
async def for_you_async(request: HttpRequest, number: int) -> HttpResponse:
    privacy = RequestPrivacy(consent(request))
    await privacy.asign_in(7)
    return HttpResponse(privacy.banner("nl").encode())


@requires_consent("personalisation")
def numbers_for_you(number: int) -> list[str]:
    return ["lamp"] * number


@method_decorator(requires_consent("personalisation"), name="dispatch")
class ForYou(View):
    @requires_consent("statistics")
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return for_you(request, number)


async def check_signatures(request: HttpRequest) -> None:
    assert_type(for_you(request, 3, page=2), HttpResponse)
    assert_type(await for_you_async(request, number=3), HttpResponse)
    assert_type(numbers_for_you(3), list[str])
    assert_type(ForYou().get(request, number=3), HttpResponse)


def home(request: HttpRequest) -> bool:
    assert_type(consent(request), ConsentContext)
    assert_type(consent(request).allows("statistics"), bool)
    assert_type(privacy_banner(request), Markup)
    assert_type(privacy_banner(request, "nl"), Markup)
    assert_type(get_privacy(), Privacy)
    sign_in(request, 7)
    privacy = RequestPrivacy(consent(request))
    privacy.sign_in(7)
    assert_type(privacy.allows("statistics"), bool)
    assert_type(privacy.undecided(), tuple[str, ...])
    return privacy.allows("ads")


def changed(sender: type[Privacy], entry: Entry, **_: object) -> None: ...


def customer(request: HttpRequest) -> object | None:
    user: Any = getattr(request, "user", AnonymousUser())
    return user.pk if user.is_authenticated else None


consent_changed.connect(changed)
application = privacy_gate(home)
check_application(application)


class ShopTests(TestCase):
    client_class = Client
    async_client_class = AsyncClient

    def test_statistics(self) -> None:
        with consented(self.client, get_privacy(), "statistics"):
            self.client.get("/")
        with consented(Client(), get_privacy(), refused=("statistics",)):
            pass


def check_mistakes(request: HttpRequest) -> None:
    for_you(request, "3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for_you(request)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ForYou().get(request, "3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    numbers_for_you("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    requires_consent("ads", otherwise="/sellers")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    requires_consent(best_sellers)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    consent(request).allow("ads")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    privacy_banner(request, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sign_in(request)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
