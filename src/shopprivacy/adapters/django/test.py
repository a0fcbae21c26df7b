"""Test clients that go through the gate, as visitors do; Django's own call the application inside it.

from shopprivacy.adapters.django.test import AsyncClient, Client

class ShopTests(TestCase):
    client_class = Client
    async_client_class = AsyncClient
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import client, testcases
from django.utils.http import urlencode

from shopprivacy.adapters.django.gate import PrivacyASGIGate, PrivacyWSGIGate
from shopprivacy.pages.page_context import CHOICES_PATH, CONSENT_PATH

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from starlette.types import Message, Receive, Scope, Send

__all__ = ["AsyncClient", "Client", "LiveServerTestCase"]

Response = Any
"""A response as Django's test clients return it: with much put on it that no type tells of."""
Headers = list[tuple[str, str]]


class GatedHandler(client.ClientHandler):
    """Django's handler for tests, inside the gate."""

    def __call__(self, environ: WSGIEnvironment) -> Response:
        """Answer one request."""
        answered: list[Response] = []
        started: list[tuple[str, Headers]] = []

        def shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            answered.append(super(GatedHandler, self).__call__(environ))
            start_response(f"{answered[0].status_code} ", _headers(answered[0]))
            return []

        def start(status: str, headers: Headers, *_: object) -> Any:  # noqa: ANN401  # PEP 3333
            started.append((status, headers))

        body = PrivacyWSGIGate(shop)(environ, start)
        status, headers = started[-1]
        if not answered:
            answered.append(HttpResponse(b"".join(body), status=int(status.partition(" ")[0])))
            answered[0].wsgi_request = WSGIRequest(environ)
        return _released(answered[0], headers)


class AsyncGatedHandler(client.AsyncClientHandler):
    """Django's handler for asynchronous tests, inside the gate."""

    async def __call__(self, scope: Scope) -> Response:
        """Answer one request."""
        answered: list[Response] = []
        sent: list[Message] = []

        async def shop(scope: Scope, _receive: Receive, send: Send) -> None:
            answered.append(await super(AsyncGatedHandler, self).__call__(scope))
            fields = [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in _headers(answered[0])
            ]
            await send({"type": "http.response.start", "status": answered[0].status_code, "headers": fields})

        async def receive() -> Message:
            return {
                "type": "http.request",
                "body": scope["_body_file"].read() if "_body_file" in scope else b"",
            }

        async def send(message: Message) -> None:
            sent.append(message)

        # Bytes by the specification; Django's client makes it text.
        query = str(scope.get("query_string", "")).encode("latin-1")
        await PrivacyASGIGate(shop)({**scope, "query_string": query}, receive, send)
        if not answered:
            answered.append(HttpResponse(sent[1]["body"], status=sent[0]["status"]))
            answered[0].asgi_request = ASGIRequest(scope, BytesIO())
        return _released(
            answered[0],
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]],
        )


class Client(client.Client):
    """``django.test.Client`` with the gate around the shop.

    Like a browser, and unlike Django's client, it forgets a cookie that a response deletes.
    """

    def __init__(self, enforce_csrf_checks: bool = False, *arguments: Any, **options: Any) -> None:  # noqa: FBT001, FBT002
        super().__init__(enforce_csrf_checks, *arguments, **options)
        self.handler = GatedHandler(enforce_csrf_checks)

    def post(
        self,
        path: str,
        data: Any = None,  # noqa: ANN401  # as Django declares it
        content_type: str = client.MULTIPART_CONTENT,
        *arguments: Any,
        **options: Any,
    ) -> Response:
        """Send a form; the library's own as browsers do."""
        return super().post(path, *_form(path, data, content_type), *arguments, **options)

    def request(self, **request: object) -> Response:
        """Send one request."""
        response = super().request(**request)
        _forget_deleted(self.cookies)
        return response


class AsyncClient(client.AsyncClient):
    """``django.test.AsyncClient`` with the gate around the shop; it forgets what a response deletes, too."""

    def __init__(self, enforce_csrf_checks: bool = False, *arguments: Any, **options: Any) -> None:  # noqa: FBT001, FBT002
        super().__init__(enforce_csrf_checks, *arguments, **options)
        self.handler = AsyncGatedHandler(enforce_csrf_checks)

    async def post(
        self,
        path: str,
        data: Any = None,  # noqa: ANN401  # as Django declares it
        content_type: str = client.MULTIPART_CONTENT,
        *arguments: Any,
        **options: Any,
    ) -> Response:
        """Send a form; the library's own as browsers do."""
        return await super().post(path, *_form(path, data, content_type), *arguments, **options)

    async def request(self, **request: object) -> Response:
        """Send one request."""
        response = await super().request(**request)
        _forget_deleted(self.cookies)
        return response


def _gated(application: WSGIApplication) -> PrivacyWSGIGate:
    return PrivacyWSGIGate(testcases.LiveServerTestCase.static_handler(application))


class LiveServerTestCase(testcases.LiveServerTestCase):
    """``django.test.LiveServerTestCase`` whose server stands behind the gate, for tests with a browser."""

    static_handler = staticmethod(_gated)


def _form(path: str, data: Any, content_type: str) -> tuple[Any, str]:  # noqa: ANN401
    """Return a form and its kind. Django's clients send every form as one that holds files; the library's hold none."""
    if content_type == client.MULTIPART_CONTENT and path.partition("?")[0] in {CHOICES_PATH, CONSENT_PATH}:
        return urlencode(data or {}, doseq=True), "application/x-www-form-urlencoded"
    return data, content_type


def _headers(response: Response) -> Headers:
    return [
        *response.items(),
        *(("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()),
    ]


def _released(response: Response, headers: Headers) -> Response:
    """Return the response with the header fields that the gate let pass."""
    for name in [name for name, _ in response.items()]:
        del response[name]
    response.cookies.clear()
    for name, value in headers:
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        else:  # a field that comes twice means both (RFC 9110, 5.3); a response of Django's has each name once
            response[name] = f"{response[name]}, {value}" if name in response else value
    return response


def _forget_deleted(cookies: Any) -> None:  # noqa: ANN401  # http.cookies.SimpleCookie
    for name in [name for name, morsel in cookies.items() if morsel["max-age"] in {0, "0"}]:
        del cookies[name]
