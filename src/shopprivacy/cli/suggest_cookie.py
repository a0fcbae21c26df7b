"""What to write in privacy.toml for a cookie that it does not declare yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count
from typing import Final

from pydantic_core import PydanticCustomError

from shopprivacy.gate.cookie_rules import NameTable
from shopprivacy.policy import Basis, Policy
from shopprivacy.policy.page import cookie_name
from shopprivacy.policy.presets import PRESETS

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
# "_ga_1A2B3C" or "_pk_id.1.1fff": what comes before a part that holds a digit is what all such names share.
_STEM: Final = re.compile(r"(.+?[._-])[A-Za-z0-9]*[0-9]")


@dataclass(frozen=True, slots=True)
class Declaration:
    """Ways to declare a cookie, from the least to write to the most."""

    presets: tuple[str, ...]
    """Presets that declare it."""

    nearest: tuple[str, ...]
    """Names that the policy does declare and that look like it, the likeliest first."""

    wildcard: str | None
    """A wildcard for all cookies whose names begin alike, where the end of the name looks made up by a machine."""

    toml: str
    """Lines that can be pasted at the end of the policy file as they are: the cookie with a consent purpose."""

    essential_toml: str
    """The same for a cookie without which what the visitor asked for does not work."""

    purposes: tuple[str, ...]
    """The purposes of the policy that it could serve with consent; the first one stands in ``toml``."""


def declaration_for(policy: Policy, name: str) -> Declaration:
    """What to declare for ``name``, a legal name that no declaration of ``policy`` covers."""
    raw = name.encode("ascii")
    table = f"[cookies.{name}]" if _BARE.fullmatch(name) else f'[cookies."{name}"]'
    purposes = _consent_purposes(policy)
    new_purpose = "" if purposes else _free_name(policy)
    lines = [f"[purposes.{new_purpose}]", 'basis = "consent"', ""] if new_purpose else []
    lines += [table, f'purpose = "{purposes[0] if purposes else new_purpose}"', 'life = "13 months"']
    return Declaration(
        presets=tuple(
            preset for preset, cookies in PRESETS.items() if NameTable(cookies).find(raw) is not None
        ),
        nearest=_nearest(name, tuple(policy.cookies)),
        wildcard=_wildcard(name),
        toml="\n".join(lines),
        essential_toml="\n".join([table, "essential = true", 'life = "session"']),
        purposes=purposes,
    )


def _consent_purposes(policy: Policy) -> tuple[str, ...]:
    """The consent purposes that a browser is asked for; else those that it would be, once a cookie serves them."""
    return policy.asked_in_browser() or tuple(
        name
        for name, purpose in policy.purposes.items()
        if purpose.basis is Basis.CONSENT and "asked" not in purpose.model_fields_set and purpose.mail is None
    )


def _free_name(policy: Policy) -> str:
    candidates = (f"statistics_{number}" if number > 1 else "statistics" for number in count(1))
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
