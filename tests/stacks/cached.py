"""A shop with pages that a shared cache may keep, as WSGI and as ASGI. Each rendering has a number of its own."""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_hex
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send
from werkzeug.middleware.proxy_fix import ProxyFix

from shopprivacy import Privacy
from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.wsgi import WSGIGate, check_application

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

privacy = Privacy.from_file("privacy.toml")


def render(visit: ConsentContext, path: str, address: str) -> tuple[list[tuple[str, str]], str]:
    """Return header fields and body. What a page does stands in its path."""
    fields = [("Content-Type", "text/html; charset=utf-8")]
    body = [f"<p>rendering {token_hex(8)} of {address}</p>"]
    if "careless" in path:
        fields.append(("Set-Cookie", "_ga=1; Path=/; Max-Age=3600"))
    if "basket" in path:
        fields.append(("Set-Cookie", f"basket={token_hex(8)}; Path=/"))
    if "languages" in path:
        visit.varies("accept-language")
        body.append(f"<p>in {visit.head.header('accept-language')}</p>")
    if "public" in path:
        fields.append(("Cache-Control", "public, max-age=60"))
    if "asking" in path:
        body.append(f"<p>statistics: {visit.allows('statistics')}</p>{privacy.banner(visit)}")
    return fields, "".join(body)


def wsgi_shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request, with the address that links would begin with."""
    address = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['SCRIPT_NAME']}"
    fields, body = render(environ[CONSENT_KEY], environ["PATH_INFO"], address)
    start_response("200 OK", fields)
    return [body.encode()]


async def asgi_shop(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer one request, with the address that links would begin with."""
    host = dict(scope["headers"])[b"host"].decode()
    fields, body = render(
        scope[CONSENT_KEY], scope["path"], f"{scope['scheme']}://{host}{scope.get('root_path', '')}"
    )
    headers = [(name.lower().encode(), value.encode()) for name, value in fields]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


gate = WSGIGate(wsgi_shop, privacy)
application = ProxyFix(gate, x_for=1, x_proto=1, x_host=1, x_prefix=1)
check_application(application)
app = ASGIGate(asgi_shop, privacy)
