"""A forgotten password: a link by mail, by which a new one is chosen."""

from __future__ import annotations

from urllib.parse import urljoin

from flask import Blueprint, render_template, request, url_for
from itsdangerous import BadData

from examples.flask_app.page import notice, texts
from examples.flask_app.state import database, links, send, site
from examples.flask_app.views.account import hashed
from examples.shop.forms import Form
from examples.shop.links import HOUR, password_mark
from examples.shop.mails import reset_mail
from examples.shop.sql.customers import find_by_email
from examples.shop.sql.tables import Customer

views = Blueprint("passwords", __name__)


@views.get("/forgot")
def forgot() -> str:
    return render_template("forgot.html", form={}, mistakes=[])


@views.post("/forgot")
def mail_link() -> tuple[str, int]:
    form = Form(request.form)
    email = form.email()
    if form.mistakes:
        return render_template("forgot.html", form=request.form, mistakes=form.explain(texts())), 422
    customer = find_by_email(database(), email)
    if customer is not None:
        token = links("password").dumps([customer.id, password_mark(customer.password_hash)])
        send(reset_mail(email, urljoin(site(), url_for("passwords.new", token=token)), texts()))
    # The same answer for an address that nobody has: a stranger learns nothing from it.
    return notice(texts()["forgot_password"], texts()["reset_sent"])


@views.get("/password/<token>")
def new(token: str) -> tuple[str, int]:
    if _customer_of(token) is None:
        return notice(texts()["new_password"], texts()["reset_void"], 404)
    return render_template("new_password.html", token=token, mistakes=[]), 200


@views.post("/password/<token>")
def change(token: str) -> tuple[str, int]:
    customer = _customer_of(token)
    if customer is None:
        return notice(texts()["new_password"], texts()["reset_void"], 404)
    form = Form(request.form)
    password = form.new_password()
    if form.mistakes:
        return render_template("new_password.html", token=token, mistakes=form.explain(texts())), 422
    customer.password_hash = hashed(password)
    database().commit()
    return notice(texts()["new_password"], texts()["password_changed"])


def _customer_of(token: str) -> Customer | None:
    try:
        number, mark = links("password").loads(token, max_age=HOUR)
    except (BadData, ValueError):
        return None
    customer = database().get(Customer, number)
    return customer if customer is not None and password_mark(customer.password_hash) == mark else None
