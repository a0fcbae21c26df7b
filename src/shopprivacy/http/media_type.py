"""The Content-Type field of a request (RFC 9110, section 8.3.1), and the Content-Disposition of a part of its body.

In one pass. A reader of mail would also read parameters that RFC 2231 continues and encodes. Neither field has those
(RFC 7578, section 4.2), and nobody else on the way reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"[ \t]*({_WORD}/{_WORD})")
_DISPOSITION = re.compile(rf"[ \t]*({_WORD})")
# RFC 9110, section 5.6.6: parameters may be empty.
_QUOTED = r'"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*)"'
_PARAMETER = re.compile(rf"[ \t]*;[ \t]*(?:({_WORD})=(?:({_WORD})|{_QUOTED}))?")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class MediaType:
    """What one of the two fields says: ``name`` and the names of parameters in lower case, values as they were sent."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])


def read_media_type(value: str) -> MediaType | None:
    """Return what a Content-Type field says; None where it is none, or a parameter is given two values."""
    return _read(_TYPE, value)


def read_disposition(value: str) -> MediaType | None:
    """Return what a part's Content-Disposition says (RFC 7578, section 4.2); None where it says nothing for certain."""
    return _read(_DISPOSITION, value)


def _read(beginning: re.Pattern[str], value: str) -> MediaType | None:
    start = beginning.match(value)
    if start is None:
        return None
    parameters: dict[str, str] = {}
    end, last = start.end(), len(value.rstrip(" \t"))
    while end < last:
        found = _PARAMETER.match(value, end)
        if found is None:
            return None
        end = found.end()
        name, token, quoted = found.groups()
        if name is not None:
            given = token if quoted is None else _ESCAPED.sub(r"\1", quoted)
            if parameters.setdefault(name.lower(), given) != given:
                return None
    return MediaType(start[1].lower(), parameters)
