"""The head of a request, as little of it as the gate needs, whatever server it came through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Fields = list[tuple[bytes, bytes]]
"""The header fields of a response, in order, as ASGI writes them: lower-case name and value, both bytes."""


@dataclass(slots=True)
class RequestHead:
    """A request's head, made once for each request and never changed.

    ``server`` is the server's own name, for requests without a Host field. ``scheme`` is ``http`` or ``https`` as
    the server behind trusted proxies sees it. ``cookies`` are the values of the Cookie fields, in order. ``header``
    looks a field up by its lower-case name. ``client`` is the peer's address, for rate limits only.
    """

    method: str
    scheme: str
    server: str
    path: str
    query: str
    cookies: Sequence[bytes]
    header: Callable[[str], str | None]
    client: str = ""

    @property
    def host(self) -> str:
        """The Host field, with a port if one is named."""
        return self.header("host") or self.server

    @property
    def hostname(self) -> str:
        """The host in lower case, without port and without the brackets of an IPv6 address."""
        host = self.host
        if host.startswith("["):
            return host[1:].partition("]")[0].lower()
        return host.partition(":")[0].lower()
