"""Why the gate lets a cookie of some name pass or holds it back, in words for the shop's developer.

The gate decides by the declaration that a name falls under; so does this, and a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic_core import PydanticCustomError

from shopprivacy.cli.suggest_cookie import Declaration, declaration_for
from shopprivacy.cookies.response import LONGEST_LIFE, is_prefixed, parse_set_cookie
from shopprivacy.gate.cookie_rules import NameTable, declared_cookies
from shopprivacy.policy import CONSENT_COOKIE, Cookie, Duration, Policy
from shopprivacy.policy.page import cookie_name
from shopprivacy.policy.presets import PRESETS, preset_cookies
from shopprivacy.policy.wording import shown

# rfc6265bis-22, section 5.6, step 1: browsers ignore a Set-Cookie field that holds one of these.
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Verdict(StrEnum):
    """What becomes of a cookie of this name where the policy's mode for cookies is ``enforce``."""

    OURS = "the library's own cookie"
    MALFORMED = "blocked: no browser keeps it"
    UNDECLARED = "blocked: not declared"
    ESSENTIAL = "passes: essential"
    EXEMPT = "passes until the visitor objects: exempt from consent"
    CONSENT = "passes only with consent"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a cookie passes or is blocked, and what to do. Sentences are in English, without markup."""

    name: str
    """The name as browsers read it: what stands before ``=`` or ``;``, trimmed. A value is never kept."""

    verdict: Verdict

    declared: str | None
    """The name of the declaration that covers it, a wildcard's with its ``*``; None: no declaration does."""

    purpose: str | None
    """The purpose it serves, where it is declared with one."""

    enforced: bool
    """Whether the policy's mode for cookies is ``enforce``; in ``report`` nothing is changed."""

    reasons: tuple[str, ...]
    """What the gate does with it, and why."""

    warnings: tuple[str, ...]
    """What browsers and parsers demand of such a name."""

    advice: Declaration | None
    """What to declare, for a name that is not declared and can be."""

    @property
    def headline(self) -> str:
        """The verdict; where the gate only reports, as what would happen."""
        if self.enforced or self.verdict in (Verdict.OURS, Verdict.ESSENTIAL):
            return self.verdict
        return self.verdict.replace("blocked", "would be blocked").replace("passes", "would pass")


def explain(policy: Policy, name: str, life: str | None = None) -> Explanation:
    """Why the gate lets a cookie called ``name`` pass or holds it back.

    ``name`` may be any text at all, a whole Set-Cookie field too. ``life`` is how long the shop sets it for, as a
    policy writes it; without it, what the field says.
    """
    life = life or _life_in(name)
    name = name.partition(";")[0].partition("=")[0].strip(" \t")
    raw = name.encode("utf-8", "surrogatepass")
    found = (
        None
        if name == CONSENT_COOKIE or _CONTROLS.search(raw)
        else NameTable(declared_cookies(policy)).find(raw)
    )
    cookie = policy.cookies[found.declared] if found else None
    verdict = _verdict(name, raw, cookie)
    if found and cookie:
        reasons = [*_of_declared(policy, name, found.declared, cookie, verdict)]
    else:
        reasons = [*_of_others(name, verdict)]
    enforced = policy.mode.cookies == "enforce"
    if not enforced:
        reasons.insert(
            0,
            'The mode for cookies is "report": nothing is changed yet, and what follows is only reported.',
        )
    return Explanation(
        name=name,
        verdict=verdict,
        declared=found.declared if found else None,
        purpose=cookie.purpose if cookie else None,
        enforced=enforced,
        reasons=tuple(reasons),
        warnings=tuple(_warnings(name, raw, cookie)),
        advice=declaration_for(policy, name, life)
        if verdict is Verdict.UNDECLARED and _refusal(name) is None
        else None,
    )


def _life_in(field: str) -> str | None:
    """Return the life in a Set-Cookie field, as a policy writes it; None where no browser would keep it longer."""
    cookie = parse_set_cookie(field.encode("utf-8", "surrogatepass"))
    if cookie is None or cookie.max_age is None or cookie.max_age <= 0:
        return None
    return str(Duration.covering(min(cookie.max_age, int(LONGEST_LIFE.total_seconds()))))


def _verdict(name: str, raw: bytes, cookie: Cookie | None) -> Verdict:
    if name == CONSENT_COOKIE:
        return Verdict.OURS
    if cookie is None:
        return Verdict.MALFORMED if _CONTROLS.search(raw) else Verdict.UNDECLARED
    if cookie.essential:
        return Verdict.ESSENTIAL
    return Verdict.EXEMPT if cookie.exempt else Verdict.CONSENT


def _refusal(name: str) -> str | None:
    """Why no policy can declare this name, in the words of the policy's own rule."""
    if not name:
        return "it has no name; give it one"
    try:
        cookie_name(name)
    except PydanticCustomError as error:
        return error.message()
    return None


def _of_others(name: str, verdict: Verdict) -> Iterator[str]:
    if verdict is Verdict.OURS:
        yield "It contains the visitor's choices, signed. Only the library sets and reads it; do not declare it."
        yield "The application does not see it, and one that the application sets is removed."
    elif verdict is Verdict.MALFORMED:
        yield "It contains a control character. Browsers ignore such a cookie, and the gate removes it."
    else:
        yield "The policy does not declare it, and what is not declared is blocked."
        yield (
            "It is removed from responses and hidden from the application. It is never deleted from the browser: "
            "it may belong to a load balancer or to another site of the same domain."
        )
        if refusal := _refusal(name):
            yield f"It cannot be declared either: {refusal}. Give the cookie another name."


def _of_declared(policy: Policy, name: str, declared: str, cookie: Cookie, verdict: Verdict) -> Iterator[str]:
    preset = _preset_of(policy, declared, cookie)
    where = f'by the preset "{preset}"' if preset else "in the policy"
    yield f"It is declared {where}" + (
        f" as {shown(declared)}, which covers it." if declared != name else "."
    )
    purpose = f'the purpose "{cookie.purpose}"'
    if verdict is Verdict.ESSENTIAL:
        serves = f" It serves {purpose}." if cookie.purpose else ""
        yield f"It is essential: the visitor asked for what needs it, so it is set without asking.{serves}"
    elif verdict is Verdict.EXEMPT:
        yield f"{cookie.exempt} exempts it from consent: it is set without asking."
        yield f"It passes until the visitor objects to {purpose}; from then on it is blocked and deleted."
    else:
        yield f"It passes once the visitor has agreed to {purpose}, in the very response that records it."
        yield "Before any choice it is removed from responses and hidden from the application."
        yield "After a refusal or withdrawal it is also deleted from the browser."
    if verdict is not Verdict.ESSENTIAL and (signals := _signals(policy, cookie)):
        yield (
            f"A browser that sends {signals} closes {purpose} as an objection does, "
            "unless the visitor agrees on this site while sending it."
        )
    if cookie.life == "session":
        yield "Declared to live for the browser session: Max-Age and Expires are cut off."
    else:
        yield f"Declared to live for {cookie.life}: a longer life is cut to that, and to 400 days at most."


def _preset_of(policy: Policy, declared: str, cookie: Cookie) -> str | None:
    """The preset that the declaration comes from; None where the shop's own stands in its place."""
    for preset in policy.presets:
        if declared in PRESETS[preset] and Cookie(**preset_cookies([preset])[declared]) == cookie:
            return preset
    return None


def _signals(policy: Policy, cookie: Cookie) -> str:
    heeded = (("Sec-GPC: 1", policy.signals.gpc), ("DNT: 1", policy.signals.dnt))
    closing = [
        field for field, mode in heeded if mode == "object" and cookie.purpose in policy.signals.purposes
    ]
    return " or ".join(closing)


def _warnings(name: str, raw: bytes, cookie: Cookie | None) -> Iterator[str]:
    """What else stands in the way of a cookie of this name (rfc6265bis-22, section 4.1.3; CHIPS)."""
    if name == CONSENT_COOKIE:
        return
    lower = name.lower()
    if lower.startswith("__host-"):
        yield "Browsers refuse a cookie named __Host-… unless it has Secure and Path=/ and no Domain."
    elif is_prefixed(raw):
        yield "Browsers refuse a cookie named __Secure-… unless it has Secure."
    if lower == CONSENT_COOKIE.lower():
        yield f"It is not the library's {CONSENT_COOKIE}: the names of cookies are case-sensitive."
    if cookie and cookie.partitioned:
        yield "It is declared partitioned: browsers refuse a Partitioned cookie without Secure."
    if cookie is None:
        return
    if refusal := _refusal(name):
        yield f"Another name would be wiser: {refusal}."
