"""Accounts: register, log in, log out, see and change what the shop knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pwdlib import PasswordHash

from examples.fastapi_app.dependencies import (
    CurrentCustomer,
    Database,
    FilledIn,
    Language,
    Now,
    Passwords,
    Site,
    Texts,
    ThePrivacy,
    TickedMails,
)
from examples.fastapi_app.page import YEAR, log, notice, show
from examples.shop.preferences import MailChoice, choose_mails, mail_choices
from examples.shop.sql import customers
from examples.shop.sql.profile import profile, read_profile
from examples.shop.sql.tables import Customer, Table
from examples.shop.vat import COUNTRIES
from shopprivacy.adapters.fastapi import sign_in
from shopprivacy.adapters.sqlalchemy import erase_keys

router = APIRouter(default_response_class=Response)


@cache
def _nobodys(passwords: PasswordHash) -> str:
    return passwords.hash("nobody has this password")


@router.get("/register")
def register(request: Request) -> Response:
    return show(request, "register.html", form={}, mistakes=[])


@router.post("/register")
def create(
    request: Request,
    form: FilledIn,
    database: Database,
    language: Language,
    texts: Texts,
    now: Now,
    passwords: Passwords,
) -> Response:
    name, email, password = form.required("name", 80), form.email(), form.new_password()
    customer = None
    if not form.mistakes:
        customer = customers.register(
            database,
            name=name,
            email=email,
            password_hash=passwords.hash(password),
            language=language,
            now=now,
        )
        if customer is None:
            form.mistakes.append(("email_taken", "email"))
    if customer is None:
        return show(request, "register.html", 422, form=form.given, mistakes=form.explain(texts))
    database.commit()
    return _welcome(request, customer)


@router.get("/login")
def login(request: Request) -> Response:
    return show(request, "login.html", form={}, mistakes=[])


@router.post("/login")
def log_in(
    request: Request, form: FilledIn, database: Database, texts: Texts, passwords: Passwords
) -> Response:
    email = form.given.get("email", "").strip().lower()
    customer = customers.find_by_email(database, email)
    # An unknown address takes as long as a wrong password: the time tells nobody who is a customer.
    expected = customer.password_hash if customer else _nobodys(passwords)
    right = passwords.verify(form.given.get("password", ""), expected)
    # Careless, on purpose: the e-mail address stays in the log.
    sender = request.client.host if request.client else "nowhere"
    log.info("log-in of %s from %s: %s", email, sender, "ok" if right else "refused")
    if customer is None or not right:
        return show(request, "login.html", 401, form=form.given, mistakes=[texts["log_in_failed"]])
    return _welcome(request, customer)


@router.get("/logout")
def logout(request: Request) -> Response:
    return show(request, "logout.html")


@router.post("/logout")
def log_out(request: Request, texts: Texts) -> Response:
    request.session.clear()
    return notice(request, texts["logged_out"], "")


@router.get("/account")
def account(request: Request, customer: CurrentCustomer, privacy: ThePrivacy, language: Language) -> Response:
    if customer is None:
        return RedirectResponse("/login", 303)
    mails = mail_choices(privacy, customer.email, customer.id, language)
    return _account_page(request, customer, profile(customer), mails, [])


@router.post("/account")
def change(
    request: Request,
    form: FilledIn,
    mails: TickedMails,
    customer: CurrentCustomer,
    database: Database,
    privacy: ThePrivacy,
    language: Language,
    site: Site,
    texts: Texts,
) -> Response:
    if customer is None:
        return RedirectResponse("/login", 303)
    with database.no_autoflush:
        read_profile(form, customer, database)
        if form.mistakes:
            database.rollback()
            choices = mail_choices(privacy, customer.email, customer.id, language)
            return _account_page(request, customer, form.given, choices, form.explain(texts))
    database.commit()
    choose_mails(privacy, customer.email, customer.id, mails, language=language, site=site)
    return RedirectResponse("/account?saved=yes", 303)


@router.post("/account/erase")
def erase(request: Request, customer: CurrentCustomer, texts: Texts, database: Database) -> Response:
    if customer is None:
        return RedirectResponse("/login", 303)
    erase_keys(database, Table, "customer", customer.id, "phone")
    database.commit()
    return notice(request, texts["account"], texts["phone_erased"])


def _account_page(
    request: Request,
    customer: Customer,
    form: Mapping[str, str],
    mails: list[MailChoice],
    mistakes: list[str],
) -> Response:
    return show(
        request,
        "account.html",
        422 if mistakes else 200,
        form=form,
        orders=customer.orders,
        mails=mails,
        countries=COUNTRIES,
        mistakes=mistakes,
        saved=request.query_params.get("saved") == "yes",
    )


def _welcome(request: Request, customer: Customer) -> Response:
    request.session.clear()  # a session from before the log-in is never carried over
    request.session["customer_id"] = customer.id
    sign_in(request, customer.id)
    response = RedirectResponse("/account", 303)
    response.set_cookie("registered", "yes", max_age=YEAR)
    return response
