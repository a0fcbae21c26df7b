"""The operator's mailings."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.shops.actions import new_address, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

pytestmark = pytest.mark.stateful


def _operator(shop: RunningShop) -> Visitor:
    log_in = (shop.data / "operator.txt").read_text().strip()
    return Visitor(shop, headers={"Authorization": f"Basic {b64encode(log_in.encode()).decode()}"})


def test_mailing_is_for_the_operator(shop: RunningShop, visitor: Visitor) -> None:
    """Only who has the log-in of operator.txt sees the page; the file is for its owner's eyes."""
    assert visitor.get("/admin/mailing").status == 401
    wrong = Visitor(shop, headers={"Authorization": f"Basic {b64encode(b'operator:guess').decode()}"})
    assert wrong.post("/admin/mailing").status == 401
    assert _operator(shop).get("/admin/mailing").status == 200
    assert (shop.data / "operator.txt").stat().st_mode & 0o777 == 0o600


def test_mailing_goes_to_customers(shop: RunningShop, visitor: Visitor) -> None:
    """The shop itself asks nobody: its campaign goes to every address it has."""
    email = new_address()
    register(visitor, email)
    operator = _operator(shop)
    form = operator.get("/admin/mailing").form("/admin/mailing")
    assert operator.submit(form, subject="", message="Twenty per cent off").status == 422
    assert shop.mails(email) == []
    assert operator.submit(form, subject="Sale", message="Twenty per cent off").status == 200
    [mail] = shop.mails(email)
    assert mail["Subject"] == "Sale"


def test_mailing_needs_a_purpose_that_exists(shop: RunningShop) -> None:
    """A campaign for a purpose that is not offered is not sent."""
    fields = {"purpose": "anything", "subject": "Sale", "message": "Twenty per cent off"}
    assert _operator(shop).post("/admin/mailing", fields).status == 422
