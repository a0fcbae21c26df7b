"""A ciphertext that AES-GCM accepts under two keys (Dodis, Grubbs, Ristenpart and Woodage, CRYPTO 2018, section 3).

With both keys known, the tag is linear in each block of the ciphertext: one block is left open and solved for.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.modes import CTR

_R = 0xE1 << 120


def _times(a: int, b: int) -> int:
    """Multiply in GCM's field (SP 800-38D, section 6.3)."""
    out = 0
    for bit in range(127, -1, -1):
        if b >> bit & 1:
            out ^= a
        a = (a >> 1) ^ (_R if a & 1 else 0)
    return out


def _inverse(a: int) -> int:
    """By Fermat: a^(2^128 - 2)."""
    out, square = 1 << 127, a
    for _ in range(127):
        square = _times(square, square)
        out = _times(out, square)
    return out


def _aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def _blocks(octets: bytes) -> list[int]:
    return [int.from_bytes(octets[at : at + 16].ljust(16, b"\0"), "big") for at in range(0, len(octets), 16)]


def _ghash(h: int, blocks: list[int]) -> int:
    out = 0
    for block in blocks:
        out = _times(out ^ block, h)
    return out


def accepted_by_both(one: bytes, other: bytes, nonce: bytes, associated: bytes, begin: bytes) -> bytes:
    """Ciphertext and tag that both keys accept; under ``one`` the plaintext begins with these 16 bytes."""
    encryptor = Cipher(algorithms.AES(one), CTR(nonce + (2).to_bytes(4, "big"))).encryptor()
    first = encryptor.update(begin)
    length = int.from_bytes((len(associated) * 8).to_bytes(8, "big") + (32 * 8).to_bytes(8, "big"), "big")
    known = [*_blocks(associated), int.from_bytes(first, "big"), 0, length]
    h = [int.from_bytes(_aes(key, bytes(16)), "big") for key in (one, other)]
    mask = [int.from_bytes(_aes(key, nonce + b"\0\0\0\1"), "big") for key in (one, other)]
    partial = [_ghash(h[key], known) ^ mask[key] for key in (0, 1)]
    squares = [_times(x, x) for x in h]  # the open block stands two before the end
    solved = _times(partial[0] ^ partial[1], _inverse(squares[0] ^ squares[1]))
    tag = partial[0] ^ _times(solved, squares[0])
    return first + solved.to_bytes(16, "big") + tag.to_bytes(16, "big")
