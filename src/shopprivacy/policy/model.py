"""The policy as a whole: what privacy.toml says, checked, frozen, and indexed for those who ask it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, model_validator

from shopprivacy.errors import PolicyError, Problem, UndeclaredName
from shopprivacy.policy.load_problems import SALE
from shopprivacy.policy.load_rest import in_file, readable_part
from shopprivacy.policy.meaning import fingerprint_of, meaning_of, tag_of
from shopprivacy.policy.model_base import (
    Day,
    Declared,
    Domains,
    Fields,
    Frozen,
    Name,
    Names,
    deeply_frozen,
    empty,
    once,
    refuse,
)
from shopprivacy.policy.model_cookie import Cookie, CookieName
from shopprivacy.policy.model_data import CategoryOrFields, Forbidden, Form, Zone
from shopprivacy.policy.model_derived import derived, spread_out
from shopprivacy.policy.model_page import Cache, Mode, Signals, ThirdParty
from shopprivacy.policy.model_purpose import Purpose
from shopprivacy.policy.model_recipient import Recipient
from shopprivacy.policy.model_rules import problems_across
from shopprivacy.policy.model_shop import (
    Analytics,
    Backups,
    Children,
    Choices,
    Controller,
    Deadline,
    Ledger,
    Mail,
    Requests,
    SelfCheck,
    StaffRole,
)
from shopprivacy.policy.presets import Preset
from shopprivacy.policy.texts import Texts, default_texts

Language = Literal["nl", "fr", "de", "en"]


def _not_a_sale(value: str) -> str:
    if value in SALE:
        raise refuse(f'"{value}" is no purpose: personal data is not sold; delete it')
    return value


def _url_path(value: str) -> str:
    if not value.startswith("/") or any(not "!" <= character <= "~" for character in value):
        raise refuse(f'"{value}" is not the path of a route; it begins with "/", as "/checkout"')
    return value


def _refuse_all(value: object) -> object:
    return dict.fromkeys(value, "refuse") if isinstance(value, list | tuple) else value


PurposeName = Annotated[Name, AfterValidator(_not_a_sale)]
ForbiddenKinds = Annotated[
    Mapping[Forbidden, Literal["refuse", "mask"]], *Frozen, BeforeValidator(_refuse_all)
]


class Policy(Declared):
    """Everything the shop declares. Equal policies say the same; nothing in one can be changed.

    Raises:
        PolicyError: with every problem there is, each with its place and what would be right.
    """

    effective: Day
    """The day from which this policy holds, printed on every statement: 2026-01-01."""

    jurisdiction: Annotated[str, Field(json_schema_extra={"pattern": "^[A-Z]{2}$"})]
    """The country whose law applies, as two capitals: child age, tax term, authority, holidays."""

    languages: Annotated[tuple[Language, ...], Field(strict=False, min_length=1), AfterValidator(once)]
    """The languages customers are addressed in; the first is the one to fall back on."""

    controller: Controller
    """Who is responsible (GDPR art. 13(1)(a))."""

    sites: Domains = ()
    """The sites this policy covers; links to any other are marked as leading elsewhere."""

    forbidden: ForbiddenKinds = Field(default_factory=empty)
    """Kinds of data refused wherever they turn up, free text included; or masked, where a table says so."""

    presets: Annotated[tuple[Preset, ...], Field(strict=False), AfterValidator(once)] = ()
    """Ready-made declarations of the cookies of frameworks and load balancers."""

    secure: Annotated[
        tuple[Annotated[str, AfterValidator(_url_path)], ...], Field(strict=False), AfterValidator(once)
    ] = ()
    """Routes, with all below them, on which plain http is refused."""

    minimum_group: Annotated[int, Field(ge=2)] = 10
    """Counts of fewer people than this are withheld."""

    deadline: Deadline = Deadline()
    """How soon the shop acts."""

    signals: Signals = Signals()
    """What is done with Global Privacy Control and Do Not Track."""

    ledger: Ledger = Ledger()
    """The record of consent."""

    backups: Backups = Backups()
    """Backups of the data."""

    choices: Choices = Choices()
    """How long choices stand."""

    children: Children = Children()
    """Children and their parents."""

    requests: Requests = Requests()
    """Customers' requests."""

    mail: Mail = Mail()
    """Tracking in mails, and unsubscribing by mail."""

    analytics: Analytics = Analytics()
    """The shop's own visit log."""

    mode: Mode = Mode()
    """How far each border is enforced."""

    cache: Cache = Cache()
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
    """The cookies of the shop. A name ending in `*` stands for all that begin like it."""

    third_parties: Annotated[Mapping[Name, ThirdParty], *Frozen] = Field(default_factory=empty)
    """What the pages load from others."""

    separate: Annotated[Mapping[Name, Names], *Frozen] = Field(default_factory=empty)
    """Contexts whose data is never joined with other data: a person has another pseudonym in each."""

    zones: Annotated[Mapping[Name, Zone], *Frozen] = Field(default_factory=empty)
    """Places where data stands, and what may stand there."""

    forms: Annotated[Mapping[Name, Form], *Frozen] = Field(default_factory=empty)
    """Forms and their inputs. An input that is not declared is refused."""

    roles: Annotated[Mapping[Name, StaffRole], *Frozen] = Field(default_factory=empty)
    """Roles of staff."""

    texts: Annotated[Mapping[str, Mapping[str, Any]], *Frozen, AfterValidator(deeply_frozen)] = Field(
        default_factory=empty, exclude=True, repr=False
    )
    """The shop's own texts by language; in a file they stand in `privacy.LANG.toml` beside it."""

    @model_validator(mode="before")
    @classmethod
    def _spread_out(cls, values: object) -> object:
        """Merge the presets' cookies and lift ``data.not_personal``, before anything is checked."""
        return spread_out(values) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _hangs_together(self, info: ValidationInfo) -> Self:
        problems = list(problems_across(self, info.context or {}))
        if problems:
            raise PolicyError(problems)
        self.__dict__.update(derived(self))
        return self

    @classmethod
    def problems(cls, error: ValidationError, values: Mapping[str, object]) -> list[Problem]:
        """All that is wrong with ``values``: what could not be read, and what does not hang together in the rest."""
        found = super().problems(error, values)
        rest, unread = readable_part(error, spread_out(values), cls)
        try:
            cls.model_validate(rest, context=unread)
        except ValidationError as more:
            # The first word about a key is the true one: what was left out is not to be called missing.
            told = {problem.path for problem in found}
            found += [problem for problem in super().problems(more, rest) if problem.path not in told]
        return [in_file(problem, values) for problem in found]

    def purpose(self, name: str) -> Purpose:
        """The purpose of this name.

        Raises:
            UndeclaredName: the policy does not declare it.
        """
        try:
            return self.purposes[name]
        except KeyError:
            raise UndeclaredName("purpose", name, self.purposes) from None

    def asked_in_browser(self) -> tuple[str, ...]:
        """The consent purposes that the banner asks for, in the order in which they are declared."""
        return tuple(name for name, purpose in self.purposes.items() if purpose.asked == "browser")

    def asked_in_account(self) -> tuple[str, ...]:
        """The consent purposes that the account page asks for, in the order in which they are declared."""
        return tuple(name for name, purpose in self.purposes.items() if purpose.asked == "account")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (64 hexadecimal digits) of everything a customer is told or bound by."""
        return fingerprint_of(self)

    @property
    def version(self) -> str:
        """The day it holds from and the beginning of its fingerprint: ``2026-01-01.1a2b3c4d``."""
        return f"{self.effective.isoformat()}.{self.fingerprint[:8]}"

    @cached_property
    def _meanings(self) -> Mapping[str, str]:
        return {name: meaning_of(self, name) for name in self.purposes}

    def meaning(self, purpose: str) -> str:
        """SHA-256 (64 hexadecimal digits) of what a customer agrees to with this purpose.

        Raises:
            UndeclaredName: the policy does not declare the purpose.
        """
        self.purpose(purpose)
        return self._meanings[purpose]

    def tag(self, purpose: str) -> int:
        """The first 16 bits of :meth:`meaning`; no two purposes of one policy have the same.

        Raises:
            UndeclaredName: the policy does not declare the purpose.
        """
        return tag_of(self.meaning(purpose))

    @cached_property
    def _texts(self) -> Mapping[str, Texts]:
        return {
            language: default_texts(language).merged(self.texts.get(language, {}))
            for language in self.languages
        }

    def text(self, language: str) -> Texts:
        """What customers read in this language (``nl``, or ``nl-BE``), or in the first language of the policy."""
        return self._texts.get(language.lower().partition("-")[0]) or self._texts[self.languages[0]]
