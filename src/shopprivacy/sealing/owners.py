"""Whose the rows of a table are, as its model says it in ``privacy_subject``.

``"customer:id"``, ``"customer:customer_id"``, or a tuple of those, of which the first that is not NULL counts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from shopprivacy.errors import SealRefused

ATTRIBUTE: Final = "privacy_subject"


class OwnerColumn(NamedTuple):
    """One way in which a model names its owner."""

    kind: str
    attribute: str


def read_owners(said: object, model: str) -> tuple[OwnerColumn, ...]:
    """Return what a model says of its owner. Raises SealRefused for what cannot be read."""
    found: list[OwnerColumn] = []
    for one in (said,) if isinstance(said, str) else said if isinstance(said, tuple | list) else ():
        kind, colon, name = one.partition(":") if isinstance(one, str) else ("", "", "")
        if not (kind and colon and name):
            raise SealRefused(f'{model}.{ATTRIBUTE}: write "kind:column", such as "customer:id"')
        found.append(OwnerColumn(kind, name))
    return tuple(found)
