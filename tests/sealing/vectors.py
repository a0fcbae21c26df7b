"""The vectors of ``docs/formats/sealed.md``: 100 that open, 100 that are refused, and the blind indexes.

    python -m tests.sealing.vectors

writes ``tests/vectors/sealed.json`` anew. Everything in it follows from the numbers of the vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopprivacy.crypto import Keyset, Ring, Secret, Use
from shopprivacy.sealing.blind_index import NORMALISERS, index_value, normalised
from shopprivacy.sealing.envelope import SealKey, associated_data, content_of, subject_key
from shopprivacy.sealing.field_keys import FieldKeys
from shopprivacy.testing.samples import NOON, sample_random
from tests.sealing.second_reading import okm, prefixed
from tests.sealing.two_keys import accepted_by_both

FILE: Final = Path(__file__).parent.parent / "vectors" / "sealed.json"
FIELDS: Final = ("customer.name", "customer.email", "order_address.straße", "message.text", "customer.born")
VALUES: Final[tuple[Any, ...]] = (
    *(
        "",
        "Anna",
        "anna@example.nl",
        "Jan-Willem van der Straße",
        "\N{FULLWIDTH DIGIT ZERO}30",
        "a\0b\n\N{BOM}\N{PILE OF POO}",
    ),
    *(b"", b"\0", bytes(range(256))),
    *(0, 1, -1, 127, 128, -128, -129, 2**63, -(2**127) - 1),
    *map(Decimal, ("0", "-0", "1.50", "-12.345", "1E+30", "7E-12", "123456789012345678901234567890.1")),
    *(date(1, 1, 1), date(2026, 1, 31), date(9999, 12, 31)),
    datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 0, 0, 0, 1, tzinfo=timezone(timedelta(hours=2))),
    datetime(1, 1, 1, tzinfo=UTC),
    *(True, False),
    *({}, [], {"a": [1, None, 0.5, "é"]}, ["b", {"a": False}], 0.25),
)


NO_VALUES: Final = (
    *(b"\0", b"\x09x", b"\1\xff", b"\3", b"\3\0\1", b"\0041.50", b"\0041.5E0", b"\4-E0", b"\0052026-1-31"),
    *(b"\0062026-01-31T09:30:00Z", b"\7\2", b"\7", b"\x08{", b"\x08[NaN]"),
)
"""Contents that no value has, or another spelling of one."""


def pseudo_random(*seed: object) -> bytes:
    """Thirty-two bytes that follow from the seed."""
    return hashlib.sha256(repr(seed).encode()).digest()


def keyset() -> Keyset:
    """Two data roots that open, one that is disabled; two index roots."""
    random = sample_random("sealed vectors")
    made = Keyset.generate(random, NOON, "example-shop")
    for ring in (Ring.DATA, Ring.DATA, Ring.INDEX):
        made = made.new(ring, random, NOON)
    first, second, third = (key.id for key in made.keys(Ring.DATA))
    return made.disable(third, NOON).rotate(second, NOON) if first else made


KEYSET: Final = keyset()


def field_key(name: str, root: int = 1) -> tuple[SealKey, dict[str, Any]]:
    """A field key, and what a vector says about it."""
    numbers = iter((pseudo_random("epoch", name)[:12],))
    keys = FieldKeys(KEYSET, lambda _length: next(numbers))
    if root == 1:
        return keys.current(), {"suite": 1}
    head = b"\1" + KEYSET.keys(Ring.DATA)[root].id + next(numbers) + bytes(32)
    return keys.key_for(head, "x"), {"suite": 1}


def person(name: str) -> tuple[SealKey, dict[str, Any]]:
    """A subject's key, and what a vector says about it."""
    handle, secret = pseudo_random("handle", name)[:16], pseudo_random("secret", name)
    about = {"suite": 2, "handle": handle.hex(), "secret": secret.hex()}
    return subject_key(KEYSET.tenant, handle, Secret(secret)), about


def spelled(value: Any) -> tuple[str, Any]:
    """A value's type, and itself as JSON can hold it."""
    match value:
        case bool():
            return "boolean", value
        case bytes():
            return "bytes", value.hex()
        case int():
            return "integer", str(value)
        case Decimal():
            return "decimal", str(value)
        case datetime():
            return "moment", value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return "date", value.isoformat()
        case str():
            return "text", value
        case _:
            return "json", value


def sealed() -> Iterator[dict[str, Any]]:
    """A hundred that open."""
    for number in range(100):
        value, field = VALUES[number % len(VALUES)], FIELDS[number % len(FIELDS)]
        key, about = person(str(number // 10)) if number % 2 else field_key(str(number // 10), number // 50)
        content, nonce = content_of(value, field), pseudo_random("nonce", number)[:12]
        kind, shown = spelled(value)
        envelope = key.seal(content, associated_data(field), nonce)
        yield {
            "field": field,
            **about,
            "type": kind,
            "value": shown,
            "content": content.hex(),
            "nonce": nonce.hex(),
            "envelope": envelope.hex(),
        }


def refusal(about: dict[str, Any], why: str, error: str, octets: bytes, **changes: object) -> dict[str, Any]:
    """One vector."""
    return {"why": why, **about, **changes, "envelope": octets.hex(), "error": error}


def refused() -> Iterator[dict[str, Any]]:
    """A hundred that do not open, each with why."""
    field = "customer.name"
    data = associated_data(field)
    pairs = (field_key("refused"), person("refused"))
    for key, about in pairs:
        whole = key.seal(content_of("Anna de Vries", field), data, pseudo_random("nonce")[:12])
        case = partial(refusal, {**about, "field": field})
        for bit in (0, 1):  # of the suite
            error = "SealBroken" if whole[0] ^ 1 << bit in (1, 2) else "NotSealed"
            yield case(f"suite, bit {bit} flipped", error, flipped(whole, bit))
        places = {"key": 1, "commitment": 17, "nonce": 49, "ciphertext": 61, "tag": len(whole) - 16}
        sizes = {"key": 16, "commitment": 32, "nonce": 12, "ciphertext": 14, "tag": 16}
        for part, at in places.items():
            for bit in (8 * at, 8 * at + 7 + 8 * (sizes[part] // 2), 8 * (at + sizes[part]) - 1):
                # The first four bytes of a field key are its root's id, all sixteen of a handle its subject's.
                lost = part == "key" and (about["suite"] == 2 or bit < 8 * 5)
                yield case(f"{part} flipped", "KeyUnavailable" if lost else "SealBroken", flipped(whole, bit))
        for length in (0, 1, 48, 49, 61, 77, len(whole) - 16, len(whole) - 1):
            yield case(f"cut to {length} bytes", "NotSealed" if length < 49 else "SealBroken", whole[:length])
        yield case("a byte more", "SealBroken", whole + b"\0")
        for name in ("customer.email", "customers.name"):
            yield case("other field", "SealBroken", whole, field=name)
        yield case("other suite's column", "SealBroken", whole, **pairs[2 - about["suite"]][1])
        for clear in (b"Anna de Vries", b"\2\1", b"Jan-Willem " * 10, bytes(100)):
            yield case("clear text", "NotSealed", clear)
        for content in NO_VALUES:
            octets = key.seal(content, data, pseudo_random("nonce", content)[:12])
            yield case(f"no value: {content.hex()}", "SealBroken", octets)
    yield from refused_keys(field, data)


def refused_keys(field: str, data: bytes) -> Iterator[dict[str, Any]]:
    """Those whose key is another than it seems."""
    nonce, content = pseudo_random("nonce")[:12], content_of("Anna de Vries", field)
    disabled = KEYSET.keys(Ring.DATA)[2].id
    for number, root in enumerate((disabled, b"\0\0\0\0", KEYSET.primary(Ring.INDEX).id)):
        envelope = b"\1" + root + pseudo_random("epoch", number) + pseudo_random(number) + bytes(32)
        yield {"why": "no such root", "suite": 1, "field": field, "envelope": envelope.hex(),
               "error": "KeyUnavailable"}  # fmt: skip
    document = json.loads(KEYSET.to_json())
    elsewhere = {**document, "tenant": "another-shop"}
    handle, secret = pseudo_random("handle", "tenant")[:16], pseudo_random("secret", "tenant")
    about = {"suite": 2, "handle": handle.hex(), "secret": secret.hex(), "field": field}
    foreign = subject_key("another-shop", handle, Secret(secret))
    yield {"why": "other tenant", **about, "envelope": foreign.seal(content, data, nonce).hex(),
           "error": "SealBroken"}  # fmt: skip
    for number in range(2):
        one, other = (okm(elsewhere if number else document, 2, handle.hex(), s)
                      for s in (pseudo_random("first", number), secret))  # fmt: skip
        both = accepted_by_both(one[:32], other[:32], nonce, prefixed("shopprivacy/1", field), b"\2" * 16)
        assert all(
            AESGCM(k[:32]).decrypt(nonce, both, prefixed("shopprivacy/1", field)) for k in (one, other)
        )
        yield {"why": "a ciphertext that two keys accept", **about,
               "envelope": (b"\2" + handle + one[32:] + nonce + both).hex(), "error": "SealBroken"}  # fmt: skip


def flipped(octets: bytes, bit: int) -> bytes:
    """The same with one bit changed."""
    changed = bytearray(octets)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def indexes() -> Iterator[dict[str, Any]]:
    """Blind indexes under both index roots."""
    values = {
        "exact": ("", "Anna", 7),
        "folded": (" ANNA\N{COMBINING DIAERESIS} ", "straße"),
        "email": (
            "Anna@X.nl",
            "a@faß.de",
            "a@fass.de",
            "a@BÜCHER.example",
            "a@x..nl",
            "Ünal@例え.jp",
            "nobody",
        ),
        "compact": ("1234 ab", ""),
        "last_word": ("Jan van den Berg", ""),
        "phone": ("030 123 4567", "+31 30 1234567", "none"),
    }
    for normaliser, examples in values.items():
        for value in examples:
            for root in KEYSET.keys(Ring.INDEX):
                content = normalised(value, normaliser, "customer.email", "NL")
                label = NORMALISERS[normaliser].label
                key = KEYSET.derive(Use.BLIND_INDEX, "customer.email", "index", label, key_id=root.id)
                yield {
                    "field": "customer.email",
                    "name": "index",
                    "normaliser": label,
                    "key_id": root.id.hex(),
                    "value": value,
                    "content": content.hex(),
                    "index": index_value(key, content),
                }


def vectors() -> str:
    """The file."""
    document = {
        "about": "Vectors of docs/formats/sealed.md. Never use these keys.",
        "keyset": json.loads(KEYSET.to_json()),
        "sealed": list(sealed()),
        "refused": list(refused()),
        "indexes": list(indexes()),
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(vectors(), encoding="utf-8")
