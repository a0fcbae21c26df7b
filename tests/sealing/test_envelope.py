"""The envelope: what opens, what is refused, and that nothing shows a key or a value."""

from __future__ import annotations

import copy
import os
import pickle
import traceback
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Keyset, Ring, Secret
from shopprivacy.errors import KeyUnavailable, NotSealed, PrivacyError, SealBroken, SealRefused
from shopprivacy.sealing.bounded_map import BoundedMap
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.envelope import (
    FIELD_SUITE,
    HEAD_BYTES,
    SUBJECT_SUITE,
    SealKey,
    associated_data,
    content_of,
    read_envelope,
    stored_length,
    subject_key,
    value_of,
)
from shopprivacy.sealing.field_keys import FieldKeys
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random
from tests.sealing.second_reading import okm
from tests.sealing.shop import told_by
from tests.sealing.two_keys import accepted_by_both
from tests.sealing.vectors import flipped

FIELD = "customer.name"
CANARY = "canary"
SECRET = Secret(b"canary-canary-canary-canary-cana")


def field_keys(seed: str = "sample", tenant: str = "shop") -> FieldKeys:
    """The field keys of a keyset."""
    return FieldKeys(Keyset.generate(sample_random(seed), NOON, tenant), sample_random(seed))


def seal(keys: FieldKeys, value: object, field: str = FIELD) -> bytes:
    """An envelope."""
    return keys.current().seal(content_of(value, field), associated_data(field), os.urandom(12))


def open_(keys: FieldKeys, stored: object, field: str = FIELD) -> Any:
    """What it holds."""
    envelope = read_envelope(stored, field, FIELD_SUITE)
    return value_of(keys.key_for(envelope, field).open(envelope, associated_data(field)), field)


KEYS = field_keys()
ENVELOPE = seal(KEYS, "Anna de Vries")


@given(st.integers(0, 8 * len(ENVELOPE) - 1))
def test_every_bit_counts(bit: int) -> None:
    """An envelope with any bit flipped is refused."""
    with pytest.raises((SealBroken, NotSealed, KeyUnavailable)):
        open_(KEYS, flipped(ENVELOPE, bit))


def test_every_single_bit_counts() -> None:
    """All of them, one after the other."""
    opened = 0
    for bit in range(8 * len(ENVELOPE)):
        try:
            open_(KEYS, flipped(ENVELOPE, bit))
            opened += 1
        except PrivacyError:
            pass
    assert opened == 0


def test_no_part_of_it_opens() -> None:
    """Cut at either end by any number of bytes, it is refused."""
    for cut in range(1, len(ENVELOPE) + 1):
        for part in (ENVELOPE[:-cut], ENVELOPE[cut:]):
            with pytest.raises((SealBroken, NotSealed, KeyUnavailable)):
                open_(KEYS, part)


@given(st.binary())
def test_what_anybody_writes_opens_nothing(octets: bytes) -> None:
    """Bytes from anywhere are refused, behind a true head too."""
    for forged in (octets, ENVELOPE[:HEAD_BYTES] + octets):
        with pytest.raises((SealBroken, NotSealed, KeyUnavailable)):
            open_(KEYS, forged)


def test_two_envelopes_of_a_value_differ() -> None:
    """Equal values are not seen to be equal."""
    assert seal(KEYS, "Anna")[HEAD_BYTES:] != seal(KEYS, "Anna")[HEAD_BYTES:]


def test_fields_tenants_and_keysets_do_not_mix() -> None:
    """Bytes of another column, of another shop with the same keys, and of another keyset are refused."""
    with pytest.raises(SealBroken, match=r"^customer\.email: "):
        open_(KEYS, ENVELOPE, "customer.email")
    with pytest.raises(SealBroken):
        open_(field_keys(tenant="another"), ENVELOPE)
    with pytest.raises(KeyUnavailable, match=r"^customer\.name: no key has the id"):
        open_(field_keys("another"), ENVELOPE)


def test_suites_do_not_mix() -> None:
    """A column takes envelopes of its own suite only, even where the key would open them."""
    with pytest.raises(SealBroken):
        read_envelope(ENVELOPE, FIELD, SUBJECT_SUITE)
    key = subject_key("shop", bytes(16), SECRET)
    envelope = key.seal(b"\1x", associated_data(FIELD), bytes(12))
    assert key.open(read_envelope(envelope, FIELD, SUBJECT_SUITE), associated_data(FIELD)) == b"\1x"
    with pytest.raises(SealBroken):
        read_envelope(envelope, FIELD, FIELD_SUITE)


def test_a_ciphertext_of_two_keys_opens_under_one() -> None:
    """What raw AES-GCM accepts under both keys has the commitment of one."""
    document = {"tenant": "shop"}
    handle, data = bytes(16), associated_data(FIELD)
    secrets = (SECRET.reveal(), bytes(32))
    raw = [okm(document, 2, handle.hex(), secret) for secret in secrets]
    both = accepted_by_both(raw[0][:32], raw[1][:32], bytes(12), data, b"\2" * 16)
    assert all(AESGCM(key[:32]).decrypt(bytes(12), both, data) for key in raw)
    envelope = SUBJECT_SUITE + handle + raw[0][32:] + bytes(12) + both
    one, other = (subject_key("shop", handle, Secret(secret)) for secret in secrets)
    assert one.open(envelope, data) is not None
    assert other.open(envelope, data) is None


@pytest.mark.parametrize("stored", ["Anna", b"Anna", b"", b"\2\1", 7, memoryview(b"x" * 100), "Anna" * 50])
def test_clear_text_is_told_as_such(stored: object) -> None:
    """What was never sealed is neither garbage nor an erased value, and is not quoted."""
    with pytest.raises(NotSealed, match=r"^customer\.name: ") as refusal:
        open_(KEYS, stored)
    assert "Anna" not in str(refusal.value)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_drivers_give_bytes_in_many_types(kind: type) -> None:
    """Each of them opens."""
    assert open_(KEYS, kind(ENVELOPE)) == "Anna de Vries"


@given(st.text(max_size=300))
def test_the_stored_length_is_exact(text: str) -> None:
    """A column of that many bytes holds the envelope, and has not one byte to spare."""
    assert len(seal(KEYS, text)) == stored_length(len(text.encode()))


@pytest.mark.parametrize(
    "field",
    [
        *("", "name", ".name", "customer.", "customer.na\nme", f"customer.{'n' * 200}"),
        *("anna@example.nl", "Anna v. Dijk", "customer..name", "customer.name\n"),
    ],
)
def test_a_field_has_a_name(field: str) -> None:
    """What is no ``table.column`` binds nothing, and is refused."""
    with pytest.raises(SealRefused):
        associated_data(field)


@pytest.mark.parametrize("field", ["customer.name", "shop.2fa-code.value$", "order_address.straße"])
def test_names_that_fields_have(field: str) -> None:
    """A schema may stand before the table."""
    assert associated_data(field).endswith(field.encode())


def test_an_unfit_value_is_not_quoted() -> None:
    """The refusal names the field."""
    with pytest.raises(SealRefused, match=r"^customer\.name: ") as refusal:
        content_of((CANARY,), FIELD)
    assert CANARY not in str(refusal.value)


class TestFieldKeys:
    """Which key seals, and which opens."""

    def test_one_key_seals_until_it_is_used_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """After its number of values a process takes another key; what it has sealed still opens."""
        monkeypatch.setattr("shopprivacy.sealing.field_keys.MOST_SEALS", 3)
        keys = field_keys()
        sealed = [seal(keys, number) for number in range(7)]
        assert [len({envelope[:HEAD_BYTES] for envelope in sealed[at : at + 3]}) for at in (0, 3)] == [1, 1]
        assert len({envelope[:HEAD_BYTES] for envelope in sealed}) == 3
        assert [open_(keys, envelope) for envelope in sealed] == list(range(7))

    def test_a_forked_process_takes_another_key(self) -> None:
        """After ``renew`` another key seals."""
        keys = field_keys()
        before = keys.current()
        keys.renew()
        assert keys.current().head != before.head

    def test_rotated_and_disabled_roots(self) -> None:
        """A former root opens; a disabled one is told as unavailable, and opens again when it is enabled."""
        random = sample_random("rotated")
        first = sample_keyset().primary(Ring.DATA).id
        envelope = seal(FieldKeys(sample_keyset(), random), "Anna")
        made = sample_keyset().new(Ring.DATA, random, NOON)
        rotated = made.rotate(made.keys(Ring.DATA)[1].id, NOON)
        assert open_(FieldKeys(rotated, random), envelope) == "Anna"
        assert seal(FieldKeys(rotated, random), "Anna")[1:5] == rotated.primary(Ring.DATA).id
        disabled = rotated.disable(first, NOON)
        with pytest.raises(KeyUnavailable, match="can no longer be used"):
            open_(FieldKeys(disabled, random), envelope)
        assert open_(FieldKeys(disabled.enable(first, NOON), random), envelope) == "Anna"

    def test_forged_heads_are_not_remembered(self) -> None:
        """Whoever can write cannot fill the map of keys: only a head that a key really has stays."""
        keys = field_keys()
        root = ENVELOPE[:5]
        for number in range(20):
            with pytest.raises(SealBroken):
                open_(keys, root + bytes([number]) * 200)
        assert len(keys._known) == 0


class TestBoundedMap:
    """A map that forgets."""

    @given(st.lists(st.integers(0, 20), max_size=60))
    def test_it_stays_small_and_tells_no_lies(self, asked: list[int]) -> None:
        """It holds at most as many as it may, and what it gives is what was put there."""
        found: BoundedMap[int, str] = BoundedMap(6)
        for key in asked:
            assert found[key] in (None, str(key))
            found.put(key, str(key))
            assert found[key] == str(key)
            assert len(found) <= 6
            assert str(len(found)) in repr(found)

    def test_what_is_asked_for_stays(self) -> None:
        """An entry in use outlives any number of others."""
        found: BoundedMap[object, int] = BoundedMap(4)
        found.put("used", 1)
        for number in range(100):
            found.put(number, number)
            assert found["used"] == 1
        found.clear()
        assert found["used"] is None


def test_keys_do_not_show() -> None:
    """No repr, pickle or copy of a key has its bytes."""
    key = subject_key("shop", b"\xaa" * 16, SECRET)
    assert repr(key) == f"<key {'aa' * 16} of sealed values>"
    for carried in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            carried(key)


def locals_of(error: BaseException) -> str:
    """What a traceback with locals prints, up to where it was caught."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "".join(lines)


def test_frames_hold_neither_keys_nor_values() -> None:
    """Whatever goes wrong in whichever frame, a discreet function's traceback names lines and no values."""

    @discreet
    def outer(value: str, *, more: str) -> None:
        inner = value + more

        def failing(text: str) -> None:
            taken = bytes.fromhex  # a name of an inner frame
            try:
                taken(text)
            except ValueError:
                raise SealBroken("broken") from None

        failing(inner)

    with pytest.raises(SealBroken) as raised:
        outer(CANARY, more=CANARY)
    told = locals_of(
        raised.value.with_traceback(raised.value.__traceback__ and raised.value.__traceback__.tb_next)
    )
    assert "failing" in told
    assert "canary" not in told.replace("outer(CANARY, more=CANARY)", "")


def test_a_key_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while a key is derived shows nothing of it in any frame."""

    def failing(_key: bytes) -> None:
        raise ValueError("no cipher today")

    monkeypatch.setattr("shopprivacy.sealing.envelope.aes", lambda: (failing, ValueError))
    with pytest.raises(ValueError, match="no cipher today") as raised:
        SealKey(SUBJECT_SUITE, bytes(16), SECRET.reveal)
    assert "canary-canary" not in told_by(raised.value)
