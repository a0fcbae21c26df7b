"""Hypothesis strategies for valid policies, for tests of everything that obeys one."""

from __future__ import annotations

import string
from datetime import date
from typing import Any

from hypothesis import reject, settings
from hypothesis import strategies as st

from shopprivacy.errors import PolicyError
from shopprivacy.policy import CONSENT_COOKIE, Basis, Policy
from shopprivacy.policy.vocabulary import RESERVED
from shopprivacy.policy.wording import SALE

FEWER = settings(max_examples=max(4, settings().max_examples * 2 // 5))
"""For properties of which an example is a whole policy, and what obeys it: each takes a hundred times as long."""

TOKEN = string.ascii_letters + string.digits + "!#%&'+-.^_`|~"
UNITS = ["minutes", "hours", "days", "weeks", "months", "years"]


def names() -> st.SearchStrategy[str]:
    """Names of purposes, categories and recipients."""
    return st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).filter(
        lambda name: name not in {*SALE, "not_personal"}
    )


def terms() -> st.SearchStrategy[str]:
    """Terms, as written."""
    return st.builds(lambda count, unit: f"{count} {unit}", st.integers(2, 48), st.sampled_from(UNITS))


def keeps() -> st.SearchStrategy[str]:
    """Terms after an event, as written."""
    events = st.sampled_from(["last_order", "last_login", "last_contact", "case_closed", "fiscal_year_end"])
    return st.builds(lambda term, event: f"{term} after {event}", terms(), events)


def _free(name: str) -> bool:
    covers_ours = name.endswith("*") and CONSENT_COOKIE.startswith(name[:-1])
    return name.lower() not in RESERVED and name != CONSENT_COOKIE and not covers_ours


def cookie_names() -> st.SearchStrategy[str]:
    """Names of cookies as declared: with and without a prefix that browsers know, whole or with a wildcard."""
    stems = st.one_of(
        st.sampled_from(["_ga", "_gid", "session", "cart", "muc_ads", "a", "A"]),
        st.text(TOKEN, min_size=1, max_size=8),
    )
    prefixes = st.sampled_from(["", "", "", "__Host-", "__Secure-", "_"])
    return st.builds(
        lambda prefix, stem, star: prefix + stem + star, prefixes, stems, st.sampled_from(["", "", "*"])
    ).filter(_free)


def domains() -> st.SearchStrategy[str]:
    """Domains a cookie may be set for."""
    return st.sampled_from(
        ["shop.example", "www.shop.example", "example", "shop.co.uk", "xn--bcher-kva.example"]
    )


@st.composite
def _purpose(draw: st.DrawFn, categories: list[str]) -> dict[str, Any]:
    basis = draw(st.sampled_from([Basis.CONSENT, *Basis])).value  # half of what matters hangs on consent
    purpose: dict[str, Any] = {"basis": basis}
    if categories:
        purpose["data"] = draw(st.lists(st.sampled_from(categories), unique=True, max_size=3))
    if purpose.get("data"):
        purpose["keep"] = draw(keeps())
        purpose["then"] = draw(st.sampled_from(["erase", "anonymise"]))
    if basis in {"legal_obligation", "public_task"}:
        purpose["law"] = "AWR art. 52"
    if basis == "legitimate_interest":
        purpose["interest"] = "stop abuse"
    if basis == "consent" and draw(st.booleans()):
        purpose["asked"] = "browser"  # "account" stands against cookies that hang on the purpose
    mail = draw(st.sampled_from([None, "transactional", "marketing"]))
    return purpose | ({"mail": mail} if mail else {})


@st.composite
def _cookie(draw: st.DrawFn, name: str, purposes: dict[str, Any]) -> dict[str, Any]:
    cookie: dict[str, Any] = {"life": draw(st.one_of(st.just("session"), terms()))}
    purpose = draw(st.sampled_from([None, *purposes]))
    if purpose is not None:
        cookie["purpose"] = purpose
    if purpose is None or purposes[purpose]["basis"] != "consent" or draw(st.integers(0, 4)) == 0:
        free = purpose is not None and draw(st.booleans())
        cookie |= {"exempt": "Tw 11.7a(3)(b)"} if free else {"essential": True}
    if not name.lower().startswith("__host-"):
        cookie["domains"] = draw(st.lists(domains(), unique=True, max_size=2))
        paths = st.sampled_from(["/", "/shop", "/shop/"])
        cookie["paths"] = draw(st.lists(paths, unique=True, min_size=1, max_size=2))
    cookie["partitioned"] = draw(st.booleans())
    return cookie


@st.composite
def _recipient(draw: st.DrawFn, purposes: list[str], categories: list[str]) -> dict[str, Any]:
    data = st.lists(st.sampled_from(categories), unique=True, max_size=2) if categories else st.just([])
    return {
        "role": draw(st.sampled_from(["processor", "controller", "joint_controller"])),
        "for": draw(st.lists(st.sampled_from(purposes), unique=True, min_size=1, max_size=3)),
        "data": draw(data),
        "country": draw(st.sampled_from(["NL", "BE", "US"])),
    }


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """What stands in a valid privacy.toml, as tomllib reads it."""
    categories = {
        name: [f"T{index}.{field}" for field in draw(st.sampled_from([["*"], ["a"], ["a", "b"]]))]
        for index, name in enumerate(draw(st.lists(names(), unique=True, max_size=4)))
    }
    purposes = {
        name: draw(_purpose([*categories]))
        for name in draw(st.lists(names(), unique=True, min_size=1, max_size=5))
    }
    parties = draw(st.lists(names(), unique=True, max_size=2))
    return {
        "effective": draw(st.dates(date(2018, 5, 25), date(2035, 1, 1))),
        "jurisdiction": draw(st.sampled_from(["NL", "BE"])),
        "languages": draw(st.lists(st.sampled_from(["nl", "fr", "de", "en"]), unique=True, min_size=1)),
        "controller": {"name": "Shop", "address": "Street 1", "email": "privacy@shop.example"},
        "signals": {
            "gpc": draw(st.sampled_from(["object", "ignore"])),
            "dnt": draw(st.sampled_from(["object", "ignore"])),
        },
        "mode": {"cookies": draw(st.sampled_from(["report", "enforce"]))},
        "presets": draw(st.lists(st.sampled_from(["flask", "django", "aws"]), unique=True, max_size=2)),
        "data": categories,
        "purposes": purposes,
        "recipients": {
            name: draw(_recipient([*purposes], [*categories]))
            for name in draw(st.lists(names(), unique=True, max_size=2))
        },
        "cookies": {
            name: draw(_cookie(name, purposes))
            for name in draw(st.lists(cookie_names(), unique=True, max_size=6))
        },
        "third_parties": {
            name: {
                "purpose": draw(st.sampled_from([*purposes])),
                "hosts": ["stats.example.com"],
                "kinds": draw(st.sampled_from([["script"], ["img", "connect"], ["frame"]])),
            }
            for name in parties
        },
    }


def policy_of(values: dict[str, Any]) -> Policy:
    """The policy of a declaration; the rare one in which two purposes have the same id by chance is passed over."""
    try:
        return Policy(**values)
    except PolicyError as error:
        if all("by chance the same id" in problem.message for problem in error.problems):
            reject()
        raise


def policies() -> st.SearchStrategy[Policy]:
    """Valid policies with varied purposes and cookies."""
    return declarations().map(policy_of)
