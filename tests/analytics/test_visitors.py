"""The visitor of the day: one in all workers, another the next day, and nobody's once the salt has ended."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics.store import SaltStore
from shopprivacy.analytics.visitors import Visitors, derived_key, visitor
from shopprivacy.crypto import Keyset, Ring, Secret
from shopprivacy.errors import StoreDown
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import sample_keyset, sample_random
from tests.analytics.test_building import rules
from tests.crypto.test_derivation import KEYSET, VECTORS, second_hkdf, second_label
from tests.sealing.shop import told_by

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
SUNDAY, MONDAY = NOON.date(), date(2026, 11, 30)
WHO = ("203.0.113.77", "Firefox/128", "desktop", "shop.example")
CASES: list[dict[str, str]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "visitor.json").read_text(encoding="utf-8")
)["visitors"]


class Kept:
    """A store of salts that tells what it holds."""

    def __init__(self) -> None:
        self.salts: dict[date, Secret] = {}
        self.ended: list[bytes] = []
        self.is_down = False

    def keep(self, day: date, salt: Secret) -> Secret:
        """Keep a day's salt, unless it has one."""
        if self.is_down:
            raise StoreDown("the store did not answer")
        return self.salts.setdefault(day, salt)

    def end_all_but(self, days: Collection[date]) -> None:
        """Forget the others."""
        if self.is_down:
            raise StoreDown("the store did not answer")
        for day in self.salts.keys() - set(days):
            self.ended.append(self.salts.pop(day).reveal())


def visitors(
    store: SaltStore | None, seed: str = "one", keyset: Keyset | None = None, **said: Any
) -> Visitors:
    """One process of a shop."""
    said = {"visitor": "statistics", **said}
    return Visitors(rules(**said), keyset or sample_keyset(), store, sample_random(seed))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["visitor"])
def test_published_visitors(case: dict[str, str]) -> None:
    """The library and a second derivation, from the text of the format, give the published visitor."""
    [root] = Keyset.from_json(KEYSET).keys(Ring.SUBJECTS)
    assert root.secret is not None
    tenant = VECTORS["keyset"]["tenant"]
    info = second_label("shopprivacy/1", tenant, "visitor-of-the-day", "blake2b", case["day"], case["salt"])
    content = second_label(case["truncated"], case["browser"], case["device"], case["site"])
    key = second_hkdf(root.secret.reveal(), info, 32)
    assert blake2b(content, digest_size=8, key=key).hexdigest() == case["visitor"]
    day, store = date.fromisoformat(case["day"]), Kept()
    store.salts[day] = Secret(bytes.fromhex(case["salt"]))
    told = visitors(store, keyset=Keyset.from_json(KEYSET))
    told.look(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    assert told(day, case["address"], case["browser"], case["device"], case["site"]) == case["visitor"]


def test_one_in_all_workers_and_another_the_next_day() -> None:
    """Two processes of a day agree, also one that started later; from one day to the next nothing stays."""
    store = Kept()
    first, second = visitors(store, "first"), visitors(store, "second")
    first.look(NOON)
    second.look(NOON + timedelta(hours=1))
    assert first(SUNDAY, *WHO) == second(SUNDAY, *WHO) is not None
    first.look(NOON + timedelta(days=1))
    assert first(MONDAY, *WHO) not in {None, second(SUNDAY, *WHO)}
    assert first(SUNDAY, *WHO) is None


def test_what_tells_visitors_apart() -> None:
    """The cut address, the browser, the device and the site, and no more of the address than its first bits."""
    told = visitors(MemoryStore().store_for(SaltStore))
    told.look(NOON)
    same = {
        told(SUNDAY, address, *WHO[1:])
        for address in ("203.0.113.1", "::ffff:203.0.113.9", "203.0.113.77:443")
    }
    assert same == {told(SUNDAY, *WHO)}
    others = {
        told(SUNDAY, *WHO),
        told(SUNDAY, "203.0.114.77", *WHO[1:]),
        told(SUNDAY, WHO[0], "Chrome/130", *WHO[2:]),
        told(SUNDAY, *WHO[:2], "phone", WHO[3]),
        told(SUNDAY, *WHO[:3], "other.example"),
    }
    assert len(others) == 5
    wide = visitors(MemoryStore().store_for(SaltStore), ipv4=32, ipv6=128)
    wide.look(NOON)
    assert wide(SUNDAY, "203.0.113.1", *WHO[1:]) == wide(SUNDAY, *WHO)


@pytest.mark.parametrize("address", ["", "unknown", "unix:", "203.0.113"])
def test_nobody_without_an_address(address: str) -> None:
    """Where the server names no address, all would be one visitor: then there is none."""
    told = visitors(MemoryStore().store_for(SaltStore))
    told.look(NOON)
    assert told(SUNDAY, address, *WHO[1:]) is None


def test_the_salt_is_there_at_midnight_and_ends_within_the_hour() -> None:
    """It is made half an hour before its day, and is over half an hour after it: in all less than 26 hours."""
    store = Kept()
    told = visitors(store)
    moments = [
        NOON.replace(hour=0) - timedelta(hours=2) + timedelta(minutes=10) * step
        for step in range(26 * 6 + 12)
    ]
    held = []
    for moment in moments:
        told.look(moment)
        if SUNDAY in store.salts:
            held.append(moment)
        if moment.date() == SUNDAY:
            assert told(SUNDAY, *WHO)
        assert (told(SUNDAY, *WHO) is not None) == (SUNDAY in store.salts)
    assert held[0] == NOON.replace(hour=0) - timedelta(minutes=30)
    assert held[-1] - held[0] < timedelta(hours=25)


def test_the_day_is_that_of_utc() -> None:
    """A clock in another time zone makes no other day; it is 23:15 in UTC here."""
    told = visitors(store := Kept())
    told.look(datetime(2026, 11, 30, 4, 45, tzinfo=timezone(timedelta(hours=5, minutes=30))))
    assert store.salts.keys() == {SUNDAY}


@given(st.lists(st.timedeltas(timedelta(days=-4), timedelta(days=4)), max_size=12))
def test_no_clock_revives_a_salt(steps: list[timedelta]) -> None:
    """Two hosts whose clocks jump anywhere, back too: no salt that has ended is ever the salt of a day again."""
    store = Kept()
    hosts = [visitors(store, "one"), visitors(store, "two")]
    for number, step in enumerate(steps):
        hosts[number % 2].look(NOON + step)
        assert not {salt.reveal() for salt in store.salts.values()} & set(store.ended)
        assert len(store.salts) <= 4


def test_without_a_store() -> None:
    """No store, or one that does not answer: no visitor; one that falls silent later is no reason to go on for ever."""
    none = visitors(None)
    none.look(NOON)
    assert none(SUNDAY, *WHO) is None
    store = Kept()
    store.is_down = True
    told = visitors(store)
    with pytest.raises(StoreDown):
        told.look(NOON)
    assert told(SUNDAY, *WHO) is None
    store.is_down = False
    told.look(NOON)
    known = told(SUNDAY, *WHO)
    store.is_down = True
    with pytest.raises(StoreDown):
        told.look(NOON + timedelta(hours=1))
    assert told(SUNDAY, *WHO) == known is not None
    with pytest.raises(StoreDown):
        told.look(NOON + timedelta(days=1))
    assert told(SUNDAY, *WHO) is None


@pytest.mark.parametrize("said", [{"visitor": None}, {"fields": ["route"]}])
def test_a_policy_that_tells_nobody_apart_ends_what_there_is(said: dict[str, Any]) -> None:
    """A shop that takes the key out of its policy, or the field, has no salt any more, and makes none."""
    store = Kept()
    visitors(store).look(NOON)
    visitors(store, **said).look(NOON)
    assert not store.salts
    assert len(store.ended) == 1
    Visitors(None, sample_keyset(), store, sample_random()).look(NOON)
    assert not store.salts


def test_salt_and_events_without_the_keyset_give_nobody_back() -> None:
    """Whoever has a backup with events and salts, and not the keyset, finds no address by trying them all."""
    store = Kept()
    told = visitors(store)
    told.look(NOON)
    stranger = visitors(store, keyset=sample_keyset("another"))
    stranger.look(NOON)
    tried = {stranger(SUNDAY, f"203.0.{third}.1", *WHO[1:]) for third in range(256)}
    assert told(SUNDAY, *WHO) not in tried
    raw = store.salts[SUNDAY].reveal()
    content = second_label("203.0.113.0", *WHO[1:])
    assert told(SUNDAY, *WHO) != blake2b(content, digest_size=8, key=raw).hexdigest()


def test_no_secret_shows() -> None:
    """Neither salt nor key stands in a frame, with its locals, of an error while the salts are looked after."""
    store = Kept()
    told = visitors(store)
    told.look(NOON)
    salt = store.salts[SUNDAY]
    key = derived_key(sample_keyset(), SUNDAY, salt)
    assert visitor(key, "203.0.113.0", *WHO[1:]) == told(SUNDAY, *WHO)
    store.is_down = True
    with pytest.raises(StoreDown) as raised:
        told.look(NOON)
    shown = told_by(raised.value)
    assert salt.reveal().hex() not in shown
    assert key.secret.hex() not in shown
