"""The newsletter, with double opt-in: nobody is subscribed before the link in the mail was followed."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from itsdangerous import BadData
from sqlalchemy import select

from examples.flask_app.page import language, notice, texts
from examples.flask_app.state import database, links, now, shop
from examples.shop.forms import Form
from examples.shop.mails import confirmation_mail
from examples.shop.sql.tables import NewsletterEntry

views = Blueprint("newsletter", __name__)
WEEK = 7 * 24 * 3600


@views.post("/newsletter")
def sign_up() -> tuple[str, int]:
    form = Form(request.form)
    email = form.email()
    if form.mistakes:
        return notice(texts()["newsletter"], " ".join(form.explain(texts())), 422)
    entry = database().scalar(select(NewsletterEntry).where(NewsletterEntry.email == email))
    if entry is None:
        entry = NewsletterEntry(email=email, language=language(), asked_at=now(), confirmed_at=None)
        database().add(entry)
        database().commit()
    if entry.confirmed_at is None:
        link = url_for("newsletter.confirm", token=links("newsletter").dumps(entry.id), _external=True)
        shop().outbox.send(confirmation_mail(email, link, texts(), now()))
    # The same answer for who is subscribed already: a stranger learns nothing from it.
    return notice(texts()["newsletter"], texts()["newsletter_pending"])


@views.get("/newsletter/confirm/<token>")
def confirm(token: str) -> tuple[str, int]:
    try:
        entry = database().get(NewsletterEntry, links("newsletter").loads(token, max_age=WEEK))
    except BadData:
        entry = None
    if entry is None:
        return notice(texts()["newsletter"], texts()["newsletter_invalid"], 404)
    entry.confirmed_at = entry.confirmed_at or now()
    database().commit()
    return notice(texts()["newsletter"], texts()["newsletter_confirmed"])
