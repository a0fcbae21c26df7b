"""Which declaration a cookie's name falls under: the exact one, else the longest prefix (``_ga_*``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""The grammar of a cookie's name: an RFC 9110 token. Browsers accept more, parsers do not agree on more."""


class NameTable(Generic[T]):
    """Declarations by cookie name, looked up in time that does not grow with their number.

    A name in the table that ends in ``*`` stands for every name that begins with what comes before it. Names
    are compared byte for byte and case-sensitively, as browsers do.
    """

    def __init__(self, declared: Mapping[str, T]) -> None:
        self._exact = {
            name.encode("ascii"): what for name, what in declared.items() if not name.endswith("*")
        }
        self._prefixes = {
            name[:-1].encode("ascii"): what for name, what in declared.items() if name.endswith("*")
        }
        longest_first = sorted(self._prefixes, key=len, reverse=True)
        self._prefix = re.compile(b"|".join(map(re.escape, longest_first))) if longest_first else None

    def find(self, name: bytes) -> T | None:
        """Return what is declared for ``name``, or None: the most specific declaration wins."""
        found = self._exact.get(name)
        if found is None and self._prefix is not None and (match := self._prefix.match(name)):
            found = self._prefixes[match[0]]
        return found

    def exact(self) -> Iterable[tuple[bytes, T]]:
        """Return what is declared by its full name, in declared order."""
        return self._exact.items()
