"""What the operator writes about an order: that it is on its way, that its payment is missing."""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy import select

from examples.flask_app.page import notice, texts
from examples.flask_app.state import database, send, shop
from examples.flask_app.views.mailing import only_the_operator
from examples.shop.clock import in_utc
from examples.shop.forms import Form
from examples.shop.mails import ABOUT_ORDERS, ORDERS, about_order, told
from examples.shop.sql.tables import Order
from shopprivacy.mail.purpose import MailPurpose

views = Blueprint("about_orders", __name__)
views.before_request(only_the_operator)


@views.post("/admin/orders")
def write() -> tuple[str, int]:
    form = Form(request.form)
    number, kind = form.required("order_number", 40), form.choice("order_message_kind", ABOUT_ORDERS)
    order = database().scalar(select(Order).where(Order.number == number))
    if order is None and not form.mistakes:
        form.mistakes.append(("error_choice", "order_number"))
    if order is None or form.mistakes:
        return notice(texts()["order_message"], " ".join(form.explain(texts())), 422)
    words = shop().texts[order.language]
    mail = about_order(kind, order.number, order.name, order.email, words)
    outcome = send(mail, MailPurpose(ORDERS, requested=in_utc(order.placed_at), customer=order.customer_id))
    return notice(texts()["order_message"], told([outcome], texts()))
