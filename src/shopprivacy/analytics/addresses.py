"""Internet addresses, cut to the bits that may survive, and written in one way (RFC 5952).

An IPv4 address inside an IPv6 one is found: behind ``::ffff:`` (RFC 4291 §2.5.5.2), ``::`` (§2.5.5.1), ``::ffff:0:``
(RFC 2765) and ``64:ff9b::`` (RFC 6052). In 6to4 (RFC 3056) and Teredo (RFC 4380) it lies within the first 48 bits, so
only their prefix survives. Not by ``ipaddress``: that is slower, and writes mapped addresses unlike in each Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

NOTHING: Final = "-"
"""What stands in the place of what was taken out; logs have always written it so."""

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"((?:{_OCTET}\.){{3}})({_OCTET})(?::[0-9]{{1,5}}|/[0-9]{{1,2}})?")
_GROUP: Final = r"[0-9a-fA-F]{1,4}"
_FIRST: Final = r"[1-9a-fA-F][0-9a-fA-F]{0,3}"
# What most clients have: three groups that are nothing special and begin with no zero, then whatever is cut off.
_GLOBAL: Final = re.compile(
    rf"((?!2002)[23][0-9a-fA-F]{{3}}:{_FIRST}:{_FIRST})"
    rf"(?:(?::{_GROUP}){{5}}|(?::{_GROUP}){{0,4}}::(?:{_GROUP}(?::{_GROUP}){{0,3}})?)"
)
_DRESSED: Final = re.compile(
    r"""["']? (?: \[ (?P<inside>[^\[\]]*) \] (?::[0-9]{1,5})?
    | (?P<bare>[0-9a-fA-F:.]+) (?:%[^\s\[\]"']*)? (?:/[0-9]{1,3})? ) ["']?""",
    re.VERBOSE,
)
_BITS: Final = 128
_LOW: Final = 0xFFFF_FFFF
_EMBEDDED: Final = frozenset({0xFFFF, 0xFFFF_0000, 0x64_FF9B << 64})
"""The upper 96 bits behind which an IPv4 address stands."""
_MASKED_WHOLE: Final = ((0x2002, 16), (0x2001_0000, 32))
"""6to4 and Teredo: the prefix, and how many bits it has."""


class Addresses:
    """Cuts addresses to ``ipv4`` and ``ipv6`` bits. To cut what is cut already changes nothing."""

    def __init__(self, ipv4: int = 24, ipv6: int = 48) -> None:
        self._ipv4, self._ipv6 = ipv4, ipv6
        self._usual = (ipv4, ipv6) == (24, 48)

    def truncate(self, text: str | None) -> str:
        """The address in ``text``, cut; ``-`` where there is none, or none that is written as RFC 4291 or 6943 say.

        Blanks, quotes, brackets, a port, a prefix length and a zone (RFC 4007) go.
        """
        return NOTHING if text is None else self.find(text) or NOTHING

    def find(self, text: str) -> str | None:
        """The same; None where ``text`` is no address."""
        four = _IPV4.fullmatch(text)
        if four is not None:
            return four[1] + "0" if self._usual else self._cut_ipv4(f"{four[1]}{four[2]}")
        six = _GLOBAL.fullmatch(text)
        if six is not None and self._usual and (text.count(":") < 8 or text.endswith("::")):
            return six[1].lower() + "::"
        return self._find_dressed(text)

    def _find_dressed(self, text: str) -> str | None:
        dressed = _DRESSED.fullmatch(text.strip())
        if dressed is None:
            return None
        bare = dressed["bare"]
        if bare is None:
            bare = dressed["inside"].partition("%")[0]
        four = _IPV4.fullmatch(bare)
        if four is not None:
            return self._cut_ipv4(f"{four[1]}{four[2]}")
        groups = _groups(bare) or _groups(_without_port(bare))
        return None if groups is None else self._cut_ipv6(groups)

    def _cut_ipv4(self, text: str) -> str:
        number = 0
        for octet in text.split("."):
            number = number << 8 | int(octet)
        return _dotted(_cut(number, self._ipv4, 32))

    def _cut_ipv6(self, groups: Sequence[int]) -> str:
        number = 0
        for group in groups:
            number = number << 16 | group
        upper, lower = number >> 32, number & _LOW
        # "::1" is the host itself and no IPv4 address.
        if upper in _EMBEDDED or (not upper and lower > 0xFFFF):
            return _dotted(_cut(lower, self._ipv4, 32))
        kept = self._ipv6
        for prefix, bits in _MASKED_WHOLE:
            if number >> (_BITS - bits) == prefix:
                kept = min(kept, bits)
        return _written(_cut(number, kept, _BITS))


def _cut(number: int, kept: int, bits: int) -> int:
    return number >> (bits - kept) << (bits - kept)


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def _without_port(text: str) -> str:
    """``2001:db8::1:46824``, as some servers log it: five digits are no group, and nine groups are one too many."""
    address, _, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and (len(port) == 5 or "::" not in address)
    return address if is_port else ""


def _groups(text: str) -> list[int] | None:
    """The eight groups of an IPv6 address (RFC 4291 §2.2); None where it is none."""
    if "." in text:
        text, _, dotted = text.rpartition(":")
        four = _IPV4.fullmatch(dotted)
        if four is None or dotted.count(":") or "/" in dotted:
            return None
        octets = [int(octet) for octet in dotted.split(".")]
        text = f"{text}:{octets[0] << 8 | octets[1]:x}:{octets[2] << 8 | octets[3]:x}"
    left, gap, right = text.partition("::")
    before = left.split(":") if left else []
    after = right.split(":") if right else []
    absent = 8 - len(before) - len(after)
    if (absent < 1) if gap else absent:
        return None
    # isalnum and int() take digits of every script, and int() underscores and signs besides.
    if not all(0 < len(group) <= 4 and group.isascii() and group.isalnum() for group in (*before, *after)):
        return None
    try:
        return [int(group, 16) for group in (*before, *("0",) * absent, *after)]
    except ValueError:
        return None


def _written(number: int) -> str:
    """The spelling of RFC 5952 §4: lower case, no leading zeros, the first of the longest runs of zeros as ``::``."""
    groups = [number >> shift & 0xFFFF for shift in range(112, -1, -16)]
    start = longest = 0
    for index in range(8):
        run = 0
        while index + run < 8 and not groups[index + run]:
            run += 1
        if run > longest:
            start, longest = index, run
    hexadecimal = [f"{group:x}" for group in groups]
    if longest < 2:
        return ":".join(hexadecimal)
    return f"{':'.join(hexadecimal[:start])}::{':'.join(hexadecimal[start + longest :])}"
