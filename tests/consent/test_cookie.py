"""The consent cookie: what is signed comes back, and nothing else does."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.consent.choices import Answer, Choice, Choices
from shopprivacy.consent.cookie import (
    COOKIE_NAME,
    claimed,
    decode,
    encode,
    read_account,
    read_shape,
    read_times,
    set_cookie,
    verify,
)
from shopprivacy.crypto import Keyset, Ring, Use
from shopprivacy.policy.rules import MOST_ASKED

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "consent-cookie.json").read_bytes())


def bytes_from(seed: int):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return a source of bytes that a seed fixes."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed}/{count}".encode()).digest(size)

    return draw


KEYSET = Keyset.generate(bytes_from(1), NOW)
answers = st.builds(Answer, st.sampled_from(Choice), st.integers(0, 2**32 - 1))
chosen = st.builds(
    Choices,
    st.binary(min_size=4, max_size=4),
    st.dictionaries(st.integers(0, 0xFFFF), answers, max_size=20),
    st.booleans(),
    st.sampled_from([b"", bytes(16), bytes(range(16))]),
    st.sampled_from([b"", bytes(range(20))]),
    st.sampled_from([None, bytes(8), bytes(range(8))]),
)


@given(chosen)
def test_what_was_encoded_is_decoded(choices: Choices) -> None:
    """Every choice comes back as it was made, from a value that a Cookie field can carry."""
    value = encode(choices, KEYSET)
    assert decode(value.encode("ascii"), KEYSET) == choices
    assert len(COOKIE_NAME) + 1 + len(value) < 512
    assert not set(value) & set(' ",;\\')


@given(chosen, st.data())
def test_a_changed_value_is_no_value(choices: Choices, data: st.DataObject) -> None:
    """Any other byte anywhere, in the readable shape too, and the cookie is as if it were not there."""
    value = encode(choices, KEYSET).encode("ascii")
    position = data.draw(st.integers(0, len(value) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != value[position]))
    assert decode(value[:position] + bytes([byte]) + value[position + 1 :], KEYSET) is None
    assert decode(value[:position], KEYSET) is None


@pytest.mark.parametrize("length", [16, 17, 18])
def test_no_byte_at_the_end_is_lost(length: int) -> None:
    """Whatever the signature ends in, and with whatever padding is left out."""
    for number in range(200):
        choices = Choices(b"\0" * 4, {1: Answer(Choice.GRANTED, number)}, consent_id=bytes(length))
        assert decode(encode(choices, KEYSET).encode("ascii"), KEYSET) == choices


@given(chosen)
def test_what_is_read_alone_is_what_the_whole_says(choices: Choices) -> None:
    """Which purposes are granted, when the answers were given, and the account: what every request needs."""
    value = encode(choices, KEYSET).encode("ascii")
    body = verify(value, KEYSET)
    assert body is not None
    assert sorted(read_times(body)) == sorted(answer.at for answer in choices.answers.values())
    assert read_account(body) == choices.account
    granted = {purpose_id: answer.choice is Choice.GRANTED for purpose_id, answer in choices.answers.items()}
    assert read_shape(value.partition(b".")[0]) == granted


@given(chosen, st.data())
def test_one_value_has_one_text(choices: Choices, data: st.DataObject) -> None:
    """Nothing put in between, no padding, and not the other alphabet of base64, which decoders may let pass."""
    value = encode(choices, KEYSET).encode("ascii")
    shape, _, text = value.partition(b".")
    position = data.draw(st.integers(0, len(text)))
    for more in (b"=", b"==", b"====", b"\n\n\n\n", b" ", b"!", b"!!!!", b"++++", b"A", b"."):
        assert decode(shape + b"." + text[:position] + more + text[position:], KEYSET) is None
    other = text.replace(b"-", b"+").replace(b"_", b"/")
    assert (decode(shape + b"." + other, KEYSET) is None) is (other != text)


def test_a_value_is_as_long_as_browsers_keep_or_no_value() -> None:
    """4096 bytes of name and value; a byte more, and it is not looked at."""
    answers = {purpose_id: Answer(Choice.GRANTED, 1) for purpose_id in range(255)}
    longest = 4096 - len(COOKIE_NAME)
    chosen = [
        Choices(b"\0" * 4, answers, consent_id=bytes(200), account=bytes(size)) for size in range(80, 100)
    ]
    values = {len(value): value for value in (encode(choices, KEYSET).encode("ascii") for choices in chosen)}
    assert decode(values[longest], KEYSET) is not None
    assert decode(min(value for value in values.values() if len(value) > longest), KEYSET) is None


@given(st.binary(max_size=200))
def test_noise_is_no_value(noise: bytes) -> None:
    """Whatever a client sends, decoding gives None and raises nothing."""
    assert decode(noise, KEYSET) is None
    assert decode(b"1a2b+." + urlsafe_b64encode(noise).rstrip(b"="), KEYSET) is None


def test_another_keyset_opens_nothing() -> None:
    """Neither another shop's keys nor another tenant under the same ones."""
    value = encode(Choices(b"\0" * 4, {1: Answer(Choice.GRANTED, 1)}), KEYSET).encode("ascii")
    assert decode(value, Keyset.generate(bytes_from(2), NOW)) is None
    other_tenant = json.loads(KEYSET.to_json()) | {"tenant": "other"}
    assert decode(value, Keyset.from_json(json.dumps(other_tenant).encode())) is None


@pytest.mark.parametrize(
    ("texts", "is_claim"),
    [
        ("0000", True),
        ("10" + "61" * 16 + "14" + "62" * 20, True),
        ("0142a4", False),
        ("014200", False),
        ("000162", False),
        ("0014" + "62" * 19, False),
    ],
)
def test_what_another_key_may_have_signed_is_well_formed(texts: str, is_claim: bool) -> None:
    """A value under an unknown key is believed to narrow only if its two texts are as long as ours, and all there."""
    body = bytes.fromhex("01" + "8c8fb8eb" + "4fe75a1e" + "04" + "00" + texts) + bytes(16)
    value = b"." + urlsafe_b64encode(body).rstrip(b"=")
    assert (claimed(value, KEYSET) is not None) is is_claim


def test_a_rotated_key_still_opens_until_it_is_disabled() -> None:
    """The key id in the value locates the key, so rotation asks nobody again."""
    value = encode(Choices(b"\0" * 4, {1: Answer(Choice.REFUSED, 1)}), KEYSET).encode("ascii")
    old = KEYSET.primary(Ring.SIGNING).id
    grown = KEYSET.new(Ring.SIGNING, bytes_from(3), NOW)
    new = next(key.id for key in grown.keys(Ring.SIGNING) if key.id != old)
    rotated = grown.rotate(new, NOW)
    assert decode(value, rotated) is not None
    assert encode(Choices(b"\0" * 4, {}), rotated) != encode(Choices(b"\0" * 4, {}), KEYSET)
    assert decode(value, rotated.disable(old, NOW)) is None


def test_only_a_grant_carries_an_identifier() -> None:
    """Refusing must not create one, and withdrawing the last grant ends it."""
    refused = {1: Answer(Choice.REFUSED, 1), 2: Answer(Choice.WITHDRAWN, 1)}
    assert Choices(b"\0" * 4, refused, consent_id=b"x" * 16, account=b"y" * 20).consent_id == b""
    granted = Choices(b"\0" * 4, refused | {3: Answer(Choice.GRANTED, 1)}, consent_id=b"x" * 16, account=b"y")
    assert (granted.consent_id, granted.account) == (b"x" * 16, b"y")
    withdrawn = granted.with_answers({3: Answer(Choice.WITHDRAWN, 2)})
    assert (withdrawn.consent_id, withdrawn.account) == (b"", b"")


def test_a_later_format_is_unknown() -> None:
    """A genuine cookie of a newer version of the format is as if there were no choice, not an error."""
    value = encode(Choices(b"\0" * 4, {}), KEYSET)
    body = bytearray(urlsafe_b64decode(value.partition(".")[2] + "=="))[:-16]
    body[0] = 3
    key = KEYSET.derive(Use.CONSENT_COOKIE)
    mac = hmac.digest(key.secret, b"." + body, "sha256")[:16]
    newer = b"." + urlsafe_b64encode(bytes(body) + mac).rstrip(b"=")
    assert decode(newer, KEYSET) is None


def test_the_field_that_sets_it() -> None:
    """Host-bound, over TLS only, out of reach of scripts, sent on navigation."""
    assert set_cookie("v", 60) == b"__Host-consent=v; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("vector", VECTORS["values"], ids=lambda vector: str(vector["comment"]))
def test_the_published_vectors(vector: dict[str, object]) -> None:
    """The format is the one that docs/formats/consent-cookie.md writes down, byte for byte."""
    keyset = Keyset.from_json(json.dumps(VECTORS["keyset"]).encode())
    choices = Choices(
        bytes.fromhex(str(vector["stamp"])),
        {purpose_id: Answer(Choice(choice), at) for purpose_id, choice, at in vector["answers"]},  # type: ignore[attr-defined]
        signalled=bool(vector["signalled"]),
        consent_id=bytes.fromhex(str(vector["consent_id"])),
        account=bytes.fromhex(str(vector["account"])),
        answered=bytes.fromhex(str(vector["answered"])) if "answered" in vector else None,
    )
    assert encode(choices, keyset) == vector["value"] == by_hand(vector)
    assert decode(str(vector["value"]).encode(), keyset) == choices


@pytest.mark.parametrize("forged", VECTORS["forged"], ids=lambda vector: str(vector["comment"]))
def test_the_published_forgeries(forged: dict[str, str]) -> None:
    """Each of these is refused, for the reason that its comment gives."""
    assert (
        decode(forged["value"].encode("latin-1"), Keyset.from_json(json.dumps(VECTORS["keyset"]).encode()))
        is None
    )


def by_hand(vector: dict[str, object]) -> str:
    """Build a value a second time, from the document alone and without the library's code."""
    key_id, secret = bytes.fromhex(VECTORS["key_id"]), bytes.fromhex(VECTORS["derived_secret"])
    answers = sorted(vector["answers"])  # type: ignore[call-overload]
    shape = "".join(f"{purpose_id:04x}" + ("+" if choice == 1 else "-") for purpose_id, choice, _ in answers)
    body = (
        (b"\x02" if "answered" in vector else b"\x01")
        + key_id
        + bytes.fromhex(str(vector["stamp"]))
        + (b"\x01" if vector["signalled"] else b"\x00")
    )
    body += bytes([len(answers)])
    for purpose_id, choice, at in answers:
        body += purpose_id.to_bytes(2, "big") + bytes([choice]) + at.to_bytes(4, "big")
    for name in ("consent_id", "account"):
        text = bytes.fromhex(str(vector[name]))
        body += bytes([len(text)]) + text
    body += bytes.fromhex(str(vector.get("answered", "")))
    inner = hashlib.sha256(
        bytes(b ^ 0x36 for b in secret.ljust(64, b"\0")) + shape.encode() + b"." + body
    ).digest()
    mac = hashlib.sha256(bytes(b ^ 0x5C for b in secret.ljust(64, b"\0")) + inner).digest()[:16]
    return shape + "." + urlsafe_b64encode(body + mac).decode().rstrip("=")


def test_twice_the_purposes_of_a_policy_fit() -> None:
    """A worker carries a newer worker's answers beside its own; a browser keeps 4096 bytes."""
    answers = {purpose_id: Answer(Choice.GRANTED, 1) for purpose_id in range(2 * MOST_ASKED)}
    choices = Choices(b"\0" * 4, answers, consent_id=b"i" * 16, account=b"a" * 20, answered=b"r" * 8)
    value = encode(choices, KEYSET)
    assert len(COOKIE_NAME) + len(value) <= 4096
    assert decode(value.encode(), KEYSET) == choices
