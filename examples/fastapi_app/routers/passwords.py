"""A forgotten password: a link by mail, by which a new one is chosen."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urljoin

from fastapi import APIRouter, Depends, Request, Response
from itsdangerous import BadData

from examples.fastapi_app.dependencies import Database, FilledIn, Passwords, Send, Site, Texts, links
from examples.fastapi_app.page import notice, show
from examples.shop.links import HOUR, password_mark
from examples.shop.mails import reset_mail
from examples.shop.sql.customers import find_by_email
from examples.shop.sql.tables import Customer

router = APIRouter(default_response_class=Response)


@router.get("/forgot")
def forgot(request: Request) -> Response:
    return show(request, "forgot.html", form={}, mistakes=[])


@router.post("/forgot")
def mail_link(
    request: Request, form: FilledIn, database: Database, site: Site, texts: Texts, send: Send
) -> Response:
    email = form.email()
    if form.mistakes:
        return show(request, "forgot.html", 422, form=form.given, mistakes=form.explain(texts))
    customer = find_by_email(database, email)
    if customer is not None:
        token = links(request, "password").dumps([customer.id, password_mark(customer.password_hash)])
        link = urljoin(site, request.app.url_path_for("new_password", token=token))
        send(reset_mail(email, link, texts))
    # The same answer for an address that nobody has: a stranger learns nothing from it.
    return notice(request, texts["forgot_password"], texts["reset_sent"])


def customer_of(token: str, request: Request, database: Database) -> Customer | None:
    """Return whose password a link changes; None: it does not work any more."""
    try:
        number, mark = links(request, "password").loads(token, max_age=HOUR)
    except (BadData, ValueError):
        return None
    customer = database.get(Customer, number)
    return customer if customer is not None and password_mark(customer.password_hash) == mark else None


Forgetful = Annotated[Customer | None, Depends(customer_of)]


@router.get("/password/{token}")
def new_password(token: str, request: Request, customer: Forgetful, texts: Texts) -> Response:
    if customer is None:
        return notice(request, texts["new_password"], texts["reset_void"], 404)
    return show(request, "new_password.html", token=token, mistakes=[])


@router.post("/password/{token}")
def change(
    token: str,
    request: Request,
    customer: Forgetful,
    form: FilledIn,
    database: Database,
    texts: Texts,
    passwords: Passwords,
) -> Response:
    if customer is None:
        return notice(request, texts["new_password"], texts["reset_void"], 404)
    password = form.new_password()
    if form.mistakes:
        return show(request, "new_password.html", 422, token=token, mistakes=form.explain(texts))
    customer.password_hash = passwords.hash(password)
    database.commit()
    return notice(request, texts["new_password"], texts["password_changed"])
