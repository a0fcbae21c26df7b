"""Customer service looks a customer up: by a whole e-mail address, a surname, or a postcode."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from examples.django_app.models import Customer
from examples.django_app.views.mailing import is_operator, refusal


def customers(request: HttpRequest) -> HttpResponse:
    if not is_operator(request):
        return refusal()
    asked = request.GET.get("q", "")
    wanted = Q(email=asked) | Q(name__last_word=asked) | Q(addresses__postcode=asked)
    found = Customer.objects.filter(wanted).distinct() if asked.strip() else Customer.objects.none()
    lines = [f"{customer.pk}\t{customer.name}\t{customer.email}\n" for customer in found]
    return HttpResponse("".join(lines), content_type="text/plain; charset=utf-8")
