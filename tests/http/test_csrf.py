"""Forged choices: specs/cookies.md, 'Consent', 'Forged choices'."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopprivacy.http.csrf import LONGEST_TARGET, OriginCheck, check_origin, same_origin_target
from tests.http.heads import head

EVIL_TARGETS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
    "/ok\r\nSet-Cookie: a=b",
    "/ok\x7f",
    "/ok\x85",
    "/" + "a" * LONGEST_TARGET,
    "\uff0f\uff0fevil.example",
    "\u2044/evil.example",
    "\u2215\u2215evil.example",
    "\ufeff//evil.example",
    "\xa0//evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "HTTPS://evil.example",
    "data:text/html,x",
    "javascript://shop.example/%0aalert(1)",
    "%2F%2Fevil.example",
    "?//evil.example",
    "#//evil.example",
    ".//evil.example",
]
_SLASHES = [
    "/",
    "\\",
    "%2F",
    "%5C",
    "%252F",
    "\uff0f",
    "\u2044",
    "\u2215",
    "\t",
    "\n",
    "\x00",
    "\xa0",
    "\u2028",
    "\ufeff",
]
_SLASHES += [".", "..", "evil.example", "https:", "javascript:", "@", ":", "?", "#", ";", " ", "\ud800"]


def test_only_sec_fetch_site_same_origin_counts_fully() -> None:
    """With Sec-Fetch-Site, only same-origin counts."""
    assert check_origin(head("POST", sec_fetch_site="same-origin")) is OriginCheck.FULL
    assert check_origin(head("POST", sec_fetch_site=" same-origin\t")) is OriginCheck.FULL


@pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "none", "", "Same-Origin", "same-origin,cross-site"]
)
def test_any_other_sec_fetch_site_is_refused(site: str) -> None:
    """Another Sec-Fetch-Site is refused, whatever Origin says."""
    assert (
        check_origin(head("POST", sec_fetch_site=site, origin="https://shop.example")) is OriginCheck.REFUSED
    )


def test_sec_fetch_site_is_believed_before_origin() -> None:
    """A shop whose pages send no referrer has a null Origin on its own forms; they count all the same."""
    assert check_origin(head("POST", sec_fetch_site="same-origin", origin="null")) is OriginCheck.FULL


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "shop.example", "https://shop.example"),
        ("https", "shop.example:443", "https://shop.example"),
        ("https", "shop.example", "https://shop.example:443"),
        ("http", "shop.example", "http://shop.example:80"),
        ("http", "shop.example:", "http://shop.example"),
        ("https", "Shop.Example", "HTTPS://shop.example"),
        ("http", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http", "[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_equal_to_ours_counts_fully(scheme: str, host: str, origin: str) -> None:
    """Without Sec-Fetch-Site an Origin equal to ours counts, default ports and letter case aside."""
    assert check_origin(head("POST", scheme=scheme, host=host, origin=origin)) is OriginCheck.FULL


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:444",
        "https://shop.example.evil.example",
        "https://www.shop.example",
        "https://shop.example@evil.example",
        "https://shop.example/",
        "https://shop.example, https://evil.example",
        "shop.example",
        "https://shop.example:٤٤٣",
    ],
)
def test_another_origin_is_refused(origin: str) -> None:
    """An Origin that is there and is not ours is refused."""
    assert check_origin(head("POST", origin=origin)) is OriginCheck.REFUSED


def test_no_host_equals_no_origin() -> None:
    """A request without a host has no origin that another could equal."""
    assert check_origin(head("POST", host="", origin="https://")) is OriginCheck.REFUSED


def test_with_neither_field_only_narrowing_counts() -> None:
    """Where the browser says nothing, only narrowing choices count; a Referer changes nothing."""
    assert check_origin(head("POST", referer="https://shop.example/")) is OriginCheck.NARROWING


@pytest.mark.parametrize("destination", ["iframe", "frame", "embed", "object", "empty", ""])
@pytest.mark.parametrize("fields", [{"sec-fetch-site": "same-origin"}, {"origin": "https://shop.example"}])
def test_from_a_frame_only_narrowing_counts(fields: dict[str, str], destination: str) -> None:
    """Whose frame it is nobody says, so a grant counts in a window of its own alone; a refusal counts anywhere."""
    assert check_origin(head("POST", fields=fields, sec_fetch_dest=destination)) is OriginCheck.NARROWING
    assert check_origin(head("POST", fields=fields, sec_fetch_dest=" document\t")) is OriginCheck.FULL


def test_a_frame_makes_no_foreign_request_ours() -> None:
    """Where it goes does not help a request that came from somewhere else."""
    assert (
        check_origin(head("POST", sec_fetch_site="cross-site", sec_fetch_dest="iframe"))
        is OriginCheck.REFUSED
    )
    assert (
        check_origin(head("POST", sec_fetch_site="cross-site", sec_fetch_dest="document"))
        is OriginCheck.REFUSED
    )


@given(site=st.text(max_size=30), origin=st.none() | st.text(max_size=40))
def test_no_generated_sec_fetch_site_but_ours_counts(site: str, origin: str | None) -> None:
    """Whatever the fields hold, nothing but same-origin counts fully."""
    answer = check_origin(head("POST", sec_fetch_site=site, origin=origin))
    assert (answer is OriginCheck.FULL) == (site.strip(" \t") == "same-origin")


@given(st.from_regex(r"(https?://)?[a-z.:@/\[\]0-9]{0,30}", fullmatch=True) | st.text(max_size=40))
def test_no_generated_origin_but_ours_counts(origin: str) -> None:
    """Whatever Origin holds, only our own scheme, host and port count."""
    is_ours = origin.strip(" \t").lower() in {
        "https://shop.example",
        "https://shop.example:443",
        "https://shop.example:",
    }
    assert (check_origin(head("POST", origin=origin)) is OriginCheck.FULL) == is_ours


@pytest.mark.parametrize("target", [None, *EVIL_TARGETS])
def test_a_target_outside_becomes_the_front_page(target: str | None) -> None:
    """A target that is no path of ours becomes the front page: a second slash, a backslash, a control character."""
    assert same_origin_target(target) == "/"
    assert same_origin_target(target, "/mounted/") == "/mounted/"


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/", "/"),
        ("/cart?size=2&colour=red#total", "/cart?size=2&colour=red#total"),
        ("/products/a//b", "/products/a//b"),
        ("/%2F%2Fevil.example", "/%2F%2Fevil.example"),
        ("/%5Cevil.example", "/%5Cevil.example"),
        ("/@evil.example", "/@evil.example"),
        ("/a b", "/a%20b"),
        ("/café", "/caf%C3%A9"),
        ("/\ud800", "/?"),
        ("/\uff0fevil.example", "/%EF%BC%8Fevil.example"),
        ("/\u2044evil.example", "/%E2%81%84evil.example"),
        ("/%252F%252Fevil.example", "/%252F%252Fevil.example"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("/;//evil.example", "/;//evil.example"),
        ("/" + "a" * (LONGEST_TARGET - 1), "/" + "a" * (LONGEST_TARGET - 1)),
    ],
)
def test_a_path_of_ours_is_kept(target: str, location: str) -> None:
    """A path of ours is kept, encoded tricks as the path that they are."""
    assert same_origin_target(target) == location


@given(
    st.text(max_size=60)
    | st.from_regex(r"[/\\.%2fF5cC@:?#a\t\n ]{1,12}", fullmatch=True)
    | st.lists(st.sampled_from(_SLASHES), max_size=8).map("".join)
)
@example("/..//evil.example")
@example("/.//evil.example")
def test_no_generated_target_leaves_the_site(target: str) -> None:
    """Whatever the form names, the browser stays on the scheme and host that it posted to."""
    location = same_origin_target(target)
    assert re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", location)
    arrived = urlsplit(urljoin("https://shop.example/privacy/consent", location))
    assert (arrived.scheme, arrived.netloc) == ("https", "shop.example")
