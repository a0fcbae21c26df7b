"""Rules about data and cookies: special categories (GDPR art. 9), needless inputs, and cookies set without asking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.lint.rules_purposes import longer
from shopprivacy.personal_names import COUNTERS, follows_visitors, is_national
from shopprivacy.policy import Basis, Cookie, Duration, Policy
from shopprivacy.policy.vocabulary import covers

Found = tuple[tuple[str, ...], str]


def national_id_column(policy: Policy, _today: date) -> Iterator[Found]:
    """A column for the national number that no purpose with a law permits."""
    permitted = {
        category
        for purpose in policy.purposes.values()
        if "national_id" in purpose.permits
        for category in purpose.data
    }
    for name, category in policy.data.items():
        for field in category.fields:
            if is_national(field.rpartition(".")[2]) and name not in permitted:
                yield ("data", name), f'"{field}" looks like the national number; no purpose permits it'


def special_data(policy: Policy, _today: date) -> Iterator[Found]:
    """Art. 9: special categories need explicit consent, or a law."""
    for name, purpose in policy.purposes.items():
        allowed = purpose.law or (purpose.basis is Basis.CONSENT and purpose.explicit)
        special = [c for c in purpose.data if c in policy.data and policy.data[c].special]
        if special and not allowed:
            message = (
                f"uses {', '.join(special)} (special, art. 9) without explicit consent and without a law"
            )
            yield ("purposes", name, "data"), message


def needless_input(policy: Policy, _today: date) -> Iterator[Found]:
    """An input that must be filled although no purpose of the form uses it."""
    for name, form in policy.forms.items():
        used = tuple(
            field
            for purpose in form.purposes
            if purpose in policy.purposes
            for category in policy.purposes[purpose].data
            if category in policy.data
            for field in policy.data[category].fields
        )
        needless = [field for field in form.required if form.purposes and not covers(used, field)]
        if needless:
            message = f"demands {', '.join(needless)}, which {', '.join(form.purposes)} does not use"
            yield ("forms", name, "required"), message


LONGEST: Final = Duration(400, "days")
"""Browsers cut a longer life to this (RFC 6265bis §5.5)."""


def tracking_essential(policy: Policy, _today: date) -> Iterator[Found]:
    """A cookie that nobody asked for but the shop or its advertisers, declared essential or exempt."""
    for name, cookie in policy.cookies.items():
        if cookie.essential and (reason := _tracks(policy, name, cookie)):
            yield ("cookies", name, "essential"), f"{reason}; no visitor asked for it"
        elif cookie.exempt and (reason := _tracks(policy, name, cookie)):
            yield ("cookies", name, "exempt"), f"{reason}; no law exempts that from consent"


def _tracks(policy: Policy, name: str, cookie: Cookie) -> str | None:
    purpose = policy.purposes.get(cookie.purpose or "")
    if cookie.essential and purpose and purpose.basis is Basis.CONSENT:
        return f'"{cookie.purpose}" rests on consent'
    if purpose and (purpose.absolute_objection or purpose.profiling or purpose.cross_device):
        return f'"{cookie.purpose}" is marketing or profiling'
    if follows_visitors(name) or (cookie.essential and name.startswith(COUNTERS)):
        return "it is known as a cookie that follows visitors"
    return None


def identifying_before_consent(policy: Policy, _today: date) -> Iterator[Found]:
    """A lasting cookie with an identity in it, set as essential or exempt."""
    for name, cookie in policy.cookies.items():
        if cookie.identifying and cookie.life != "session" and (cookie.essential or cookie.exempt):
            message = f"knows someone again for {cookie.life}, and is set without asking"
            yield ("cookies", name, "identifying"), message


def blank_cookie(policy: Policy, _today: date) -> Iterator[Found]:
    """An essential cookie of which the cookie table does not say what it is for."""
    for name, cookie in policy.cookies.items():
        if cookie.purpose is None and cookie.use is None:
            yield ("cookies", name, "use"), "is missing, and no purpose: the cookie table says nothing of it"


def cookie_life(policy: Policy, _today: date) -> Iterator[Found]:
    """A life beyond what browsers allow: the statement would promise what no browser does."""
    for name, cookie in policy.cookies.items():
        if isinstance(cookie.life, Duration) and longer(cookie.life, LONGEST):
            yield ("cookies", name, "life"), f'"{cookie.life}" is longer than {LONGEST}'
