"""The operator's mailings."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from examples.fastapi_app.dependencies import (
    Database,
    FilledIn,
    Language,
    Now,
    Site,
    Texts,
    ThePrivacy,
    TheShop,
)
from examples.fastapi_app.page import log, notice, show
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.mails import Campaign, campaign_mails
from examples.shop.sql.customers import everyone
from shopprivacy.ledger.entry import CollectionMethod

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
    return [*privacy.mail.marketing.purposes]


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
    privacy: ThePrivacy,
    database: Database,
    language: Language,
    site: Site,
    texts: Texts,
    now: Now,
) -> Response:
    purpose = form.choice("purpose", purposes)
    subject, text = form.required("subject", 120), form.required("message", 20_000)
    if form.mistakes:
        mistakes = form.explain(texts)
        return show(
            request, "mailing.html", 422, purposes=purposes, form=form.given, mistakes=mistakes, sent=None
        )
    campaign = Campaign(purpose, subject, text, language, site)
    sent = 0
    for message in campaign_mails(campaign, everyone(database), privacy.mail, now):
        shop.outbox.send(message)
        sent += 1
    log.info("mailing sent to %d addresses", sent)
    return show(request, "mailing.html", purposes=purposes, form={}, mistakes=[], sent=sent)


@router.post("/admin/unsubscribe")
def unsubscribe(request: Request, form: FilledIn, privacy: ThePrivacy, texts: Texts) -> Response:
    """Customer service takes an address off all lists."""
    email = form.email()
    if form.mistakes:
        return notice(request, texts["unsubscribe_customer"], " ".join(form.explain(texts)), 422)
    privacy.mail.opted_out(email, how=CollectionMethod.OPERATOR)
    return notice(request, texts["unsubscribe_customer"], texts["unsubscribed_customer"])
