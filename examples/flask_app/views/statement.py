"""The privacy statement, drawn from the policy itself: who, what for, and where to choose."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from examples.flask_app.page import language
from shopprivacy import Privacy

views = Blueprint("statement", __name__)


@views.get("/privacy")
def show() -> str:
    privacy: Privacy = current_app.extensions["shopprivacy"].privacy
    texts = privacy.policy.text(language())
    return render_template(
        "statement.html",
        policy=privacy.policy,
        purposes=[
            (texts.purpose(name), texts.keep(purpose.keep) if purpose.keep else None)
            for name, purpose in privacy.policy.purposes.items()
        ],
        effective=texts.date(privacy.policy.effective),
    )
