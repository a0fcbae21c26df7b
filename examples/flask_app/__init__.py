"""The example shop in Flask."""

from __future__ import annotations

from flask import Flask

from examples.flask_app import page, state
from examples.flask_app.views import (
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
)
from examples.shop.first_start import read_secret
from examples.shop.options import Options


def create_app(options: Options) -> Flask:
    """Build the shop: its views, and around them the library that keeps its privacy promises."""
    app = Flask(__name__, static_folder="../shop/static")
    app.config.update(
        SECRET_KEY=read_secret(options),
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    state.init_app(app, options)
    page.init_app(app)
    for module in (catalogue, lists, cart, checkout, account, newsletter, contact, for_you, mailing):
        app.register_blueprint(module.views)
    if options.has_demo_routes:
        app.register_blueprint(demo.views)
    return app
