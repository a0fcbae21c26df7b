"""What to write in privacy.toml for a cookie that it does not declare yet.

What is known is proposed: the life that was seen, and what a name stands for that many shops have. What is not known is
asked: :data:`BLANK` stands in its place, which no policy is loaded with.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

from shopprivacy.gate.cookie_rules import NameTable
from shopprivacy.personal_names import endings
from shopprivacy.policy import Basis, Policy
from shopprivacy.policy.page import cookie_name
from shopprivacy.policy.presets import PRESETS

BLANK: Final = "…"
"""What the shop has to fill in itself."""

_CONSENT_USES: Final = {
    "statistics": ("statistics", "analytics"),
    "advertising": ("advertising", "ads", "marketing"),
}
"""What needs consent, each with the names under which policies have it as a purpose."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
# "_ga_1A2B3C" or "_pk_id.1.1fff": what comes before a part that holds a digit is what all such names share.
_STEM: Final = re.compile(r"(.+?[._-])[A-Za-z0-9]*[0-9]")


class Known(NamedTuple):
    """A cookie that a service or a package sets under a name of its own, what it is for, and its life."""

    service: str
    use: str
    life: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """Ways to declare a cookie, from the least to write to the most."""

    presets: tuple[str, ...]
    """Presets that declare it."""

    nearest: tuple[str, ...]
    """Names that the policy does declare and that look like it, the likeliest first."""

    wildcard: str | None
    """A wildcard for all cookies whose names begin alike, where the end of the name looks made up by a machine."""

    service: str | None
    """Who sets a cookie of this name in many shops."""

    use: str | None
    """What it is for, as far as its name says it: "statistics", "advertising", or a ``use`` of essential cookies."""

    consent_toml: str
    """Lines that declare it with a consent purpose, to be pasted at the end of the policy file."""

    essential_toml: str
    """The same for a cookie without which what the visitor asked for does not work."""

    purposes: tuple[str, ...]
    """The purposes of the policy that it could serve with consent, the likeliest first."""

    @property
    def needs_consent(self) -> bool | None:
        """Whether its name says that it needs consent; None: the name does not say."""
        return None if self.use is None else self.use in _CONSENT_USES


def declaration_for(policy: Policy, name: str, life: str | None = None) -> Declaration:
    """Return what to declare for ``name``, a legal name that no declaration of ``policy`` covers.

    ``life`` is how long the shop sets it for, as a policy writes it; None: nobody saw it.
    """
    raw = name.encode("ascii")
    known = _known().find(raw)
    use = known.use if known else _use_in(name)
    life = life or (known.life if known else BLANK)
    table = f"[cookies.{name}]" if _BARE.fullmatch(name) else f'[cookies."{name}"]'
    purposes = _consent_purposes(policy, use)
    fitting = _fitting(purposes, use)
    new = _free_name(policy, use) if use in _CONSENT_USES and fitting is None else None
    consent = [f"[purposes.{new}]", 'basis = "consent"', ""] if new else []
    consent += [table, f'purpose = "{new or fitting or BLANK}"', f'life = "{life}"']
    essential = [table, "essential = true", f'use = "{BLANK if use in _CONSENT_USES or not use else use}"']
    return Declaration(
        presets=tuple(
            preset for preset, cookies in PRESETS.items() if NameTable(cookies).find(raw) is not None
        ),
        nearest=_nearest(name, tuple(policy.cookies)),
        wildcard=_wildcard(name),
        service=known.service if known else None,
        use=use,
        consent_toml="\n".join(consent),
        essential_toml="\n".join([*essential, f'life = "{life}"']),
        purposes=purposes,
    )


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("shopprivacy.cli").joinpath("known_cookies.toml").read_text(encoding="utf-8"))


@cache
def _known() -> NameTable[Known]:
    return NameTable(
        {
            cookie: Known(service["name"], service["for"], life)
            for service in _table()["services"]
            for cookie, life in service["cookies"].items()
        }
    )


def _use_in(name: str) -> str | None:
    """Return what a name says by one of its words; None: nothing, or it says two things."""
    words = {word for ending in endings(name) for word in ending.split("_")}
    uses = [use for use, known in _table()["words"].items() if not words.isdisjoint(known)]
    return uses[0] if len(uses) == 1 else None


def _consent_purposes(policy: Policy, use: str | None) -> tuple[str, ...]:
    """The consent purposes that a browser is asked for; else those that it would be, once a cookie serves them."""
    asked = policy.asked_in_browser() or tuple(
        name
        for name, purpose in policy.purposes.items()
        if purpose.basis is Basis.CONSENT and "asked" not in purpose.model_fields_set and purpose.mail is None
    )
    return tuple(sorted(asked, key=lambda name: name not in _CONSENT_USES.get(use or "", ())))


def _fitting(purposes: tuple[str, ...], use: str | None) -> str | None:
    names = _CONSENT_USES.get(use or "", ())
    return next((name for name in purposes if name in names), None)


def _free_name(policy: Policy, use: str | None) -> str:
    candidates = (f"{use}_{number}" if number > 1 else f"{use}" for number in count(1))
    return next(name for name in candidates if name not in policy.purposes)


def _nearest(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Names that differ in their case alone come first: to a browser they are other cookies."""
    alike = [other for other in known if other.lower() == name.lower()]
    return tuple(dict.fromkeys([*alike, *get_close_matches(name, known, n=3)]))


def _wildcard(name: str) -> str | None:
    stem = _STEM.match(name)
    if stem is None:
        return None
    try:
        return cookie_name(f"{stem[1]}*")
    except PydanticCustomError:  # it would cover the library's own cookie
        return None
