"""The Cookie field of a request, read so that no parser behind us can read it otherwise.

The four parsers that Python shops use (``http.cookies``, Werkzeug, Starlette, Django) split the same bytes in
different places: ``a=1 _ga=2`` holds ``_ga`` for one of them, ``b="x; c=2"`` holds ``c`` for two. A gate that
follows one of them is open for the others. So a pair passes only when it stands on its own: when every parser
reads one and the same pair in it, or stops and reads nothing. Everything else is removed whole; absence beats
preservation. Why each rule holds is said beside it, and ``tests/cookies/test_request.py`` holds it against the four.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""The grammar of a cookie's name: an RFC 9110 token."""
NAME = TOKEN.replace(rb"[!", rb"[][():/?@<>{}!")
"""What else a declared name may have in it: Werkzeug, Starlette and Django read it, and http.cookies no other name."""

is_token = re.compile(TOKEN).fullmatch
"""Whether a name is one that parsers agree on."""

# What browsers send: values of visible ASCII without a quote, one separator, and an equals sign in each pair. Without
# all that may stand inside names and values, such a field is `=; =; ==; =`.
_INSIDE = bytes(set(range(0x21, 0x7F)) - set(b'"=;'))
# The same of a hundred pairs whose values have no equals sign.
_REGULAR = b"=" + b"; =" * 99
# Visible ASCII that does not open a quoted string. No white space: http.cookies ends a value there and reads
# what follows as the next cookie. No quote right after a later equals sign: in `a=b="x"` it reads the name `a=b`, and
# gives up the whole field for it.
_PLAIN = re.compile(rb"(" + NAME + rb')=(?:[\x21\x23-\x7e]+(?:(?<!=)"[\x21-\x7e]*)?)?')
# White space before the equals sign: where http.cookies then does not know a character of the value (quote, backslash,
# bytes above 0x7F), it takes the name for a name without a value, and forgets the whole field for it.
_PUSHED = re.compile(rb"(" + NAME + rb")[ \t]+=[\x21\x23-\x5b\x5d-\x7e]*")
# After white space http.cookies falls back to an empty value where it does not know a character: quote, backslash.
_SPACED = re.compile(rb"(" + NAME + rb")[ \t]*=[ \t]+[\x21\x23-\x5b\x5d-\x7e]*")
# A quoted string that closes within the pair and spans it. Octal escapes above \177 Werkzeug reads as UTF-8 bytes, the
# others as Latin-1 characters: each reads back what it has written itself.
_QUOTED = re.compile(
    rb"(" + NAME + rb')[ \t]*=[ \t]*"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*"'
)
# The one value with spaces that http.cookies reads whole: a date such as `Wed, 01 Jan 2020 00:00:00 GMT`.
_DATE = re.compile(
    rb"(" + NAME + rb")[ \t]*=[ \t]*[0-9A-Za-z_]{3},[ \t][0-9A-Za-z_ \t-]{9,11}[ \t][0-9:]{8}[ \t]GMT"
)
# Bytes above 0x7F: http.cookies stops there and reads nothing, the others agree, unless the value begins or
# ends in something that str.strip() takes for white space in one decoding and not in the other.
_HIGH = re.compile(rb"(" + NAME + rb')=([\x21\x23-\x7e\x80-\xff]+(?:(?<!=)"[\x21-\x7e\x80-\xff]*)?)')
_SOUND = (_PLAIN, _PUSHED, _SPACED, _QUOTED, _DATE)
_OPENS_QUOTE = re.compile(rb'[^=]*=[ \t]*"(?!(?:[^"\\]|\\.)*")')

Pairs = tuple[list[bytes], list[bytes], list[bool]]
"""The pairs of a Cookie field, in columns: their bytes, their names, and whether each is ambiguous.

The bytes are trimmed of spaces and tabs. The name is what stands before the first ``=``, empty where there is none.
An ambiguous pair is one that parsers may read differently, if its name is a token; on a name that is none, they never
agree. In columns, since there are a dozen of them in every request.
"""


def join_fields(fields: Sequence[bytes]) -> bytes:
    """Join several Cookie fields into one: HTTP/2 and HTTP/3 may split it (RFC 9113 section 8.2.3)."""
    return fields[0] if len(fields) == 1 else b"; ".join(fields)


def cut_out(field: bytes, first: bytes, later: bytes) -> tuple[bytes, bytes | None]:
    """Return a Cookie field without the pair of one name, and that pair's value, or None where there is no such pair.

    ``first`` is how the pair begins (``name=``), and ``later`` the same behind a separator (``; name=``). Right only
    where ``plain_names`` knows the names of what is left, and the value is of plain ASCII: in other fields the name may
    stand inside a value.
    """
    before, found, behind = field.partition(later)
    if not found:
        if not field.startswith(first):
            return field, None
        value, _, after = field[len(first) :].partition(b"; ")
        return after, value
    value, more, after = behind.partition(b"; ")
    return before + more + after, value


def plain_names(field: bytes) -> list[bytes] | None:
    """Return the names in a Cookie field as browsers send it, in order; None for one that may be read otherwise."""
    if not field:
        return []
    structure = field.translate(None, _INSIDE)
    length = len(structure)
    # Two parts for each pair: what the structure leaves out does not stand within a separator, as in `a=1;b =2`.
    if structure == _REGULAR[:length]:
        parts = field.replace(b"; ", b"=").split(b"=")
        return parts[::2] if 3 * len(parts) == 2 * length + 4 else None
    if not structure.startswith(b"=") or structure.replace(b"; =", b"").strip(b"="):
        return None
    pieces = field.split(b"; ")
    return (
        [piece.partition(b"=")[0] for piece in pieces] if len(pieces) == structure.count(b";") + 1 else None
    )


def read_pairs(field: bytes) -> Pairs:
    """Return the pairs of any Cookie field in order, read in linear time."""
    pieces, names, ambiguous = [], [], []
    for piece, name, odd in _read_any(field):
        pieces.append(piece)
        names.append(name)
        ambiguous.append(odd)
    return pieces, names, ambiguous


def _read_any(field: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    last_quote = field.rfind(b'"')
    position = 0
    inside_quotes = False
    for piece in field.split(b";"):
        end = position + len(piece)
        raw = piece.strip(b" \t")
        if raw:
            if inside_quotes:
                # Werkzeug and http.cookies may read this as part of the quoted string that began before.
                inside_quotes = b'"' not in raw
                yield raw, _name(raw), True
            elif match := next(filter(None, (form.fullmatch(raw) for form in _SOUND)), None):
                yield raw, match[1], False
            elif match := _HIGH.fullmatch(raw):
                yield raw, match[1], not _keeps_its_edges(match[2])
            else:
                inside_quotes = last_quote >= end and _OPENS_QUOTE.match(raw) is not None
                yield raw, _name(raw), True
        position = end + 1


def _name(raw: bytes) -> bytes:
    name, equals, _ = raw.partition(b"=")
    return name.rstrip(b" \t") if equals else b""


def _keeps_its_edges(value: bytes) -> bool:
    return all(
        text.strip() == text for text in (value.decode("latin-1"), value.decode("utf-8", errors="replace"))
    )
