"""Requests for tests, made from as little as possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shopprivacy.http.request_head import FieldNames, RequestHead

HeaderFields = Mapping[str, str | None]
"""Header fields by lower-case name; those that are None are left out."""


@dataclass(repr=False)
class MadeHead(RequestHead):
    """A request's head that no server handed over."""

    method: str
    scheme: str
    server: str
    path: str
    query: str
    cookies: Sequence[bytes]
    header: Callable[[str], str | None]
    client: str = ""
    mount: str = ""

    def picked(self, names: FieldNames, /) -> Sequence[str | None]:
        return [self.header(name) for name in names.names]


def head(
    method: str = "GET",
    target: str = "/",
    fields: HeaderFields | None = None,
    *,
    scheme: str = "https",
    host: str = "shop.example",
    cookies: tuple[bytes, ...] = (),
    mount: str = "",
    **more: str | None,
) -> RequestHead:
    """Return a request's head; ``more`` are header fields with ``_`` for ``-``."""
    named = {**(fields or {}), **{name.replace("_", "-"): value for name, value in more.items()}}
    path, _, query = target.partition("?")
    return MadeHead(
        method=method,
        scheme=scheme,
        server=host,
        path=path,
        query=query,
        cookies=cookies,
        header=named.get,
        client="192.0.2.1",
        mount=mount,
    )
