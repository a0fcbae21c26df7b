"""The head of a request, as little of it as the gate needs, whatever server it came through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

Fields = list[tuple[bytes, bytes]]
"""The header fields of a response, in order, as ASGI writes them: lower-case name and value, both bytes."""

_IN_PATHS = "/:@!$&'()*+,;=~-._"  # RFC 3986 section 3.3


_WITHOUT_PREFIX = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


def environ_key(name: str) -> str:
    """Return where a WSGI environ has the field of a lower-case name."""
    key = name.upper().replace("-", "_")
    return key if key in _WITHOUT_PREFIX else "HTTP_" + key


class FieldNames:
    """Fields of a request that are picked together, by their lower-case names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.in_environ = tuple(environ_key(name) for name in names)
        self.as_bytes = tuple(name.encode() for name in names)


class RequestHead:
    """A request's head, made once for each request. It prints nothing of itself: all of it is about a person.

    A shell implements it on what its server hands over, and works out only what somebody asks for. ``url``, ``host``
    and ``hostname`` follow from the rest.
    """

    __slots__ = ("cookies",)

    cookies: Sequence[bytes]
    """The values of the Cookie fields, in order, until the gate has read them."""

    if TYPE_CHECKING:

        @property
        def method(self) -> str:
            """The method, in capitals; empty for a WebSocket's handshake, which no cache keeps."""
            ...

        @property
        def scheme(self) -> str:
            """``http`` or ``https``, as the server behind trusted proxies sees it."""
            ...

        @property
        def server(self) -> str:
            """The server's own name, for requests without a Host field."""
            ...

        @property
        def mount(self) -> str:
            """Where a server or an outer application has the shop: ``SCRIPT_NAME`` in WSGI, ``root_path`` in ASGI."""
            ...

        @property
        def path(self) -> str:
            """The path below ``mount``, decoded."""
            ...

        @property
        def query(self) -> str:
            """What stands after the question mark, as it came."""
            ...

        @property
        def client(self) -> str:
            """The peer's address, for rate limits only."""
            ...

        def header(self, name: str, /) -> str | None:
            """Return the field of a lower-case name, or None."""
            ...

        def picked(self, names: FieldNames, /) -> Sequence[str | bytes | None]:
            """Return these fields as the server gave them, to be read later."""
            ...

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
