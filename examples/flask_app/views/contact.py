"""Forms to write to the shop: a message, a quotation, an entry for the contest."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from examples.flask_app.page import notice, texts
from examples.flask_app.state import database, now, send, shop
from examples.shop.forms import Form
from examples.shop.mails import contact_mail
from examples.shop.sql.letters import read_contest_entry, read_message, read_quote
from examples.shop.sql.tables import Letter

views = Blueprint("contact", __name__)


@views.get("/contact")
def contact() -> str:
    return render_template("contact.html", form={}, mistakes=[])


@views.post("/contact")
def write() -> tuple[str, int]:
    form = Form(request.form)
    answer = _store(read_message(form, now()), form, "contact.html", "contact", "contact_thanks")
    if not form.mistakes:
        send(contact_mail(form.email(), texts()))
    return answer


@views.get("/quotes")
def quotes() -> str:
    return render_template("quotes.html", form={}, mistakes=[])


@views.post("/quotes")
def ask() -> tuple[str, int]:
    form = Form(request.form)
    return _store(read_quote(form, shop().catalogue, now()), form, "quotes.html", "quotes", "quotes_thanks")


@views.get("/contest")
def contest() -> str:
    return render_template("contest.html", form={}, mistakes=[])


@views.post("/contest")
def enter() -> tuple[str, int]:
    form = Form(request.form)
    return _store(read_contest_entry(form, now()), form, "contest.html", "contest", "contest_thanks")


def _store(letter: Letter, form: Form, template: str, title: str, thanks: str) -> tuple[str, int]:
    if form.mistakes:
        return render_template(template, form=request.form, mistakes=form.explain(texts())), 422
    database().add(letter)
    database().commit()
    return notice(texts()[title], texts()[thanks])
