"""What to declare for a cookie that the policy does not know."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.cli.explain_cookie import Verdict, explain
from shopprivacy.cli.suggest_cookie import BLANK, Declaration, _table, declaration_for
from shopprivacy.cookies.response import LONGEST_LIFE
from shopprivacy.errors import PolicyError
from shopprivacy.policy import Duration, Policy
from tests.gate.exchange import NOW, make_policy
from tests.policy.files import base_with
from tests.strategies import cookie_names, declarations, policy_of


def advice(name: str, **changes: Any) -> Declaration:
    """What is advised for a name under the small shop's policy."""
    return declaration_for(make_policy(**changes), name)


def with_lines(values: dict[str, Any], lines: str) -> dict[str, Any]:
    """A declaration with these lines of TOML pasted below it."""
    pasted = tomllib.loads(lines)
    return {**values, **{key: {**values.get(key, {}), **table} for key, table in pasted.items()}}


def test_what_nobody_knows_is_not_guessed() -> None:
    """Purpose, use and life of a cookie that nobody knows are blanks; the consent purposes are offered beside them."""
    found = advice("debug_id")
    assert tomllib.loads(found.consent_toml) == {"cookies": {"debug_id": {"purpose": BLANK, "life": BLANK}}}
    assert tomllib.loads(found.essential_toml) == {
        "cookies": {"debug_id": {"essential": True, "use": BLANK, "life": BLANK}}
    }
    assert found.purposes == ("statistics", "ads")
    assert (found.service, found.use, found.needs_consent) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "service", "use", "life"),
    [
        ("_fbp", "Meta's pixel", "advertising", "90 days"),
        ("_gid", "Google Analytics", "statistics", "24 hours"),
        ("_hjSessionUser_123", "Hotjar", "statistics", "365 days"),
        ("oscar_open_basket", "django-oscar", "basket", "7 days"),
        ("shop-basket", None, "basket", BLANK),
        ("shopLang", None, "language", BLANK),
        ("remember_token", None, "login", BLANK),
        ("X-XSRF-TOKEN", None, "security", BLANK),
        ("sid", None, "visit", BLANK),
        ("login_lang", None, None, BLANK),
        ("cartoon", None, None, BLANK),
    ],
)
def test_well_known_names(name: str, service: str | None, use: str | None, life: str) -> None:
    """A table says what many shops have; a word in a name what it is likely for; two words that differ say nothing."""
    found = advice(name)
    assert (found.service, found.use) == (service, use)
    assert f'life = "{life}"' in found.consent_toml
    assert found.needs_consent is (None if use is None else use in {"statistics", "advertising"})


def test_a_known_use_finds_its_purpose() -> None:
    """Advertising goes to the policy's own purpose for it; where there is none, the lines declare one that is free."""
    assert 'purpose = "ads"' in advice("_fbp").consent_toml
    assert advice("_fbp").purposes == ("ads", "statistics")
    other = {"statistics": {"basis": "consent"}, "advertising": {"basis": "contract"}}
    lines = tomllib.loads(advice("_fbp", purposes=other, cookies={}).consent_toml)
    assert lines["purposes"] == {"advertising_2": {"basis": "consent"}}
    assert lines["cookies"]["_fbp"]["purpose"] == "advertising_2"


def test_the_life_that_was_seen() -> None:
    """What the shop sets it for stands above what a table says; a whole field says it by its Max-Age."""
    policy = make_policy(cookies={})
    assert 'life = "session"' in declaration_for(policy, "_fbp", "session").consent_toml
    for field, life in (
        ("x=1; Max-Age=7776000; Path=/", "90 days"),
        ("x=1; max-age=99999999999", "400 days"),
        ("x=1; Max-Age=0", BLANK),
        ("x=1", BLANK),
    ):
        found = explain(policy, field).advice
        assert found is not None
        assert f'life = "{life}"' in found.essential_toml


@pytest.mark.parametrize(
    "life", [life for table in _table()["services"] for life in table["cookies"].values()]
)
def test_lives_in_the_table_are_ones_that_browsers_keep(life: str) -> None:
    """Each can be declared as it is, without a finding."""
    assert life == "session" or Duration.parse(life).after(NOW) <= NOW + LONGEST_LIFE


def test_a_consent_purpose_without_cookies_yet() -> None:
    """Where nothing is asked in the browser yet, a consent purpose serves that would be asked there."""
    assert declaration_for(Policy(**base_with()), "x").purposes == ("statistics", "newsletter")
    mail = {"newsletter": {"basis": "consent", "mail": "marketing"}, "statistics": {"basis": "consent"}}
    assert declaration_for(Policy(**base_with(purposes=mail)), "x").purposes == ("statistics",)
    assert advice("x", purposes={"club": {"basis": "consent", "asked": "account"}}, cookies={}).purposes == ()


def test_a_policy_without_consent_purposes() -> None:
    """Where there is no purpose that could serve, the lines declare one, under a name that is free."""
    contract = {"basis": "contract"}
    found = tomllib.loads(advice("_ga", purposes={"orders": contract}, cookies={}).consent_toml)
    assert found["purposes"] == {"statistics": {"basis": "consent"}}
    taken = tomllib.loads(advice("_ga", purposes={"statistics": contract}, cookies={}).consent_toml)
    assert taken["cookies"]["_ga"]["purpose"] == "statistics_2"


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
    """With the blanks filled in, the lines can be pasted below any valid policy, and the cookie is declared then."""
    explanation = explain(policy_of(values), name, "30 days")
    if explanation.advice is None:
        return
    advised = explanation.advice
    lines = advised.essential_toml if essential else advised.consent_toml
    if not essential and BLANK in lines:
        if not advised.purposes:
            return
        lines = lines.replace(BLANK, advised.purposes[0])
    verdict = explain(policy_of(with_lines(values, lines.replace(BLANK, "visit"))), name).verdict
    assert verdict is (Verdict.ESSENTIAL if essential else Verdict.CONSENT)


@given(cookie_names())
def test_a_blank_is_refused(name: str) -> None:
    """Lines whose blanks stand open are no policy: the error names the key."""
    lines = declaration_for(make_policy(), name).essential_toml
    if BLANK in lines and explain(make_policy(), name).verdict is Verdict.UNDECLARED:
        with pytest.raises(PolicyError, match="cookies"):
            make_policy(**with_lines({"cookies": {}}, lines))
