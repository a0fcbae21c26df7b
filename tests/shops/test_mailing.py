"""The operator's mailings."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.shops.actions import new_address, register
from tests.shops.mail_promises import PROMISES, operator
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

pytestmark = pytest.mark.stateful


def test_mailing_is_for_the_operator(shop: RunningShop, visitor: Visitor) -> None:
    """Only who has the log-in of operator.txt sees the page; the file is for its owner's eyes."""
    assert visitor.get("/admin/mailing").status == 401
    wrong = Visitor(shop, headers={"Authorization": f"Basic {b64encode(b'operator:guess').decode()}"})
    assert wrong.post("/admin/mailing").status == 401
    assert operator(shop).get("/admin/mailing").status == 200
    assert (shop.data / "operator.txt").stat().st_mode & 0o777 == 0o600


def test_a_mailing_that_is_not_complete_is_not_sent(shop: RunningShop, visitor: Visitor) -> None:
    """Without a subject, or for a purpose that is not offered, nobody gets anything."""
    email = new_address()
    register(visitor, email)
    form = operator(shop).get("/admin/mailing").form("/admin/mailing")
    assert operator(shop).submit(form, subject="", message="Twenty per cent off").status == 422
    fields = {"purpose": "anything", "subject": "Sale", "message": "Twenty per cent off"}
    assert operator(shop).post("/admin/mailing", fields).status == 422
    assert shop.mails(email) == []


@pytest.mark.parametrize("promise", PROMISES)
def test_mail_keeps_promise(shop: RunningShop, promise: str) -> None:
    """Each promise about mail holds in the shop."""
    PROMISES[promise](shop)
