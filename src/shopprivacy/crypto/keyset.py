"""The keyset: every root key of a shop, in rings, with the one derivation that everything else goes through.

A keyset never changes: each step (``new``, ``rotate``, ``disable``, ``enable``, ``destroy``) gives another one,
which the caller stores before using it. What the file looks like stands in `keyset_format` and in the docs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NoReturn

from shopprivacy.crypto import derivation, keyset_format
from shopprivacy.crypto.keys import ID_BYTES, SECRET_BYTES, DerivedKey, Key, KeyState, Ring, Secret, Step, Use
from shopprivacy.errors import KeysetError, KeyUnavailable

TENANT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)

MOST_DERIVED: Final = 1000
"""How many derived keys a keyset remembers. Contexts may be many; what is forgotten is derived again."""

_Cache = dict[tuple[Use, bytes | None, int, tuple[str, ...]], DerivedKey]


class Keyset:
    """All root keys of one tenant: exactly one primary key per ring, any number of others.

    Raises KeysetError when the keys contradict each other: a ring without a primary key or with two, one id
    twice, a key of the subjects ring that is not its only one, a secret missing or left behind.
    """

    __slots__ = ("_by_id", "_derived", "_keys", "tenant")

    def __init__(self, tenant: str, keys: Iterable[Key]) -> None:
        self.tenant = tenant
        """Goes into every derivation: two shops with one keyset file still share no key."""
        self._keys = tuple(keys)
        self._by_id = {key.id: key for key in self._keys}
        self._derived: _Cache = {}
        problem = self._contradiction()
        if problem:
            raise KeysetError(f"keyset: {problem}")

    @classmethod
    def generate(cls, random: Callable[[int], bytes], now: datetime, tenant: str = "shop") -> Keyset:
        """A new keyset with one primary key in each ring.

        ``random(n)`` gives n bytes from the operating system's generator (``secrets.token_bytes``).
        """
        keys: list[Key] = []
        for ring in Ring:
            keys.append(_fresh(ring, KeyState.PRIMARY, random, now, taken={key.id for key in keys}))
        return cls(tenant, keys)

    @classmethod
    def from_json(cls, text: bytes) -> Keyset:
        """Read the file format.

        Raises KeysetError that names the place and never shows a value.
        """
        content = keyset_format.read(text)
        del text  # a traceback with locals, of the error below, must find no key
        if isinstance(content, str):
            raise KeysetError(f"keyset: {content}")
        return cls(content.tenant, content.keys)

    def to_json(self) -> bytes:
        """The file format, secrets included. Bind it to no name; see `Secret`."""
        return keyset_format.write(keyset_format.Content(self.tenant, self._keys))

    def keys(self, ring: Ring) -> tuple[Key, ...]:
        """The keys of a ring, oldest first."""
        return tuple(key for key in self._keys if key.ring is ring)

    def primary(self, ring: Ring) -> Key:
        """The key that protects what is new."""
        return next(key for key in self.keys(ring) if key.state is KeyState.PRIMARY)

    def derive(
        self, use: Use, *context: str, length: int = SECRET_BYTES, key_id: bytes | None = None
    ) -> DerivedKey:
        """The key for this use: under the primary root key, or under the one that ``key_id`` names.

        ``context`` says what the key is for within its use: each context has a key of its own. ``length`` is in bytes.

        Raises KeyUnavailable when no key of the use's ring has this id, or when it is disabled or destroyed. Two
        threads that ask for the first time both derive, and get equal keys.
        """
        cached = self._derived.get((use, key_id, length, context))
        if cached is None:
            cached = self.derive_once(use, *context, length=length, key_id=key_id)
            if len(self._derived) >= MOST_DERIVED:
                self._derived.clear()  # in one step, which threads need not wait for each other to take
            self._derived[use, key_id, length, context] = cached
        return cached

    def derive_once(
        self, use: Use, *context: str, length: int = SECRET_BYTES, key_id: bytes | None = None
    ) -> DerivedKey:
        """The same, and nothing is remembered: for contexts that come from outside. Raises as `derive` does."""
        root = self.primary(use.ring) if key_id is None else self._get(key_id)
        if root.ring is not use.ring:
            raise KeyUnavailable(f"key {root.id.hex()} is no {use.ring} key")
        if root.secret is None or root.state is KeyState.DISABLED:
            raise KeyUnavailable(f"{root!r} can no longer be used")
        info = derivation.label(self.tenant, use.label, use.suite, context)
        return DerivedKey(root.id, use, derivation.derive(root.secret, info, length))

    def new(self, ring: Ring, random: Callable[[int], bytes], now: datetime) -> Keyset:
        """Add a key that verifies and opens but protects nothing yet.

        Hand this keyset to every worker first and rotate to the new key afterwards: then no worker ever meets
        the id of a key it does not have.
        """
        _must_rotate(ring)
        return self._with(_fresh(ring, KeyState.DECRYPT_ONLY, random, now, taken=self._by_id))

    def rotate(self, key_id: bytes, now: datetime) -> Keyset:
        """Make this decrypt-only key its ring's primary key; the former one becomes decrypt-only."""
        key = self._rotating(key_id)
        former = self.primary(key.ring)
        return self._with(key.take(Step.PROMOTE, now), former.take(Step.DEMOTE, now))

    def disable(self, key_id: bytes, now: datetime) -> Keyset:
        """Take a decrypt-only key out of use; ``enable`` brings it back."""
        return self._with(self._rotating(key_id).take(Step.DISABLE, now))

    def enable(self, key_id: bytes, now: datetime) -> Keyset:
        """Bring a disabled key back as decrypt-only."""
        return self._with(self._rotating(key_id).take(Step.ENABLE, now))

    def destroy(self, key_id: bytes, now: datetime) -> Keyset:
        """Forget a disabled key for ever. Its id and dates stay. What only it could open is lost."""
        return self._with(self._rotating(key_id).take(Step.DESTROY, now))

    def __repr__(self) -> str:
        return f"<keyset of {self.tenant}: {len(self._keys)} keys>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse ``pickle`` and ``copy``: a keyset stays where it was loaded."""
        raise TypeError("a keyset cannot be pickled or copied")

    def _get(self, key_id: bytes) -> Key:
        key = self._by_id.get(key_id)
        if key is None:
            raise KeyUnavailable(f"no key has the id {key_id.hex()}")
        return key

    def _rotating(self, key_id: bytes) -> Key:
        key = self._get(key_id)
        _must_rotate(key.ring)
        return key

    def _with(self, *changed: Key) -> Keyset:
        kept = {**self._by_id, **{key.id: key for key in changed}}
        return Keyset(self.tenant, kept.values())

    def _contradiction(self) -> str | None:
        if TENANT.fullmatch(self.tenant) is None:
            return "tenant: a lower-case word of at most 63 letters, digits, dots, hyphens and underscores"
        if len(self._by_id) != len(self._keys):
            return "two keys have the same id"
        for key in self._keys:
            if (key.secret is None) is not (key.state is KeyState.DESTROYED):
                return f"{key!r} {'has no secret' if key.secret is None else 'still has its secret'}"
        for ring in Ring:
            primaries = sum(key.state is KeyState.PRIMARY for key in self.keys(ring))
            if primaries != 1:
                return f"ring {ring} has {primaries} primary keys, it needs exactly one"
            if not ring.rotates and len(self.keys(ring)) != 1:
                return f"ring {ring} is never rotated, it has exactly one key"
        return None


def _must_rotate(ring: Ring) -> None:
    if not ring.rotates:
        raise KeysetError(
            f"the {ring} key is never replaced, disabled or destroyed: "
            "every pseudonym and every suppression hangs on it"
        )


def _fresh(
    ring: Ring, state: KeyState, random: Callable[[int], bytes], now: datetime, *, taken: Iterable[bytes]
) -> Key:
    used = set(taken)
    key_id = random(ID_BYTES)
    while key_id in used:
        key_id = random(ID_BYTES)
    return Key(key_id, ring, state, now, now, Secret(random(SECRET_BYTES)))
