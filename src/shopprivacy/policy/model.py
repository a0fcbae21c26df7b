"""The policy as a whole: what privacy.toml says, checked, frozen, completed, and indexed for those who ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final, Self, TypeVar

from pydantic import ValidationError, ValidationInfo, model_validator

from shopprivacy.errors import PolicyError, Problem, UndeclaredName
from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.policy.base import Declared
from shopprivacy.policy.fingerprint import fingerprint_of, purpose_fingerprint_of, purpose_id_of, version
from shopprivacy.policy.keys import PolicyKeys
from shopprivacy.policy.page import Signals
from shopprivacy.policy.presets import preset_cookies
from shopprivacy.policy.problems import in_file, readable_part
from shopprivacy.policy.purpose import Purpose
from shopprivacy.policy.rules import problems_across, undeclared_in_unread
from shopprivacy.policy.texts import Texts, default_texts
from shopprivacy.policy.vocabulary import Basis

_INDEX: Final = re.compile(r"\[\d+\]$")


@dataclass(slots=True)
class Part:
    """What can be read of a policy that cannot be enforced: to look for mistakes in, and for nothing else."""

    unread: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What was left out: by key of the file, the names of entries; none, where the whole key was."""

    problems: list[Problem] = field(default_factory=list)
    """Everything for which the policy is refused."""

    policy: Policy | None = None
    """The rest; None where there is none."""


class Policy(PolicyKeys):
    """Everything the shop declares. Equal policies say the same; nothing in one can be changed.

    Raises:
        PolicyError: with every problem there is, each with its place and what would be right.
    """

    @model_validator(mode="before")
    @classmethod
    def _spread_out(cls, values: object) -> object:
        """Merge the presets' cookies and lift ``data.not_personal``, before anything is checked."""
        return spread_out(values) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _hangs_together(self, info: ValidationInfo) -> Self:
        part: Part | None = info.context
        problems = list(problems_across(self, part.unread if part else {}))
        if part:
            part.problems += problems
        elif problems:
            raise PolicyError(problems)
        vars(self).update(derived(self))
        return self

    @classmethod
    def problems(cls, error: ValidationError, values: Mapping[str, object]) -> list[Problem]:
        """All that is wrong with ``values``: what could not be read, and what does not hang together in the rest."""
        return cls.part(error, values).problems

    @classmethod
    def part(cls, error: ValidationError, values: Mapping[str, object]) -> Part:
        """What can be read of ``values`` all the same, and all that is wrong with them."""
        found = super().problems(error, values)
        spread = spread_out(values)
        rest, unread = readable_part(error, spread, cls)
        part = Part(unread)
        try:
            part.policy = cls.model_validate(rest, context=part)
            part.problems += undeclared_in_unread(part.policy, spread, unread)
        except ValidationError as more:
            part.problems += super().problems(more, rest)
        # The first word about a key is the true one: what was left out is not to be called missing.
        told = {path for problem in found for path in (problem.path, _INDEX.sub("", problem.path))}
        found += [problem for problem in part.problems if problem.path not in told]
        part.problems = [in_file(problem, values) for problem in found]
        return part

    def purpose(self, name: str) -> Purpose:
        """The purpose of this name.

        Raises:
            UndeclaredName: the policy does not declare it.
        """
        try:
            return self.purposes[name]
        except KeyError:
            raise UndeclaredName("purpose", name, self.purposes) from None

    @property
    def child_age(self) -> int:
        """From this age on, in years, someone consents alone: the policy's own, else the country's (art. 8(1))."""
        return self.children.age or jurisdiction(self.jurisdiction).child_age

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (64 hexadecimal digits) of everything a customer is told or bound by."""
        return fingerprint_of(self)

    @property
    def version(self) -> str:
        """The day it holds from and the beginning of its fingerprint: ``2026-01-01.1a2b3c4d``."""
        return version(self.effective.isoformat(), self.fingerprint)

    @cached_property
    def _purpose_fingerprints(self) -> Mapping[str, str]:
        return {name: purpose_fingerprint_of(self, name) for name in self.purposes}

    def purpose_fingerprint(self, purpose: str) -> str:
        """SHA-256 (64 hexadecimal digits) of what a customer agrees to with this purpose.

        Raises:
            UndeclaredName: the policy does not declare the purpose.
        """
        self.purpose(purpose)
        return self._purpose_fingerprints[purpose]

    @cached_property
    def _purpose_ids(self) -> Mapping[str, int]:
        return {name: purpose_id_of(self, name) for name in self.purposes}

    def purpose_id(self, purpose: str) -> int:
        """The 16 bits by which a consent cookie names the purpose; no two purposes of one policy have the same.

        They begin its :meth:`purpose_fingerprint`, but for what a browser can only object to, which is named alone.

        Raises:
            UndeclaredName: the policy does not declare the purpose.
        """
        self.purpose(purpose)
        return self._purpose_ids[purpose]

    @cached_property
    def _texts(self) -> Mapping[str, Texts]:
        return {
            language: default_texts(language).merged(self.texts.get(language, {}))
            for language in self.languages
        }

    def text(self, language: str) -> Texts:
        """What customers read in this language (``nl``, or ``nl-BE``), or in the first language of the policy."""
        return self._texts.get(language.lower().partition("-")[0]) or self._texts[self.languages[0]]


T = TypeVar("T", bound=Declared)


def spread_out(values: Mapping[str, object]) -> dict[str, object]:
    """The values with the presets' cookies among the cookies (the shop's own win) and ``not_personal`` on top."""
    spread = dict(values)
    presets, cookies, data = (spread.get(key) for key in ("presets", "cookies", "data"))
    if isinstance(presets, list | tuple) and isinstance(cookies, Mapping | None):
        spread["cookies"] = {**preset_cookies(presets), **(cookies or {})}
    if isinstance(data, Mapping) and "not_personal" in data:
        spread["data"] = {name: entry for name, entry in data.items() if name != "not_personal"}
        spread["not_personal"] = data["not_personal"]
    if isinstance(signals := spread.get("signals"), Signals):
        # Perhaps another policy's: what was derived there is not stated here.
        spread["signals"] = signals.changed()
    return spread


def derived(policy: PolicyKeys) -> dict[str, object]:
    """The keys whose default hangs on other keys: who is asked for consent, and what a signal objects to."""
    in_browser = {cookie.purpose for cookie in policy.cookies.values()}
    in_browser |= {party.purpose for party in policy.third_parties.values()}
    in_browser |= {policy.analytics.purpose, policy.analytics.visitor}
    purposes = {name: _asked(purpose, name in in_browser) for name, purpose in policy.purposes.items()}
    if "purposes" in policy.signals.model_fields_set:
        return {"purposes": MappingProxyType(purposes)}
    exempt = {cookie.purpose for cookie in policy.cookies.values() if cookie.exempt} | {
        policy.analytics.purpose
    }
    objected = tuple(
        name
        for name, purpose in purposes.items()
        if purpose.objectable and (purpose.asked == "browser" or name in exempt)
    )
    return {"purposes": MappingProxyType(purposes), "signals": _filled(policy.signals, purposes=objected)}


def _asked(purpose: Purpose, in_browser: bool) -> Purpose:  # noqa: FBT001  # one fact, passed on
    if purpose.basis is not Basis.CONSENT or "asked" in purpose.model_fields_set:
        return purpose
    return _filled(purpose, asked="browser" if in_browser else "account")


def _filled(part: T, **values: object) -> T:
    """A copy with values that the file does not state; they are not counted as set, so they are derived anew."""
    copy = part.model_copy(update=values)
    copy.__pydantic_fields_set__.difference_update(values.keys() - part.model_fields_set)
    return copy
