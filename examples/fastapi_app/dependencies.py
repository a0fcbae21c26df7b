"""What endpoints ask for: the shop, a database session, who is logged in, the language, the cart, a filled-in form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from itsdangerous import URLSafeTimedSerializer
from pwdlib import PasswordHash
from sqlalchemy.orm import Session

from examples.shop.cart import read_cart
from examples.shop.forms import Form
from examples.shop.links import signed_links
from examples.shop.mails import Mail
from examples.shop.outbox import plain_mail
from examples.shop.site import site_of
from examples.shop.sql.shop import Shop
from examples.shop.sql.tables import Customer
from examples.shop.texts import accepted_languages, choose_language
from shopprivacy import Privacy
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import MailPurpose


async def shop_of(request: Request) -> Shop:
    """Return the app's shop."""
    shop: Shop = request.app.state.shop
    return shop


TheShop = Annotated[Shop, Depends(shop_of)]


async def privacy_of(request: Request) -> Privacy:
    """Return the app's privacy."""
    privacy: Privacy = request.app.state.privacy
    return privacy


ThePrivacy = Annotated[Privacy, Depends(privacy_of)]


async def passwords_of(request: Request) -> PasswordHash:
    """Return what hashes the app's passwords."""
    passwords: PasswordHash = request.app.state.passwords
    return passwords


Passwords = Annotated[PasswordHash, Depends(passwords_of)]


async def now(shop: TheShop) -> datetime:
    """Return the time in the shop, in UTC."""
    return shop.clock.now()


Now = Annotated[datetime, Depends(now)]


def open_session(shop: TheShop) -> Iterator[Session]:
    """Open the request's database session; what is not committed is rolled back at its end."""
    with Session(shop.engine) as session:
        yield session


Database = Annotated[Session, Depends(open_session)]


def current_customer(request: Request, database: Database) -> Customer | None:
    """Return the customer who is logged in."""
    if "customer_id" not in request.session:
        return None
    return database.get(Customer, request.session["customer_id"])


CurrentCustomer = Annotated[Customer | None, Depends(current_customer)]


def language_of(request: Request) -> str:
    """Return the language of this request: what the address or the visitor chose, else the browser's, else Dutch."""
    return choose_language(
        request.query_params.get("lang") or request.cookies.get("lang"),
        accepted_languages(request.headers.get("Accept-Language", "")),
    )


async def language(request: Request) -> str:
    """Return the language of this request."""
    return language_of(request)


Language = Annotated[str, Depends(language)]


async def texts(shop: TheShop, language: Language) -> Mapping[str, str]:
    """Return the shop's words in the language of this request."""
    return shop.texts[language]


Texts = Annotated[Mapping[str, str], Depends(texts)]


async def cart(request: Request, shop: TheShop) -> dict[str, int]:
    """Return the cart of the ``cart`` cookie."""
    return read_cart(request.cookies.get("cart", ""), shop.catalogue)


Cart = Annotated[dict[str, int], Depends(cart)]


async def filled_in(request: Request) -> Form:
    """Return the form that was sent; its fields are read, and their mistakes told, by the endpoint."""
    return Form({name: value for name, value in (await request.form()).items() if isinstance(value, str)})


FilledIn = Annotated[Form, Depends(filled_in)]


async def ticked_mails(request: Request) -> list[str]:
    """Return the marketing purposes whose boxes were ticked."""
    return [value for value in (await request.form()).getlist("mails") if isinstance(value, str)]


TickedMails = Annotated[list[str], Depends(ticked_mails)]


async def site(request: Request, privacy: ThePrivacy) -> str:
    """Return the address that links in mails begin with."""
    return site_of(privacy, str(request.base_url))


Site = Annotated[str, Depends(site)]


Sender = Callable[..., Outcome]


async def sender(privacy: ThePrivacy, now: Now) -> Sender:
    """Return what sends a mail through the gate: it says whether it was sent, or why it was held."""

    def send(mail: Mail, purpose: MailPurpose | str | None = None) -> Outcome:
        return privacy.mail.send(plain_mail(mail, now=now), purpose)

    return send


Send = Annotated[Sender, Depends(sender)]


def links(request: Request, purpose: str) -> URLSafeTimedSerializer:
    """Return the signer for the links of one purpose; a link for one cannot be used for another."""
    return signed_links(request.app.state.secret, purpose, request.app.state.shop.clock.now)
