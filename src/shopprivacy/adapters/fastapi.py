"""FastAPI: the gate around the application, consent as a dependency, and the library's pages in OpenAPI.

privacy = Privacy.from_file("privacy.toml")
app.add_middleware(PrivacyMiddleware, privacy=privacy)
app.include_router(privacy_router(privacy))

@app.get("/for-you")
def for_you(consent: Annotated[Consent, Depends(require_consent("personalisation"))]): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Never

try:
    from fastapi import APIRouter, FastAPI
    from fastapi.dependencies.models import Dependant
    from fastapi.requests import HTTPConnection
    from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
    from fastapi.routing import iter_route_contexts
    from starlette.applications import Starlette
except ImportError as missing:  # pragma: no cover  # the tests of this file run with FastAPI installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("fastapi") from missing

from shopprivacy.adapters import starlette
from shopprivacy.adapters.consent_decorator import P, R, needs, note_purpose
from shopprivacy.adapters.starlette import check_application
from shopprivacy.adapters.starlette_consent import (
    consent,
    consent_required,
    forbid,
    privacy_banner,
    sign_in,
)
from shopprivacy.adapters.starlette_routes import called_in, routes_in
from shopprivacy.consent.context import ConsentContext as Consent
from shopprivacy.errors import PrivacyError
from shopprivacy.http.form import LIMIT
from shopprivacy.pages.page_context import CHOICES_PATH, CONSENT_PATH, COOKIES_PATH, GPC_PATH, UNDECIDED_PATH
from shopprivacy.pages.static_files import STATIC_FILES
from shopprivacy.privacy import Privacy

__all__ = [
    "Consent",
    "PrivacyMiddleware",
    "check_application",
    "consent",
    "document_refusals",
    "get_consent",
    "privacy_banner",
    "privacy_router",
    "require_consent",
    "requires_consent",
    "sign_in",
]

TAG = "privacy"
_ADDRESSES = frozenset({CHOICES_PATH, CONSENT_PATH, COOKIES_PATH, UNDECIDED_PATH, GPC_PATH, *STATIC_FILES})

# Any of these says already what happens (OpenAPI 3.1, Responses Object).
_SAID = ("403", "4XX", "default")
# What ConsentForm and the gate reply beside the 303.
_PROBLEMS: Mapping[int, str] = {
    400: "The form cannot be read",
    403: "Not counted: the form comes from another site",
    409: "Not counted: the texts have changed since the form was shown",
    413: f"The form is larger than {LIMIT} bytes",
    415: "The body is not a URL-encoded form",
    429: "Too many answers from this address; Retry-After says when to come back",
    503: "The choice cannot be recorded now; Retry-After says when to come back",
}


class PrivacyMiddleware(starlette.PrivacyMiddleware):
    """Starlette's, which also finds the purposes that dependencies name, before anything is served."""

    def check(self, app: object) -> None:
        """Check, too, that the library's pages are documented where the gate answers them."""
        super().check(app)
        if isinstance(app, Starlette):
            _check_addresses(app)

    def views(self, app: Starlette) -> Iterable[object]:
        """Return everything that is called for a request and may name a purpose."""
        yield from called_in(app, iter_route_contexts)
        for _, route in self.routes(app):
            yield from _dependencies(route)

    def routes(self, app: Starlette) -> Iterable[tuple[str, Any]]:
        """Return all routes as they are served, those of included routers too."""
        return routes_in(app.routes, iter_route_contexts)


async def get_consent(connection: HTTPConnection) -> Consent:
    """Give an endpoint the visitor's consent: ``Annotated[Consent, Depends(get_consent)]``."""
    return consent(connection)


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
        found = consent(connection)
        return found if found.allows(purpose) else forbid(connection.scope)

    note_purpose(required, purpose)
    return required


def requires_consent(
    purpose: str, *, otherwise: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let an endpoint run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    Starlette's, where FastAPI passes every argument by its name: ``otherwise`` takes at least those of the endpoint,
    or it raises PrivacyError at once.
    """
    return consent_required(purpose, otherwise, by_name=True)


def privacy_router(privacy: Privacy) -> APIRouter:
    """Return a router that documents the library's pages and forms under the tag ``privacy``.

    PrivacyMiddleware answers them before any router is asked. Where that is missing, asking for one of them raises
    PrivacyError.
    """
    router = APIRouter(tags=[TAG])
    in_language = {"parameters": [_language(privacy.policy.languages)]}
    form = {**in_language, "requestBody": _choices_form(tuple(privacy.gate.browser.purposes))}
    _describe(router, "GET", CHOICES_PATH, "The preference page", HTMLResponse, in_language)
    _describe(router, "POST", CHOICES_PATH, "Answer the preference page", RedirectResponse, form)
    _describe(router, "POST", CONSENT_PATH, "Answer the banner", RedirectResponse, form)
    _describe(router, "GET", COOKIES_PATH, "The cookies that this shop sets", HTMLResponse, in_language)
    for path, file in STATIC_FILES.items():
        kind = _StyleSheet if file.media_type == _StyleSheet.media_type else _Script
        _describe(
            router, "GET", path, f"A file of the banner or the pages: {path.rpartition('/')[2]}", kind, {}
        )
    _describe(router, "GET", UNDECIDED_PATH, "What this visitor has not answered", JSONResponse, {})
    _describe(router, "GET", GPC_PATH, "Whether Global Privacy Control is respected", JSONResponse, {})
    return router


def document_refusals(app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
    """Say in an application's OpenAPI document which operations answer 403 for want of consent, and for which purpose.

    ``document`` is what ``FastAPI.openapi`` returns; it is returned with the responses added. What a shop says of 403
    itself stays::

        class Shop(FastAPI):
            def openapi(self):
                return document_refusals(self, super().openapi())
    """
    for route in iter_route_contexts(app.routes):
        called = (route.endpoint, *_dependencies(route))
        wanted = dict.fromkeys(need.purpose for one in called for need in needs(one) if need.forbids)
        operations = document.get("paths", {}).get(route.path_format, {})
        for method in route.methods or () if wanted else ():
            responses = operations.get(method.lower(), {}).get("responses", {})
            if not any(status in responses for status in _SAID):
                responses["403"] = {"description": f"The visitor does not allow {', '.join(wanted)}"}
    return document


def _dependencies(route: object) -> Iterator[object]:
    """Yield what FastAPI calls for a route before its endpoint, at any depth."""
    yield from _called(getattr(route, "dependant", None))


def _called(dependant: Dependant | None) -> Iterator[object]:
    for needed in dependant.dependencies if dependant else ():
        yield needed.call
        yield from _called(needed)


def _check_addresses(app: Starlette) -> None:
    """Check that what the router documents is where the gate answers: it does not follow a prefix.

    Raises PrivacyError that names the first address at which nobody would answer.
    """
    for below, route in routes_in(app.routes, iter_route_contexts):
        if getattr(route, "endpoint", None) is _answered_by_the_gate:
            stands_at = below + route.path
            if stands_at not in _ADDRESSES:
                raise PrivacyError(
                    f"privacy_router documents {stands_at}, where the privacy gate does not answer; include it in the "
                    "application itself, without a prefix"
                )


class _StyleSheet(PlainTextResponse):
    media_type = "text/css"


class _Script(PlainTextResponse):
    media_type = "text/javascript"


def _describe(
    router: APIRouter, method: str, path: str, summary: str, kind: type[Response], extra: dict[str, Any]
) -> None:
    taking = method == "POST"
    responses: dict[int | str, dict[str, Any]] = {}
    if taking:
        responses = {status: _page(description) for status, description in _PROBLEMS.items()}
        responses[303] = {
            "description": "Counted; back to the page that `next` names",
            "headers": {"Location": {"description": "A path on this site", "schema": {"type": "string"}}},
        }
    router.add_api_route(
        path,
        _answered_by_the_gate,
        methods=[method],
        status_code=303 if taking else 200,
        name=summary,
        summary=summary,
        response_class=kind,
        response_model=None,
        responses=responses,
        openapi_extra=extra,
    )


async def _answered_by_the_gate() -> Never:
    raise PrivacyError("the privacy gate answers here, and did not; is PrivacyMiddleware in place?")


def _page(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _language(languages: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "lang",
        "in": "query",
        "required": False,
        "description": "The language of the page; by default it is negotiated",
        "schema": {"type": "string", "enum": list(languages)},
    }


def _choices_form(purposes: Sequence[str]) -> dict[str, Any]:
    """Return the body that ``shopprivacy.consent.apply_choices.wanted_by`` reads."""
    named = {"type": "array", "items": {"type": "string", "enum": list(purposes)}}
    properties = {
        "choice": {
            "type": "string",
            "enum": ["accept", "refuse", "save"],
            "description": "`save` allows what `purpose` names, and refuses the rest of what was asked",
        },
        "purpose": {**named, "description": "With `save`: the purposes that are allowed"},
        "asked": {**named, "description": "The purposes that the form showed; by default all"},
        "by": {"type": "string", "enum": ["answer"], "description": "With `save`: only `answer.NAME` counts"},
        **{
            f"answer.{name}": {"type": "string", "enum": ["allow", "refuse"], "description": f"For {name}"}
            for name in purposes
        },
        "shown": {"type": "string", "description": "Which texts the form showed"},
        "next": {"type": "string", "description": "The path to go to afterwards"},
    }
    schema = {"type": "object", "required": ["choice"], "properties": properties}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}
