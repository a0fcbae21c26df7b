"""Data and who receives it: categories and fields, where they may stand; recipients (GDPR art. 26, 28, 44)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from shopprivacy.errors import Problem
from shopprivacy.policy.base import (
    Country,
    Day,
    Declared,
    FieldName,
    Fields,
    Finite,
    Hosts,
    Line,
    Lines,
    Name,
    Names,
    refuse,
)
from shopprivacy.policy.enforcement import Decided, Shown
from shopprivacy.policy.vocabulary import Role

Forbidden = Literal["bank_account", "card_number", "national_id"]
"""Kinds of data that python-stdnum can recognise by their check digits."""


class Condition(Declared):
    """A field may be filled only if another field allows it (a VAT number only for companies in the EU)."""

    field: FieldName
    """The field that is looked at."""

    in_: Annotated[Lines, Field(alias="in")] = ()
    """The values of which it must have one; "EU" and "EEA" mean their countries. Default: it must be filled."""


def _fields_alone(value: object) -> object:
    if isinstance(value, list | tuple):
        return {"fields": value}
    if isinstance(value, Mapping | Category):
        return value
    raise refuse('is not a list of fields; write ["Customer.email"], or a table')


class Category(Declared):
    """A category of data: the fields that belong to it. A plain list of fields is the short form."""

    fields: Decided[Fields]
    """The fields, as `Table.column`, or `Table.*` for all columns of a table."""

    source: Literal["subject", "observed", "derived", "third_party"] = "subject"
    """Where it comes from. From a third party: the customer is told within a month (art. 14)."""

    sources: Lines = ()
    """For `third_party`: who it comes from; named in every answer to a request for access (art. 15(1)(g))."""

    only: tuple[Condition, ...] = ()
    """Conditions that must all be met before one of the fields may be filled."""

    special: StrictBool = False
    """Health, belief and the like (art. 9): needs explicit consent or a law."""

    sealed: Shown[StrictBool | Fields] = False
    """Its fields are stored sealed: all, or those that are named. `check` compares that with the shop's models."""

    identifier: StrictBool = False
    """It identifies a person or device by itself (an IP address, a device id); never stored raw in logs."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        if self.source == "third_party" and not self.sources:
            yield Problem("sources", "is missing; name who the data comes from (art. 14(2)(f))")
        if self.sources and self.source != "third_party":
            yield Problem("sources", 'only goes with source "third_party"')


CategoryOrFields = Annotated[
    Category, BeforeValidator(_fields_alone, json_schema_input_type=Fields | Category)
]


class Zone(Declared):
    """A place where data is stored, with the fields that may be stored there (a web store beside the books)."""

    fields: Fields
    """The only fields that may be stored there."""

    registered_only: StrictBool = False
    """Only data of people who registered; nothing of a guest is stored there."""

    second_credential: StrictBool = False
    """Opening a value needs a second credential, not only the application's."""

    purposes: Names = ()
    """The purposes for which data may be read there. Default: all."""


class FormRules(Declared):
    """A form: which inputs must be filled and which may be left empty (art. 13(2)(e))."""

    required: Fields = ()
    """Fields without which the form is refused. The texts say what happens if one is left empty."""

    optional: Fields = ()
    """Fields that may be left empty."""

    purposes: Names = ()
    """The purposes that this form informs about; showing it is the notice for them."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        for name in self.optional:
            if name in self.required:
                yield Problem("optional", f'"{name}" is required as well; name it once')


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
    """The first day on which it is valid."""

    until: Day | None = None
    """The last day on which it is valid."""


Told = Literal["rectification", "erasure", "restriction", "withdrawal", "objection"]


class Recipient(Declared):
    """Someone who receives data: only the declared fields, only for the declared purposes."""

    name: Shown[Line | None] = None
    """The name that customers know. Default: its key."""

    role: Role
    """What it is to the shop."""

    for_: Decided[Annotated[Names, Field(alias="for", min_length=1, json_schema_extra={"minItems": 1})]]
    """The purposes it receives data for."""

    data: Decided[Names] = ()
    """The categories it receives."""

    fields: Decided[Fields] = ()
    """Within these categories only these fields. Default: all of them."""

    country: Shown[Country]
    """The country where it holds the data, as two capitals (ISO 3166-1)."""

    agreement: Day | None = None
    """The day of the agreement: with a processor (art. 28(3)) or a joint controller (art. 26)."""

    agreement_until: Day | None = None
    """The last day of the agreement, if it ends."""

    safeguard: Safeguard | None = None
    """For a country outside the EEA: what makes the transfer lawful."""

    needs: Decided[Name | None] = None
    """What must be shown each time, such as `legal_reference` for an authority or `event` for a successor."""

    sealed: Decided[StrictBool] = False
    """It only ever stores sealed values (a host, a backup)."""

    aggregate: Decided[StrictBool] = False
    """It only receives counts of groups, never of a person."""

    strict: StrictBool = False
    """A field that it may not receive is an error. Default: the field is silently removed."""

    hosts: Hosts = ()
    """The hosts data for it goes to; a connection to any other host is reported."""

    tell: tuple[Told, ...] = ()
    """What it is informed of about a person whose data it received (art. 19)."""

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
