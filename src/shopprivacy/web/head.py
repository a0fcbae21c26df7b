"""The head of a request, as little of it as the gate needs, whatever server it came through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

Fields = list[tuple[bytes, bytes]]
"""The header fields of a response, in order, as ASGI writes them: lower-case name and value, both bytes."""

_IN_PATHS = "/:@!$&'()*+,;=~-._"  # RFC 3986 section 3.3


@dataclass(slots=True, repr=False)
class RequestHead:
    """A request's head, made once for each request. It prints nothing of itself: all of it is about a person.

    ``server`` is the server's own name, for requests without a Host field. ``scheme`` is ``http`` or ``https`` as
    the server behind trusted proxies sees it. ``cookies`` are the values of the Cookie fields, in order, until the
    gate has read them. ``header`` looks a field up by its lower-case name. ``client`` is the peer's address, for
    rate limits only. ``mount`` is where a server or an outer application has the shop (``SCRIPT_NAME`` in WSGI,
    ``root_path`` in ASGI), and ``path`` is below it.
    """

    method: str
    scheme: str
    server: str
    path: str
    query: str
    cookies: Sequence[bytes]
    header: Callable[[str], str | None]
    client: str = ""
    mount: str = ""

    def url(self, path: str) -> str:
        """Return one of the shop's own paths as links name it: below the place where the shop is mounted."""
        prefix = self.mount.strip("/")  # "//" at the start would name another host
        return f"/{quote(prefix, safe=_IN_PATHS)}{path}" if prefix else path

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
