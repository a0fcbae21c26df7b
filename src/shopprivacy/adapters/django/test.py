"""A test client that goes through the gate, as visitors do; Django's own calls the application inside it.

from shopprivacy.adapters.django.test import Client

class ShopTests(TestCase):
    client_class = Client
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.test import client

from shopprivacy.adapters.django.gate import PrivacyWSGIGate

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class GatedHandler(client.ClientHandler):
    """Django's handler for tests, inside the gate."""

    def __call__(self, environ: WSGIEnvironment) -> HttpResponseBase:
        """Answer one request."""
        answered: list[HttpResponseBase] = []
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            response = super(GatedHandler, self).__call__(environ)
            answered.append(response)
            cookies = [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
            start_response(f"{response.status_code} ", [*response.items(), *cookies])
            return []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Any:  # noqa: ANN401  # PEP 3333
            started.append((status, headers))

        body = PrivacyWSGIGate(shop)(environ, start)
        status, headers = started[-1]
        if not answered:  # the library's own page
            response: Any = HttpResponse(b"".join(body), status=int(status.partition(" ")[0]))
            response.wsgi_request = WSGIRequest(environ)
            answered.append(response)
        return _released(answered[0], headers)


class Client(client.Client):
    """``django.test.Client`` with the gate around the shop.

    Like a browser, and unlike Django's client, it forgets a cookie that a response deletes.
    """

    def __init__(
        self,
        enforce_csrf_checks: bool = False,  # noqa: FBT001, FBT002  # as Django declares it
        raise_request_exception: bool = True,  # noqa: FBT001, FBT002
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Mapping[str, str] | None = None,
        **defaults: object,
    ) -> None:
        super().__init__(
            enforce_csrf_checks,
            raise_request_exception,
            headers=headers,
            query_params=query_params,
            **defaults,
        )
        self.handler = GatedHandler(enforce_csrf_checks)

    def request(self, **request: object) -> Any:  # noqa: ANN401  # a response with much put on it
        """Send one request."""
        response = super().request(**request)
        for name in [morsel.key for morsel in self.cookies.values() if morsel["max-age"] in {0, "0"}]:
            del self.cookies[name]
        return response


def _released(response: Any, headers: list[tuple[str, str]]) -> HttpResponseBase:  # noqa: ANN401  # HttpResponseBase
    """Return the response with the header fields that the gate let pass."""
    for name in [name for name, _ in response.items()]:
        del response[name]
    response.cookies.clear()
    for name, value in headers:
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        else:
            response[name] = value
    released: HttpResponseBase = response
    return released
