"""The operator's mailings."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Response, current_app, render_template, request

from examples.flask_app.page import texts
from examples.flask_app.state import database, now, shop
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.forms import Form
from examples.shop.outbox import plain_mail
from examples.shop.sql.customers import everyone
from shopprivacy import Privacy

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
    form.choice("purpose", _purposes())
    subject, text = form.required("subject", 120), form.required("message", 20_000)
    if form.mistakes:
        mistakes = form.explain(texts())
        page = render_template(
            "mailing.html", purposes=_purposes(), form=request.form, mistakes=mistakes, sent=None
        )
        return page, 422
    addresses = list(everyone(database()))  # careless, on purpose: the purpose is chosen and then forgotten
    for address in addresses:
        shop().outbox.send(plain_mail(address, subject, text, now=now()))
    current_app.logger.info("mailing sent to %d addresses", len(addresses))
    return render_template(
        "mailing.html", purposes=_purposes(), form={}, mistakes=[], sent=len(addresses)
    ), 200


def _purposes() -> list[str]:
    privacy: Privacy = current_app.extensions["shopprivacy"].privacy
    return [name for name, purpose in privacy.policy.purposes.items() if purpose.mail == "marketing"]
