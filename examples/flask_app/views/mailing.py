"""The operator's pages: mailings, and looking customers up."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Response, current_app, render_template, request

from examples.flask_app.page import language, notice, texts
from examples.flask_app.state import database, privacy, shop, site
from examples.flask_app.state import send as mail_out
from examples.shop.first_start import OPERATOR, operator_password
from examples.shop.forms import Form
from examples.shop.mails import Mail, told
from examples.shop.sql.customers import everyone, look_up
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.mail.purpose import MailPurpose

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
    outcomes = [
        mail_out(
            Mail(address, subject, text),
            MailPurpose(
                purpose,
                customer=customer,
                language=language(),
                url=f"{site()}u/",
                change_data=f"{site()}account",
            ),
        )
        for address, customer in everyone(database()).items()
    ]
    sent = told(outcomes, texts())
    current_app.logger.info("mailing: %s", sent)
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


@views.get("/admin/customers")
def customers() -> Response:
    """Customer service looks a customer up: by a whole e-mail address, a surname, or a postcode."""
    found = look_up(database(), request.args.get("q", ""))
    lines = [f"{customer.id}\t{customer.name}\t{customer.email}\n" for customer in found]
    return Response("".join(lines), mimetype="text/plain")


def _purposes() -> list[str]:
    return [*privacy().mail.marketing.purposes]
