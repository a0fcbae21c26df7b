"""The example shop in FastAPI."""

from __future__ import annotations

from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.middleware.sessions import SessionMiddleware

from examples.fastapi_app import page
from examples.fastapi_app.routers import (
    about_orders,
    account,
    cart,
    catalogue,
    checkout,
    contact,
    demo,
    for_you,
    lists,
    mailing,
    newsletter,
    passwords,
    statement,
)
from examples.shop.clock import Clock
from examples.shop.first_start import read_secret
from examples.shop.options import Options
from examples.shop.sql.shop import open_shop
from examples.shop.sql.tables import Table
from examples.shop.suggestions import suggests
from shopprivacy import Privacy
from shopprivacy.adapters.fastapi import PrivacyMiddleware, privacy_router
from shopprivacy.adapters.sqlalchemy import seal_models

STATIC = Path(__file__).parent.parent / "shop" / "static"


def create_app(options: Options) -> FastAPI:
    """Build the shop: its routers, and around them the library that keeps its privacy promises."""
    # The pages under /docs would load their scripts from a third party.
    app = FastAPI(
        title="A small webshop",
        docs_url=None,
        redoc_url=None,
        max_body_size=64 * 1024,
        dependencies=[Depends(page.refuse_forged_forms)],
    )
    clock = Clock(options.data, movable=options.has_demo_routes)
    privacy = Privacy.from_file(
        options.policy,
        keys=options.keys,
        store=options.database_url,
        journal=options.data / "privacy-journal.sqlite3",
        clock=clock.now,
        analytics=options.data / "analytics",
        salts=options.data / "salts.sqlite3",
    )
    seal_models(Table, privacy.sealing)
    secret = read_secret(options)
    app.state.shop = open_shop(options, clock, privacy.policy.controller)
    app.state.privacy = privacy
    privacy.mail.transport = app.state.shop.mailer.send
    app.state.passwords = (
        PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
        if options.hashes_cheaply
        else PasswordHash.recommended()
    )
    app.state.secret = secret

    for module in (
        catalogue,
        lists,
        cart,
        checkout,
        account,
        passwords,
        newsletter,
        contact,
        mailing,
        about_orders,
        statement,
        *((for_you,) if suggests(privacy.policy) else ()),
    ):
        app.include_router(module.router)
    app.include_router(privacy_router(privacy))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    if options.has_demo_routes:
        app.include_router(demo.router)
        app.middleware("http")(demo.say_what_was_seen)
    page.init_app(app)
    app.add_middleware(SessionMiddleware, secret_key=secret)
    # Added last, so outermost: nothing that sets a cookie stands outside it.
    app.add_middleware(
        PrivacyMiddleware,
        privacy=privacy,
        customer=lambda request: request.session.get("customer_id"),
        templates=page.templates,
        layout="privacy.html",
    )
    privacy.take_over_logs()  # the shop's own and uvicorn's
    return app
