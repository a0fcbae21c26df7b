"""Which cookies of the example shops a policy lets pass: read from its file as TOML, without the library."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SET_BY_THE_SHOP: Final = frozenset(
    {
        *("session", "cart", "lang", "compare", "wishlist", "recently_viewed", "registered"),
        *("_ga", "_gid", "_fbp", "muc_ads", "debug_id"),
    }
)
"""What the shop's own code sets on its visitors, whatever the policy says."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The cookies that the shop sets, by what a policy says of them."""

    essential: frozenset[str]
    by_purpose: Mapping[str, frozenset[str]]
    """Those that wait for consent, by the purpose that the browser is asked about; none for an embed's purpose."""
    lives: Mapping[str, str]
    """How long a browser keeps each that is declared, as the file has it."""

    @property
    def asked(self) -> frozenset[str]:
        """All that wait for consent."""
        return frozenset().union(*self.by_purpose.values())

    @property
    def undeclared(self) -> frozenset[str]:
        """Those that never pass."""
        return SET_BY_THE_SHOP - self.lives.keys()


def expected_of(policy: Path) -> Expected:
    """Read what a policy file declares of the shop's cookies."""
    values = tomllib.loads(policy.read_text(encoding="utf-8"))
    declared: dict[str, Any] = {
        name: cookie for name, cookie in values["cookies"].items() if name in SET_BY_THE_SHOP
    }
    embedded = {party["purpose"] for party in values.get("third_parties", {}).values()}
    waiting = {name: cookie["purpose"] for name, cookie in declared.items() if not cookie.get("essential")}
    return Expected(
        essential=frozenset(declared.keys() - waiting.keys()),
        by_purpose={
            purpose: frozenset(name for name in waiting if waiting[name] == purpose)
            for purpose in sorted(embedded | set(waiting.values()))
        },
        lives={name: cookie["life"] for name, cookie in declared.items()},
    )
