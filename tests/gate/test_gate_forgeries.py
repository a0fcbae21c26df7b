"""Consent cookies that are forged, replayed, tossed by a sister site or doubled, through both shells."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from shopprivacy.consent.choices import Choice, Choices, ConsentStatus
from shopprivacy.consent.cookie import COOKIE_NAME, decode, encode
from shopprivacy.crypto import Keyset, Ring, Use
from shopprivacy.gate.gate import Gate
from tests.cookies.parsers import PARSERS
from tests.gate.exchange import (
    KEYSET,
    NOW,
    SHELLS,
    Host,
    Shop,
    choices,
    consent_pair,
    elsewhere,
    make_policy,
    set_cookies,
)

POLICY = make_policy()
GRANTED = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED)
REFUSED = choices(POLICY, statistics=Choice.REFUSED, ads=Choice.REFUSED)
NAME = COOKIE_NAME.encode() + b"="
VALUE = encode(GRANTED, KEYSET).encode()
ACCOUNT = b"a" * 20
BESIDE = b"_ga=1; cart=2"


@pytest.fixture(params=list(SHELLS))
def shell(request: pytest.FixtureRequest) -> str:
    """Each of the two shells."""
    return str(request.param)


def visit(shell: str, *cookies: bytes, gate: Gate | None = None) -> tuple[bytes | None, list[bytes]]:
    """Return what the application sees of these cookies, and what the browser is told to keep or forget."""
    shop = Shop(sets=[b"_ga=9; Path=/"])
    fields = SHELLS[shell](shop, Host(gate or Gate(POLICY, KEYSET)), [*cookies, BESIDE])
    return shop.seen, set_cookies(fields)


UNKNOWN: tuple[bytes, list[bytes]] = (b"cart=2", [])
"""What becomes of a visitor whom nobody knows: nothing optional passes, and nothing is deleted."""


def test_the_genuine_one_counts(shell: str) -> None:
    """What every forgery here is made from does let cookies pass."""
    assert visit(shell, NAME + VALUE) == (BESIDE, [b"_ga=9; Path=/"])


def test_no_bit_may_be_another() -> None:
    """Whichever bit of the value is flipped, the cookie is as if it were not there."""
    for position in range(len(VALUE)):
        for bit in range(8):
            flipped = VALUE[:position] + bytes([VALUE[position] ^ 1 << bit]) + VALUE[position + 1 :]
            assert decode(flipped, KEYSET) is None, (position, bit)


def test_no_bit_of_the_body_may_be_another() -> None:
    """Nor any bit of what is signed, or of the signature, written as base64 again."""
    shape, _, text = VALUE.partition(b".")
    body = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    for position in range(len(body)):
        for bit in range(8):
            flipped = body[:position] + bytes([body[position] ^ 1 << bit]) + body[position + 1 :]
            forged = shape + b"." + urlsafe_b64encode(flipped).rstrip(b"=")
            assert decode(forged, KEYSET) is None, (position, bit)


def test_no_part_of_it_counts(shell: str) -> None:
    """Cut at any length, from either end, it is nobody's choice."""
    for length in range(len(VALUE)):
        assert decode(VALUE[:length], KEYSET) is None
        assert decode(VALUE[length + 1 :], KEYSET) is None
    for length in (0, 4, VALUE.index(b"."), len(VALUE) - 1):
        assert visit(shell, NAME + VALUE[:length]) == UNKNOWN


def forgeries() -> Iterator[tuple[str, bytes]]:
    """Yield values that somebody without this shop's key can make, or has from elsewhere."""
    other = Keyset.generate(Random("another shop").randbytes, NOW)
    yield "another shop's key", encode(GRANTED, other).encode()
    tenant = Keyset.from_json(json.dumps(json.loads(KEYSET.to_json()) | {"tenant": "other"}).encode())
    yield "another tenant under the same key", encode(GRANTED, tenant).encode()
    refused = encode(REFUSED, KEYSET).encode()
    yield "a refusal with the shape of a grant", VALUE.partition(b".")[0] + b"." + refused.partition(b".")[2]
    yield "a grant without its shape", b"." + VALUE.partition(b".")[2]
    yield "a later version of the format", _of_version(3)
    yield "version 0", _of_version(0)
    yield "no signature", VALUE.partition(b".")[0] + b"." + b"A" * 60
    yield "nothing", b""
    yield "the name again", NAME + VALUE
    yield "encoded twice", VALUE.replace(b"+", b"%2B")
    yield "two values", VALUE + b"," + VALUE


def _of_version(number: int) -> bytes:
    shape, _, text = VALUE.partition(b".")
    body = bytearray(urlsafe_b64decode(text + b"=" * (-len(text) % 4))[:-16])
    body[0] = number
    mac = hmac.digest(KEYSET.derive(Use.CONSENT_COOKIE).secret, shape + b"." + body, "sha256")[:16]
    return shape + b"." + urlsafe_b64encode(bytes(body) + mac).rstrip(b"=")


@pytest.mark.parametrize("value", [pytest.param(value, id=what) for what, value in forgeries()])
def test_a_forgery_grants_and_refuses_nothing(shell: str, value: bytes) -> None:
    """A value that this shop has not signed as it stands leaves the visitor unknown."""
    assert visit(shell, NAME + value) == UNKNOWN


def test_version_1_made_by_hand_counts(shell: str) -> None:
    """The forgeries with another version differ from a genuine value in that version alone."""
    assert _of_version(1) == VALUE


TOSSED = [
    b"\xa0" + NAME + VALUE,
    b"\xc2\xa0" + NAME + VALUE,
    b"\x85" + NAME + VALUE,
    b"\xe2\x80\x83" + NAME + VALUE,
    NAME[:-1] + b"\xa0=" + VALUE,
    NAME.lower() + VALUE,
    NAME.upper() + VALUE,
    b"=" + NAME + VALUE,
    b'"' + NAME + VALUE + b'"',
    b"a=" + NAME + VALUE,
    b"%5F_Host-consent=" + VALUE,
    NAME[:-1] + b" x=" + VALUE,
]
"""What a sister subdomain can plant for the parent domain: look-alikes, which some parser reads as the real one."""


@pytest.mark.parametrize("tossed", TOSSED)
def test_a_tossed_look_alike_is_nobody(shell: str, tossed: bytes) -> None:
    """Alone it grants nothing; and no parser finds it in what reaches the application."""
    seen, sets = visit(shell, tossed)
    assert (seen, sets) == UNKNOWN
    for parse in PARSERS.values():
        assert set(parse((seen or b"").decode("latin-1"))) == {"cart"}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("tossed", TOSSED)
def test_a_tossed_look_alike_changes_no_choice(shell: str, tossed: bytes, *, first: bool) -> None:
    """Beside a genuine refusal it neither grants nor makes the visitor unknown, on whichever side it comes."""
    pairs = [tossed, consent_pair(REFUSED)]
    seen, sets = visit(shell, b"; ".join(pairs if first else pairs[::-1]))
    assert seen == b"cart=2"
    assert any(field.startswith(b"_ga=; Max-Age=0") for field in sets)


@pytest.mark.parametrize(
    "pairs",
    [
        [consent_pair(GRANTED), consent_pair(REFUSED)],
        [consent_pair(REFUSED), consent_pair(GRANTED)],
        [consent_pair(GRANTED), NAME],
        [NAME + b"x", consent_pair(GRANTED)],
        [consent_pair(GRANTED), b" " + NAME[:-1] + b"\t= x"],
    ],
)
@pytest.mark.parametrize("crumbs", [True, False])
def test_of_two_none_counts(shell: str, pairs: Sequence[bytes], *, crumbs: bool) -> None:
    """One of them was planted, in a browser that does not know the prefix, and nothing tells which."""
    assert visit(shell, *(pairs if crumbs else [b"; ".join(pairs)])) == UNKNOWN


def test_the_same_twice_is_one(shell: str) -> None:
    """A browser that holds it twice, or a proxy that repeats the field, has said one thing."""
    pair = consent_pair(GRANTED)
    for cookies in ([pair, pair], [pair + b"; " + pair]):
        assert visit(shell, *cookies) == visit(shell, pair)


def test_a_replay_after_the_account_withdrew_grants_nothing(shell: str) -> None:
    """A copy from before the withdrawal is genuine, and what the account withdrew since closes it."""
    tied = replace(GRANTED, consent_id=b"i" * 16, account=ACCOUNT)
    withdrawn = {ACCOUNT: elsewhere({"statistics": int(NOW.timestamp()) + 5})}
    gate = Gate(POLICY, KEYSET, lambda account: withdrawn.get(account, {}))
    assert gate_standings(gate, tied) == {"statistics": ConsentStatus.DENIED, "ads": ConsentStatus.GRANTED}
    seen, sets = visit(shell, consent_pair(tied), gate=gate)
    assert seen == b"cart=2"
    assert not any(field.startswith(b"_ga=9") for field in sets)


def gate_standings(gate: Gate, chosen: Choices) -> dict[str, ConsentStatus]:
    """Return how the two purposes that are asked stand for a visitor with this consent cookie."""
    shop = Shop(asks=["statistics", "ads"])
    SHELLS["asgi"](shop, Host(gate), [consent_pair(chosen)])
    return {
        name: ConsentStatus.GRANTED if live else ConsentStatus.DENIED for name, live in shop.answers.items()
    }


def test_a_replay_after_the_key_was_disabled_grants_nothing(shell: str) -> None:
    """Cookies signed with a key that was given up are nobody's choice any more."""
    old = KEYSET.primary(Ring.SIGNING).id
    grown = KEYSET.new(Ring.SIGNING, Random("new").randbytes, NOW)
    new = next(key.id for key in grown.keys(Ring.SIGNING) if key.id != old)
    rotated = grown.rotate(new, NOW)
    assert visit(shell, NAME + VALUE, gate=Gate(POLICY, rotated))[0] == BESIDE
    assert visit(shell, NAME + VALUE, gate=Gate(POLICY, rotated.disable(old, NOW))) == UNKNOWN
