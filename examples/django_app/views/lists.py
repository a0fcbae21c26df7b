"""What the shop remembers for a visitor in a cookie of its own: wish list, products to compare, language."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.http import require_POST

from examples.django_app.page import YEAR, SeeOther, listed, see_other
from examples.django_app.shop import catalogue
from examples.shop.cart import write_list
from examples.shop.origin import local_path
from examples.shop.texts import LANGUAGES

DAY = 24 * 3600


@require_POST
def wishlist(request: HttpRequest) -> HttpResponse:
    return _remember(request, "wishlist", max_age=90 * DAY)


@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    return _remember(request, "compare", max_age=None)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("lang", "")
    if chosen not in LANGUAGES:
        return HttpResponseBadRequest()
    response = SeeOther(local_path(request.POST.get("next")))
    response.set_cookie("lang", chosen, max_age=YEAR, samesite="Lax")
    return response


def _remember(request: HttpRequest, cookie: str, max_age: int | None) -> HttpResponse:
    slug = request.POST.get("product", "")
    if slug not in catalogue():
        raise Http404
    kept = [other for other in listed(request, cookie) if other != slug]
    if request.POST.get("action") != "remove":
        kept.insert(0, slug)
    response = see_other("product", slug)
    response.set_cookie(cookie, write_list(kept), max_age=max_age, samesite="Lax")
    return response
