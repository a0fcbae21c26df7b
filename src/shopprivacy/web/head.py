"""The head of a request, as little of it as the gate needs, whatever server it came through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Fields = list[tuple[bytes, bytes]]
"""The header fields of a response, in order, as ASGI writes them: lower-case name and value, both bytes."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request's head.

    ``cookies`` are the values of its Cookie fields, in order. ``host`` is the Host field (with a port, if one
    is named), ``scheme`` is ``http`` or ``https`` as the server behind trusted proxies sees it. ``header`` looks
    a field up by its lower-case name. ``client`` is the peer's address, for rate limits only.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    cookies: Sequence[bytes]
    header: Callable[[str], str | None]
    client: str = ""

    @property
    def hostname(self) -> str:
        """The host in lower case, without port and without the brackets of an IPv6 address."""
        if self.host.startswith("["):
            return self.host[1:].partition("]")[0].lower()
        return self.host.partition(":")[0].lower()
