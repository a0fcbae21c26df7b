"""Cookies of a framework under names of the shop's own: what the policy does not declare, and the lines that do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopprivacy.gate.framework_cookies import FrameworkCookie, undeclared
from tests.gate.exchange import COOKIES, make_policy

SESSION = FrameworkCookie("shop_session", "SESSION_COOKIE_NAME", timedelta(days=31), "flask", "session")
USUAL = FrameworkCookie("session", "SESSION_COOKIE_NAME", None, "flask", "session")


@pytest.mark.parametrize(("mode", "would"), [("enforce", "is blocked"), ("report", "would be, in mode")])
def test_the_mode_is_heeded(mode: str, would: str) -> None:
    """In report mode nothing is blocked yet, and the sentence says so."""
    policy = make_policy(mode={"cookies": mode})
    [told] = undeclared(policy, [SESSION])
    assert str(told).startswith(
        'SESSION_COOKIE_NAME is "shop_session", a cookie that the policy does not declare'
    )
    assert would in told.message


def test_what_is_declared_is_none() -> None:
    """By its name, by a wildcard, or by the preset under the usual name."""
    cookies = {**COOKIES, "shop_*": {"essential": True, "life": "session"}}
    assert [*undeclared(make_policy(cookies=cookies, presets=["flask"]), [SESSION, USUAL])] == []


@pytest.mark.parametrize(
    ("cookie", "hint"),
    [
        (USUAL, 'add "flask" to the list presets in the policy'),
        (
            SESSION,
            (
                'declare it in the place of the preset "flask": [cookies.shop_session] with essential = true, '
                'life = "31 days" and use = "visit"'
            ),
        ),
        (
            FrameworkCookie("my token", "CSRF_COOKIE_NAME", None, "django", "csrftoken"),
            'declare it: [cookies."my token"] with essential = true, life = "session" and use = "security"',
        ),
        (
            FrameworkCookie(
                "me", "REMEMBER_COOKIE_NAME", timedelta(days=999), "flask_login", "remember_token"
            ),
            (
                'declare it in the place of the preset "flask_login": [cookies.me] with essential = true, '
                'life = "400 days" and use = "login"'
            ),
        ),
        (
            FrameworkCookie("_ga", "SESSION_COOKIE_NAME", None, "flask", "session"),
            "write essential = true at cookies._ga in the policy, in the place of a purpose",
        ),
    ],
)
def test_the_hint_is_what_to_write(cookie: FrameworkCookie, hint: str) -> None:
    """The preset under its usual name, else the table, with the life that the shop has set."""
    [told] = undeclared(make_policy(), [cookie])
    assert told.hint == hint
