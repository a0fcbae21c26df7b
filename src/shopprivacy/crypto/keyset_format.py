"""The keyset as a file: JSON, format 1. Layout and vectors: ``docs/formats/keyset.md``.

Reading returns what is wrong instead of raising it: the frames that hold the text and the secrets are gone by the
time `Keyset.from_json` raises, so that no traceback with locals can print them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shopprivacy.crypto.keys import ID_BYTES, SECRET_BYTES, Key, KeyState, Ring, Secret

NAME: Final = "shopprivacy-keyset"
VERSION: Final = 1
TIME: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a keyset file says."""

    tenant: str
    keys: tuple[Key, ...]


def write(content: Content) -> bytes:
    """The file's bytes: JSON, two spaces of indent, a final newline."""
    rings = {ring.value: [_entry(key) for key in content.keys if key.ring is ring] for ring in Ring}
    document = {"format": NAME, "version": VERSION, "tenant": content.tenant, "rings": rings}
    return json.dumps(document, indent=2).encode() + b"\n"


def read(text: bytes) -> Content | str:
    """What the file says, or what is wrong with it: a place and a rule, never a value."""
    try:
        document = json.loads(text.decode(), object_pairs_hook=_no_duplicates)
        return _document(document)
    except _Malformed as wrong:
        return str(wrong)
    except ValueError:  # not UTF-8, not JSON, or a number of thousands of digits
        return "not JSON: if this is the right file, restore it from a backup"
    except RecursionError:
        return "nested too deep"


class _Malformed(Exception):
    """Place and rule."""


def _document(document: object) -> Content:
    if not isinstance(document, dict) or document.get("format") != NAME:
        raise _Malformed(f'not a keyset: "format" must be "{NAME}"')
    if document.get("version") != VERSION:
        raise _Malformed(f"version: this library reads version {VERSION}; a newer file needs a newer library")
    fields = _fields(document, "", {"format", "version", "tenant", "rings"})
    tenant = fields["tenant"]
    if not isinstance(tenant, str):
        raise _Malformed("tenant: must be a string")
    rings = _fields(fields["rings"], "rings", {ring.value for ring in Ring})
    keys: list[Key] = []
    for ring in Ring:
        line = rings[ring.value]
        if not isinstance(line, list):
            raise _Malformed(f"rings.{ring}: must be a list of keys")
        keys.extend(_key(raw, ring, f"rings.{ring}[{position}]") for position, raw in enumerate(line))
    return Content(tenant, tuple(keys))


def _key(raw: object, ring: Ring, place: str) -> Key:
    fields = _fields(raw, place, {"id", "state", "created", "changed", "secret"})
    return Key(
        id=_hex(fields["id"], f"{place}.id"),
        ring=ring,
        state=_state(fields["state"], f"{place}.state"),
        created=_time(fields["created"], f"{place}.created"),
        changed=_time(fields["changed"], f"{place}.changed"),
        secret=None if fields["secret"] is None else _secret(fields["secret"], f"{place}.secret"),
    )


def _entry(key: Key) -> dict[str, str | None]:
    return {
        "id": key.id.hex(),
        "state": key.state.value,
        "created": key.created.astimezone(UTC).strftime(TIME),
        "changed": key.changed.astimezone(UTC).strftime(TIME),
        "secret": None if key.secret is None else _base64(key.secret),
    }


def _fields(value: object, place: str, expected: set[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _Malformed(f"{place}: must be an object")
    if missing := sorted(expected - value.keys()):
        raise _Malformed(f"{place + '.' if place else ''}{missing[0]}: missing")
    if value.keys() - expected:  # unnamed: whatever stands in the wrong place may be a secret
        raise _Malformed(
            f"{place + ': ' if place else ''}unknown field; known are {', '.join(sorted(expected))}"
        )
    return value


def _no_duplicates(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _Malformed("duplicate field in one object")  # unnamed, as above
        found[name] = value
    return found


def _state(value: object, place: str) -> KeyState:
    for state in KeyState:
        if value == state:
            return state
    raise _Malformed(f"{place}: must be one of {', '.join(KeyState)}")


def _hex(value: object, place: str) -> bytes:
    if isinstance(value, str) and re.fullmatch(rf"[0-9a-f]{{{2 * ID_BYTES}}}", value):
        return bytes.fromhex(value)
    raise _Malformed(f"{place}: must be {2 * ID_BYTES} lower-case hexadecimal digits")


def _secret(value: object, place: str) -> Secret:
    # 43 characters carry 258 bits; writing the result again finds the spellings that differ in the last two only.
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{43}", value):
        secret = Secret(base64.urlsafe_b64decode(value + "="))
        if _base64(secret) == value:
            return secret
    raise _Malformed(f"{place}: must be {SECRET_BYTES} bytes in base64url without padding")


def _base64(secret: Secret) -> str:
    return base64.urlsafe_b64encode(secret.reveal()).decode().rstrip("=")


def _time(value: object, place: str) -> datetime:
    if isinstance(value, str) and re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z", value):
        try:
            return datetime.strptime(value, TIME).replace(tzinfo=UTC)
        except ValueError:
            pass
    raise _Malformed(f"{place}: must be a time in UTC such as 2026-01-31T09:30:00.000000Z")
