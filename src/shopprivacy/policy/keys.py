"""The keys of privacy.toml, each with what it holds and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt

from shopprivacy.jurisdiction import jurisdictions
from shopprivacy.policy.analytics import Analytics
from shopprivacy.policy.base import (
    Day,
    Declared,
    Domains,
    Fields,
    FindingId,
    Frozen,
    Line,
    Name,
    Names,
    Paths,
    deeply_frozen,
    empty,
    once,
    refuse,
)
from shopprivacy.policy.data import CategoryOrFields, Forbidden, FormRules, Recipient, Zone
from shopprivacy.policy.enforcement import Decided, Enforced, Shown
from shopprivacy.policy.page import Cache, Cookie, CookieName, Mode, Signals, ThirdParty
from shopprivacy.policy.presets import Preset
from shopprivacy.policy.problems import Missing
from shopprivacy.policy.purpose import Purpose
from shopprivacy.policy.shop import (
    Backups,
    Children,
    ChoiceRules,
    Controller,
    Deadline,
    LedgerRules,
    Logs,
    Mail,
    Requests,
    SelfCheck,
    StaffRole,
)
from shopprivacy.policy.vocabulary import DIRECT_MARKETING
from shopprivacy.policy.wording import SALE, nearest, shown

_KINDS_SHOWN: Final = '["card_number"]'
Language = Literal["nl", "fr", "de", "en"]


def _no_reserved_word(value: str) -> str:
    if value == DIRECT_MARKETING:
        raise refuse(
            f"{shown(value)} means all direct marketing in the record of consent; choose another name"
        )
    if value in SALE:
        raise refuse(f"{shown(value)} is not a purpose: personal data is not sold; delete it", "sale")
    return value


def _known_country(value: str) -> str:
    if value not in jurisdictions():
        raise refuse(f"unknown jurisdiction {shown(value)}; {nearest(value, tuple(jurisdictions()))}")
    return value


def _refuse_all(value: object) -> object:
    if not isinstance(value, list | tuple):
        return value
    for kind in value:
        if not isinstance(kind, str):
            raise refuse(
                f"{shown(kind)} is not a kind of data; write names in quotes, such as {_KINDS_SHOWN}"
            )
    return dict.fromkeys(value, "refuse")


PurposeName = Annotated[Name, AfterValidator(_no_reserved_word)]
ForbiddenTable = Mapping[Forbidden, Literal["refuse", "mask"]]
ForbiddenKinds = Annotated[
    ForbiddenTable,
    *Frozen,
    BeforeValidator(_refuse_all, json_schema_input_type=ForbiddenTable | tuple[Forbidden, ...]),
]


class PolicyKeys(Declared):
    """What a policy holds; :class:`shopprivacy.policy.Policy` is what can be done with it."""

    effective: Enforced[Annotated[Day, Missing("no-effective-date")]]
    """The day from which this policy applies, printed on every statement: 2026-01-01."""

    jurisdiction: Enforced[
        Annotated[
            str,
            AfterValidator(_known_country),
            Field(json_schema_extra={"enum": [*sorted(jurisdictions())]}),
            Missing("no-jurisdiction"),
        ]
    ]
    """The country whose law applies, as two capitals: child age, tax term, authority, holidays."""

    languages: Enforced[Annotated[tuple[Language, ...], Field(min_length=1), AfterValidator(once)]]
    """The languages in which customers are addressed; the first is the fallback."""

    controller: Annotated[Controller, Missing("no-controller")]
    """Who is responsible (GDPR art. 13(1)(a))."""

    sites: Domains = ()
    """The sites this policy covers; links to any other are marked as leading elsewhere."""

    forbidden: ForbiddenKinds = Field(default_factory=empty)
    """Kinds of data that are refused wherever they appear, also in free text; or masked, if a table says so."""

    presets: Enforced[Annotated[tuple[Preset, ...], AfterValidator(once)]] = ()
    """Ready-made declarations of the cookies of frameworks and load balancers."""

    secure: Paths = ()
    """Routes, with all below them, on which plain http is refused."""

    minimum_group: Enforced[Annotated[StrictInt, Field(ge=2)]] = 10
    """A report shows no group smaller than this, and rounds every other number to a multiple of it."""

    deadline: Deadline = Field(default_factory=Deadline)
    """How soon the shop acts."""

    signals: Signals = Field(default_factory=Signals)
    """What is done with Global Privacy Control and Do Not Track."""

    ledger: LedgerRules = Field(default_factory=LedgerRules)
    """The record of consent."""

    backups: Backups = Field(default_factory=Backups)
    """Backups of the data."""

    choices: ChoiceRules = Field(default_factory=ChoiceRules)
    """How long choices are valid."""

    children: Children = Field(default_factory=Children)
    """Children and their parents."""

    requests: Requests = Field(default_factory=Requests)
    """Customers' requests."""

    mail: Mail = Field(default_factory=Mail)
    """Tracking in mails, and unsubscribing by mail."""

    analytics: Analytics = Field(default_factory=Analytics)
    """The shop's own visit log."""

    logs: Logs = Field(default_factory=Logs)
    """What is kept when logs are cleaned."""

    mode: Mode = Field(default_factory=Mode)
    """How far each border is enforced."""

    cache: Cache = Field(default_factory=Cache)
    """Shared caches in front of the shop."""

    prove: SelfCheck | None = None
    """How often the shop checks its own statement."""

    data: Annotated[Mapping[Name, CategoryOrFields], *Frozen] = Field(default_factory=empty)
    """Categories of personal data and their fields. Every personal column belongs to one."""

    not_personal: Fields = ()
    """Columns that are not personal, so that every column of the shop is accounted for."""

    purposes: Annotated[Mapping[PurposeName, Purpose], *Frozen] = Field(default_factory=empty)
    """What the shop uses data, cookies and third parties for."""

    recipients: Annotated[Mapping[Name, Recipient], *Frozen] = Field(default_factory=empty)
    """Who receives data. Nobody else does."""

    cookies: Annotated[Mapping[CookieName, Cookie], *Frozen] = Field(default_factory=empty)
    """The cookies of the shop. A name that ends in `*` covers all names with the same beginning."""

    third_parties: Annotated[Mapping[Name, ThirdParty], *Frozen] = Field(default_factory=empty)
    """What the pages load from others."""

    separate: Decided[Annotated[Mapping[Name, Names], *Frozen]] = Field(default_factory=empty)
    """Contexts whose data is never joined with other data: a person has another pseudonym in each."""

    zones: Annotated[Mapping[Name, Zone], *Frozen] = Field(default_factory=empty)
    """Places where data is stored, and what may be stored there."""

    forms: Annotated[Mapping[Name, FormRules], *Frozen] = Field(default_factory=empty)
    """Forms and their inputs. An input that is not declared is refused."""

    roles: Annotated[Mapping[Name, StaffRole], *Frozen] = Field(default_factory=empty)
    """Roles of staff."""

    accepted: Shown[Annotated[Mapping[FindingId, Annotated[Mapping[Line, Line], *Frozen]], *Frozen]] = Field(
        default_factory=empty
    )
    """Warnings of `shopprivacy check` that the shop accepts: `ID."KEY PATH" = "the reason"`."""

    texts: Annotated[Mapping[str, Mapping[str, Any]], *Frozen, AfterValidator(deeply_frozen)] = Field(
        default_factory=empty, exclude=True, repr=False
    )
    """The shop's own texts by language; in a file they stand in `privacy.LANG.toml` beside it."""

    def asked_in_browser(self) -> tuple[str, ...]:
        """The consent purposes that the banner asks for, in the order in which they are declared."""
        return tuple(name for name, purpose in self.purposes.items() if purpose.asked == "browser")

    def asked_in_account(self) -> tuple[str, ...]:
        """The consent purposes that the account page asks for, in the order in which they are declared."""
        return tuple(name for name, purpose in self.purposes.items() if purpose.asked == "account")

    def objected_to_in_browser(self) -> tuple[str, ...]:
        """The purposes that the banner does not ask for: those of exempt cookies and of events. One may only object."""
        exempt = {cookie.purpose for cookie in self.cookies.values() if cookie.exempt}
        exempt.add(self.analytics.purpose)
        return tuple(
            name for name, purpose in self.purposes.items() if name in exempt and purpose.asked != "browser"
        )
