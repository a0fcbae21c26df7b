"""Requests for tests, made from as little as possible."""

from __future__ import annotations

from shopprivacy.web.head import RequestHead

FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


def head(
    method: str = "GET",
    target: str = "/",
    *,
    scheme: str = "https",
    host: str = "shop.example",
    cookies: tuple[bytes, ...] = (),
    **fields: str | None,
) -> RequestHead:
    """Return a request's head; ``fields`` are header fields with ``_`` for ``-``, those that are None left out."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    path, _, query = target.partition("?")
    return RequestHead(
        method=method,
        scheme=scheme,
        host=host,
        path=path,
        query=query,
        cookies=cookies,
        header=named.get,
        client="192.0.2.1",
    )
