"""Values that a request's log lines do not show, whatever they look like: a name, a note to the carrier."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Final
from unicodedata import normalize
from urllib.parse import quote, quote_plus

from shopprivacy.analytics.addresses import NOTHING

_SHORTEST: Final = 2
_masked: ContextVar[tuple[re.Pattern[str], ...]] = ContextVar("shopprivacy_masked", default=())


@contextmanager
def masked(*values: object) -> Iterator[None]:
    """Write ``-`` for these values in all that is logged within, in this thread or task, and in the tasks it starts.

    ``asyncio.to_thread`` takes them along. A ``threading.Thread`` and a pool's worker do not: start
    them with ``contextvars.copy_context().run``.

    Each is found as text, in upper or lower case, composed or not, and as URLs, JSON, HTML and Python write it. None
    and empty text mask nothing.

    Raises:
        ValueError: a value is a single character, which would mask every line.
        TypeError: a value is a list or another collection, which no log contains as a whole.
    """
    texts = {_text(value) for value in values if value is not None} - {""}
    if any(len(text) < _SHORTEST for text in texts):
        raise ValueError("a value of one character cannot be masked: it is in every line")
    forms = {form for text in texts for form in _forms(text)}
    if not forms:
        yield
        return
    pattern = re.compile(
        "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)), re.IGNORECASE
    )
    token = _masked.set((*_masked.get(), pattern))
    try:
        yield
    finally:
        _masked.reset(token)


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="replace").strip()
    if isinstance(value, list | tuple | Set | Mapping):
        kind = type(value).__name__
        raise TypeError(f"a {kind} is not masked as a whole: give each of its values, as in masked(*values)")
    return str(value).strip()


def _forms(text: str) -> Iterator[str]:
    """The text as it is written in other texts."""
    for plain in (text, normalize("NFC", text), normalize("NFD", text)):
        yield from (
            plain,
            quote(plain),
            quote_plus(plain),
            escape(plain),
            escape(plain).replace("&#x27;", "&#39;"),
        )
        yield from (json.dumps(plain)[1:-1], repr(plain)[1:-1], ascii(plain)[1:-1])
        yield repr(plain.encode(errors="replace"))[2:-1]


def without_masked(text: str) -> str:
    """The text without what is masked here and now."""
    for pattern in _masked.get():
        text = pattern.sub(NOTHING, text)
    return text
