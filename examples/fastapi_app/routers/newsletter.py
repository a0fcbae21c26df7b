"""The newsletter, with double opt-in: the library mails the link, and its page takes the yes."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from examples.fastapi_app.dependencies import Database, FilledIn, Language, Now, Site, Texts, ThePrivacy
from examples.fastapi_app.page import notice
from examples.shop.sql.tables import NewsletterEntry

router = APIRouter(default_response_class=Response)


@router.post("/newsletter")
def sign_up(
    request: Request,
    form: FilledIn,
    privacy: ThePrivacy,
    database: Database,
    language: Language,
    site: Site,
    texts: Texts,
    now: Now,
) -> Response:
    email = form.email()
    if form.mistakes:
        return notice(request, texts["newsletter"], " ".join(form.explain(texts)), 422)
    if database.scalar(select(NewsletterEntry).where(NewsletterEntry.email == email)) is None:
        database.add(NewsletterEntry(email=email, language=language, asked_at=now, confirmed_at=None))
        database.commit()
    privacy.mail.ask(email, "newsletter", language=language, url=f"{site}u/")
    # The same answer for who is subscribed already: a stranger learns nothing from it.
    return notice(request, texts["newsletter"], texts["newsletter_pending"])
