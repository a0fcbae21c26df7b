r"""How a character can be written: read as what it stands for, so that no writing of ``@`` hides an address of mail.

Percent signs (RFC 3986 §2.1, and ``%u0040`` of old scripts), character references (HTML §13.2.5), quoted-printable
(RFC 2045 §6.7), escapes of JSON, Python and C, hexadecimal digits, compatibility forms such as full width (Unicode
annex 15), and characters without a width between the others. In an address of mail also blanks, quotes and comments
(RFC 5322 §3.4.1, §4.4); in numbers the digits of any script.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Final
from unicodedata import decimal, normalize

from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.certain import EMAIL, FILES, MAIL_BYTES, decoded
from shopprivacy.analytics.printed import escape, escaped

_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31}(?=;));?")
_ESCAPE: Final = re.compile(
    r"=([0-9A-F]{2})|%u([0-9A-Fa-f]{4})"
    r"|\\+(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|([0-3][0-7]{2}))"
)
_OCTAL: Final = 7
"""The group of digits to the base of 8; all others are to that of 16."""
_SHORTEST_HEX: Final = 12
"""Digits that an address of mail has at least: ``a@b.nl``."""
_NO_WIDTH: Final = re.compile(r"[\xad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
_FULL_STOPS: Final = str.maketrans("\u3002", ".")
"""A full stop between labels of a name, as IDNA reads it (UTS 46 §2.3), that has no compatibility form."""
_HEX: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[\\]?[0xX]{1,2})?((?:[0-9A-Fa-f]{2}[:-]?){5,}[0-9A-Fa-f]{2})(?![0-9A-Za-z])"
)
_BYTES: Final = r"(?:[0-9A-Fa-f]{2}){1,8}"
_DUMP: Final = re.compile(rf"(?<![0-9A-Za-z]){_BYTES}(?: {{1,2}}{_BYTES}){{2,}}(?![0-9A-Za-z])")
"""Hexadecimal digits in groups, as a dump has them."""
_WIDE: Final = re.compile(r"[\uff01-\uff5e]|(?![0-9])\d")
_WIDE_LESS: Final = 0xFEE0
"""How far a character of full width stands behind its like in ASCII."""
_BLANKS: Final = r"[ \t\xa0\u2000-\u200a\u202f\u3000]"
_AT: Final = r"(?:@|\uff20|\ufe6b|%40|&#0{0,5}64;|&#[xX]0{0,5}40;|&commat;)"
_DOMAIN: Final = rf"(?:[\w-]{{1,63}}\.)+(?!{FILES}\b)[^\W\d_]{{2,24}}(?![^\W\d_]|[\w.]{{0,64}}\()"
"""With a dot, and no call, as behind the ``@`` of a decorator."""
_AROUND: Final = re.compile(
    rf"[\w.+-]{{0,64}}+\\{{0,8}}(?:\"[\w.+-][^\"\n]{{0,64}}\"|'[\w.+-][^'\n]{{0,64}}'|\([^()\n]{{0,64}}\)|<[^<>\n]{{0,64}}>"
    rf"|\[[^\[\]\n]{{0,64}}\]|{{[^{{}}\n]{{0,64}}}})"
    rf"{_BLANKS}{{0,3}}{_AT}{_BLANKS}{{0,3}}{_DOMAIN}"
    r"|[\w.+-]{1,64}+@\[(?:IPv6:)?[0-9A-Fa-f:.]{3,45}\]"
)
"""Something quoted or in brackets as the local part, or an address as the domain."""
_SPACED: Final = re.compile(
    rf"(?<=\S)(?<!\\x[0-9a-f]{{2}})(?<!\\u[0-9a-f]{{4}})(?:{_BLANKS}{{1,3}}{_AT}{_BLANKS}{{0,3}}|{_AT}{_BLANKS}{{1,3}})(?={_DOMAIN})"
)
_SPOKEN: Final = re.compile(
    rf"[\w.+-]{{1,64}}+{_BLANKS}{{0,3}}[(\[{{<]at[)\]}}>]{_BLANKS}{{0,3}}"
    rf"(?:[\w-]{{1,63}}(?:\.|{_BLANKS}{{0,3}}[(\[{{<](?:dot|punt|punkt|point)[)\]}}>]{_BLANKS}{{0,3}}))+"
    rf"(?!{FILES}\b)[^\W\d_]{{2,24}}(?![^\W\d_]|[\w.]{{0,64}}\()",
    re.IGNORECASE,
)
GROUPS: Final = frozenset({2, 4, 8, 16})
"""How many digits a group in a dump has: no other word without a bracket hides anything with others."""
_GROUP_WITH_STOP: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){0,7}2[Ee](?:[0-9A-Fa-f]{2}){0,7}")
_AT_IN_BRACKETS: Final = re.compile(r"[(\[{<][Aa][Tt][)\]}>]")
_DEEPEST: Final = 8
"""Writings within writings, such as ``%26%2364%3B``."""


@lru_cache(4096)
def plainly(word: str) -> str:
    """The word; where other writings hide an address of mail in it, as it reads without them.

    What has no end when it is read again and again is ``-``.
    """
    if word.isascii() and word.isalnum() and (len(word) < _SHORTEST_HEX or _HEX.fullmatch(word) is None):
        return word
    plain = word
    for _ in range(_DEEPEST):
        read = _read(plain)
        if read == plain:
            break
        plain = read
    else:
        return NOTHING
    if len(EMAIL.findall(plain)) <= len(EMAIL.findall(word)):
        return word
    return escaped(plain).replace("\n", escape("\n"))


def narrow(text: str) -> str:
    """The text with digits and signs of full width, and the digits of any script, as ASCII has them."""
    return text if text.isascii() else _WIDE.sub(_narrow, text)


def joined(text: str) -> str:
    """The text with each address of mail as one word that has blanks, quotes or comments around its ``@``.

    Quoted or in brackets, and before an address in brackets, it is ``-`` at once.
    """
    if "@" in text or "%40" in text or "&" in text or not text.isascii():
        text = _SPACED.sub("@", _AROUND.sub(NOTHING, text))
    return text


def hints(word: str) -> bool:
    """Whether this word may be part of an address of mail that several words hide: in a dump there is a full stop."""
    if word.isalnum():
        return _GROUP_WITH_STOP.fullmatch(word) is not None
    return ("(" in word or "[" in word or "{" in word) and _AT_IN_BRACKETS.search(word) is not None


def unhidden(text: str) -> str:
    """The text with ``-`` for the addresses of mail that several words hide: a dump, and ``(at)`` for the ``@``."""
    return _SPOKEN.sub(NOTHING, _DUMP.sub(_dumped, text))


def _dumped(found: re.Match[str]) -> str:
    return NOTHING if MAIL_BYTES.search(bytes.fromhex(found[0]).replace(b"\0", b"")) else found[0]


def _narrow(found: re.Match[str]) -> str:
    return (
        chr(ord(found[0]) - _WIDE_LESS)
        if found[0] >= "\uff01" and found[0] <= "\uff5e"
        else str(decimal(found[0]))
    )


def _read(text: str) -> str:
    if len(text) >= _SHORTEST_HEX:
        text = _HEX.sub(_text, text)
    if "%" in text:
        text = decoded(text) or text
    if "&" in text:
        text = _REFERENCE.sub(lambda found: unescape(found[0]), text)
    if "=" in text or "\\" in text or "%" in text:
        text = _ESCAPE.sub(_character, text)
    return text if text.isascii() else _NO_WIDTH.sub("", normalize("NFKC", text)).translate(_FULL_STOPS)


def _text(found: re.Match[str]) -> str:
    """What hexadecimal digits stand for, where it is an address of mail; in UTF-16 each second byte is zero."""
    try:
        text = bytes.fromhex(re.sub("[:-]", "", found[1])).decode().replace("\0", "")
    except UnicodeDecodeError:
        return found[0]
    return text if text.isprintable() and EMAIL.search(text) else found[0]


def _character(found: re.Match[str]) -> str:
    number = int(found[found.lastindex or 0], 8 if found.lastindex == _OCTAL else 16)
    return chr(number) if number < 0x110000 else found[0]
