"""What the views share: options, clock, catalogue, texts and mailer for the app; a database session for the request."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, current_app, g, request, session
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from examples.shop.clock import Clock
from examples.shop.links import signed_links
from examples.shop.mails import Mail
from examples.shop.options import Options
from examples.shop.outbox import plain_mail
from examples.shop.site import site_of
from examples.shop.sql.shop import Shop, open_shop
from examples.shop.sql.tables import Customer
from shopprivacy import Privacy
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import MailPurpose
from shopprivacy.policy import Controller


def init_app(app: Flask, options: Options, clock: Clock, controller: Controller) -> None:
    """Give the app its shop."""
    app.extensions["shop"] = open_shop(options, clock, controller)
    app.teardown_appcontext(_close_database)


def shop() -> Shop:
    """Return the current app's shop."""
    found: Shop = current_app.extensions["shop"]
    return found


def database() -> Session:
    """Return the request's database session; what is not committed is rolled back at its end."""
    if "database" not in g:
        g.database = Session(shop().engine)
    opened: Session = g.database
    return opened


def _close_database(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("database", None)
    if opened is not None:
        opened.close()


def send(mail: Mail, purpose: MailPurpose | str | None = None) -> Outcome:
    """Send a mail through the gate; return whether it was sent, or why it was held."""
    return privacy().mail.send(plain_mail(mail, now=now()), purpose)


def now() -> datetime:
    """Return the time in the shop, in UTC."""
    return shop().clock.now()


def current_customer() -> Customer | None:
    """Return the customer who is logged in."""
    if "customer_id" not in session:
        return None
    return database().get(Customer, session["customer_id"])


def privacy() -> Privacy:
    """Return the current app's privacy."""
    found: Privacy = current_app.extensions["shopprivacy"].privacy
    return found


def site() -> str:
    """Return the address that links in mails begin with."""
    return site_of(privacy(), request.url_root)


def links(purpose: str) -> URLSafeTimedSerializer:
    """Return the signer for the links of one purpose; a link for one cannot be used for another."""
    return signed_links(current_app.config["SECRET_KEY"], purpose, now)
