"""What a proxy says of the visitor's side, where Django's settings say that it may be believed.

The gate stands outside Django, and compares an ``Origin`` with the shop's own scheme and host. The settings
``SECURE_PROXY_SSL_HEADER`` and ``USE_X_FORWARDED_HOST`` mean there what they mean to Django's requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from starlette.types import Scope

_HOST = "HTTP_X_FORWARDED_HOST"


def believe_in_environ(environ: WSGIEnvironment) -> None:
    """Put scheme and host as the visitor sees them into a WSGI environ."""
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted is not None and trusted[0] in environ:
        environ["wsgi.url_scheme"] = _scheme(environ[trusted[0]], trusted[1])
    if settings.USE_X_FORWARDED_HOST and _HOST in environ:
        environ["HTTP_HOST"] = environ[_HOST]


def believed_in_scope(scope: Scope) -> Scope:
    """Return an ASGI scope with scheme and host as the visitor sees them."""
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted is not None and (said := _fields(scope, trusted[0])):
        scheme = _scheme(said[0].decode("latin-1"), trusted[1])
        secure = {"websocket": "wss"}.get(scope["type"], "https")
        scope = {**scope, "scheme": secure if scheme == "https" else secure[:-1]}
    if settings.USE_X_FORWARDED_HOST and (named := _fields(scope, _HOST)):
        others = [field for field in scope["headers"] if field[0] != b"host"]
        scope = {**scope, "headers": [*others, (b"host", b",".join(named))]}
    return scope


def _scheme(said: str, secure: str) -> str:
    # The first proxy's word, as in Django: the header may have been appended to.
    return "https" if said.partition(",")[0].strip() == secure else "http"


def _fields(scope: Scope, key: str) -> list[bytes]:
    name = key.removeprefix("HTTP_").replace("_", "-").lower().encode("latin-1")
    return [value for field, value in scope["headers"] if field == name]
