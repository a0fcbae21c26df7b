"""Templates of routes, in one spelling for all frameworks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics.routes import template, without_language

LANGUAGES = ("nl", "fr")


@pytest.mark.parametrize(
    "route",
    [
        "/products/<slug>",
        "/products/<string:slug>",
        "/products/<string(length=2):slug>",
        "/<lang_code>/products/<slug>",
        "products/<slug:slug>",
        "nl/products/<slug:slug>",
        "fr-BE/products/<slug:slug>/",
        r"^products/(?P<slug>[-\w]+)/$",
        r"products/(?P<slug>[-a-z]{1,9}(?:x|y)\))/?\Z",
        "/products/{slug}",
        "/products/{slug:path}",
        "/{language}/products/{slug}",
    ],
)
def test_one_spelling(route: str) -> None:
    """Flask, Django, Starlette: the same page is the same template, in every language."""
    assert template(route, LANGUAGES) == "/products/{slug}"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("", "/"),
        ("/", "/"),
        ("^$", "/"),
        ("nl/", "/"),
        ("/nlx/cart", "/nlx/cart"),
        ("/de/cart", "/de/cart"),
        ("/fr-makers", "/fr-makers"),
        ("/nl_design/cart", "/nl_design/cart"),
        ("/nl-528/cart", "/cart"),
        (r"^archive/([0-9]{4})/page-(\d+)\.html$", "/archive/{}/page-{}.html"),
        (r"^(?P<a>x)/[0-9]+/b$", "/{a}/{}/b"),
        ("/<path:rest>", "/{rest}"),
    ],
)
def test_others(route: str, expected: str) -> None:
    """Roots, groups without a name, and parts of a pattern that stand for anything."""
    assert template(route, LANGUAGES) == expected


@given(st.text(max_size=40))
def test_any_route_has_a_template(route: str) -> None:
    """Whatever a framework says, there is a template that begins with a slash."""
    assert template(route, LANGUAGES).startswith("/")
    assert without_language("/" + route, LANGUAGES).startswith("/")
