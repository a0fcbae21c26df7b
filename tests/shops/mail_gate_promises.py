"""What the shops promise about all of their mail, while their code sends everything to everyone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from secrets import token_bytes

from examples.shop.clock import in_utc

from shopprivacy.crypto import Keyset
from shopprivacy.decision import Action
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.mail.address import subject_of
from shopprivacy.storage.sql import SqlStore
from tests import forked
from tests.shops.actions import PASSWORD, fill_cart, link_in, log_in, new_address, order, register
from tests.shops.mail_promises import (
    campaign,
    confirm,
    operator,
    reaches,
    received,
    subscribed,
    unsubscribe_path,
)
from tests.shops.running import REPOSITORY, RunningShop
from tests.shops.visitor import Reply, Visitor

ADVERTISING = "AGAIN20"
"""What the careless shop puts at the end of every mail about an order."""
MARKETING = ("newsletter", "promotions", "cart_reminder")


def end_all(shop: RunningShop, address: str) -> None:
    """Unsubscribe, and object to all direct marketing, by the link in a mail."""
    [mail] = received(shop, address, campaign(shop, "promotions"))
    assert Visitor(shop).post(unsubscribe_path(mail), {"stop": "direct_marketing"}).status == 200


def place(shop: RunningShop, visitor: Visitor, address: str) -> str:
    """Order a vase; return the number of the order."""
    fill_cart(visitor)
    assert visitor.follow(order(visitor, address)).status == 200
    [*_, number] = shop.numbers("order", address)
    [(found,)] = shop.rows('SELECT number FROM "order" WHERE id = ?', number)
    return str(found)


def write_about(shop: RunningShop, number: str, kind: str) -> Reply:
    """Let the operator write about an order."""
    form = operator(shop).get("/admin/mailing").form("/admin/orders")
    return operator(shop).submit(form, order_number=number, order_message_kind=kind)


def about(shop: RunningShop, address: str, number: str) -> list[EmailMessage]:
    """The mails that an address got about an order."""
    return [mail for mail in shop.mails(address) if number in str(mail["Subject"])]


def order_mail_still_arrives(shop: RunningShop) -> None:
    """D37: after unsubscribing and objecting, the order is confirmed, and the advertising in its mail is not."""
    visitor, address = subscribed(shop)
    end_all(shop, address)
    number = place(shop, visitor, address)
    [confirmation] = about(shop, address, number)
    assert "F" + number in confirmation.get_content()
    assert ADVERTISING not in confirmation.get_content()
    assert "marketing" not in confirmation.get_content()
    assert not reaches(shop, address, "promotions")


def payment_reminders_still_arrive(shop: RunningShop) -> None:
    """K07: a reminder is no advertising, and has none in it."""
    visitor, address = subscribed(shop)
    end_all(shop, address)
    number = place(shop, visitor, address)
    assert write_about(shop, number, "reminder").status == 200
    [_, reminder] = about(shop, address, number)
    assert ADVERTISING not in reminder.get_content()


def progress_still_arrives(shop: RunningShop) -> None:
    """O05: what becomes of an order is told whatever was chosen about advertising."""
    visitor, address = subscribed(shop)
    end_all(shop, address)
    number = place(shop, visitor, address)
    reply = write_about(shop, number, "shipped")
    assert reply.status == 200
    [_, shipped] = about(shop, address, number)
    assert ADVERTISING not in shipped.get_content()
    assert "List-Unsubscribe" not in shipped


def older_orders_wait_for_the_operator(shop: RunningShop) -> None:
    """O09: order mail is always sent; where a restriction forbids it, the operator is told, and new orders go on."""
    visitor, address = Visitor(shop), new_address()
    register(visitor, address)
    old = place(shop, visitor, address)
    assert write_about(shop, old, "shipped").status == 200
    restrict(shop, address, old)
    told = write_about(shop, old, "reminder")
    assert told.status == 200
    assert re.search(r"(Held|Tegengehouden).*: 1\b", told.text)
    assert len(about(shop, address, old)) == 2
    new = place(shop, visitor, address)
    assert write_about(shop, new, "shipped").status == 200
    assert len(about(shop, address, new)) == 2


def restrict(shop: RunningShop, address: str, number: str) -> None:
    """Restrict, right after an order, what is done with its customer's data, as customer service would do it."""
    [(placed,)] = shop.rows('SELECT placed_at FROM "order" WHERE number = ?', number)
    at = in_utc(datetime.fromisoformat(str(placed))) + timedelta(milliseconds=1)
    if "django_migrations" in shop.columns():
        restrict_by_django(shop, address, at)
        return
    keyset, store = LocalKeyFile(shop.keys).load(), SqlStore(shop.store)
    try:
        Ledger(store, keyset, token_bytes).append([restriction(keyset, address, at)])
    finally:
        store.close()


def restriction(keyset: Keyset, address: str, at: datetime) -> Entry:
    """The row of an address that had everything restricted."""
    who, version = subject_of(keyset, address, country="NL"), "2026-01-01.00000000"
    return Entry(at, who, None, Action.RESTRICTED, version, None, None, CollectionMethod.OPERATOR)


def restrict_by_django(shop: RunningShop, address: str, at: datetime) -> None:
    """The same, where the tables are Django's."""
    code = (
        "from datetime import datetime; from shopprivacy.adapters.django import get_privacy; "
        "from tests.shops.mail_gate_promises import restriction; privacy = get_privacy(); "
        f"at = datetime.fromisoformat({at.isoformat()!r}); "
        f"privacy.ledger.append([restriction(privacy.keyset, {address!r}, at)]); privacy.close()"
    )
    own = {"SHOP_DATA": str(shop.data), "SHOP_KEYS": str(shop.keys), "SHOP_STORE": shop.store}
    command = ["-m", "examples.django_app.manage", "shell", "-c", code]
    done = forked.run(command, cwd=REPOSITORY, env={**os.environ, **own})
    assert done.returncode == 0, done.stderr


def no_mail_asks_for_a_password(shop: RunningShop) -> None:
    """D42: a campaign that does reaches nobody, and the operator reads why."""
    _, address = subscribed(shop)
    before, who = len(shop.mails(address)), operator(shop)
    form = who.get("/admin/mailing").form("/admin/mailing")
    for text in ("Stuur ons uw wachtwoord.", "Please send us a copy of your passport."):
        reply = who.submit(form, purpose="newsletter", subject="Uw account", message=text)
        assert reply.status == 200
        assert re.search(r"wachtwoord|password", reply.text.partition('role="status"')[2][:400])
    assert len(shop.mails(address)) == before
    assert reaches(shop, address, "newsletter")


def personal_advertising_has_its_link(shop: RunningShop) -> None:
    """D50: each kind of it, and each recipient has a link of their own that ends that kind."""
    for purpose in MARKETING:
        _, one = subscribed(shop)
        _, other = subscribed(shop)
        if purpose == "cart_reminder":
            for address in (one, other):
                save_cart(shop, address)
        subject = campaign(shop, purpose)
        [mail], [another] = (received(shop, address, subject) for address in (one, other))
        path = unsubscribe_path(mail)
        assert path in mail.get_content()
        assert path != unsubscribe_path(another)
        Visitor(shop).post(path)
        assert [reaches(shop, address, purpose) for address in (one, other)] == [False, True]


def save_cart(shop: RunningShop, address: str) -> None:
    """Save a cart, and confirm that a reminder of it is wanted."""
    visitor = Visitor(shop)
    form = fill_cart(visitor).form("/cart/save")
    assert visitor.submit(form, ("remind", "yes"), email=address).status == 200
    [asked] = [mail for mail in shop.mails(address)[-2:] if "/privacy/confirm/" in mail.get_content()]
    assert confirm(visitor, link_in(asked, shop)).status == 200


def who_objects_is_missing_from_the_next(shop: RunningShop) -> None:
    """S13, own mail: an objection to direct marketing holds for every campaign from then on, whatever it is for."""
    _, address = subscribed(shop)
    assert [reaches(shop, address, name) for name in ("newsletter", "promotions")] == [True, True]
    end_all(shop, address)
    assert [reaches(shop, address, name) for name in MARKETING] == [False, False, False]


def password_and_contact_mails_arrive(shop: RunningShop) -> None:
    """D37: whoever has ended all marketing gets a new password, by a link that works once, and an answer."""
    _, address = subscribed(shop)
    end_all(shop, address)
    visitor = Visitor(shop)
    assert visitor.submit(visitor.get("/forgot").form("/forgot"), email=address).status == 200
    path = link_in(shop.mails(address)[-1], shop)
    form = visitor.get(path).form(path)
    assert visitor.submit(form, password="short").status == 422
    assert visitor.submit(form, password=PASSWORD[::-1]).status == 200
    assert visitor.get(path).status == 404
    assert log_in(visitor, address).status == 401
    assert visitor.get(f"{path[:-3]}xyz").status == 404
    stranger, before = new_address(), len(shop.mails(address))
    assert visitor.submit(visitor.get("/forgot").form("/forgot"), email=stranger).status == 200
    assert shop.mails(stranger) == []
    form = visitor.get("/contact").form("/contact")
    sent = visitor.submit(form, name="An Peeters", email=address, subject="Vraag", message="Hebt u ook rode?")
    assert sent.status == 200
    assert len(shop.mails(address)) == before + 1


PROMISES: dict[str, Callable[[RunningShop], None]] = {
    promise.__name__: promise
    for promise in (
        order_mail_still_arrives,
        payment_reminders_still_arrive,
        progress_still_arrives,
        older_orders_wait_for_the_operator,
        no_mail_asks_for_a_password,
        personal_advertising_has_its_link,
        who_objects_is_missing_from_the_next,
        password_and_contact_mails_arrive,
    )
}
STATEFUL = (
    "order_mail_still_arrives",
    "who_objects_is_missing_from_the_next",
    "password_and_contact_mails_arrive",
)
"""What depends on what the shop's database keeps. Moments of orders are not among it: MariaDB keeps whole seconds."""
BROKEN_WITHOUT = tuple(name for name in PROMISES if name != "password_and_contact_mails_arrive")
"""What fails where the library is taken out of the shop's mail."""
