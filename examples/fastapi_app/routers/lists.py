"""What the shop remembers for a visitor in a cookie of its own: wish list, products to compare, language."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from examples.fastapi_app.dependencies import TheShop
from examples.fastapi_app.page import YEAR
from examples.shop.cart import read_list, write_list
from examples.shop.origin import local_path
from examples.shop.sql.shop import Shop

router = APIRouter(default_response_class=Response)
DAY = 24 * 3600


class Listed(BaseModel):
    """A product to put on a list, or to take off it."""

    product: str = ""
    action: Literal["add", "remove"] = "add"


class ChosenLanguage(BaseModel):
    """A language, and the page to return to."""

    lang: Literal["nl", "fr", "de", "en"]
    next: str = "/"


@router.post("/wishlist")
def wishlist(request: Request, form: Annotated[Listed, Form()], shop: TheShop) -> Response:
    return _remember(request, shop, "wishlist", form, max_age=90 * DAY)


@router.post("/compare")
def compare(request: Request, form: Annotated[Listed, Form()], shop: TheShop) -> Response:
    return _remember(request, shop, "compare", form, max_age=None)


@router.post("/language")
def language(form: Annotated[ChosenLanguage, Form()]) -> Response:
    response = RedirectResponse(local_path(form.next), 303)
    response.set_cookie("lang", form.lang, max_age=YEAR)
    return response


def _remember(request: Request, shop: Shop, cookie: str, form: Listed, max_age: int | None) -> Response:
    if form.product not in shop.catalogue:
        raise HTTPException(404)
    kept = read_list(request.cookies.get(cookie, ""), shop.catalogue)
    listed = [other for other in kept if other != form.product]
    if form.action != "remove":
        listed.insert(0, form.product)
    response = RedirectResponse(f"/products/{form.product}", 303)
    response.set_cookie(cookie, write_list(listed), max_age=max_age)
    return response
