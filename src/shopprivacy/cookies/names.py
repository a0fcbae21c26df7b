"""Which declaration a cookie's name falls under: the exact one, else the longest prefix (``_ga_*``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

from shopprivacy.policy.vocabulary import RESERVED

T = TypeVar("T")

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""The grammar of a cookie's name: an RFC 9110 token. Browsers accept more, parsers do not agree on more."""


_ATTRIBUTES = frozenset(name.encode("ascii") for name in RESERVED)


class NameTable(dict[bytes, T | None], Generic[T]):
    """Declarations by cookie name, looked up in time that does not grow with their number.

    ``table[name]`` is what is declared for a name, or None: the most specific declaration wins. A name in the table
    that ends in ``*`` stands for every token that begins with what comes before it. Names are compared byte for byte
    and case-sensitively, as browsers do. The items are the declarations by full name; ``get`` sees no others.

    The names of attributes fall under no ``*``: http.cookies takes a cookie ``path`` for an attribute of the one before
    it, or forgets the whole field for it.
    """

    def __init__(self, declared: Mapping[str, T]) -> None:
        super().__init__(
            (name.encode("ascii"), what) for name, what in declared.items() if not name.endswith("*")
        )
        self._prefixes = {
            name[:-1].encode("ascii"): what for name, what in declared.items() if name.endswith("*")
        }
        longest_first = sorted(self._prefixes, key=len, reverse=True)
        any_prefix = b"|".join(map(re.escape, longest_first))
        self._prefix = re.compile(b"(" + any_prefix + b")(?:" + TOKEN + b")?") if any_prefix else None

    def __missing__(self, name: bytes) -> T | None:
        """Return what a wildcard declares. Not kept for the next time: which names there are is the client's choice."""
        match = self._prefix.fullmatch(name) if self._prefix else None
        return self._prefixes[match[1]] if match and name.lower() not in _ATTRIBUTES else None
