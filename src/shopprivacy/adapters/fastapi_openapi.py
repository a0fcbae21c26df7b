"""What a FastAPI shop's own operations answer for want of consent, in its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette

from shopprivacy.adapters.consent_decorator import needs
from shopprivacy.adapters.starlette_app import mounted, routes_in

# Any of these says already what happens (OpenAPI 3.1, Responses Object).
_SAID = ("403", "4XX", "default")


def document_refusals(app: Starlette) -> None:
    """Let the documents of an application, and of those mounted in it, say where 403 is answered.

    Through ``app.openapi``, where FastAPI has shops extend theirs. What a shop says of 403 itself stays.
    """
    inner = [mounted(route) for _, route in routes_in(app.routes)]
    for one in (app, *inner):
        if isinstance(one, FastAPI):
            _extend(one)


def dependencies(route: object) -> Iterator[object]:
    """Yield what FastAPI calls for a route before its endpoint, at any depth."""
    yield from _called(getattr(route, "dependant", None))


def _called(dependant: Dependant | None) -> Iterator[object]:
    for needed in dependant.dependencies if dependant else ():
        yield needed.call
        yield from _called(needed)


def _extend(app: FastAPI) -> None:
    documented = app.openapi

    def openapi() -> dict[str, Any]:
        document = documented()
        for route in iter_route_contexts(app.routes):
            called = (route.endpoint, *dependencies(route))
            wanted = dict.fromkeys(need.purpose for one in called for need in needs(one) if need.forbids)
            operations = document.get("paths", {}).get(route.path_format, {})
            for method in route.methods or () if wanted else ():
                responses = operations.get(method.lower(), {}).get("responses", {})
                if not any(status in responses for status in _SAID):
                    responses["403"] = {"description": f"The visitor does not allow {', '.join(wanted)}"}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's guide to extending OpenAPI does
