"""How messages write keys, values and names of the policy file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST: Final = 80

SALE: Final = frozenset({"sell", "sale", "selling", "resale", "resell", "data_sale"})
"""Words under which personal data would be sold; none of them is a purpose or a key. Longer names that speak of a sale
may mean the goods, so ``shopprivacy check`` warns of them."""


def key_path(location: Sequence[str | int]) -> str:
    """``("cookies", "_ga_*", "life")`` as TOML writes it: ``cookies."_ga_*".life``; an index as ``languages[0]``."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            key = step if _BARE.fullmatch(step) else shown(step)
            path += f".{key}" if path else key
    return path


def shown(value: object) -> str:
    """A value as the file writes it, cut short; tables and lists only by their kind."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
        return f'"{printable(cut)}"'
    if isinstance(value, int | float | date):
        return str(value)
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"


def printable(text: str) -> str:
    """Text with control characters and the like escaped: a problem is one line, whatever stands in the file."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that was probably meant, as a question to append; otherwise all there are."""
    from difflib import get_close_matches

    close = get_close_matches(word, known)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"one of {', '.join(known)}" if known else "none is declared"
