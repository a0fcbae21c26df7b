"""The privacy statement."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from examples.fastapi_app.dependencies import Language, ThePrivacy
from examples.fastapi_app.page import show
from examples.shop.statement import statement

router = APIRouter(default_response_class=Response)


@router.get("/privacy")
def privacy_statement(request: Request, privacy: ThePrivacy, language: Language) -> Response:
    return show(request, "statement.html", **statement(privacy.policy, language))
