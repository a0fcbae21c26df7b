"""Where a browser may hold a declared cookie: the places that a deletion has to name."""

from __future__ import annotations

import pytest

from shopprivacy.gate.cookie_rules import declared_cookies, parent_domains
from tests.gate.exchange import make_policy


@pytest.mark.parametrize(
    ("hostname", "domains"),
    [
        ("www.shop.example", ["www.shop.example", "shop.example"]),
        ("www.shop.example.", ["www.shop.example", "shop.example"]),
        ("shop", []),
        (".shop.example", []),
        ("192.0.2.1", []),
    ],
)
def test_a_hosts_domains(hostname: str, domains: list[str]) -> None:
    """Its own and those above it, down to two labels; none for an address or what is no name of a host."""
    assert parent_domains(hostname) == domains


def test_no_more_labels_than_hosts_have() -> None:
    """Ten are looked at; a client that sends more gets no list of them."""
    ten = ".".join("abcdefghi") + ".example"
    assert len(parent_domains(ten)) == 9
    assert parent_domains("x." + ten) == []


@pytest.mark.parametrize(
    ("sent_to", "paths"),
    [
        (None, ["/", "/X/", "/shop"]),
        ("/", ["/"]),
        ("/shop", ["/", "/shop"]),
        ("/shop/cart", ["/", "/shop"]),
        ("/shopping", ["/"]),
        ("/X/y", ["/", "/X/"]),
        ("/X", ["/"]),
        ("/y", ["/"]),
    ],
)
def test_paths_that_match(sent_to: str | None, paths: list[str]) -> None:
    """Of the declared paths, those with which a browser sends the cookie there (rfc6265bis-22, section 5.1.4)."""
    cookies = {"ads": {"purpose": "ads", "life": "1 day", "paths": ["/", "/X/", "/shop"]}}
    declared = declared_cookies(make_policy(cookies=cookies))["ads"]
    assert [path for path, domain, _ in declared.places(b"ads", "shop", sent_to) if domain is None] == paths
