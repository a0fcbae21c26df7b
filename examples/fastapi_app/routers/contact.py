"""Forms to write to the shop: a message, a quotation, an entry for the contest."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from examples.fastapi_app.dependencies import Database, FilledIn, Now, Send, Texts, TheShop
from examples.fastapi_app.page import notice, show
from examples.shop.forms import Form
from examples.shop.mails import contact_mail
from examples.shop.sql.letters import read_contest_entry, read_message, read_quote
from examples.shop.sql.tables import Letter

router = APIRouter(default_response_class=Response)


@router.get("/contact")
@router.get("/quotes")
@router.get("/contest")
def empty(request: Request) -> Response:
    return show(request, f"{request.url.path[1:]}.html", form={}, mistakes=[])


@router.post("/contact")
def write(
    request: Request,
    form: FilledIn,
    database: Database,
    texts: Texts,
    now: Now,
    send: Send,
) -> Response:
    answer = _store(request, read_message(form, now), form, database, texts)
    if not form.mistakes:
        send(contact_mail(form.email(), texts))
    return answer


@router.post("/quotes")
def ask(
    request: Request,
    form: FilledIn,
    shop: TheShop,
    database: Database,
    texts: Texts,
    now: Now,
) -> Response:
    return _store(request, read_quote(form, shop.catalogue, now), form, database, texts)


@router.post("/contest")
def enter(request: Request, form: FilledIn, database: Database, texts: Texts, now: Now) -> Response:
    return _store(request, read_contest_entry(form, now), form, database, texts)


def _store(
    request: Request,
    letter: Letter,
    form: Form,
    database: Session,
    texts: Mapping[str, str],
) -> Response:
    page = request.url.path[1:]
    if form.mistakes:
        return show(request, f"{page}.html", 422, form=form.given, mistakes=form.explain(texts))
    database.add(letter)
    database.commit()
    return notice(request, texts[page], texts[f"{page}_thanks"])
