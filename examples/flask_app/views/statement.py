"""The privacy statement."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from examples.flask_app.page import language
from examples.shop.statement import statement
from shopprivacy import Privacy

views = Blueprint("statement", __name__)


@views.get("/privacy")
def show() -> str:
    privacy: Privacy = current_app.extensions["shopprivacy"].privacy
    return render_template("statement.html", **statement(privacy.policy, language()))
