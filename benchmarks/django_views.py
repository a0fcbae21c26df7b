"""One page of a Django shop, as each of the peers lets it ask; and a careless one."""

from __future__ import annotations

from cookie_consent.util import get_cookie_value_from_request
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("yes")


def session(request: HttpRequest) -> HttpResponse:
    return _answer(allowed=request.session.get("user") == 12345)


def cookie_consent(request: HttpRequest) -> HttpResponse:
    return _answer(allowed=get_cookie_value_from_request(request, "statistics") is True)


def privacy(request: HttpRequest) -> HttpResponse:
    return _answer(allowed=request.privacy.allows("statistics"))


def careless(request: HttpRequest) -> HttpResponse:
    """Set a cookie without asking, and show which cookies came."""
    response = HttpResponse(" ".join(request.COOKIES))
    response.set_cookie("_a0", "tracked", max_age=3600)
    return response


def _answer(*, allowed: bool) -> HttpResponse:
    return HttpResponse("yes" if allowed else "no")


urlpatterns = [
    path("plain", plain),
    path("session", session),
    path("cookie-consent", cookie_consent),
    path("privacy-asked", privacy),
    path("careless", careless),
    path("cookies/", include("cookie_consent.urls")),
]
