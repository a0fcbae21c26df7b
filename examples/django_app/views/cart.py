"""The cart, which lives in the ``cart`` cookie until it is saved."""

from __future__ import annotations

from urllib.parse import urljoin

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from examples.django_app.forms import Quantity, SaveCart
from examples.django_app.models import SavedCart
from examples.django_app.page import bill, cart_of, customer_of, notice, see_other, site, texts
from examples.django_app.shop import catalogue, now, read_link, send, sign_link
from examples.shop.cart import MOST_OF_ONE, read_cart, write_cart
from examples.shop.mails import saved_cart_mail
from examples.shop.preferences import remind
from shopprivacy.adapters.django import get_privacy

MONTH = 30 * 24 * 3600


def cart(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _change(request)
    return _cart_page(request, SaveCart(texts(request)))


def _change(request: HttpRequest) -> HttpResponse:
    """Add to the cart, or with ``action=set`` change the quantity; none of it means out."""
    slug = request.POST.get("product", "")
    if slug not in catalogue():
        raise Http404
    form = Quantity(texts(request), {"quantity": "1", **request.POST.dict()})
    if not form.is_valid():
        return HttpResponseBadRequest()
    cart, quantity = cart_of(request), form.cleaned_data["quantity"]
    if request.POST.get("action") != "set":
        quantity = min(cart.get(slug, 0) + quantity, MOST_OF_ONE)
    cart[slug] = quantity
    return _back_with({slug: count for slug, count in cart.items() if count})


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    form = SaveCart(texts(request), request.POST)
    cart = cart_of(request)
    if not form.is_valid() or not cart:
        return _cart_page(request, form, 422)
    saved = SavedCart.objects.create(
        customer=customer_of(request),
        cart=write_cart(cart),
        language=request.language,
        saved_at=now(),
        **form.cleaned_data,
    )
    if saved.remind:
        remind(get_privacy(), saved.email, language=request.language, site=site(request))
    link = urljoin(site(request), reverse("saved-cart", args=[sign_link("saved-cart", saved.pk)]))
    send(saved_cart_mail(saved.email, link, texts(request)))
    return notice(request, texts(request)["cart_saved"], texts(request)["save_cart_text"])


@require_safe
def restore(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    saved = get_object_or_404(SavedCart, pk=read_link("saved-cart", token))
    return _back_with(read_cart(saved.cart, catalogue()))


def _cart_page(request: HttpRequest, form: SaveCart, status: int = 200) -> HttpResponse:
    context = {"bill": bill(request, cart_of(request)), "most": MOST_OF_ONE, "form": form}
    return render(request, "shop/cart.html", context, status=status)


def _back_with(cart: dict[str, int]) -> HttpResponse:
    response = see_other("cart")
    if cart:
        response.set_cookie("cart", write_cart(cart), max_age=MONTH, httponly=True, samesite="Lax")
    else:
        response.delete_cookie("cart", samesite="Lax")
    return response
