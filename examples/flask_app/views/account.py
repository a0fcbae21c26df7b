"""Accounts: register, log in, log out, see and change what the shop knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response

from examples.flask_app.page import YEAR, language, notice, texts
from examples.flask_app.state import current_customer, database, now, privacy, site
from examples.shop.forms import Form
from examples.shop.preferences import choose_mails, mail_choices
from examples.shop.sql import customers
from examples.shop.sql.profile import profile, read_profile
from examples.shop.sql.tables import Customer, Table
from examples.shop.vat import COUNTRIES
from shopprivacy.adapters.flask import sign_in
from shopprivacy.adapters.sqlalchemy import erase_keys

views = Blueprint("account", __name__)


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return generate_password_hash(password, current_app.config["PASSWORD_METHOD"])


@cache
def _nobodys() -> str:
    return hashed("nobody has this password")


@views.get("/register")
def register() -> str:
    return render_template("register.html", form={}, mistakes=[])


@views.post("/register")
def create() -> Response | tuple[str, int]:
    form = Form(request.form)
    name, email, password = form.required("name", 80), form.email(), form.new_password()
    customer = None
    if not form.mistakes:
        customer = customers.register(
            database(),
            name=name,
            email=email,
            password_hash=hashed(password),
            language=language(),
            now=now(),
        )
        if customer is None:
            form.mistakes.append(("email_taken", "email"))
    if customer is None:
        return render_template("register.html", form=request.form, mistakes=form.explain(texts())), 422
    database().commit()
    return _welcome(customer)


@views.get("/login")
def login() -> str:
    return render_template("login.html", form={}, mistakes=[])


@views.post("/login")
def log_in() -> Response | tuple[str, int]:
    email = request.form.get("email", "").strip().lower()
    customer = customers.find_by_email(database(), email)
    # An unknown address takes as long as a wrong password: the time tells nobody who is a customer.
    expected = customer.password_hash if customer else _nobodys()
    right = check_password_hash(expected, request.form.get("password", ""))
    # Careless, on purpose: the e-mail address stays in the log.
    current_app.logger.info(
        "log-in of %s from %s: %s", email, request.remote_addr, "ok" if right else "refused"
    )
    if customer is None or not right:
        return render_template("login.html", form=request.form, mistakes=[texts()["log_in_failed"]]), 401
    return _welcome(customer)


@views.get("/logout")
def logout() -> str:
    return render_template("logout.html")


@views.post("/logout")
def log_out() -> tuple[str, int]:
    session.clear()
    return notice(texts()["logged_out"], "")


@views.get("/account")
def account() -> str | Response:
    customer = current_customer()
    if customer is None:
        return redirect(url_for("account.login"), 303)
    return _account_page(customer, profile(customer), [])


@views.post("/account")
def change() -> Response | tuple[str, int]:
    customer = current_customer()
    if customer is None:
        return redirect(url_for("account.login"), 303)
    form = Form(request.form)
    with database().no_autoflush:
        read_profile(form, customer, database())
        if form.mistakes:
            database().rollback()
            return _account_page(customer, request.form, form.explain(texts())), 422
    database().commit()
    choose_mails(
        privacy(),
        customer.email,
        customer.id,
        request.form.getlist("mails"),
        language=language(),
        site=site(),
    )
    return redirect(url_for("account.account", saved="yes"), 303)


@views.post("/account/erase")
def erase() -> Response | tuple[str, int]:
    customer = current_customer()
    if customer is None:
        return redirect(url_for("account.login"), 303)
    erase_keys(database(), Table, "customer", customer.id, "phone")
    database().commit()
    return notice(texts()["account"], texts()["phone_erased"])


def _account_page(customer: Customer, form: Mapping[str, str], mistakes: list[str]) -> str:
    return render_template(
        "account.html",
        form=form,
        orders=customer.orders,
        mails=mail_choices(privacy(), customer.email, customer.id, language()),
        countries=COUNTRIES,
        mistakes=mistakes,
        saved=request.args.get("saved") == "yes",
    )


def _welcome(customer: Customer) -> Response:
    session.clear()  # a session from before the log-in is never carried over
    session["customer_id"] = customer.id
    sign_in(customer.id)
    response = redirect(url_for("account.account"), 303)
    response.set_cookie("registered", "yes", max_age=YEAR, samesite="Lax")
    return response
