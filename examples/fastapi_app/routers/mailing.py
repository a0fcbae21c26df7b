"""The operator's pages: mailings, and looking customers up."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from examples.fastapi_app.dependencies import (
    Database,
    FilledIn,
    Language,
    Send,
    Site,
    Texts,
    ThePrivacy,
    TheShop,
)
from examples.fastapi_app.page import log, notice, show
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.mails import Mail, told
from examples.shop.sql.customers import everyone, look_up
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.mail.purpose import MailPurpose

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
    database: Database,
    language: Language,
    site: Site,
    texts: Texts,
    mail_out: Send,
) -> Response:
    purpose = form.choice("purpose", purposes)
    subject, text = form.required("subject", 120), form.required("message", 20_000)
    if form.mistakes:
        mistakes = form.explain(texts)
        return show(
            request, "mailing.html", 422, purposes=purposes, form=form.given, mistakes=mistakes, sent=None
        )
    outcomes = [
        mail_out(
            Mail(address, subject, text),
            MailPurpose(
                purpose,
                customer=customer,
                language=language,
                url=f"{site}u/",
                change_data=f"{site}account",
            ),
        )
        for address, customer in everyone(database).items()
    ]
    sent = told(outcomes, texts)
    log.info("mailing: %s", sent)
    return show(request, "mailing.html", purposes=purposes, form={}, mistakes=[], sent=sent)


@router.post("/admin/unsubscribe")
def unsubscribe(request: Request, form: FilledIn, privacy: ThePrivacy, texts: Texts) -> Response:
    """Customer service takes an address off all lists."""
    email = form.email()
    if form.mistakes:
        return notice(request, texts["unsubscribe_customer"], " ".join(form.explain(texts)), 422)
    privacy.mail.opted_out(email, how=CollectionMethod.OPERATOR)
    return notice(request, texts["unsubscribe_customer"], texts["unsubscribed_customer"])


@router.get("/admin/customers")
def customers(database: Database, q: str = "") -> Response:
    """Customer service looks a customer up: by a whole e-mail address, a surname, or a postcode."""
    found = look_up(database, q)
    lines = [f"{customer.id}\t{customer.name}\t{customer.email}\n" for customer in found]
    return Response("".join(lines), media_type="text/plain")
