"""Which path is whose: each domain's routes, joined into one table that is asked once for every request.

Most requests are not ours. Whoever asks for every one tells most of them by ``exact`` and ``initials``, without a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from shopprivacy.http.effects import Effects
from shopprivacy.http.form import LIMIT
from shopprivacy.http.request_head import RequestHead

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Never

    from shopprivacy.http.page import Reply

# As the server decodes it: no query, no fragment, nothing that is looked up twice (RFC 3986, section 3.3).
_PATH = re.compile(r"(/[^/?#]+)+")


class RequestContext(Protocol):
    """What every endpoint may read of its request, whatever its domain; a ``ConsentContext`` is one."""

    @property
    def head(self) -> RequestHead:
        """The head of the request."""
        ...

    @property
    def now(self) -> datetime:
        """The moment that all decisions of the request hold for."""
        ...

    @property
    def account(self) -> bytes | None:
        """The pseudonym of the account that is signed in; empty: nobody is; None: nobody can tell now."""
        ...


C = TypeVar("C", contravariant=True)
W = TypeVar("W", contravariant=True)


@dataclass(frozen=True)
class Route(Generic[C, W]):
    """What answers at one path: by method, an endpoint that is given the request's context and its body.

    HEAD is answered as GET. What another site sends by any other method is refused (403, see ``check_origin``), unless
    the route is ``open_to_all``, as one has to be that mail programs post to. Such a route knows nobody: no cookie is
    set or deleted, its pages stand by themselves, without the shop's layout, no search engine or other site is told of
    them, and where there is more body than is taken, or its end is lost, it is run with an empty one.

    At most ``body_limit`` bytes of a body are read. Where there is more, or more is declared, ``too_large`` says so;
    where the connection is lost before its end, ``cut_off`` does, and nothing of the body counts. Left out, the
    library's own short pages do (413 and 400). A StoreDown that an endpoint does not catch is answered with 503.
    """

    methods: Mapping[str, Callable[[C, bytes], Effects[W]]]
    body_limit: int = LIMIT
    open_to_all: bool = False
    too_large: Callable[[C], Reply] | None = None
    cut_off: Callable[[C], Reply] | None = None

    def endpoint(self, method: str) -> Callable[[C, bytes], Effects[W]] | None:
        """Return what answers a request with this method; None: it is not allowed (405)."""
        return self.methods.get("GET" if method == "HEAD" else method)

    def allowed(self) -> tuple[str, ...]:
        """Return the methods that are answered, by the alphabet."""
        head = ("HEAD",) if "GET" in self.methods else ()
        return tuple(sorted((*self.methods, *head)))


@dataclass(frozen=True)
class Routes(Generic[C, W]):
    """The routes of one domain.

    ``exact`` are whole paths. ``prefixes`` end in ``/`` and stand for every path that goes on behind them, ``/u/`` for
    ``/u/token``: what is behind them, never empty, is handed over for the route of it, or None where the path is the
    shop's own. ``linked`` are prefixes as links name them, with the place where the shop is mounted, which is taken off
    for each request; of two the longer one counts.
    """

    exact: Mapping[str, Route[C, W]] = field(default_factory=dict)
    prefixes: Mapping[str, Callable[[str], Route[C, W] | None]] = field(default_factory=dict)
    linked: Mapping[str, Callable[[str], Route[C, W] | None]] = field(default_factory=dict)


class RouteTable(Generic[C, W]):
    """The routes of all domains.

    Raises ValueError for a path that two of them claim, and for one that no request asks for.
    """

    def __init__(self, tables: Iterable[Routes[C, W]]) -> None:
        exact: dict[str, Route[C, W]] = {}
        prefixes: dict[str, Callable[[str], Route[C, W] | None]] = {}
        linked: dict[str, Callable[[str], Route[C, W] | None]] = {}
        for table in tables:
            _join(exact, table.exact, "")
            _join(prefixes, table.prefixes, "/")
            _join(linked, table.linked, "/")
        every = {**prefixes, **linked}
        nested = [
            path
            for path in (*exact, *prefixes, *linked)
            for other in (prefixes if path in linked and path not in prefixes else every)
            if path.startswith(other) and (path != other or (path in prefixes and path in linked))
        ]
        if nested:
            raise ValueError(f"{nested[0]} lies below a prefix that is a route already")
        self.exact = exact
        parts = [part for prefix in linked for part in prefix.strip("/").split("/")]
        self.initials = frozenset([*(prefix[1] for prefix in prefixes), *(part[0] for part in parts)])
        """With what a path may go on behind its first slash that is no exact one."""
        self._prefixes = prefixes
        self._linked = linked

    def find(self, path: str, mount: str = "") -> Route[C, W] | None:
        """Return the route of a path below ``mount``, where the shop is mounted; None: it is the shop's own."""
        route = self.exact.get(path)
        if route is not None:
            return route
        below = [(_below(prefix, mount), of) for prefix, of in self._linked.items()]
        below.sort(key=lambda item: -len(item[0]))
        for prefix, of in (*self._prefixes.items(), *below):
            if path.startswith(prefix) and len(path) > len(prefix):
                return of(path.removeprefix(prefix))
        return None


def at_once(show: Callable[[C], Reply]) -> Callable[[C, bytes], Generator[Never, object, Reply]]:
    """Return an endpoint that asks nothing of the world and reads no body."""

    def answer(context: C, _body: bytes) -> Generator[Never, object, Reply]:
        yield from ()
        return show(context)

    return answer


def _below(prefix: str, mount: str) -> str:
    """Return what a link's path has below the mount, in whichever case; all of it where it does not name the mount."""
    length = len(mount.rstrip("/"))
    has_mount = prefix[:length].lower() == mount[:length].lower() and prefix[length:].strip("/")
    return prefix[length:] if has_mount and prefix[length] == "/" else prefix


T = TypeVar("T")


def _join(joined: dict[str, T], added: Mapping[str, T], end: str) -> None:
    for path, what in added.items():
        if path in joined:
            raise ValueError(f"{path} is the route of two domains")
        if not path.endswith(end) or _PATH.fullmatch(path.removesuffix(end)) is None:
            raise ValueError(f"{path} is not a path that a request can ask for")
        joined[path] = what
