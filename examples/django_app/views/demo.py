"""What only a shop under test has (``--clock``): moving its clock, and seeing which cookies reached this code."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse

from examples.django_app.shop import now
from examples.shop.options import moment


def seen(request: HttpRequest) -> HttpResponse:
    """Return the names of the cookies that reached the shop on this request."""
    return JsonResponse({"cookies": list(request.COOKIES)})


def clock(request: HttpRequest) -> HttpResponse:
    """Tell the time in the shop; make it ``now`` there, for all workers, with POST."""
    if request.method == "POST":
        try:
            settings.CLOCK.set(moment(request.POST.get("now", "")))
        except ValueError:
            return HttpResponseBadRequest()
    return JsonResponse({"now": now().isoformat()})
