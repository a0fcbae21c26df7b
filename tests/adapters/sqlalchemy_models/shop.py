"""A shop of these models, as a server names it: ``tests.adapters.sqlalchemy_models.shop:create_app``."""

from __future__ import annotations

import atexit
from typing import Any

from flask import Flask
from starlette.applications import Starlette
from starlette.middleware import Middleware

from shopprivacy import Privacy
from shopprivacy.adapters.flask import ShopPrivacy
from shopprivacy.adapters.sqlalchemy import seal_models
from shopprivacy.adapters.starlette import PrivacyMiddleware
from shopprivacy.policy import Policy
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import sample_keyset
from tests.adapters.sqlalchemy_models import Base
from tests.policy.files import base_with
from tests.sealing.shop import Keys

privacy = Privacy(
    Policy(**base_with()),
    keyset=sample_keyset(),
    store=MemoryStore(),
    subject_keys=Keys(),
    analytics="nowhere",
)
unsealed = Privacy(Policy(**base_with()), keyset=sample_keyset(), store=MemoryStore(), analytics="nowhere")
atexit.register(privacy.close)
atexit.register(unsealed.close)


def create_app() -> Flask:
    """The shop in Flask."""
    app = Flask(__name__)
    ShopPrivacy(app, privacy)
    seal_models(Base, privacy.sealing)
    return app


def needs(_: Any) -> None:
    """No factory: it has a parameter."""


starlette = Starlette(middleware=[Middleware(PrivacyMiddleware, privacy=privacy)])
nothing = Flask("nothing")
