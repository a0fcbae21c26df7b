"""The example shop in Flask."""

from __future__ import annotations

from flask import Flask, session

from examples.flask_app import page, state
from examples.flask_app.views import (
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
from examples.shop.sql.tables import Table
from examples.shop.suggestions import suggests
from shopprivacy import Privacy
from shopprivacy.adapters.flask import ShopPrivacy
from shopprivacy.adapters.sqlalchemy import seal_models


def create_app(options: Options) -> Flask:
    """Build the shop: its views, and around them the library that keeps its privacy promises."""
    app = Flask(__name__, static_folder="../shop/static", template_folder="../shop/templates")
    app.config.update(
        SECRET_KEY=read_secret(options),
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
        PASSWORD_METHOD="scrypt:1024:8:1" if options.hashes_cheaply else "scrypt",
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
    gate = ShopPrivacy(app, privacy, customer=lambda: session.get("customer_id"), layout="privacy.html")

    state.init_app(app, options, clock, privacy.policy.controller)
    privacy.mail.transport = app.extensions["shop"].mailer.send
    page.init_app(app)
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
        app.register_blueprint(module.views)
    if options.has_demo_routes:
        app.register_blueprint(demo.views)
    gate.check()
    privacy.take_over_logs()  # the shop's own and gunicorn's
    return app
