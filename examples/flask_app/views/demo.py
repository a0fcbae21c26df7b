"""What only a shop under test has (``--clock``): moving its clock, and seeing what reached this code, and where."""

from __future__ import annotations

import os
from typing import NoReturn
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request

from examples.flask_app.state import now, shop
from examples.shop.options import moment

views = Blueprint("demo", __name__, url_prefix="/_demo")


@views.get("/seen")
def seen() -> dict[str, list[str]]:
    """Return the names of the cookies that reached the shop on this request."""
    return {"cookies": list(request.cookies)}


@views.get("/clock")
def clock() -> dict[str, str]:
    return {"now": now().isoformat()}


@views.post("/clock")
def move() -> dict[str, str]:
    """Make it ``now`` in the shop, for all workers."""
    try:
        shop().clock.set(moment(request.form.get("now", "")))
    except ValueError:
        abort(400)
    return clock()


@views.post("/fail")
def fail() -> NoReturn:
    """Fail over what somebody typed, as code does that nobody has tried with it."""
    note = request.form.get("note", "")
    current_app.logger.warning("what is this: %r", note, extra={"note": note})
    raise ValueError(note)


@views.after_app_request
def say_what_was_seen(response: Response) -> Response:
    """Say on every page which cookies reached the shop and which worker answered, for tests that look at pages."""
    response.headers["X-Demo-Seen"] = ",".join(quote(name) for name in request.cookies)
    response.headers["X-Demo-Worker"] = str(os.getpid())
    return response
