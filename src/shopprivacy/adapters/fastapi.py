"""FastAPI: the gate around the application, consent as a dependency, and the library's pages in OpenAPI.

privacy = Privacy.from_file("privacy.toml")
app.add_middleware(PrivacyMiddleware, privacy=privacy)
app.include_router(privacy_router(privacy))

@app.get("/for-you")
def for_you(consent: Annotated[Consent, Depends(require_consent("personalisation"))]): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import cache

try:
    from fastapi.requests import HTTPConnection
    from fastapi.routing import iter_route_contexts
    from starlette.applications import Starlette
except ImportError as missing:  # pragma: no cover  # the tests of this file run with FastAPI installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("fastapi") from missing

from shopprivacy.adapters import starlette
from shopprivacy.adapters.consent_decorator import P, R, naming
from shopprivacy.adapters.fastapi_openapi import dependencies, document_refusals
from shopprivacy.adapters.fastapi_router import check_addresses, privacy_router
from shopprivacy.adapters.starlette_app import called_in, routes_in
from shopprivacy.adapters.starlette_context import forbid, privacy_banner, requiring_consent, sign_in, visit
from shopprivacy.gate.consent_context import ConsentContext as Consent

__all__ = [
    "Consent",
    "PrivacyMiddleware",
    "consent",
    "privacy_banner",
    "privacy_router",
    "require_consent",
    "requires_consent",
    "sign_in",
    "visit",
]


class PrivacyMiddleware(starlette.PrivacyMiddleware):
    """Starlette's, which also finds the purposes that dependencies name, before anything is served.

    From then on the OpenAPI documents say which operations answer 403 for want of consent.
    """

    def look_at(self, app: Starlette) -> None:
        """Check, too, that the library's pages are documented where the gate answers them."""
        super().look_at(app)
        check_addresses(app)
        document_refusals(app)

    def views(self, app: Starlette) -> Iterable[object]:
        """Return everything that is called for a request and may name a purpose."""
        yield from called_in(app, iter_route_contexts)
        for _, route in routes_in(app.routes, iter_route_contexts):
            yield from dependencies(route)


async def consent(connection: HTTPConnection) -> Consent:
    """Give an endpoint the visitor's consent: ``Annotated[Consent, Depends(consent)]``."""
    return visit(connection)


def require_consent(purpose: str) -> Callable[[HTTPConnection], Awaitable[Consent]]:
    """Let an endpoint run only for visitors who allow ``purpose``, and give it their consent; others get 403.

    A WebSocket is closed with 1008. A purpose that the policy does not let a browser decide about raises
    UndeclaredName when the application starts. For the same purpose it is the same dependency, so that tests find it
    in ``app.dependency_overrides``.
    """
    return _required(purpose)


@cache
def _required(purpose: str) -> Callable[[HTTPConnection], Awaitable[Consent]]:
    async def required(connection: HTTPConnection) -> Consent:
        found = visit(connection)
        return found if found.allows(purpose) else forbid(connection.scope)

    naming(required, purpose)
    return required


def requires_consent(
    purpose: str, *, otherwise: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let an endpoint run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    Starlette's, where FastAPI passes every argument by its name: ``otherwise`` takes at least those of the endpoint,
    or it raises PrivacyError at once.
    """
    return requiring_consent(purpose, otherwise, by_name=True)
