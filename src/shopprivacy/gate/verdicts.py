"""What keeps a cookie from passing: the one decision of the gate, for each ground on which cookies pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shopprivacy.consent.choices import ConsentStatus
from shopprivacy.gate.cookie_rules import ESSENTIAL, CookieBasis

OURS = CookieBasis("")
"""The consent cookie's own: the library alone sets and reads it."""

_UNDECIDED, _GRANTED, _DENIED, _UNKNOWN = ConsentStatus


class BlockReason(StrEnum):
    """Why a cookie was held back."""

    UNDECLARED = "undeclared"
    UNDECIDED = "not asked yet"
    DENIED = "refused or withdrawn"
    UNKNOWN = "nobody can tell now whether the visitor objected"
    AMBIGUOUS = "read differently by different parsers"
    MALFORMED = "ignored by browsers"
    RESERVED = "reserved for the consent cookie"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A cookie that was held back: its name, where (``request`` or ``response``) and why. Never its value."""

    name: str
    border: str
    why: BlockReason


_REASONS = {_UNDECIDED: BlockReason.UNDECIDED, _DENIED: BlockReason.DENIED, _UNKNOWN: BlockReason.UNKNOWN}
_ALWAYS: Mapping[CookieBasis | None, BlockReason | None] = {
    ESSENTIAL: None,
    OURS: BlockReason.RESERVED,
    None: BlockReason.UNDECLARED,
}


class Verdicts(dict[CookieBasis | None, BlockReason | None]):
    """Why cookies are held back from a visitor, by their ground; None: they pass. Worked out when first looked up.

    Only for look-ups by ground, of which there are few: a cookie without one is not declared. ``passing`` are names
    that are known to pass.
    """

    __slots__ = ("passing", "statuses")

    def __init__(
        self, statuses: Mapping[str, ConsentStatus], passing: frozenset[bytes] = frozenset()
    ) -> None:
        super().__init__(_ALWAYS)
        self.statuses = statuses
        self.passing = passing

    def __missing__(self, basis: CookieBasis) -> BlockReason | None:
        status = self.statuses[basis.purpose]
        passes = status is _GRANTED or (basis.exempt and status is _UNDECIDED)
        why = self[basis] = None if passes else _REASONS[status]
        return why
