"""The keyed hash chain over the ledger's rows: each row fixes all rows before it.

    hash(n)    = HMAC-SHA256(chain key, hash(n-1) | n as 8 bytes | digest(n))        hash(0) = 32 zero bytes
    rolling(n) = SHA-256(rolling(n-1) | key id(n) | digest(n) | hash(n))             rolling(0) = 32 zero bytes

The hash needs the key: nobody without it can write, change or renumber a row. The rolling hash needs none: it is
what a checkpoint signs, so that somebody without our key can check an export, and so that rows whose chain key has
been destroyed are still held fast. See Schneier and Kelsey, "Secure Audit Logs" (1999), for the construction.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Self

from shopprivacy.crypto import DerivedKey
from shopprivacy.ledger.entry import Entry, Pruning, Row, digest

ZERO: Final = bytes(32)
_PIN: Final = re.compile(r"(0|[1-9][0-9]{0,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Pin:
    """How long the ledger is and the hash of its last row: 41 bytes to keep outside the shop's own machines.

    A chain alone cannot know that its end was cut off. Whoever kept a pin can.
    """

    count: int
    hash: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``COUNT:HASH``.

        Raises ValueError when the text is something else.
        """
        found = _PIN.fullmatch(text)
        if found is None:
            raise ValueError("a pinned head looks like 1234:9f86d0…, the count and 64 hexadecimal digits")
        return cls(int(found[1]), bytes.fromhex(found[2]))

    def __str__(self) -> str:
        return f"{self.count}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends now."""

    count: int
    hash: bytes
    rolling: bytes

    @property
    def pin(self) -> Pin:
        """Count and hash, to keep elsewhere."""
        return Pin(self.count, self.hash)


GENESIS: Final = Head(0, ZERO, ZERO)
"""The head of a ledger without rows."""


def chained(key: DerivedKey, previous: bytes, seq: int, row_digest: bytes) -> bytes:
    """The hash of row ``seq``."""
    return key.mac(previous + seq.to_bytes(8, "big") + row_digest)


def rolled(rolling: bytes, row: Row) -> bytes:
    """The rolling hash after this row."""
    return hashlib.sha256(rolling + row.key_id + row.digest + row.hash).digest()


def link(head: Head, content: Entry | Pruning, salt: bytes, key: DerivedKey) -> tuple[Row, Head]:
    """The next row after ``head``, and the head after that row."""
    seq = head.count + 1
    row_digest = digest(content, salt)
    row = Row(seq, content, salt, row_digest, chained(key, head.hash, seq, row_digest), key.id)
    return row, Head(seq, row.hash, rolled(head.rolling, row))
