"""The gate around an ASGI application (ASGI 3.0), for HTTP and WebSocket connections alike.

    app = ASGIGate(app, privacy)

Only the messages that carry headers are touched (``http.response.start``, ``websocket.accept``,
``websocket.http.response.start``); bodies, streams and server-sent events pass as they come.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope

from shopprivacy.analytics.service import Watched, enter
from shopprivacy.analytics.service import leave as leave_request
from shopprivacy.analytics.sighting import RouteReader, route_left
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.request_head import FieldNames, RequestHead
from shopprivacy.layers import check_layers
from shopprivacy.pages.service import Service

if TYPE_CHECKING:
    from starlette.responses import Response

    from shopprivacy.pages.endpoints import Endpoint

__all__ = ["ASGIGate", "check_application"]

# asgiref's types and Starlette's do not fit each other; an application with either is welcome.
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_WITH_HEADERS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


class ASGIGate:
    """An ASGI application that lets another one see and set only the cookies that its visitor allows.

    ``app`` is the application, ``service`` the configured Privacy. ``customer`` returns the shop's id of whoever
    is signed in, or None; with it, a choice made while signed in reaches that account's other devices. It runs in a
    worker thread, as the stores do: ``in_thread`` is the framework's way there. ``route`` reads from a scope which
    route the framework has found. The consent of each request is left in the scope under ``CONSENT_KEY``.
    """

    def __init__(
        self,
        app: ASGIApp,
        service: Service,
        customer: Callable[[Scope], object | None] = lambda _scope: None,
        in_thread: Callable[..., Awaitable[Any]] = run_in_threadpool,
        route: RouteReader = route_left,
    ) -> None:
        self.app = app
        self.service = service
        self.customer = customer
        self._in_thread = in_thread
        self._route = route

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # see ASGIApp
        """Answer one connection."""
        kind = scope["type"]
        service = self.service
        if kind not in {"http", "websocket"}:
            await (self._live if kind == "lifespan" else self.app)(scope, receive, send)
            return
        head = _Head(scope)
        passage = Passage(service.gate, head, service.now())
        scope = {**scope, CONSENT_KEY: passage}
        if passage.rewritten:
            cookie = passage.cookie_field
            scope["headers"] = [*head.others] if cookie is None else [*head.others, (b"cookie", cookie)]

        def leave(message: Message) -> Awaitable[None]:
            if message["type"] in _WITH_HEADERS:
                message = {**message, "headers": release(passage, message.get("headers", ()))}
                if passage.noticed:
                    service.report(passage.noticed)
            sent: Awaitable[None] = send(message)
            return sent

        endpoint = service.endpoint(head) if kind == "http" else None
        if endpoint is None:
            if service.watch is None or kind != "http":
                await self.app(scope, receive, leave)
            else:
                watched = service.watch(passage, scope, self._route)
                await self._watch(watched, passage, scope, receive, leave)
            return
        passage.is_ours = True
        reply = await self._answer(endpoint, passage, scope, receive)
        if reply is None:
            return
        if endpoint.open_to_all:
            passage.holds_denied = False  # and so nothing is deleted
        await leave(
            {"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers}
        )
        body = b"" if head.method == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    async def _watch(
        self,
        watched: Watched,
        passage: Passage,
        scope: Scope,
        receive: Receive,
        leave: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Let the application answer, and tell when the head of its response leaves."""

        def tell(message: Message) -> Awaitable[None]:
            sent = leave(message)
            if message["type"] == "http.response.start":
                watched.left(message["status"], passage.released or ())
            return sent

        token = enter(watched)
        try:
            await self.app(scope, receive, tell)
        except Exception:
            watched.failed()  # Starlette answers outside of all middleware
            raise
        finally:
            leave_request(token)

    async def _live(self, scope: Scope, receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
        """Begin and end with the server: some end by a signal, past all that Python does at its end.

        An application that knows no lifespan, as Django's, raises or returns before it asks for its first message.
        """
        is_asked = False

        def receive_for_app() -> Awaitable[Message]:
            nonlocal is_asked
            is_asked = True
            return receive()

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._in_thread(self.service.resume)
            elif message["type"].startswith("lifespan.shutdown"):
                await self._in_thread(self.service.suspend)
            await send(message)

        try:
            await self.app(scope, receive_for_app, tell)
        except Exception:
            if is_asked:
                raise
        if not is_asked:
            for happened in ("startup", "shutdown"):
                await receive()
                await tell({"type": f"lifespan.{happened}.complete"})

    async def _answer(
        self, endpoint: Endpoint, consent: ConsentContext, scope: Scope, receive: Receive
    ) -> Response | None:
        """Return the reply; None where nobody is left to read one."""
        body = b""
        more = not endpoint.declares_too_much  # of that not even the first byte is waited for
        if endpoint.declares_too_much and not endpoint.open_to_all:
            return endpoint.too_large(consent)
        while more:
            try:
                message = await receive()
            except Exception:  # of a limit outside the gate, such as starlette's RequestBodyLimitMiddleware
                if not endpoint.open_to_all:
                    raise
                body = b""
                break
            if message["type"] == "http.disconnect":
                # What came of the body is not all that the visitor chose; where the path says it all, that counts.
                if endpoint.open_to_all:
                    await self._in_thread(self._run, endpoint, consent, scope, b"")
                return None
            body += message.get("body", b"")
            if len(body) > endpoint.body_limit:
                if not endpoint.open_to_all:
                    return endpoint.too_large(consent)
                body = b""
                break
            more = message.get("more_body", False)
        # The stores are synchronous; the server's loop goes on meanwhile.
        reply: Response = await self._in_thread(self._run, endpoint, consent, scope, body)
        return reply

    def _run(self, endpoint: Endpoint, consent: ConsentContext, scope: Scope, body: bytes) -> Response:
        return self.service.answer(endpoint, consent, body, lambda: self.customer(scope))


def check_application(app: object, *, outside: Collection[object] = ()) -> None:
    """Check what stands between the server, which calls ``app``, and the gate.

    For the end of a factory, a test, or gunicorn's ``post_worker_init``. Raises GateOrderError, by name, for a layer
    that is known to set cookies. One that nobody knows, and one that does not show what it wraps, is a warning in the
    log. ``outside`` are classes, functions or objects that set no cookies.
    """
    check_layers(app, ASGIGate, outside)


class _Head(RequestHead):
    """The head of a connection, read from its scope. The application works on a copy of that."""

    __slots__ = ("_fields", "_scope", "others")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._fields = fields = dict(headers)
        if len(fields) == len(headers):
            cookie = fields.pop(b"cookie", None)
            self.cookies = () if cookie is None else (cookie,)
            self.others: Iterable[tuple[bytes, bytes]] = fields.items()
            """All fields but Cookie."""
        else:
            self.cookies = [value for key, value in headers if key == b"cookie"]
            self.others = [field for field in headers if field[0] != b"cookie"]
            self._fields = _joined(self.others)

    @property
    def method(self) -> str:
        method: str = self._scope["method"] if self._scope["type"] == "http" else ""
        return method

    @property
    def scheme(self) -> str:
        return "https" if self._scope.get("scheme") in {"https", "wss"} else "http"

    @property
    def server(self) -> str:
        server: tuple[str, int | None] | None = self._scope.get("server")
        return server[0] if server else ""

    @property
    def mount(self) -> str:
        mount: str = self._scope.get("root_path", "")
        return mount.rstrip("/")

    @property
    def path(self) -> str:
        scope = self._scope
        path: str = scope["path"]
        if "root_path" not in scope or not scope["root_path"]:  # as most shops
            return path
        # The path has the prefix in it (ASGI 3.0), but not every proxy and server leaves it there.
        mount = self.mount
        return path.removeprefix(mount) if path == mount or path.startswith(mount + "/") else path

    @property
    def query(self) -> str:
        query: bytes = self._scope.get("query_string", b"")
        return query.decode("latin-1")

    @property
    def client(self) -> str:
        client: tuple[str, int] | None = self._scope.get("client")
        return client[0] if client else ""

    def header(self, name: str, /) -> str | None:
        key = name.encode()
        return self._fields[key].decode("latin-1") if key in self._fields else None

    def picked(self, names: FieldNames, /) -> Sequence[bytes | None]:
        return [*map(self._fields.get, names.as_bytes)]


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return fields by name, those that came several times joined with a comma (RFC 9110, section 5.3)."""
    fields: dict[bytes, bytes] = {}
    for key, value in headers:
        fields[key] = fields[key] + b"," + value if key in fields else value
    return fields
