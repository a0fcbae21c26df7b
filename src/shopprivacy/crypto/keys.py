"""One key: its ring, its state, its dates, and the secret that no repr, pickle or traceback shows.

States follow NIST SP 800-57 part 1 rev. 5, section 7: a primary key protects new data, a decrypt-only key still
opens or verifies what it protected, a disabled key does neither but can come back, a destroyed key is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, NoReturn

from shopprivacy.errors import KeysetError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hmac import HMAC

ID_BYTES: Final = 4
SECRET_BYTES: Final = 32


class Ring(StrEnum):
    """A root: one line of keys that succeed each other. Every use belongs to one ring."""

    SIGNING = "signing"
    DATA = "data"
    INDEX = "index"
    SUBJECTS = "subjects"
    """Pseudonyms and suppressions. Never rotated: under a new key nobody who objected would be found again."""

    @property
    def rotates(self) -> bool:
        """Whether keys of this ring may be replaced."""
        return self is not Ring.SUBJECTS


class Suite(StrEnum):
    """The algorithm a derived key is for. It is part of the derivation, so no key ever serves two algorithms."""

    HMAC_SHA256 = "hmac-sha256"
    ED25519 = "ed25519"
    AES_256_GCM = "aes-256-gcm"
    BLAKE2B = "blake2b"

    # Text's own: that of an Enum is written in Python.
    __hash__ = str.__hash__


class Use(Enum):
    """What a derived key is for. A use fixes its ring and its suite; callers have nothing to choose."""

    CONSENT_COOKIE = ("consent-cookie", Ring.SIGNING, Suite.HMAC_SHA256)
    LEDGER_CHAIN = ("ledger-chain", Ring.SIGNING, Suite.HMAC_SHA256)
    CHECKPOINT = ("ledger-checkpoint", Ring.SIGNING, Suite.ED25519)
    SUBJECT = ("subject-pseudonym", Ring.SUBJECTS, Suite.HMAC_SHA256)
    MAIL_ADDRESS = ("mail-address", Ring.SUBJECTS, Suite.HMAC_SHA256)
    UNSUBSCRIBE_LINK = ("unsubscribe-link", Ring.SUBJECTS, Suite.HMAC_SHA256)
    CONFIRMATION_LINK = ("confirmation-link", Ring.SIGNING, Suite.HMAC_SHA256)
    SEALED_FIELD = ("sealed-field", Ring.DATA, Suite.AES_256_GCM)
    SUBJECT_WRAP = ("subject-wrap", Ring.DATA, Suite.AES_256_GCM)
    BLIND_INDEX = ("blind-index", Ring.INDEX, Suite.HMAC_SHA256)
    VISITOR = ("visitor-of-the-day", Ring.SUBJECTS, Suite.BLAKE2B)

    def __init__(self, label: str, ring: Ring, suite: Suite) -> None:
        self.label = label
        self.ring = ring
        self.suite = suite

    # One object each: Python's own hash of a member costs more than the look-up of a key, on every request.
    __hash__ = object.__hash__


class KeyState(StrEnum):
    """What may still be done with a key."""

    PRIMARY = "primary"
    DECRYPT_ONLY = "decrypt_only"
    DISABLED = "disabled"
    DESTROYED = "destroyed"


class Step(Enum):
    """Every legal change of state. A primary key is rotated away before anything else can happen to it."""

    PROMOTE = (KeyState.DECRYPT_ONLY, KeyState.PRIMARY)
    DEMOTE = (KeyState.PRIMARY, KeyState.DECRYPT_ONLY)
    DISABLE = (KeyState.DECRYPT_ONLY, KeyState.DISABLED)
    ENABLE = (KeyState.DISABLED, KeyState.DECRYPT_ONLY)
    DESTROY = (KeyState.DISABLED, KeyState.DESTROYED)
    """Only after it was disabled, and nobody missed it."""

    def __init__(self, before: KeyState, after: KeyState) -> None:
        self.before = before
        self.after = after


class Secret:
    """Bytes that do not show themselves. ``reveal()`` is the only way to them.

    Bind what ``reveal()`` returns to no name: a traceback with locals prints every name of every frame.
    """

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def reveal(self) -> bytes:
        """The bytes themselves."""
        return self._octets

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse ``pickle`` and ``copy``: caches, task queues and sessions would carry the secret on."""
        raise TypeError("a secret cannot be pickled or copied")


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One root key of a ring. ``secret`` is None once the key is destroyed; id and dates stay as proof."""

    id: bytes
    ring: Ring
    state: KeyState
    created: datetime
    changed: datetime
    """When the key entered its present state (UTC)."""
    secret: Secret | None

    def __repr__(self) -> str:
        return f"<{self.ring} key {self.id.hex()} {self.state}>"

    def take(self, step: Step, now: datetime) -> Key:
        """The same key one step further.

        Raises KeysetError when the step is not legal from its present state.
        """
        if self.state is not step.before:
            raise KeysetError(f"{self!r} cannot become {step.after}: only a {step.before} key can")
        secret = None if step is Step.DESTROY else self.secret
        return replace(self, state=step.after, changed=now, secret=secret)


def _hmac(secret: Secret) -> HMAC:
    from cryptography.hazmat.primitives.hashes import SHA256  # with the first key, not with the library
    from cryptography.hazmat.primitives.hmac import HMAC

    return HMAC(secret.reveal(), SHA256())


class DerivedKey:
    """A key for one use. ``id`` names the root key it came from and travels with what it protects.

    ``secret`` is 32 bytes: a key of HMAC, AES or BLAKE2b, or an Ed25519 seed (RFC 8032, section 5.1.5); or as many as
    were asked for. Use it inside an expression (``Ed25519PrivateKey.from_private_bytes(key.secret)``); a local
    variable of your own would show in tracebacks.
    """

    __slots__ = ("_keyed", "_secret", "id", "use")

    def __init__(self, key_id: bytes, use: Use, secret: Secret) -> None:
        self.id = key_id
        self.use = use
        self._secret = secret
        self._keyed = _hmac(secret) if use.suite is Suite.HMAC_SHA256 else None

    def mac(self, message: bytes) -> bytes:
        """Return the 32 bytes of HMAC-SHA256 (RFC 2104) over ``message``.

        The key's own blocks are hashed once (section 4 there), which halves the cost of a short message. Raises
        TypeError for a key that is for another algorithm.
        """
        if self._keyed is None:
            raise TypeError(f"{self!r} is for {self.use.suite}")
        state = self._keyed.copy()
        state.update(message)
        return state.finalize()

    @property
    def secret(self) -> bytes:
        """The bytes."""
        return self._secret.reveal()

    def __repr__(self) -> str:
        return f"<{self.use.label} key {self.id.hex()}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse ``pickle`` and ``copy``, as the secret does."""
        raise TypeError("a derived key cannot be pickled or copied")
