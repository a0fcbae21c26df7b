"""What differs between countries, as data with its source: see ``jurisdictions.toml`` beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Authority:
    """The supervisory authority to which customers can complain (GDPR art. 13(2)(d))."""

    name: str
    address: str
    url: str


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country's facts. Terms are written as in the policy: "7 years", "6 months"."""

    code: str
    """Two capitals (ISO 3166-1): "NL"."""
    name: str
    child_age: int
    """From this age, in years, someone consents alone (GDPR art. 8(1))."""
    tax_term: str
    """How long invoices, orders and payments must be kept, from the end of the financial year."""
    oss_term: str
    """The same for sales under the EU one-stop shop for VAT."""
    choice_kept: str
    """How long a choice about cookies stands before it is asked again."""
    cookie_law: str
    """The law that makes cookies depend on consent."""
    authority: Authority
    sources: Mapping[str, str]
    """Where each fact above is from, by its name."""


def jurisdiction(code: str) -> Jurisdiction:
    """The facts of a country.

    Raises:
        ValueError: nothing is known of this country; the message lists the known ones.
    """
    known = jurisdictions()
    if code not in known:
        raise ValueError(f'unknown jurisdiction "{code}"; known are {", ".join(known)}')
    return known[code]


@cache
def jurisdictions() -> Mapping[str, Jurisdiction]:
    """All countries of which the facts are known, by code."""
    text = files("shopprivacy").joinpath("jurisdictions.toml").read_text(encoding="utf-8")
    return MappingProxyType({code: _read(code, facts) for code, facts in tomllib.loads(text).items()})


def _read(code: str, facts: dict[str, Any]) -> Jurisdiction:
    sourced = {name: fact for name, fact in facts.items() if isinstance(fact, dict)}
    authority = sourced["authority"]
    return Jurisdiction(
        code=code,
        name=facts["name"],
        authority=Authority(authority["name"], authority["address"], authority["url"]),
        sources=MappingProxyType({name: fact["source"] for name, fact in sourced.items()}),
        **{name: fact["is"] for name, fact in sourced.items() if name != "authority"},
    )
