"""The promises about events, each as one function over any shop: `test_events` runs them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final
from urllib.parse import quote

from shopprivacy.analytics.event import ConsentedEvent, ExemptEvent
from shopprivacy.storage.event_files import read_counts
from tests.analytics.canaries import CANARIES
from tests.shops.actions import answer_banner, fill_cart, log_in, new_address, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

EXEMPT: Final = "exempt"
CONSENTED: Final = "consented"
NAVIGATES: Final = {
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
}
_FIELDS: Final = {EXEMPT: {*ExemptEvent._fields}, CONSENTED: {*ConsentedEvent._fields}}
PATIENCE = 5.0
"""How long an event may take to stand in its file, in seconds."""
_versions = count(200)


class Watched(Visitor):
    """Somebody whose events can be told from others', by a browser version that nobody else has."""

    def __init__(self, shop: RunningShop, **headers: str) -> None:
        self.browser = f"Firefox/{next(_versions)}"
        agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:1.0) Gecko/20100101 {self.browser}.0"
        super().__init__(shop, headers={"User-Agent": agent, **NAVIGATES, **headers})

    def written(self, level: str) -> Sequence[Mapping[str, Any]]:
        """The events of this visitor at one level until now."""
        return [line for line in lines(self.shop, level) if line.get("browser") == self.browser]

    def events(self, number: int, level: str = EXEMPT) -> Sequence[Mapping[str, Any]]:
        """The events of this visitor at one level, once there are as many; each line holds what its level may."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.written(level)
            if len(found) >= number or time.monotonic() > deadline:
                assert len(found) == number, [line["event"] for line in found]
                return found
            time.sleep(0.05)  # waiting is not to keep the shop busy


def lines(shop: RunningShop, level: str) -> Sequence[Mapping[str, Any]]:
    """All events of a level that a shop has written."""
    written = []
    for file in sorted((shop.data / "analytics").glob(f"*.{level}.jsonl")):
        written += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    assert all(line.keys() <= _FIELDS[level] for line in written)
    return written


def views_without_event(shop: RunningShop) -> int:
    """How many page views a shop has counted of which nothing else is written."""
    files = (shop.data / "analytics").glob("*.counts.json")
    return sum(read_counts(file).get("views_without_event", 0) for file in files)


def uncounted(visitor: Watched, *paths: str) -> None:
    """See that nothing is written of somebody's page views but their number."""
    before = views_without_event(visitor.shop)
    known = {level: visitor.written(level) for level in _FIELDS}
    for path in paths:
        assert visitor.get(path).status == 200
    deadline = time.monotonic() + PATIENCE
    while views_without_event(visitor.shop) < before + len(paths) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert views_without_event(visitor.shop) == before + len(paths)
    for level, then in known.items():
        assert visitor.written(level) == then


def object_to(visitor: Visitor, purpose: str) -> None:
    """Object to a purpose on the preference page."""
    form = visitor.get("/privacy/choices").form("/privacy/choices")
    visitor.submit(form, (f"answer.{purpose}", "refuse"), ("choice", "save"))


def research_points_to_nobody(shop: RunningShop) -> None:
    """A12: research on browsing is counted, and no address, e-mail address or cookie stands in what is kept of it."""
    visitor, email = Watched(shop), new_address()
    register(visitor, email)
    for canary in CANARIES.values():
        visitor.get(f"/products/vaas-delta?q={quote(canary)}&utm_source={quote(canary)}")
        visitor.headers = {**visitor.headers, "Referer": f"https://search.example/?q={quote(canary)}"}
    held = [cookie.value.decode() for cookie in visitor.jar.held(shop.now)]
    told = visitor.events(2 * len(CANARIES) + 2)  # the product is a step, too
    assert {line["route"] for line in told} == {"/register", "/account", "/products/{slug}"}
    assert held
    for file in (shop.data / "analytics").iterdir():
        text = file.read_text(encoding="utf-8")
        for secret in (
            visitor.address,
            email,
            *CANARIES.values(),
            *(value for value in held if len(value) > 8),
        ):
            assert secret not in text, file.name


def nobody_is_followed_before_consent(shop: RunningShop) -> None:
    """S24: before a visitor agrees nothing tells them from others or says the minute; nor after they withdraw."""
    visitor = Watched(shop)
    visitor.get("/")
    answer_banner(visitor, "refuse")
    visitor.get("/")
    for line in visitor.events(2):
        assert line["time"].endswith(":00:00Z")
        assert "visitor" not in line
    answer_banner(visitor, "save", "statistics")
    visitor.get("/")
    [line] = visitor.events(1, CONSENTED)
    assert len(bytes.fromhex(line["visitor"])) == 8
    answer_banner(visitor, "refuse")
    visitor.get("/")
    visitor.events(3)
    visitor.events(1, CONSENTED)


def devices_share_nothing(shop: RunningShop) -> None:
    """D46: what is written of a customer at one device has nothing that stands in what is written of the other."""
    phone, desktop, email = Watched(shop), Watched(shop), new_address()
    register(phone, email)
    log_in(desktop, email)
    for device in (phone, desktop):
        answer_banner(device, "accept")
        device.get("/products/vaas-delta")
    told = [device.events(2, CONSENTED)[0] for device in (phone, desktop)]
    assert told[0]["visitor"] != told[1]["visitor"]
    assert all(line.keys() <= _FIELDS[CONSENTED] for line in told)


def signals_are_heeded_as_said(shop: RunningShop) -> None:
    """D48: who sends GPC is not counted and is told so; DNT, which the policy ignores, changes neither."""
    uncounted(Watched(shop, **{"Sec-GPC": "1"}), "/", "/products/vaas-delta")
    asking, plain = Watched(shop, **{"Sec-GPC": "1"}), Watched(shop, DNT="1")
    notes = [visitor.get("/privacy/choices?lang=en").text.count("sp-note") for visitor in (asking, plain)]
    assert notes[0] == notes[1] + 1
    plain.get("/")
    plain.events(1)


def no_column_names_a_person(shop: RunningShop) -> None:
    """D52: two who do the same leave the same lines, but for the visitor of the day where they agreed to one."""
    visitors = [Watched(shop) for _ in range(2)]
    for visitor in visitors:
        visitor.get("/")
        fill_cart(visitor)
    told_apart = {"browser", "duration"}  # the first by this test, the second by chance
    first, second = (_without(told_apart, visitor.events(5)) for visitor in visitors)
    assert first == second
    for visitor in visitors:
        answer_banner(visitor, "save", "statistics")
        visitor.get("/products/vaas-delta")
    ids = [visitor.events(2, CONSENTED)[0]["visitor"] for visitor in visitors]
    assert ids[0] != ids[1]
    first, second = (_without({*told_apart, "visitor"}, visitor.written(CONSENTED)) for visitor in visitors)
    assert first == second


def _without(names: Collection[str], events: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [{name: value for name, value in line.items() if name not in names} for line in events]


EVENT_PROMISES: Final[Mapping[str, Callable[[RunningShop], None]]] = {
    "A12": research_points_to_nobody,
    "S24": nobody_is_followed_before_consent,
    "D46": devices_share_nothing,
    "D48": signals_are_heeded_as_said,
    "D52": no_column_names_a_person,
}
