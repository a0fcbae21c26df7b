"""What only a shop under test has (``--clock``): moving its clock, and seeing what reached this code, and where."""

from __future__ import annotations

import logging
import os
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request, Response

from examples.fastapi_app.dependencies import TheShop
from examples.fastapi_app.page import Next
from examples.shop.options import moment

log = logging.getLogger("examples.fastapi_app")
router = APIRouter(prefix="/_demo")


@router.get("/seen")
def seen(request: Request) -> dict[str, list[str]]:
    """Return the names of the cookies that reached the shop on this request."""
    return {"cookies": list(request.cookies)}


@router.get("/clock")
def clock(shop: TheShop) -> dict[str, str]:
    return {"now": shop.clock.now().isoformat()}


@router.post("/clock")
def move(shop: TheShop, now: Annotated[str, Form()]) -> dict[str, str]:
    """Make it ``now`` in the shop, for all workers."""
    try:
        shop.clock.set(moment(now))
    except ValueError:
        raise HTTPException(400) from None
    return clock(shop)


@router.post("/fail")
def fail(note: Annotated[str, Form()]) -> None:
    """Fail over what somebody typed, as code does that nobody has tried with it."""
    log.warning("what is this: %r", note, extra={"note": note})
    raise ValueError(note)


async def say_what_was_seen(request: Request, call_next: Next) -> Response:
    """Say on every page which cookies reached the shop and which worker answered, for tests that look at pages."""
    response = await call_next(request)
    response.headers["X-Demo-Seen"] = ",".join(quote(name) for name in request.cookies)
    response.headers["X-Demo-Worker"] = str(os.getpid())
    return response
