"""Recipients: who receives which data for which purpose, on what footing (GDPR art. 13(1)(e)-(f), 26, 28, 44)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from shopprivacy.errors import Problem
from shopprivacy.policy.enforcement import Decided, Shown
from shopprivacy.policy.model_base import Declared
from shopprivacy.policy.model_values import Country, Day, Fields, Finite, Hosts, Line, Name, Names
from shopprivacy.policy.vocabulary import Role


class Safeguard(Declared):
    """What makes a transfer outside the EEA lawful (GDPR chapter V)."""

    kind: Literal[
        "adequacy",
        "data_privacy_framework",
        "standard_clauses",
        "binding_rules",
        "derogation",
        "privacy_shield",
    ]
    """The instrument. `privacy_shield` is known so that `check` can name it: invalid since 2020-07-16 (C-311/18)."""

    since: Day | None = None
    """The first day it holds."""

    until: Day | None = None
    """The last day it holds."""


Told = Literal["rectification", "erasure", "restriction", "withdrawal", "objection"]


class Recipient(Declared):
    """Someone who receives data: only the declared fields, only for the declared purposes."""

    name: Shown[Line | None] = None
    """The name customers know it by; left out: its key."""

    role: Role
    """What it is to the shop."""

    for_: Decided[Annotated[Names, Field(alias="for", min_length=1, json_schema_extra={"minItems": 1})]]
    """The purposes it receives data for."""

    data: Decided[Names] = ()
    """The categories it receives."""

    fields: Decided[Fields] = ()
    """Within these categories only these fields; none named: all of them."""

    country: Shown[Country]
    """The country where it holds the data, as two capitals (ISO 3166-1)."""

    agreement: Day | None = None
    """The day of the agreement: with a processor (art. 28(3)) or a joint controller (art. 26)."""

    agreement_until: Day | None = None
    """The last day of the agreement, where it ends."""

    safeguard: Safeguard | None = None
    """For a country outside the EEA: what makes the transfer lawful."""

    needs: Decided[Name | None] = None
    """What must be shown each time, such as `legal_reference` for an authority or `event` for a successor."""

    sealed: Decided[StrictBool] = False
    """It only ever holds sealed values (a host, a backup)."""

    aggregate: Decided[StrictBool] = False
    """It only receives counts of groups, never of a person."""

    strict: StrictBool = False
    """A field that it may not receive is an error; left out: the field is silently left out."""

    hosts: Hosts = ()
    """The hosts data for it goes to; a connection to any other host is reported."""

    tell: tuple[Told, ...] = ()
    """What it is told about a person whose data it received (art. 19)."""

    within: Finite | None = None
    """How soon it must have confirmed that."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        needed = {Role.AUTHORITY: "legal_reference", Role.SUCCESSOR: "event"}.get(self.role)
        if needed and self.needs is None:
            yield Problem(
                "needs", f'is missing; a recipient with this role gets nothing without, say, "{needed}"'
            )
        if self.aggregate and (self.data or self.fields):
            yield Problem("aggregate", "goes with no data and no fields: counts of groups only")
