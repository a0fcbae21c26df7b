"""The library's own addresses in a FastAPI shop's OpenAPI document. The gate answers them; this only describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Never

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette

from shopprivacy.adapters.starlette_app import routes_in
from shopprivacy.errors import PrivacyError
from shopprivacy.http.form import LIMIT
from shopprivacy.pages.page_context import CHOICES_PATH, CONSENT_PATH, COOKIES_PATH, GPC_PATH, STYLESHEET_PATH
from shopprivacy.privacy import Privacy

TAG = "privacy"
_ADDRESSES = frozenset({CHOICES_PATH, CONSENT_PATH, COOKIES_PATH, STYLESHEET_PATH, GPC_PATH})

# What ConsentForm and the gate reply beside the 303.
_PROBLEMS: Mapping[int, str] = {
    400: "The form cannot be read",
    403: "Not counted: the form comes from another site",
    409: "Not counted: the texts have changed since the form was shown",
    413: f"The form is larger than {LIMIT} bytes",
    415: "The body is no URL-encoded form",
    429: "Too many answers from this address; Retry-After says when to come back",
    503: "The choice cannot be recorded now; Retry-After says when to come back",
}


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
    _describe(router, "GET", STYLESHEET_PATH, "The style of banner and pages", _StyleSheet, {})
    _describe(router, "GET", GPC_PATH, "Whether Global Privacy Control is heeded", JSONResponse, {})
    return router


def check_addresses(app: Starlette) -> None:
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
        "description": "The language of the page; left out, it is negotiated",
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
        "asked": {**named, "description": "The purposes that the form showed; left out, all"},
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
