"""The keyset: rings, states, the file, and secrets that do not show."""

from __future__ import annotations

import copy
import hmac
import itertools
import json
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Key, Keyset, KeyState, Ring, Secret, Use
from shopprivacy.errors import KeysetError, KeyUnavailable

NOW = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
CANARY = b"canary-canary-canary-canary-cana"
CANARY_TEXT = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmE"


def counting(start: int = 0) -> Callable[[int], bytes]:
    """Random bytes that are not: each call gives another, the same ones in each run."""
    numbers = itertools.count(start)
    return lambda length: next(numbers).to_bytes(2, "big").rjust(length, b"\x5a")


def keyset() -> Keyset:
    """A new keyset."""
    return Keyset.generate(counting(), NOW)


def canary_keyset() -> Keyset:
    """A keyset whose every secret is the canary."""
    ids = counting()
    return Keyset.generate(lambda length: CANARY if length == 32 else ids(length), NOW)


def document(**changes: object) -> dict[str, Any]:
    """The JSON of a keyset as objects, with changes at the top."""
    loaded: dict[str, Any] = json.loads(canary_keyset().to_json())
    return {**loaded, **changes}


def signing(**changes: object) -> bytes:
    """A keyset file whose signing key differs in these fields."""
    changed = document()
    changed["rings"]["signing"][0].update(changes)
    return json.dumps(changed).encode()


def test_a_new_keyset_is_complete() -> None:
    """Each ring has one primary key, with an id and a secret of its own."""
    keys = [key for ring in Ring for key in keyset().keys(ring)]
    assert [key.state for key in keys] == [KeyState.PRIMARY] * 4
    assert len({key.id for key in keys}) == 4
    assert len({key.secret.reveal() for key in keys if key.secret}) == 4


def test_ids_do_not_collide() -> None:
    """An id that is taken is drawn again."""
    four = [b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\3", b"\0\0\0\4"]
    ids = iter(four)
    made = Keyset.generate(lambda length: next(ids) if length == 4 else CANARY, NOW)
    assert len({key.id for ring in Ring for key in made.keys(ring)}) == 4


def test_the_file_gives_the_same_keyset_back() -> None:
    """Writing and reading changes nothing, through every state a key can have."""
    made = keyset()
    first = made.primary(Ring.SIGNING).id
    made = made.new(Ring.SIGNING, counting(50), LATER)
    made = made.rotate(made.keys(Ring.SIGNING)[1].id, LATER).disable(first, LATER).destroy(first, LATER)
    again = Keyset.from_json(made.to_json())
    assert again.to_json() == made.to_json()
    assert again.tenant == "shop"
    assert again.derive(Use.LEDGER_CHAIN).secret == made.derive(Use.LEDGER_CHAIN).secret


def test_tenants_share_no_key() -> None:
    """The same roots give other keys to another tenant."""
    one = keyset()
    other = Keyset("other", [key for ring in Ring for key in one.keys(ring)])
    assert one.derive(Use.SUBJECT).secret != other.derive(Use.SUBJECT).secret


def test_uses_share_no_key() -> None:
    """Uses of one ring have different keys under one root."""
    secrets = {keyset().derive(use).secret for use in Use}
    assert len(secrets) == len(Use)


def test_deriving_twice_gives_the_same_object() -> None:
    """A derived key is computed once."""
    made = keyset()
    assert made.derive(Use.CONSENT_COOKIE) is made.derive(Use.CONSENT_COOKIE)


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_contexts_share_no_key(one: list[str], other: list[str]) -> None:
    """Each context of a use has a key of its own, and so has a use without one."""
    made = keyset()
    keys = [made.derive(Use.BLIND_INDEX, *context).secret for context in (one, other)]
    assert (keys[0] == keys[1]) is (one == other)


def test_the_length_is_what_was_asked_for() -> None:
    """A longer key is not the shorter one of the cache."""
    made = keyset()
    assert [len(made.derive(Use.SEALED_FIELD, length=length).secret) for length in (32, 64, 32)] == [
        32,
        64,
        32,
    ]


def test_the_derived_keys_that_are_remembered_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many contexts are asked for, a keyset does not grow without bound, and derives again what it forgot."""
    monkeypatch.setattr("shopprivacy.crypto.keyset.MOST_DERIVED", 3)
    made = keyset()
    first = made.derive(Use.BLIND_INDEX, "0").secret
    for number in range(10):
        made.derive(Use.BLIND_INDEX, str(number))
        assert len(made._derived) <= 3
    assert made.derive(Use.BLIND_INDEX, "0").secret == first


def test_rotation_keeps_the_old_key_readable() -> None:
    """After a rotation new things get the new key, and the former one still verifies under its id."""
    old = keyset()
    before = old.derive(Use.CONSENT_COOKIE)
    ready = old.new(Ring.SIGNING, counting(50), LATER)
    assert ready.derive(Use.CONSENT_COOKIE).id == before.id
    rotated = ready.rotate(ready.keys(Ring.SIGNING)[1].id, LATER)
    assert rotated.derive(Use.CONSENT_COOKIE).id != before.id
    assert rotated.derive(Use.CONSENT_COOKIE, key_id=before.id).secret == before.secret
    assert [key.state for key in rotated.keys(Ring.SIGNING)] == [KeyState.DECRYPT_ONLY, KeyState.PRIMARY]


def test_a_rotation_can_be_taken_back() -> None:
    """The former primary key can become primary again."""
    made = keyset().new(Ring.DATA, counting(50), LATER)
    first, second = (key.id for key in made.keys(Ring.DATA))
    assert made.rotate(second, LATER).rotate(first, LATER).primary(Ring.DATA).id == first


def test_disabled_keys_come_back_and_destroyed_ones_do_not() -> None:
    """Disable, enable, destroy: the id and the dates of a destroyed key stay, its secret is gone."""
    made = keyset().new(Ring.SIGNING, counting(50), LATER)
    spare = made.keys(Ring.SIGNING)[1].id
    disabled = made.disable(spare, LATER)
    with pytest.raises(KeyUnavailable, match="can no longer be used"):
        disabled.derive(Use.LEDGER_CHAIN, key_id=spare)
    assert disabled.enable(spare, LATER).derive(Use.LEDGER_CHAIN, key_id=spare).id == spare
    gone = disabled.destroy(spare, LATER)
    key = gone.keys(Ring.SIGNING)[1]
    assert (key.id, key.state, key.changed, key.secret) == (spare, KeyState.DESTROYED, LATER, None)
    with pytest.raises(KeyUnavailable, match="destroyed"):
        gone.derive(Use.LEDGER_CHAIN, key_id=spare)
    with pytest.raises(KeysetError, match="destroyed> cannot become decrypt_only"):
        gone.enable(spare, LATER)


@pytest.mark.parametrize("step", ["rotate", "disable", "enable", "destroy"])
def test_a_primary_key_is_rotated_away_first(step: str) -> None:
    """Nothing happens to a primary key but that another takes its place."""
    made = keyset()
    with pytest.raises(KeysetError, match=r"primary> cannot become"):
        getattr(made, step)(made.primary(Ring.SIGNING).id, LATER)


def test_a_key_in_use_is_disabled_before_it_is_destroyed() -> None:
    """Destroying takes two steps, so that somebody may notice in between."""
    made = keyset().new(Ring.SIGNING, counting(50), LATER)
    with pytest.raises(KeysetError, match="decrypt_only> cannot become destroyed"):
        made.destroy(made.keys(Ring.SIGNING)[1].id, LATER)


def test_the_subjects_key_stays() -> None:
    """No step may touch the subjects ring: suppressions would stop matching."""
    made = keyset()
    key_id = made.primary(Ring.SUBJECTS).id
    with pytest.raises(KeysetError, match="never replaced"):
        made.new(Ring.SUBJECTS, counting(50), LATER)
    for step in (made.rotate, made.disable, made.enable, made.destroy):
        with pytest.raises(KeysetError, match="never replaced"):
            step(key_id, LATER)


def test_unknown_ids() -> None:
    """An id that no key has, or that belongs to another ring, opens nothing."""
    made = keyset()
    with pytest.raises(KeyUnavailable, match="no key has the id 00000000"):
        made.derive(Use.SUBJECT, key_id=bytes(4))
    with pytest.raises(KeyUnavailable, match="is no signing key"):
        made.derive(Use.CONSENT_COOKIE, key_id=made.primary(Ring.DATA).id)
    with pytest.raises(KeyUnavailable, match="no key has the id"):
        made.disable(bytes(4), LATER)


MALFORMED = [
    (b"", "not JSON"),
    (b"\xff", "not JSON"),
    (b"[" * 100_000, "nested too deep|not JSON"),
    (b"9" * 10_000, "not JSON"),
    (b"[]", "not a keyset"),
    (b'{"format": "other"}', "not a keyset"),
    (b'{"format": 1, "format": 2}', "duplicate field"),
    (json.dumps(document(version=2)).encode(), "version: this library reads version 1"),
    (json.dumps(document(extra=1)).encode(), "unknown field; known are format, rings, tenant, version"),
    (json.dumps(document(tenant=1)).encode(), "tenant: must be a string"),
    (json.dumps(document(tenant="Shop")).encode(), "tenant: a lower-case word"),
    (json.dumps(document(rings=[])).encode(), "rings: must be an object"),
    (json.dumps(document(rings={})).encode(), "rings.data: missing"),
    (json.dumps(document(rings=dict.fromkeys(Ring, 1))).encode(), "rings.signing: must be a list"),
    (json.dumps(document(rings={ring: [] for ring in Ring})).encode(), "ring signing has 0 primary keys"),
    (
        json.dumps(document(rings={ring: [1] for ring in Ring})).encode(),
        r"rings.signing\[0\]: must be an object",
    ),
    (signing(secret=CANARY_TEXT[1:]), r"rings.signing\[0\].secret: must be 32 bytes in base64url"),
    (signing(secret=CANARY_TEXT[:-1] + "F"), r"rings.signing\[0\].secret: must be 32 bytes"),
    (signing(secret=CANARY_TEXT + "\n"), r"rings.signing\[0\].secret: must be 32 bytes"),
    (signing(secret=7), r"rings.signing\[0\].secret: must be 32 bytes"),
    (signing(secret=None), "<signing key 5a5a0000 primary> has no secret"),
    (signing(state="destroyed"), "<signing key 5a5a0000 destroyed> still has its secret"),
    (signing(state="decrypt_only"), "ring signing has 0 primary keys"),
    (signing(state=[]), r"rings.signing\[0\].state: must be one of primary, decrypt_only"),
    (signing(id="5a5a0001"), "two keys have the same id"),
    (signing(id="5A5A0000"), r"rings.signing\[0\].id: must be 8 lower-case hexadecimal digits"),
    (signing(id=7), r"rings.signing\[0\].id: must be 8 lower-case"),
    (signing(created="2026-01-01"), r"rings.signing\[0\].created: must be a time in UTC"),
    (signing(created="2026-13-01T00:00:00.000000Z"), r"rings.signing\[0\].created: must be a time in UTC"),
    (signing(changed=None), r"rings.signing\[0\].changed: must be a time in UTC"),
    (signing(**{CANARY_TEXT: 1}), r"rings.signing\[0\]: unknown field"),
]


@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_a_malformed_file_is_named(text: bytes, message: str) -> None:
    """The error says where and what, and neither it nor a traceback with locals shows a secret."""
    with pytest.raises(KeysetError, match=message) as caught:
        Keyset.from_json(text)
    inner = caught.value.__traceback__
    assert inner is not None
    shown = "".join(
        traceback.TracebackException(KeysetError, caught.value, inner.tb_next, capture_locals=True).format()
    )
    assert CANARY_TEXT not in shown
    assert repr(CANARY) not in shown


def test_the_subjects_ring_has_one_key() -> None:
    """A file that gives the subjects ring a second key is refused."""
    changed = document()
    other = {**changed["rings"]["subjects"][0], "id": "00000001", "state": "decrypt_only"}
    changed["rings"]["subjects"].append(other)
    with pytest.raises(KeysetError, match="never rotated, it has exactly one key"):
        Keyset.from_json(json.dumps(changed).encode())


@given(st.binary(max_size=64) | st.text().map(str.encode))
def test_rubbish_is_a_keyset_error(text: bytes) -> None:
    """Whatever the file holds, the error is ours."""
    with pytest.raises(KeysetError):
        Keyset.from_json(text)


def test_nothing_shows_a_secret() -> None:
    """Neither repr nor str of a keyset, a key, a secret or a derived key holds key material."""
    made = canary_keyset()
    derived = made.derive(Use.CONSENT_COOKIE)
    shown = "".join(
        f"{thing!r}{thing}"
        for thing in (made, made.keys(Ring.SIGNING), made.primary(Ring.DATA), derived, Secret(CANARY))
    )
    assert "canary" not in shown
    assert derived.secret.hex() not in shown
    assert repr(derived.secret)[2:-1] not in shown
    assert "<consent-cookie key 5a5a0000>" in shown


def test_secrets_are_not_carried_on() -> None:
    """Pickling or copying a keyset, a derived key or a secret is refused."""
    made = keyset()
    for thing in (made, made.derive(Use.SUBJECT), Secret(CANARY)):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            pickle.dumps(thing)
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copy.deepcopy(thing)


def test_keys_of_a_ring_are_told_apart_by_identity() -> None:
    """Comparing keys compares no secrets."""
    one = Key(b"\0\0\0\1", Ring.DATA, KeyState.PRIMARY, NOW, NOW, Secret(CANARY))
    same = Key(b"\0\0\0\1", Ring.DATA, KeyState.PRIMARY, NOW, NOW, Secret(CANARY))
    assert one != same


def test_a_key_authenticates_by_its_own_algorithm_only() -> None:
    """HMAC-SHA256 as RFC 2104 has it, message after message; a key for signatures authenticates nothing."""
    made = keyset()
    key = made.derive(Use.CONSENT_COOKIE)
    for message in (b"", b"one", b"two"):
        assert key.mac(message) == hmac.digest(key.secret, message, "sha256")
    with pytest.raises(TypeError, match="is for ed25519"):
        made.derive(Use.CHECKPOINT).mac(b"one")
