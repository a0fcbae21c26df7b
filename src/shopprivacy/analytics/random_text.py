"""Long text that nobody writes by hand: tokens, signatures, keys. A slug of words, a path or a name in code is none.

Told by how often letters and digits take turns: in words they keep to themselves; in base64 and base 36 they change at
every second or third character.
"""

from __future__ import annotations

import re
from typing import Final

from shopprivacy.analytics.certain import UUID

SHORTEST: Final = 32
"""128 bits in hexadecimal digits; what is shorter is too often a number of something."""
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_.+/=-]+")
_PIECES: Final = re.compile(r"[A-Za-z0-9]+")
_RUNS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_MEASURE: Final = re.compile(r"[A-Za-z]+[0-9]{0,4}|[0-9]{1,4}[A-Za-z]{1,4}")
"""A word with a number: ``python311``, ``256gb``."""
_ASSET: Final = re.compile(
    r"[A-Za-z0-9_.-]{0,100}[.-][0-9a-f]{8,64}\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|json)"
)
"""A file of a page, under the digest of what is in it."""
_LONG: Final = 16
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{{_LONG},256}}")
_UNWORDY_TOKEN: Final = 5
"""Characters of a piece of a token."""
_UNWORDY: Final = 10
"""So many characters outside words make a text random."""


def is_wordy(piece: str) -> bool:
    """Whether letters and digits without a sign between them are a word, a number, or several in one name."""
    if piece.isdigit():
        return True
    has_digits = any("0" <= character <= "9" for character in piece)
    if has_digits and _MEASURE.fullmatch(piece):
        return _changes_seldom(piece.rstrip("0123456789"), 3)
    return _changes_seldom(piece, 6 if has_digits else 3)


def _changes_seldom(piece: str, length: int) -> bool:
    return len(_RUNS.findall(piece)) <= 1 + len(piece) // length


def has_unwordy(text: str, shortest: int) -> bool:
    """Whether some piece of at least this length is no word."""
    return any(len(piece) >= shortest and not is_wordy(piece) for piece in _PIECES.findall(text))


def is_token(value: str) -> bool:
    """Whether this is, behind a name such as ``token``, one of 96 bits or more, and no name in a program."""
    if _TOKEN.fullmatch(value) is None:
        return False
    has_cases = not value.islower() and not value.isupper()
    return any(
        (_is_mixed(piece) and (len(piece) >= _LONG or has_cases))
        or (len(piece) >= _UNWORDY_TOKEN and not is_wordy(piece))
        for piece in _PIECES.findall(value)
    )


def _is_mixed(piece: str) -> bool:
    return not piece.isalpha() and not piece.isdigit() and _MEASURE.fullmatch(piece) is None


def is_random(token: str) -> bool:
    """Whether this is random text of 32 characters or more. UUIDs within a slug do not count as such."""
    if len(token) < SHORTEST or _ALPHABET.fullmatch(token) is None or _ASSET.fullmatch(token):
        return False
    rest = UUID.sub("", token)
    return sum(len(piece) for piece in _PIECES.findall(rest) if not is_wordy(piece)) >= _UNWORDY
