"""What the operator writes about an order: that it is on its way, that its payment is missing."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select

from examples.fastapi_app.dependencies import Database, FilledIn, Send, Texts, TheShop
from examples.fastapi_app.page import notice
from examples.fastapi_app.routers.mailing import only_the_operator
from examples.shop.clock import in_utc
from examples.shop.mails import ABOUT_ORDERS, ORDERS, about_order, told
from examples.shop.sql.tables import Order
from shopprivacy.mail.purpose import MailPurpose

router = APIRouter(default_response_class=Response, dependencies=[Depends(only_the_operator)])


@router.post("/admin/orders")
def write(
    request: Request, form: FilledIn, shop: TheShop, database: Database, texts: Texts, send: Send
) -> Response:
    number, kind = form.required("order_number", 40), form.choice("order_message_kind", ABOUT_ORDERS)
    order = database.scalar(select(Order).where(Order.number == number))
    if order is None and not form.mistakes:
        form.mistakes.append(("error_choice", "order_number"))
    if order is None or form.mistakes:
        return notice(request, texts["order_message"], " ".join(form.explain(texts)), 422)
    mail = about_order(kind, order.number, order.name, order.email, shop.texts[order.language])
    outcome = send(mail, MailPurpose(ORDERS, requested=in_utc(order.placed_at), customer=order.customer_id))
    return notice(request, texts["order_message"], told([outcome], texts))
