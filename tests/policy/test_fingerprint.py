"""Fingerprint, meaning and tag: the same for what means the same, and different for what does not."""

from __future__ import annotations

import json
import random
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.policy import Policy
from shopprivacy.policy.fingerprint import canonical, text_of, version_of_text
from tests.policy.files import base_with
from tests.strategies import FEWER, declarations, policy_of

PARTY = {"purpose": "statistics", "hosts": ["a.example"], "kinds": ["img"]}
RECIPIENT = {"role": "processor", "for": ["newsletter"], "country": "NL", "data": ["contact"]}
COOKIE = {"purpose": "statistics", "life": "1 day"}
FULL: dict[str, Any] = base_with(
    cookies={"_ga": COOKIE},
    recipients={"house": RECIPIENT},
    third_parties={"pixel": PARTY},
    purposes={
        "orders": {"basis": "contract", "data": ["contact"], "keep": "7 years after last_order"},
        "statistics": {"basis": "consent", "data": ["visit"], "keep": "1 year after last_visit"},
        "newsletter": {"basis": "consent", "data": ["contact"], "keep": "2 years after last_contact"},
    },
)


def _shuffled(value: object, source: random.Random) -> object:
    """The same declaration with every table and every list in another order."""
    if isinstance(value, dict):
        return {key: _shuffled(value[key], source) for key in source.sample([*value], len(value))}
    return source.sample(value, len(value)) if isinstance(value, list) else value


def _with(path: str, value: object) -> Policy:
    """The full policy with one key set."""
    *tables, key = path.split(".")
    values: dict[str, Any] = {}
    inner, original = values, FULL
    values.update(original)
    for table in tables:
        inner[table] = dict(inner.get(table, {}))
        inner = inner[table]
    inner[key] = value
    return Policy(**values)


@FEWER
@given(declarations(), st.randoms(use_true_random=False))
def test_order_means_nothing(values: dict[str, Any], source: random.Random) -> None:
    """Putting keys, purposes and lists in another order changes no fingerprint, no meaning and no tag."""
    policy = policy_of(values)
    other: Any = _shuffled(values, source)
    twin = Policy(**other)
    assert twin.fingerprint == policy.fingerprint
    assert {name: twin.purpose_id(name) for name in policy.purposes} == {
        n: policy.purpose_id(n) for n in policy.purposes
    }


@pytest.mark.parametrize(
    ("path", "value", "touched"),
    [
        ("purposes.newsletter.keep", "3 years after last_contact", {"newsletter"}),
        ("purposes.newsletter.then", "anonymise", {"newsletter"}),
        ("purposes.newsletter.mail", "marketing", {"newsletter"}),
        ("purposes.newsletter.profiling", True, {"newsletter"}),
        ("purposes.newsletter.data", ["contact", "visit"], {"newsletter"}),
        ("purposes.orders.needs", "case", {"orders"}),
        ("data.visit", ["visit.*", "device.id"], {"statistics"}),
        ("data.contact", ["customer.email"], {"orders", "newsletter"}),
        ("data.visit", {"fields": ["visit.*"], "source": "observed"}, {"statistics"}),
        ("recipients.house.country", "US", {"newsletter"}),
        ("recipients.house.role", "controller", {"newsletter"}),
        ("recipients.house.for", ["newsletter", "orders"], {"orders"}),
        ("recipients.house.data", [], {"newsletter"}),
        ("recipients.house.fields", ["customer.email"], {"newsletter"}),
        ("recipients.other", RECIPIENT, {"newsletter"}),
        ("cookies._ga.life", "2 days", {"statistics"}),
        ("cookies._gid", COOKIE, {"statistics"}),
        ("cookies._ga.purpose", "newsletter", {"statistics", "newsletter"}),
        ("third_parties.pixel.hosts", ["b.example"], {"statistics"}),
        ("third_parties.other", PARTY, {"statistics"}),
        ("third_parties.pixel.recipient", "house", {"statistics"}),
        ("purposes.new", {"basis": "consent"}, set()),
    ],
)
def test_a_change_touches_its_own_purposes(path: str, value: object, touched: set[str]) -> None:
    """A change in the meaning of one purpose changes the tag of that purpose, and of no other; and the version."""
    before, after = Policy(**FULL), _with(path, value)
    assert {name for name in before.purposes if before.purpose_id(name) != after.purpose_id(name)} == touched
    assert before.fingerprint != after.fingerprint
    assert before.version != after.version


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("purposes.newsletter.asked", "browser"),
        ("purposes.newsletter.flag", "customer.email"),
        ("recipients.house.data", ["contact", "visit"]),
        ("recipients.house.agreement", FULL["effective"]),
        ("recipients.house.strict", True),
        ("recipients.house.hosts", ["house.example"]),
        ("cookies._ga.domains", ["shop.example"]),
        ("cookies._ga.paths", ["/shop"]),
        ("cookies._ga.partitioned", True),
        ("third_parties.pixel.kinds", ["script"]),
        ("deadline.request", "2 weeks"),
        ("controller.phone", "1"),
    ],
)
def test_what_consent_is_not_asked_for(path: str, value: object) -> None:
    """How a purpose is run, and what concerns the shop as a whole, does not make consent stale."""
    before, after = Policy(**FULL), _with(path, value)
    assert {
        before.purpose_fingerprint(name) == after.purpose_fingerprint(name) for name in before.purposes
    } == {True}
    assert before.fingerprint != after.fingerprint


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("mode.cookies", "report"),
        ("cache.key_header", "ConsentKey"),
        ("texts.nl", {"ui": {"accept_all": "Goed"}}),
        ("languages", ["en", "nl"]),
        ("effective", FULL["effective"].replace(year=2030)),
        ("prove.every", "30 days"),
        ("presets", []),
        ("deadline.request", "1 month"),
        ("minimum_group", 10),
    ],
)
def test_what_customers_are_not_bound_by(path: str, value: object) -> None:
    """Texts, modes, caches and keys that say what is the default anyway leave the fingerprint where it is."""
    assert Policy(**FULL).fingerprint == _with(path, value).fingerprint


def test_a_new_name_is_a_new_meaning() -> None:
    """Two purposes that are declared alike differ by their names."""
    policy = Policy(**base_with(purposes={"a": {"basis": "consent"}, "b": {"basis": "consent"}}))
    assert policy.purpose_fingerprint("a") != policy.purpose_fingerprint("b")


def test_tags_have_sixteen_bits() -> None:
    """A tag is the first four hexadecimal digits of the meaning."""
    policy = Policy(**FULL)
    assert policy.purpose_id("orders") == int(policy.purpose_fingerprint("orders")[:4], 16)


def test_what_can_only_be_objected_to_is_named_alone() -> None:
    """Its tag stays through every change of its meaning, as nobody would be asked again: a no stays a no."""
    exempt = {"_pk": {"purpose": "counting", "exempt": "Tw 11.7a(3)(b)", "life": "1 day"}}
    interests = ("knowing which pages work", "knowing much more")
    tags = set()
    for interest in interests:
        counting = {"basis": "legitimate_interest", "interest": interest, "keep": "1 year after last_visit"}
        purposes = {**FULL["purposes"], "counting": {**counting, "data": ["visit"]}}
        tags.add(Policy(**{**FULL, "purposes": purposes, "cookies": exempt}).purpose_id("counting"))
    assert tags == {int(sha256(b"counting").hexdigest()[:4], 16)}


def test_how_consent_is_confirmed_is_no_part_of_it() -> None:
    """Whoever has agreed is not asked again because others have to confirm from now on."""
    letters = {"basis": "consent", "mail": "marketing"}
    before = _with("purposes.letters", letters)
    after = _with("purposes.letters", {**letters, "confirm": "double_opt_in"})
    assert before.purpose_fingerprint("letters") == after.purpose_fingerprint("letters")
    assert before.fingerprint != after.fingerprint


def test_meanings_never_move() -> None:
    """These values are in consent cookies and ledgers: a later version of the library must give the same."""
    policy = Policy(**FULL)
    assert policy.version == "2026-01-01.5537e7d7"
    tags = {name: policy.purpose_id(name) for name in policy.purposes}
    assert tags == {"orders": 0x2931, "statistics": 0xD6C0, "newsletter": 0xC3F1}
    assert _with("recipients.house.fields", ["customer.email"]).purpose_id("newsletter") == 0xC197
    assert _with("third_parties.pixel.recipient", "house").purpose_id("statistics") == 0x2B4E


def test_canonical_json() -> None:
    """One spelling: sorted keys and lists, no blanks, UTF-8."""
    assert (
        canonical({"b": ["z", "a"], "a": {"y": True, "x": "é"}})
        == '{"a":{"x":"é","y":true},"b":["a","z"]}'.encode()
    )
    assert canonical([{"a": 2, "b": 0}, {"b": 1, "a": 1}]) == b'[{"a":1,"b":1},{"a":2,"b":0}]'


def test_the_whole_text() -> None:
    """The text kept beside consents is the whole policy, in an order of its own."""
    text = json.loads(text_of(Policy(**FULL)))
    assert text["effective"] == "2026-01-01"
    assert text["purposes"]["newsletter"]["keep"] == "2 years after last_contact"
    assert list(text) == sorted(text)


def test_the_version_can_be_reckoned_from_the_text() -> None:
    """Whoever kept the text can tell which version it is of; a text that is no policy's is of none."""
    policy = Policy(**FULL)
    assert version_of_text(text_of(policy)) == policy.version == "2026-01-01.5537e7d7"
    later = Policy(**{**FULL, "effective": date(2027, 1, 1)})
    assert version_of_text(text_of(later)) == "2027-01-01.5537e7d7"
    for text in ("", "[]", "{}", "[" * 100_000):
        assert version_of_text(text) is None
