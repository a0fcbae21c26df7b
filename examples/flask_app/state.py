"""What the views share: options, clock, catalogue, texts and outbox for the app; a database session for the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g, session
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from examples.shop.catalogue import Item, read_catalogue
from examples.shop.clock import Clock
from examples.shop.options import Options
from examples.shop.outbox import Outbox
from examples.shop.sql.database import open_database
from examples.shop.sql.tables import Customer
from examples.shop.texts import read_texts


@dataclass(frozen=True, slots=True)
class Shop:
    """What stays the same from request to request."""

    options: Options
    clock: Clock
    engine: Engine
    catalogue: Mapping[str, Item]
    texts: Mapping[str, Mapping[str, str]]
    outbox: Outbox


def init_app(app: Flask, options: Options, clock: Clock) -> None:
    """Give the app its shop."""
    app.extensions["shop"] = Shop(
        options=options,
        clock=clock,
        engine=open_database(options.database_url),
        catalogue=read_catalogue(),
        texts=read_texts(),
        outbox=Outbox(options.data / "outbox"),
    )
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


def now() -> datetime:
    """Return the time in the shop, in UTC."""
    return shop().clock.now()


def current_customer() -> Customer | None:
    """Return the customer who is logged in."""
    if "customer_id" not in session:
        return None
    return database().get(Customer, session["customer_id"])


class _ByTheShopsClock(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(now().timestamp())


def links(purpose: str) -> URLSafeTimedSerializer:
    """Return the signer for the links of one purpose; a link for one cannot be used for another."""
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=purpose, signer=_ByTheShopsClock)
