"""The envelope: one sealed value as bytes. Layout, reasons and vectors: ``docs/formats/sealed.md``.

    suite 1 | key 16 | commitment 32 | nonce 12 | ciphertext | tag 16

    okm 64     = HKDF-SHA256(secret, no salt, length_prefixed("shopprivacy/1", tenant, use, "aes-256-gcm", hex(key)))
    AES key    = okm[:32]; commitment = okm[32:]
    associated = length_prefixed("shopprivacy/1", field)

AES-256-GCM (NIST SP 800-38D) with a random nonce. GCM alone lets somebody make a ciphertext that opens under two keys;
the commitment, which follows from the key, names the one that it was sealed under. It is part of what a key is found
by, so that comparing it costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from shopprivacy.crypto import Secret
from shopprivacy.crypto.derivation import FORMAT, derive, label, length_prefixed
from shopprivacy.crypto.keys import Suite
from shopprivacy.errors import NotSealed, SealBroken, SealRefused
from shopprivacy.sealing.values import TEXT, TYPE_BYTES, Unfit, decode, encode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FIELD_SUITE: Final = b"\x01"
"""A key of the shop's own, derived from a data root."""
SUBJECT_SUITE: Final = b"\x02"
"""A key of one person's, which can be destroyed."""
KEY_BYTES: Final = 16
OKM_BYTES: Final = 64
NONCE_BYTES: Final = 12
_AES_BYTES: Final = 32
_KEY_END: Final = 1 + KEY_BYTES
HEAD_BYTES: Final = _KEY_END + OKM_BYTES - _AES_BYTES
BODY: Final = HEAD_BYTES + NONCE_BYTES
_TAG_BYTES: Final = 16
_SHORTEST: Final = BODY + TYPE_BYTES + _TAG_BYTES
SUBJECT_USE: Final = "sealed-subject"
_LONGEST_FIELD: Final = 200
_FIELD: Final = re.compile(r"[\w$-]+(\.[\w$-]+)+")
"""Words, and no blank or @: an e-mail address is none."""
_UNOPENED: Final = Unfit()


def stored_length(length: int) -> int:
    """Return how many bytes a sealed value of ``length`` bytes takes; a character of text has up to four bytes."""
    return _SHORTEST + length


@cache
def aes() -> tuple[type[AESGCM], type[Exception]]:
    """AES-GCM, and what it raises for a tag that does not match: imported with the first key, not with the library."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM, InvalidTag


class SealKey:
    """What seals and opens under one key. ``head`` is what each of its envelopes begins with.

    ``okm`` gives the 64 bytes: a function, so that no frame has a name for them.
    """

    __slots__ = ("_encrypt", "decrypt", "head")

    def __init__(self, suite: bytes, key: bytes, okm: Callable[[], bytes]) -> None:
        self.head = suite + key + okm()[_AES_BYTES:]
        cipher = aes()[0](okm()[:_AES_BYTES])
        self._encrypt, self.decrypt = cipher.encrypt, cipher.decrypt

    def seal(self, content: bytes, associated: bytes, nonce: bytes) -> bytes:
        """Return the envelope of what ``encode`` has given; ``nonce`` is 12 random bytes."""
        return self.head + nonce + self._encrypt(nonce, content, associated)

    def open(self, envelope: bytes, associated: bytes) -> bytes | None:
        """Return what was sealed; None: this envelope is not as it was written under this key for this field."""
        if envelope[:HEAD_BYTES] != self.head:
            return None
        try:
            return self.decrypt(envelope[HEAD_BYTES:BODY], envelope[BODY:], associated)
        except aes()[1]:
            return None

    def opened(self, envelope: bytes, associated: bytes) -> Any:  # noqa: ANN401  # whatever was sealed
        """Return the value that was sealed, in as few steps as there are.

        NotImplemented: it does not open; `open` and `value_of` say why.
        """
        if envelope[:HEAD_BYTES] != self.head:
            return NotImplemented
        try:
            content = self.decrypt(envelope[HEAD_BYTES:BODY], envelope[BODY:], associated)
            if content[0] == TEXT:  # as in `decode`
                return content[TYPE_BYTES:].decode()
        except Exception:  # what it was is found out once more
            return NotImplemented
        value = decode(content)
        return NotImplemented if value.__class__ is Unfit else value

    @property
    def name(self) -> bytes:
        """The 16 bytes that envelopes name it by: a handle, or a root's id and an epoch."""
        return self.head[1:_KEY_END]

    def __repr__(self) -> str:
        return f"<key {self.name.hex()} of sealed values>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse ``pickle`` and ``copy``, as every key does."""
        raise TypeError("a key cannot be pickled or copied")


def subject_key(tenant: str, handle: bytes, secret: Secret) -> SealKey:
    """Return the key of one person under this handle."""
    okm = derive(secret, _subject_label(tenant) + handle.hex().encode(), OKM_BYTES)
    return SealKey(SUBJECT_SUITE, handle, okm.reveal)


@lru_cache(maxsize=64)
def _subject_label(tenant: str) -> bytes:
    """What the label of each key of a person begins with: all but the handle, of which the length is known."""
    digits = 2 * KEY_BYTES
    return label(tenant, SUBJECT_USE, Suite.AES_256_GCM, ("0" * digits,))[:-digits]


@lru_cache(maxsize=1024)
def associated_data(field: object) -> bytes:
    """Return what binds an envelope to its field, ``table.column``. Raises SealRefused for what is no such name."""
    name = field if isinstance(field, str) else ""
    if len(name) > _LONGEST_FIELD or _FIELD.fullmatch(name) is None:
        del field, name  # who exchanges two arguments has a value here
        raise SealRefused(
            f'a sealed field is called "table.column", in at most {_LONGEST_FIELD} letters, digits and any of _ - $'
        )
    return length_prefixed((FORMAT, name))


def content_of(value: object, field: str) -> bytes:
    """Return the bytes of a value, to be sealed. Raises SealRefused, which does not quote it."""
    content = encode(value)
    del value
    if isinstance(content, Unfit):
        raise SealRefused(f"{field}: {content}")
    return content


def value_of(content: bytes | None, field: str) -> Any:  # noqa: ANN401  # whatever was sealed
    """Return the value of what an envelope held, where its key opened it. Raises SealBroken where it did not."""
    value = _UNOPENED if content is None else decode(content)
    if isinstance(value, Unfit):
        del content
        raise broken(field)
    return value


def read_envelope(stored: object, field: str, suite: bytes) -> bytes:
    """Return what a column holds as an envelope of its suite.

    Raises NotSealed for clear text and for fewer bytes than a head has, and SealBroken for what is cut short or is of
    another suite: whoever can write could otherwise move a field of a shop's key past owner and erasure.
    """
    if not isinstance(stored, bytes):
        if not isinstance(stored, bytearray | memoryview):
            kind = type(stored).__name__
            del stored
            raise NotSealed(f"{field}: holds a value of the type {kind} and not sealed bytes")
        stored = bytes(stored)
    if stored[:1] == suite and len(stored) >= _SHORTEST:
        return stored
    length, sealed = len(stored), len(stored) >= HEAD_BYTES and stored[:1] in (FIELD_SUITE, SUBJECT_SUITE)
    del stored
    if not sealed:
        raise NotSealed(
            f"{field}: its {length} bytes are not sealed; a value from before the field was sealed?"
        )
    raise broken(field)


def broken(field: str) -> SealBroken:
    """Return the error of an envelope that does not open."""
    return SealBroken(
        f"{field}: the sealed value is not as it was written for this field: changed, cut short, sealed for another "
        "field, shop or kind of key, or the field was renamed and its sealed name was not kept"
    )


def key_of(envelope: bytes) -> bytes:
    """Return the key that an envelope names: a handle, or a root's id and its epoch."""
    return envelope[1:_KEY_END]
