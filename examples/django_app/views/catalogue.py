"""The shop window, the products and their reviews."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from examples.django_app.forms import WriteReview
from examples.django_app.models import PageVisit, Product, Review
from examples.django_app.page import YEAR, SeeOther, customer_of, listed, shown, texts
from examples.django_app.shop import catalogue, now
from examples.shop.cart import write_list


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "items": shown(request, catalogue()),
        "viewed": shown(request, listed(request, "recently_viewed")),
        "wished": shown(request, listed(request, "wishlist")),
    }
    return render(request, "shop/index.html", context)


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Product, slug=slug)
    PageVisit.objects.create(
        customer=customer_of(request),
        page=request.path,
        browser=request.headers.get("User-Agent", ""),
        visited_at=now(),
    )
    response = _product_page(request, row, WriteReview(texts(request)))
    others = [other for other in listed(request, "recently_viewed") if other != slug]
    response.set_cookie("recently_viewed", write_list([slug, *others]), max_age=YEAR, samesite="Lax")
    return response


@require_POST
def review(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Product, slug=slug)
    form = WriteReview(texts(request), request.POST)
    if not form.is_valid():
        return _product_page(request, row, form, 422)
    Review.objects.create(product=row, customer=customer_of(request), written_at=now(), **form.cleaned_data)
    return SeeOther(reverse("product", args=[slug]) + "#reviews")


def _product_page(request: HttpRequest, row: Product, form: WriteReview, status: int = 200) -> HttpResponse:
    reviews = [
        {
            "stars": "★" * one.rating + "☆" * (5 - one.rating),
            "rating": one.rating,
            "text": one.text,
            "name": one.name,
        }
        for one in row.review_set.all()
    ]
    context = {
        "item": shown(request, [row.slug])[0],
        "reviews": reviews,
        "viewed": shown(request, [slug for slug in listed(request, "recently_viewed") if slug != row.slug]),
        "compared": shown(request, listed(request, "compare")),
        "form": form,
    }
    return render(request, "shop/product.html", context, status=status)
