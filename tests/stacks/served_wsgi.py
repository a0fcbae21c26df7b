"""The plain WSGI example of the documentation, with more to ask for beside its page."""

from __future__ import annotations

import runpy
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopprivacy.wsgi import WSGIGate
from tests.stacks.served import SEVERAL, SPLIT, STREAMED, UNCHANGED

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

EXAMPLE: dict[str, Any] = runpy.run_path("wsgi_shop.py")


def seen(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Tell which cookies reach the shop."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_COOKIE", "").encode("latin-1")]


def forwarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Tell what the shop takes for the host that a proxy names."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_X_FORWARDED_HOST", "").encode("latin-1")]


def several(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Set several cookies, one of them with a comma."""
    start_response("200 OK", [("Set-Cookie", cookie) for cookie in SEVERAL])
    return [b"several"]


def unchanged(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer 304 with cookies."""
    start_response("304 Not Modified", [("ETag", UNCHANGED), *(("Set-Cookie", c) for c in SEVERAL)])
    return []


def split(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Put a line end into a field, as who echoes what a client sent may do."""
    start_response("200 OK", [SPLIT])
    return [b"split"]


def stream(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Send the first part, and the second only when whoever reads the first lets it go."""
    start_response("200 OK", [("Set-Cookie", cookie) for cookie in SEVERAL])
    yield STREAMED[0]
    Path("released").read_bytes()
    yield STREAMED[1]


def shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request."""
    views = {
        "/seen": seen,
        "/forwarded": forwarded,
        "/several": several,
        "/unchanged": unchanged,
        "/split": split,
        "/stream": stream,
    }
    answer: Iterable[bytes] = views.get(environ["PATH_INFO"], EXAMPLE["shop"])(environ, start_response)
    return answer


application = WSGIGate(shop, EXAMPLE["privacy"])
