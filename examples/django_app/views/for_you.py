"""Recommendations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from examples.django_app.models import Product
from examples.django_app.page import customer_of, listed, shown
from examples.django_app.shop import catalogue
from shopprivacy.adapters.django import requires_consent


def show_best_sellers(request: HttpRequest) -> HttpResponse:
    """Show everybody the same."""
    items = shown(request, Product.objects.best_sellers())
    return render(request, "shop/for_you.html", {"items": items, "personal": False})


@requires_consent("personalisation", otherwise=show_best_sellers)
def for_you(request: HttpRequest) -> HttpResponse:
    """Put first what this visitor looked at, in this browser or with this account."""
    viewed = listed(request, "recently_viewed")
    customer = customer_of(request)
    if customer is not None:
        viewed += [page.rpartition("/")[2] for page in customer.looked_at()]
    slugs = [
        slug for slug in dict.fromkeys([*viewed, *Product.objects.best_sellers()]) if slug in catalogue()
    ]
    return render(request, "shop/for_you.html", {"items": shown(request, slugs), "personal": True})
