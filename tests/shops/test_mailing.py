"""The operator's mailings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from re import search
from typing import Any

import pytest

from shopprivacy.mail.wire import check_wire
from tests.mail.inbox import open_server
from tests.shops import mail_gate_promises, mail_promises
from tests.shops.actions import fill_cart, new_address, order, register
from tests.shops.conftest import SHOPS, StartShop
from tests.shops.mail_promises import campaign, confirm, operator
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor


def cases(promises: Iterable[str], stateful: Iterable[str]) -> list[Any]:
    """Each promise; those that depend on what the database keeps are held on every database."""
    return [pytest.param(one, marks=pytest.mark.stateful) if one in stateful else one for one in promises]


@pytest.fixture(scope="module")
def shop(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop with no customers but those of these tests: a campaign goes to all of them."""
    with running(SHOPS[framework], tmp_path_factory.mktemp(f"mailing-{framework}")) as started:
        yield started


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


@pytest.mark.parametrize("promise", cases(mail_promises.PROMISES, mail_promises.STATEFUL))
def test_mail_keeps_promise(shop: RunningShop, promise: str) -> None:
    """Each promise about mail holds in the shop."""
    mail_promises.PROMISES[promise](shop)


@pytest.mark.parametrize("promise", cases(mail_gate_promises.PROMISES, mail_gate_promises.STATEFUL))
def test_mail_gate_keeps_promise(shop: RunningShop, promise: str) -> None:
    """D37, K07, O05, O09, D42, D50, S13: each holds in the shop, whose code sends everything to everyone."""
    mail_gate_promises.PROMISES[promise](shop)


@pytest.mark.stateful
def test_mail_goes_to_a_server(start_shop: StartShop) -> None:
    """With --smtp: an order's mail and a campaign's arrive there, with the header fields whole."""
    with open_server() as (inbox, port):
        shop = start_shop("--smtp", f"127.0.0.1:{port}")
        visitor, address = Visitor(shop), new_address()
        form = visitor.get("/").form("/newsletter")
        assert visitor.submit(form, email=address).status == 200
        [asked] = inbox.messages
        path = search(rb"/privacy/confirm/\S+", asked.replace(b"=\r\n", b""))
        assert path
        assert confirm(visitor, path[0].decode()).status == 200
        campaign(shop, "newsletter")
        # https is for the world; this machine needs none.
        check_wire(inbox.messages[-1].replace(b"<http://127.0.0.1", b"<https://shop.example"))
        fill_cart(visitor)
        assert visitor.follow(order(visitor, address)).status == 200
        assert b"List-Unsubscribe" not in inbox.messages[-1]
        assert len(inbox.messages) == 3
        assert list((shop.data / "outbox").iterdir()) == []
