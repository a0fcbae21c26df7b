"""A careless shop's pages."""
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model, login, logout
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from shopprivacy.adapters.django import consent, privacy_banner, requires_consent, sign_in


def index(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(",".join(request.COOKIES))
    for name in ("_ga", "cart", "debug_id", "ads"):
        response.set_cookie(name, "1", max_age=3600)
    return response


def best_sellers(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(f"best sellers, {name}")


async def plain_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def ads(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ads")


@requires_consent("statistics", otherwise=best_sellers)
def for_you(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(f"for you, {name}")


@requires_consent("statistics", otherwise=plain_async)
async def for_you_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for you")


@requires_consent("ads")
def only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ads")


@requires_consent("ads", otherwise=plain_async)
def mixed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ads")


@requires_consent("ads", otherwise=plain)
async def mixed_back(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ads")


@method_decorator(requires_consent("ads", otherwise=plain), name="dispatch")
class ByClass(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("ads")


class Async(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("ads")


@method_decorator(requires_consent("ads", otherwise=plain), name="dispatch")
class AsyncOtherwiseSync(Async): ...


@method_decorator(requires_consent("ads", otherwise=plain_async), name="dispatch")
class AsyncOtherwiseAsync(Async): ...


@method_decorator([requires_consent("ads", otherwise=plain), csrf_exempt], name="dispatch")
class AsyncExempt(Async): ...


@method_decorator(requires_consent("ads"), name="dispatch")
class AsyncOnly(Async): ...


class PlainAsync(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("plain")


def page(request: Any) -> HttpResponse:
    return render(request, "page.html", {"allowed": request.privacy.allows("ads")})


def log_in(request: Any) -> HttpResponse:
    assert privacy_banner(request, "nl") == request.privacy.banner("nl")
    login(request, get_user_model().objects.get(username="an"))
    return HttpResponse("hello")


def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("bye")


async def sign_in_by_hand(request: Any) -> HttpResponse:
    await request.privacy.asign_in(8)
    return HttpResponse(",".join(request.privacy.undecided()))


def sign_in_by_function(request: HttpRequest) -> HttpResponse:
    sign_in(request, 8)
    return HttpResponse(str(consent(request).allows("ads")))


def stream(request: HttpRequest) -> StreamingHttpResponse:
    response = StreamingHttpResponse(iter([b"a", b"b"]))
    response.set_cookie("ads", "1")
    return response


def content_type(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.headers["Content-Type"])


urlpatterns = [
    path("content-type", content_type),
    path("", index),
    path("for-you/<name>", for_you),
    path("async", for_you_async),
    path("only", only),
    path("sync-otherwise-async", mixed),
    path("async-otherwise-sync", mixed_back),
    path("class", ByClass.as_view()),
    path("async-class/otherwise-sync", AsyncOtherwiseSync.as_view()),
    path("async-class/otherwise-async", AsyncOtherwiseAsync.as_view()),
    path("async-class/exempt", AsyncExempt.as_view()),
    path("async-class/only", AsyncOnly.as_view()),
    path("async-view/otherwise-sync", requires_consent("ads", otherwise=plain)(Async.as_view())),
    path("async-view/otherwise-async", requires_consent("ads", otherwise=plain_async)(Async.as_view())),
    path(
        "async-view/for-async-view", requires_consent("ads", otherwise=PlainAsync.as_view())(Async.as_view())
    ),
    path("async-view/for-sync", requires_consent("ads", otherwise=PlainAsync.as_view())(ads)),
    path("page", page),
    path("sign-in", log_in),
    path("sign-out", sign_out),
    path("by-hand", sign_in_by_hand),
    path("by-function", sign_in_by_function),
    path("stream", stream),
    path("admin/", admin.site.urls),
]
