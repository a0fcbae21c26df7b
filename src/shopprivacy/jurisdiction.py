"""What differs between countries, as data with its source: ``jurisdictions.toml`` and ``transfers.toml`` here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple


class Authority(NamedTuple):
    """The supervisory authority to which customers can complain (GDPR art. 13(2)(d))."""

    name: str
    address: str
    url: str


class Jurisdiction(NamedTuple):
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
    measuring: str
    """Whether a shop may measure its own audience without consent: "exempt", or "consent"."""
    laws: tuple[str, ...]
    """Words by which laws of this country are known; some are known in a second country, too."""
    time_zone: str
    """Whose calendar the country's customers go by, as the time zone database names it."""
    authority: Authority
    sources: Mapping[str, str]
    """Where each fact above is from, by its name."""
    checked: Mapping[str, date]
    """The day on which each was last compared with its source, by its name."""

    def day(self, at: datetime) -> date:
        """The day on which a moment falls there. ``at`` has a time zone."""
        from zoneinfo import ZoneInfo

        return at.astimezone(ZoneInfo(self.time_zone)).date()


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
    facts_of = _parsed("jurisdictions.toml")
    return MappingProxyType({code: _read(code, facts) for code, facts in facts_of.items()})


def _parsed(file: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(files("shopprivacy").joinpath(file).read_text(encoding="utf-8"))


def _read(code: str, facts: dict[str, Any]) -> Jurisdiction:
    sourced = {name: fact for name, fact in facts.items() if isinstance(fact, dict)}
    authority = sourced["authority"]
    return Jurisdiction(
        code=code,
        name=facts["name"],
        authority=Authority(authority["name"], authority["address"], authority["url"]),
        sources=MappingProxyType({name: fact["source"] for name, fact in sourced.items()}),
        checked=MappingProxyType({name: fact["checked"] for name, fact in sourced.items()}),
        laws=tuple(sourced.pop("laws")["are"]),
        **{name: fact["is"] for name, fact in sourced.items() if name != "authority"},
    )


class Adequacy(NamedTuple):
    """A decision of the Commission that a country protects personal data well enough (GDPR art. 45)."""

    since: date
    """The first day it holds."""
    until: date | None
    """The last day it holds, where it ends by itself."""
    kind: str
    """The safeguard that a policy names: "adequacy", or "data_privacy_framework" where recipients must be certified."""
    source: str
    checked: date
    """The day on which it was last looked up."""

    def holds(self, day: date) -> bool:
        """Whether it is in force on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


class Transfers(NamedTuple):
    """Where personal data may go without more, and what no longer carries a transfer (GDPR chapter V)."""

    eea: frozenset[str]
    """Countries and territories in which the GDPR itself holds, as two capitals."""
    adequate: Mapping[str, Adequacy]
    """Countries with a decision, by code."""
    privacy_shield_ended: date
    """From this day on the Privacy Shield carries no transfer."""


@cache
def transfers() -> Transfers:
    """The facts of ``transfers.toml``."""
    facts = _parsed("transfers.toml")
    adequate = {
        code: Adequacy(
            fact["since"], fact.get("until"), fact.get("kind", "adequacy"), fact["source"], fact["checked"]
        )
        for code, fact in facts["adequate"].items()
    }
    return Transfers(
        frozenset(facts["eea"]["is"]), MappingProxyType(adequate), facts["privacy_shield"]["ended"]
    )
