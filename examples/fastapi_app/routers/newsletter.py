"""The newsletter, with double opt-in: nobody is subscribed before the link in the mail was followed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from itsdangerous import BadData
from sqlalchemy import select

from examples.fastapi_app.dependencies import Database, FilledIn, Language, Now, Texts, TheShop, links
from examples.fastapi_app.page import notice
from examples.shop.mails import confirmation_mail
from examples.shop.sql.tables import NewsletterEntry

router = APIRouter(default_response_class=Response)
WEEK = 7 * 24 * 3600


@router.post("/newsletter")
def sign_up(
    request: Request,
    form: FilledIn,
    shop: TheShop,
    database: Database,
    language: Language,
    texts: Texts,
    now: Now,
) -> Response:
    email = form.email()
    if form.mistakes:
        return notice(request, texts["newsletter"], " ".join(form.explain(texts)), 422)
    entry = database.scalar(select(NewsletterEntry).where(NewsletterEntry.email == email))
    if entry is None:
        entry = NewsletterEntry(email=email, language=language, asked_at=now, confirmed_at=None)
        database.add(entry)
        database.commit()
    if entry.confirmed_at is None:
        link = str(request.url_for("confirm", token=links(request, "newsletter").dumps(entry.id)))
        shop.outbox.send(confirmation_mail(email, link, texts, now))
    # The same answer for who is subscribed already: a stranger learns nothing from it.
    return notice(request, texts["newsletter"], texts["newsletter_pending"])


@router.get("/newsletter/confirm/{token}")
def confirm(token: str, request: Request, database: Database, texts: Texts, now: Now) -> Response:
    try:
        entry = database.get(NewsletterEntry, links(request, "newsletter").loads(token, max_age=WEEK))
    except BadData:
        entry = None
    if entry is None:
        return notice(request, texts["newsletter"], texts["newsletter_invalid"], 404)
    entry.confirmed_at = entry.confirmed_at or now
    database.commit()
    return notice(request, texts["newsletter"], texts["newsletter_confirmed"])
