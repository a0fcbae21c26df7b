"""The operator's mailings."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Response, current_app, render_template, request

from examples.flask_app.page import language, notice, texts
from examples.flask_app.state import database, now, privacy, shop, site
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.forms import Form
from examples.shop.mails import Campaign, campaign_mails
from examples.shop.sql.customers import everyone
from shopprivacy.ledger.entry import CollectionMethod

views = Blueprint("mailing", __name__)


@views.before_request
def only_the_operator() -> Response | None:
    """Ask for the log-in in ``operator.txt`` (HTTP Basic, RFC 7617)."""
    given = request.authorization
    password = operator_password(shop().options)
    if (
        given is not None
        and given.type == "basic"
        and given.username == OPERATOR
        and compare_digest((given.password or "").encode(), password.encode())
    ):
        return None
    return Response("Only for the operator.\n", 401, {"WWW-Authenticate": 'Basic realm="operator"'})


@views.get("/admin/mailing")
def form() -> str:
    return render_template("mailing.html", purposes=_purposes(), form={}, mistakes=[], sent=None)


@views.post("/admin/mailing")
def send() -> tuple[str, int]:
    form = Form(request.form)
    purpose = form.choice("purpose", _purposes())
    subject, text = form.required("subject", 120), form.required("message", 20_000)
    if form.mistakes:
        mistakes = form.explain(texts())
        page = render_template(
            "mailing.html", purposes=_purposes(), form=request.form, mistakes=mistakes, sent=None
        )
        return page, 422
    campaign = Campaign(purpose, subject, text, language(), site())
    sent = 0
    for message in campaign_mails(campaign, everyone(database()), privacy().mail, now()):
        shop().outbox.send(message)
        sent += 1
    current_app.logger.info("mailing sent to %d addresses", sent)
    return render_template("mailing.html", purposes=_purposes(), form={}, mistakes=[], sent=sent), 200


@views.post("/admin/unsubscribe")
def unsubscribe() -> tuple[str, int]:
    """Customer service takes an address off all lists."""
    form = Form(request.form)
    email = form.email()
    if form.mistakes:
        return notice(texts()["unsubscribe_customer"], " ".join(form.explain(texts())), 422)
    privacy().mail.opted_out(email, how=CollectionMethod.OPERATOR)
    return notice(texts()["unsubscribe_customer"], texts()["unsubscribed_customer"])


def _purposes() -> list[str]:
    return [*privacy().mail.marketing.purposes]
