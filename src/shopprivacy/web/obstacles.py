"""What keeps a cookie from passing: the one decision of the gate, for each ground on which cookies pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shopprivacy.consent.choices import Standing
from shopprivacy.web.declared import ESSENTIAL, Ground

OURS = Ground("")
"""The consent cookie's own: the library alone sets and reads it."""

_UNASKED, _GRANTED, _CLOSED, _WITHHELD = Standing


class Why(StrEnum):
    """Why a cookie was held back."""

    UNDECLARED = "undeclared"
    UNASKED = "not asked yet"
    CLOSED = "refused or withdrawn"
    WITHHELD = "nobody can tell now whether the visitor objected"
    AMBIGUOUS = "read differently by different parsers"
    MALFORMED = "ignored by browsers"
    RESERVED = "reserved for the consent cookie"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A cookie that was held back: its name, where (``request`` or ``response``) and why. Never its value."""

    name: str
    border: str
    why: Why


_WHYS = {_UNASKED: Why.UNASKED, _CLOSED: Why.CLOSED, _WITHHELD: Why.WITHHELD}
_ALWAYS: Mapping[Ground | None, Why | None] = {
    ESSENTIAL: None,
    OURS: Why.RESERVED,
    None: Why.UNDECLARED,
}


class Obstacles(dict[Ground | None, Why | None]):
    """Why cookies are held back from a visitor, by their ground; None: they pass. Worked out when first looked up.

    Only for look-ups by ground, of which there are few: a cookie without one is not declared. ``passing`` are names
    that are known to pass.
    """

    __slots__ = ("passing", "standings")

    def __init__(self, standings: Mapping[str, Standing], passing: frozenset[bytes] = frozenset()) -> None:
        super().__init__(_ALWAYS)
        self.standings = standings
        self.passing = passing

    def __missing__(self, ground: Ground) -> Why | None:
        standing = self.standings[ground.purpose]
        passes = standing is _GRANTED or (ground.exempt and standing is _UNASKED)
        why = self[ground] = None if passes else _WHYS[standing]
        return why
