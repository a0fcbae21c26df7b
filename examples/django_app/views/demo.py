"""What only a shop under test has (``--clock``): moving its clock, and seeing which cookies reached this code."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse

from examples.django_app.shop import now
from examples.shop.options import moment

log = logging.getLogger("examples.django_app")


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


def fail(request: HttpRequest) -> HttpResponse:
    """Fail over what somebody typed, as code does that nobody has tried with it."""
    note = request.POST.get("note", "")
    log.warning("what is this: %r", note, extra={"note": note})
    raise ValueError(note)
