"""What a line of a log prints: all else is escaped, so that no line is one that a client wrote."""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "  | "
"""Begins each line of a traceback and of any text that goes on: no line of a log is one that a client wrote."""

HIDDEN: Final = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ud800-\udfff"
)
"""What is not printed, or changes how the rest is: control characters, bidirectional marks, halves of surrogates."""
OURS: Final = (
    r"(?:x(?:[01][0-9a-f]|7f|[89][0-9a-f]|ad)"
    r"|u(?:061c|180e|200[bef]|20[26][0-9a-f]|d[89a-f][0-9a-f]{2}|feff|fff[9ab]))"
)
"""The same as we escape it, behind the backslash: to do so again would change the text."""
_CONTINUED: Final = re.compile(rf"\n(?={re.escape(PREFIX)})")
_UNPRINTED: Final = re.compile(rf"[{HIDDEN}]")


def escaped(between: str) -> str:
    """Text with what is not printed escaped, but for a line that goes on behind :data:`PREFIX`."""
    return _UNPRINTED.sub(
        lambda found: (
            between[found.start()] if _CONTINUED.match(between, found.start()) else escape(found[0])
        ),
        between,
    )


def escape(character: str) -> str:
    r"""A character that is not printed, as Python writes it: ``\x0a``, ``\u2028``."""
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
