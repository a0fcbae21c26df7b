"""The promises about logs, each as one function over any shop: `test_logs` runs them, without the library they fail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from tests.analytics.canaries import CANARIES, SECRET
from tests.shops.actions import fill_cart, log_in, new_address, order, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

LOGS: Final = ("access.log", "app.log")
_PATIENCE = 10.0
_TIME: Final = re.compile(r"\b20[0-9]{2}[-:].*?\b[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\b")
"""A year and a time of day, as access logs and application logs write them."""


def written(shop: RunningShop, *marks: str) -> Mapping[str, str]:
    """Both logs, once they hold each of ``marks``: the server writes its line after the answer."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        logs = {name: shop.log(name) for name in LOGS}
        if all(mark in log for mark in marks for log in logs.values()) or time.monotonic() > deadline:
            return logs
        time.sleep(0.05)  # waiting is not to keep the shop busy


def files(shop: RunningShop) -> Iterator[tuple[str, bytes]]:
    """Every file that the shop has written, but for its database and its mails."""
    for path in shop.data.rglob("*"):
        if path.is_file() and not path.name.startswith("shop.sqlite3") and path.parent.name != "outbox":
            yield path.name, path.read_bytes()
    yield "stderr.txt", (shop.data.parent / "stderr.txt").read_bytes()


def usage_data_is_reduced(shop: RunningShop) -> None:
    """D08: of address, page and browser a log holds what is declared, and the request once."""
    visitor = Visitor(
        shop, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"}
    )
    mark = new_address().partition("@")[0]
    visitor.get(f"/d08-{mark}?extra={mark}x&page=2")
    for name, log in written(shop, mark).items():
        (line,) = [line for line in log.splitlines() if f"/d08-{mark}" in line and "Not Found" not in line]
        assert f"/d08-{mark}?page=2" in line, name
        assert "extra" not in line, name
        assert visitor.address not in line, name
        assert "Gecko" not in line, name
        assert "404" in line, name


def passwords_are_in_no_log(shop: RunningShop) -> None:
    """O11: what somebody logs in with is in no log and no other file, wherever it was typed by mistake."""
    email = new_address()
    visitor = Visitor(shop)
    register(visitor, email)
    log_in(visitor, email)
    visitor.get(f"/login?email={quote(email)}&password={SECRET}")
    visitor.get(f"/?Password={SECRET}&page=11")
    written(shop, "page=11")
    for name, content in files(shop):
        assert SECRET.encode() not in content, name
        assert email.encode() not in content, name


def nothing_points_to_a_visitor(shop: RunningShop) -> None:
    """O14: no address and no other canary is in any file that a visit leaves, in whatever part of a request it came."""
    mark = new_address().partition("@")[0]
    headers = {
        "User-Agent": f"canary/1 {CANARIES['e-mail']}",
        "X-Note": CANARIES["JWT"],
        # The library reads no forwarding header: a client may write anything there.
        "X-Forwarded-For": CANARIES["IPv4"],
        "Forwarded": f"for={CANARIES['IPv4']}",
    }
    visitor = Visitor(shop, headers=headers)
    for number, canary in enumerate(CANARIES.values()):
        encoded = quote(canary, safe="%@+=:")
        visitor.get(f"/o14/{encoded}/{mark}{number}?q={encoded}&page={encoded}")
        visitor.post("/contact", {"name": canary, "email": canary, "message": canary, "token": canary})
        visitor.post("/login", {"email": canary, "password": SECRET}, {"Referer": f"{shop.url}/?x={encoded}"})
        assert visitor.post("/_demo/fail", {"note": canary}).status == 500
    for name in ("password", "token", "session", "_ga"):
        value = {"Cookie": f"{name}={SECRET}; cart=1", "Authorization": f"Bearer {SECRET}"}
        Visitor(shop, headers=value).get(f"/o14/{mark}?{name}={SECRET}&page=1")
        assert visitor.post("/_demo/fail", {"note": f"{name}={SECRET}", name: SECRET}).status == 500
    last = f"/o14/end-{mark}"
    visitor.get(last)
    for name, log in written(shop, last).items():
        assert visitor.address not in log, name
        assert last in log, name
    everything = dict(files(shop))
    assert sum(content.count(b"Traceback") for content in everything.values()) >= len(CANARIES)
    assert everything["app.log"].count(b"what is this: ") >= len(CANARIES)
    for name, content in everything.items():
        assert [kind for kind, canary in CANARIES.items() if canary.encode() in content] == [], name
        assert SECRET.encode() not in content, name


def account_numbers_are_in_no_log(shop: RunningShop) -> None:
    """K04: an IBAN, with blanks or in lower case, is in no log line; a number that only looks like one stays."""
    visitor, mark = Visitor(shop), new_address().partition("@")[0]
    for number in (
        "NL91ABNA0417164300",
        "nl91abna0417164300",
        "NL91%20ABNA%200417%201643%2000",
        "NL91-ABNA-0417-1643-00",
    ):
        visitor.get(f"/k04/{number}/{mark}")
    visitor.post("/login", {"email": "NL91 ABNA 0417 1643 00", "password": "x"})
    visitor.get(f"/k04/NL92ABNA0417164300/end-{mark}")
    for name, log in written(shop, f"end-{mark}").items():
        squeezed = log.lower().replace("%20", "").replace(" ", "").replace("-", "")
        assert "nl91abna" not in squeezed, name
        assert "NL92ABNA0417164300" in log, name


def logs_stay_useful(shop: RunningShop, *, has_times: bool = True) -> None:
    """A log says when what was asked for and how it was answered, and an order can be looked up by its number."""
    visitor, email = Visitor(shop), new_address()
    fill_cart(visitor)
    order(visitor, email)
    [(number,)] = shop.rows('SELECT number FROM "order" WHERE id = ?', *shop.numbers("order", email))
    visitor.get(f"/orders/{number}")
    for name, log in written(shop, f"/orders/{number}").items():
        assert "/products/vaas-delta" in log, name
        assert f"{visitor.address.rpartition('.')[0]}.0" in log, name
        lines = [line for line in log.splitlines() if f"/orders/{number}" in line]
        assert any("POST /checkout" in line for line in log.splitlines()), name
        assert all(_TIME.search(line) for line in lines) or not has_times, name


LOG_PROMISES: Final[Mapping[str, Callable[[RunningShop], None]]] = {
    "D08": usage_data_is_reduced,
    "O11": passwords_are_in_no_log,
    "O14": nothing_points_to_a_visitor,
    "K04": account_numbers_are_in_no_log,
}
