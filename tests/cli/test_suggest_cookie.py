"""What to declare for a cookie that the policy does not know."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.cli.explain_cookie import Verdict, explain
from shopprivacy.cli.suggest_cookie import Declaration, declaration_for
from shopprivacy.policy import Policy
from tests.gate.exchange import make_policy
from tests.policy.files import base_with
from tests.strategies import cookie_names, declarations, policy_of


def advice(name: str, **changes: Any) -> Declaration:
    """What is advised for a name under the small shop's policy."""
    return declaration_for(make_policy(**changes), name)


def with_lines(values: dict[str, Any], lines: str) -> dict[str, Any]:
    """A declaration with these lines of TOML pasted below it."""
    pasted = tomllib.loads(lines)
    return {**values, **{key: {**values.get(key, {}), **table} for key, table in pasted.items()}}


def test_the_cookie_is_declared_with_a_purpose_that_is_asked_for() -> None:
    """The lines name the first consent purpose of the browser; the others are offered beside it."""
    found = advice("debug_id")
    assert tomllib.loads(found.toml) == {
        "cookies": {"debug_id": {"purpose": "statistics", "life": "13 months"}}
    }
    assert found.purposes == ("statistics", "ads")


def test_a_consent_purpose_without_cookies_yet() -> None:
    """Where nothing is asked in the browser yet, a consent purpose serves that would be asked there."""
    assert declaration_for(Policy(**base_with()), "x").purposes == ("statistics", "newsletter")
    mail = {"newsletter": {"basis": "consent", "mail": "marketing"}, "statistics": {"basis": "consent"}}
    assert declaration_for(Policy(**base_with(purposes=mail)), "x").purposes == ("statistics",)
    assert advice("x", purposes={"club": {"basis": "consent", "asked": "account"}}, cookies={}).purposes == ()


def test_a_policy_without_consent_purposes() -> None:
    """Where there is no purpose that could serve, the lines declare one, under a name that is free."""
    contract = {"basis": "contract"}
    found = tomllib.loads(advice("x", purposes={"orders": contract}, cookies={}).toml)
    assert found["purposes"] == {"statistics": {"basis": "consent"}}
    taken = tomllib.loads(advice("x", purposes={"statistics": contract}, cookies={}).toml)
    assert taken["cookies"]["x"]["purpose"] == "statistics_2"


def test_presets() -> None:
    """Every preset that declares the name is offered, by a wildcard as well."""
    assert advice("session").presets == ("flask", "starlette")
    assert advice("AWSALBAPP-3").presets == ("aws",)
    assert advice("debug_id").presets == ()


def test_names_that_look_like_it() -> None:
    """Declared names that look like it are named; those that differ in case alone come first."""
    assert advice("Cart").nearest[0] == "cart"
    assert "_ga" in advice("_gaa").nearest
    assert advice("debug_id").nearest == ()


@pytest.mark.parametrize(
    ("name", "wildcard"),
    [
        ("_gac_1A2B", "_gac_*"),
        ("_pk_id.1.1fff", "_pk_id.*"),
        ("session", None),
        ("session2", None),
        ("__Host-7", None),
    ],
)
def test_wildcards(name: str, wildcard: str | None) -> None:
    """Where a name ends in something made up by a machine, the wildcard for its like is offered, if it is legal."""
    assert advice(name).wildcard == wildcard


@given(declarations(), cookie_names(), st.booleans())
def test_pasting_the_lines_declares_the_cookie(values: dict[str, Any], name: str, essential: bool) -> None:
    """The lines can be pasted below any valid policy; the cookie is declared then, and the policy still valid."""
    explanation = explain(policy_of(values), name)
    if explanation.advice is None:
        return
    lines = explanation.advice.essential_toml if essential else explanation.advice.toml
    verdict = explain(policy_of(with_lines(values, lines)), name).verdict
    assert verdict is (Verdict.ESSENTIAL if essential else Verdict.CONSENT)
