"""Which names a declared cookie may have."""

from __future__ import annotations

from http.cookies import Morsel

import pytest
from hypothesis import given
from pydantic_core import PydanticCustomError

from shopprivacy.policy import CONSENT_COOKIE, Policy
from shopprivacy.policy.page import cookie_name
from shopprivacy.policy.vocabulary import RESERVED
from shopprivacy.policy.wording import shown
from tests.policy.files import base_with, problems_in
from tests.strategies import cookie_names


@given(cookie_names())
def test_tokens_are_names(name: str) -> None:
    """Every token is accepted as it stands, with or without a wildcard."""
    assert cookie_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "cannot be the name of a cookie"),
        ("a b", "cannot be the name of a cookie"),
        ("a=b", "cannot be the name of a cookie"),
        ("a;b", "cannot be the name of a cookie"),
        ("a\n", "cannot be the name of a cookie"),
        ("é", "cannot be the name of a cookie"),
        ("a*b", "cannot be the name of a cookie"),
        ("a**", "cannot be the name of a cookie"),
        ("*", "would allow every cookie"),
        ("$Version", r"begins with a \$"),
        ("Path", "is the name of a cookie attribute"),
        (CONSENT_COOKIE, "belongs to the library"),
        ("__Host-*", "belongs to the library"),
        ("__Host-consent*", "belongs to the library"),
    ],
)
def test_what_is_no_name(name: str, why: str) -> None:
    """What browsers and servers would not take, or take for ours, is refused by name, with the reason."""
    with pytest.raises(PydanticCustomError, match=why) as refused:
        cookie_name(name)
    assert str(refused.value).startswith(shown(name))


def test_attributes_are_those_of_the_standard_library() -> None:
    """Every word that http.cookies reserves is refused as a name."""
    reserved: dict[str, str] = Morsel._reserved  # type: ignore[attr-defined]
    assert reserved.keys() <= RESERVED


def test_names_that_only_begin_like_ours_are_free() -> None:
    """A name that merely resembles the consent cookie's is the shop's own."""
    cookie = {"essential": True, "life": "session"}
    names = {f"{CONSENT_COOKIE}s", "__Host-cart*", "__host-consent"}
    assert names <= set(Policy(**base_with(cookies=dict.fromkeys(names, cookie))).cookies)


@pytest.mark.parametrize(
    ("cookie", "problem"),
    [
        (
            {"domains": [".shop.example"]},
            'domains[0]: ".shop.example" is not a domain; write it in lower case',
        ),
        ({"domains": ["Shop.example"]}, 'domains[0]: "Shop.example" is not a domain'),
        ({"domains": ["a.example", "a.example"]}, 'domains: duplicate "a.example"; write it once'),
        ({"paths": ["shop"]}, 'paths[0]: "shop" is not a path'),
        ({"paths": ["/a;b"]}, 'paths[0]: "/a;b" is not a path'),
        ({"paths": []}, "paths: is empty; name at least one"),
    ],
)
def test_where_a_cookie_may_live(cookie: dict[str, list[str]], problem: str) -> None:
    """Domains and paths are written as a browser compares them."""
    (found,) = problems_in(base_with(cookies={"a": cookie | {"essential": True, "life": "session"}}))
    assert found.startswith(f"cookies.a.{problem}")
