"""The newsletter, with double opt-in: the library mails the link, and its page takes the yes."""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy import select

from examples.flask_app.page import language, notice, texts
from examples.flask_app.state import database, now, privacy, site
from examples.shop.forms import Form
from examples.shop.sql.tables import NewsletterEntry

views = Blueprint("newsletter", __name__)


@views.post("/newsletter")
def sign_up() -> tuple[str, int]:
    form = Form(request.form)
    email = form.email()
    if form.mistakes:
        return notice(texts()["newsletter"], " ".join(form.explain(texts())), 422)
    if database().scalar(select(NewsletterEntry).where(NewsletterEntry.email == email)) is None:
        database().add(NewsletterEntry(email=email, language=language(), asked_at=now(), confirmed_at=None))
        database().commit()
    privacy().mail.ask(email, "newsletter", language=language(), url=f"{site()}u/")
    # The same answer for who is subscribed already: a stranger learns nothing from it.
    return notice(texts()["newsletter"], texts()["newsletter_pending"])
