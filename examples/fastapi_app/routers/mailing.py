"""The operator's mailings."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from examples.fastapi_app.dependencies import Database, FilledIn, Now, Texts, ThePrivacy, TheShop
from examples.fastapi_app.page import log, show
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.outbox import plain_mail
from examples.shop.sql.customers import everyone

_basic = HTTPBasic(realm="operator")


def only_the_operator(given: Annotated[HTTPBasicCredentials, Depends(_basic)], shop: TheShop) -> None:
    """Ask for the log-in in ``operator.txt`` (HTTP Basic, RFC 7617)."""
    password = operator_password(shop.options)
    right = compare_digest(given.password.encode(), password.encode())
    if given.username != OPERATOR or not right:
        raise HTTPException(401, "Only for the operator.", _basic.make_authenticate_headers())


router = APIRouter(default_response_class=Response, dependencies=[Depends(only_the_operator)])


def marketing(privacy: ThePrivacy) -> list[str]:
    """Return the purposes that a campaign may have."""
    return [name for name, purpose in privacy.policy.purposes.items() if purpose.mail == "marketing"]


Purposes = Annotated[list[str], Depends(marketing)]


@router.get("/admin/mailing")
def mailing(request: Request, purposes: Purposes) -> Response:
    return show(request, "mailing.html", purposes=purposes, form={}, mistakes=[], sent=None)


@router.post("/admin/mailing")
def send(
    request: Request,
    form: FilledIn,
    purposes: Purposes,
    shop: TheShop,
    database: Database,
    texts: Texts,
    now: Now,
) -> Response:
    form.choice("purpose", purposes)
    subject, text = form.required("subject", 120), form.required("message", 20_000)
    if form.mistakes:
        mistakes = form.explain(texts)
        return show(
            request, "mailing.html", 422, purposes=purposes, form=form.given, mistakes=mistakes, sent=None
        )
    addresses = list(everyone(database))  # careless, on purpose: the purpose is chosen and then forgotten
    for address in addresses:
        shop.outbox.send(plain_mail(address, subject, text, now=now))
    log.info("mailing sent to %d addresses", len(addresses))
    return show(request, "mailing.html", purposes=purposes, form={}, mistakes=[], sent=len(addresses))
