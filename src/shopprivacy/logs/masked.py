"""Values that a request's log lines do not show, whatever they look like: a name, a note to the carrier."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from urllib.parse import quote, quote_plus

from shopprivacy.analytics.addresses import NOTHING

_SHORTEST: Final = 2
_masked: ContextVar[tuple[re.Pattern[str], ...]] = ContextVar("shopprivacy_masked", default=())


@contextmanager
def masked(*values: object) -> Iterator[None]:
    """Write ``-`` for these values in all that is logged within, in this thread or task, and in the tasks it starts.

    ``asyncio.to_thread`` takes them along. A ``threading.Thread`` and a pool's worker do not: start
    them with ``contextvars.copy_context().run``.

    Each is found as text, in upper or lower case, and as URLs and JSON write it. None and empty text mask nothing.

    Raises:
        ValueError: a value is a single character, which would mask every line.
    """
    texts = {str(value).strip() for value in values if value is not None} - {""}
    if any(len(text) < _SHORTEST for text in texts):
        raise ValueError("a value of one character cannot be masked: it is in every line")
    forms = {form for text in texts for form in (text, quote(text), quote_plus(text), json.dumps(text)[1:-1])}
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


def without_masked(text: str) -> str:
    """The text without what is masked here and now."""
    for pattern in _masked.get():
        text = pattern.sub(NOTHING, text)
    return text
