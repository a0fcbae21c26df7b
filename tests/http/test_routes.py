"""Routes of several domains in one table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from shopprivacy.http.effects import run
from shopprivacy.http.response import respond
from shopprivacy.http.routes import Route, Routes, RouteTable, at_once


def route(name: str) -> Route[Any, Any]:
    """Return a route that answers with a name."""
    return Route({"GET": at_once(lambda _context: respond(200, [], name.encode()))})


def said(found: Route[Any, Any] | None) -> str | None:
    """Return what a route answers."""
    if found is None:
        return None
    endpoint = found.endpoint("GET")
    assert endpoint is not None
    reply = run(endpoint(None, b""), None)
    assert isinstance(reply, Response)
    return bytes(reply.body).decode()


TABLE: RouteTable[Any, Any] = RouteTable(
    [
        Routes({"/privacy/choices": route("choices")}),
        Routes({"/l": route("links")}, {"/u/": lambda token: route(f"unsubscribe {token}")}),
        Routes(
            prefixes={"/l/": lambda link: route(f"link {link}"), "/a/b/": lambda rest: route(f"deep {rest}")}
        ),
    ]
)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/privacy/choices", "choices"),
        ("/u/abc", "unsubscribe abc"),
        ("/u/a/b/", "unsubscribe a/b/"),
        ("/u//", "unsubscribe /"),
        ("/l", "links"),
        ("/l/x", "link x"),
        ("/a/b/c", "deep c"),
        ("/", None),
        ("", None),
        ("/u", None),
        ("/u/", None),
        ("/U/abc", None),
        ("/a/b", None),
        ("/a/c", None),
        ("/privacy/choices/", None),
        ("/x/u/abc", None),
    ],
)
def test_a_path_finds_its_route(path: str, answer: str | None) -> None:
    """A whole path, or what begins with a prefix and goes on behind it; all else is the shop's own."""
    assert said(TABLE.find(path)) == answer


LINKED: RouteTable[Any, Any] = RouteTable(
    [
        Routes({"/u/here": route("here")}, {"/p/": lambda rest: route(f"prefix {rest}")}),
        Routes(
            linked={"/nl/u/": lambda rest: route(f"long {rest}"), "/u/v/": lambda rest: route(f"old {rest}")}
        ),
    ]
)


@pytest.mark.parametrize(
    ("mount", "path", "answer"),
    [
        ("", "/nl/u/x", "long x"),
        ("", "/u/x", None),
        ("/nl", "/u/x", "long x"),
        ("/nl/", "/u/x", "long x"),
        ("/NL", "/u/x", "long x"),
        ("/n", "/u/x", None),
        ("/n", "/nl/u/x", "long x"),
        ("/nl/u", "/x", None),
        ("/be", "/nl/u/x", "long x"),
        ("/nl", "/u/v/x", "old x"),
        ("/nl", "/u/here", "here"),
        ("/nl", "/p/x", "prefix x"),
        ("", "/p/x", "prefix x"),
    ],
)
def test_a_link_names_the_mount(mount: str, path: str, answer: str | None) -> None:
    """A linked prefix is looked for below the mount that it names, and as it is where it names none."""
    found = LINKED.find(path, mount)
    assert said(found) == answer
    assert found is None or path in LINKED.exact or path[1] in LINKED.initials


@given(st.text(st.sampled_from("/ulab."), max_size=6))
def test_every_path_is_found_as_the_rule_says(path: str) -> None:
    """Exact paths first, then the one prefix that the path begins with and is longer than."""
    prefixes = {"/u/": "unsubscribe ", "/l/": "link ", "/a/b/": "deep "}
    below = [name + path[len(p) :] for p, name in prefixes.items() if path.startswith(p) and path != p]
    assert said(TABLE.find(path)) == ("links" if path == "/l" else below[0] if below else None)


@pytest.mark.parametrize(
    ("tables", "path"),
    [
        ([Routes({"/a": route("1")}), Routes({"/a": route("2")})], "/a is the route of two domains"),
        ([Routes(prefixes={"/a/": route}), Routes(prefixes={"/a/": route})], "/a/ is the route of two"),
        ([Routes(prefixes={"/a/": route}), Routes(prefixes={"/a/b/": route})], "/a/b/ lies below"),
        ([Routes({"/a/b": route("1")}), Routes(prefixes={"/a/": route})], "/a/b lies below"),
        ([Routes({"/a/b": route("1")}), Routes(linked={"/a/": route})], "/a/b lies below"),
        ([Routes(prefixes={"/a/": route}), Routes(linked={"/a/b/": route})], "/a/b/ lies below"),
        ([Routes(prefixes={"/": route})], "/ is not a path"),
        ([Routes(prefixes={"/a": route})], "/a is not a path"),
        ([Routes({"/a/": route("1")})], "/a/ is not a path"),
        ([Routes({"a": route("1")})], "a is not a path"),
        ([Routes({"/a?b": route("1")})], "/a.b is not a path"),
        ([Routes({"//a": route("1")})], "//a is not a path"),
        ([Routes({"": route("1")})], " is not a path"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_at_start(tables: list[Routes[Any, Any]], path: str) -> None:
    """Two domains at one path, a prefix over another, or one over the whole shop: by name."""
    with pytest.raises(ValueError, match=f"^{path}"):
        RouteTable(tables)


def test_the_methods_of_a_route() -> None:
    """HEAD goes with GET and nothing else does; the order is the alphabet's."""
    post: Route[Any, Any] = Route({"POST": at_once(lambda _context: respond(204, []))})
    assert route("x").allowed() == ("GET", "HEAD")
    assert post.allowed() == ("POST",)
    assert Route({**post.methods, **route("x").methods}).allowed() == ("GET", "HEAD", "POST")
    shown = route("x")
    assert shown.endpoint("HEAD") is shown.endpoint("GET") is shown.methods["GET"]
    assert post.endpoint("HEAD") is None
    assert post.endpoint("GET") is None
    assert post.endpoint("") is None
