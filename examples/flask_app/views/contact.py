"""Forms to write to the shop: a message, a quotation, an entry for the contest."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from examples.flask_app.page import notice, texts
from examples.flask_app.state import database, now, shop
from examples.shop.forms import Form
from examples.shop.sql.tables import ContestEntry, Message, Quote, Table

views = Blueprint("contact", __name__)


@views.get("/contact")
def contact() -> str:
    return render_template("contact.html", form={}, mistakes=[])


@views.post("/contact")
def send() -> tuple[str, int]:
    form = Form(request.form)
    message = Message(
        name=form.required("name", 80),
        email=form.email(),
        subject=form.required("subject", 120),
        text=form.required("message", 5000),
        sent_at=now(),
    )
    return _store(message, form, "contact.html", "contact", "contact_thanks")


@views.get("/quotes")
def quotes() -> str:
    return render_template("quotes.html", form={}, mistakes=[])


@views.post("/quotes")
def ask() -> tuple[str, int]:
    form = Form(request.form)
    quote = Quote(
        name=form.required("name", 80),
        company=form.optional("company", 80),
        email=form.email(),
        phone=form.optional("phone", 30),
        product=form.choice("product", shop().catalogue),
        quantity=form.number("quantity", 1, 100_000),
        text=form.required("message", 5000),
        asked_at=now(),
    )
    return _store(quote, form, "quotes.html", "quotes", "quotes_thanks")


@views.get("/contest")
def contest() -> str:
    return render_template("contest.html", form={}, mistakes=[])


@views.post("/contest")
def enter() -> tuple[str, int]:
    form = Form(request.form)
    entry = ContestEntry(
        name=form.required("name", 80),
        email=form.email(),
        address=form.required("address", 300),
        answer=form.number("answer", 0, 1_000_000),
        entered_at=now(),
    )
    return _store(entry, form, "contest.html", "contest", "contest_thanks")


def _store(row: Table, form: Form, template: str, title: str, thanks: str) -> tuple[str, int]:
    if form.mistakes:
        return render_template(template, form=request.form, mistakes=form.explain(texts())), 422
    database().add(row)
    database().commit()
    return notice(texts()[title], texts()[thanks])
