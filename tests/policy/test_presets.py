"""Presets declare the cookies that frameworks and load balancers really set."""

from __future__ import annotations

from pathlib import Path

import django.conf.global_settings as django_settings
import flask
import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from starlette.middleware.sessions import SessionMiddleware

from shopprivacy.policy import Duration, Policy, presets
from shopprivacy.policy.presets import PRESETS
from tests.policy.files import BASE, base_with

DAY = 86_400


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_is_valid(preset: str) -> None:
    """A policy can take any preset; its cookies are essential and need no purpose."""
    policy = Policy(**base_with(presets=[preset]))
    assert policy.cookies.keys() == PRESETS[preset].keys()
    assert all(cookie.essential and cookie.purpose is None for cookie in policy.cookies.values())


def test_all_presets_together() -> None:
    """All presets can be taken at once."""
    assert len(Policy(**base_with(presets=sorted(PRESETS))).cookies) > 20


def test_every_preset_names_its_source() -> None:
    """Each preset stands under a comment with the address it was taken from."""
    text = Path(presets.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    for preset in PRESETS:
        before = text[: text.index(f"\n[{preset}.")]
        assert "https://" in before[before.rindex("\n\n") :], preset


def test_the_shop_has_the_last_word() -> None:
    """What the shop declares under the same name replaces the preset's declaration."""
    own = {"purpose": "orders", "essential": True, "life": "1 hour"}
    policy = Policy(**base_with(presets=["flask", "aws"], cookies={"session": own}))
    assert policy.cookies["session"].life == Duration(1, "hours")
    assert policy.cookies["session"].purpose == "orders"
    assert "AWSALB" in policy.cookies


def test_presets_are_only_what_they_declare() -> None:
    """A policy with a preset means the same as one that declares those cookies itself."""
    written_out = base_with(cookies={"session": {"essential": True, "use": "visit", "life": "31 days"}})
    assert Policy(**base_with(presets=["flask"])).fingerprint == Policy(**written_out).fingerprint
    assert Policy(**BASE).fingerprint != Policy(**written_out).fingerprint


def test_flask() -> None:
    """Flask's session cookie has the name and life of Flask's own defaults."""
    config = flask.Flask(__name__).config
    cookie = Policy(**base_with(presets=["flask"])).cookies[config["SESSION_COOKIE_NAME"]]
    assert cookie.life == Duration(config["PERMANENT_SESSION_LIFETIME"].days, "days")


def test_django() -> None:
    """Django's cookies have the names and lives of Django's own defaults."""
    cookies = Policy(**base_with(presets=["django"])).cookies
    assert cookies.keys() == {
        django_settings.SESSION_COOKIE_NAME,
        django_settings.CSRF_COOKIE_NAME,
        CookieStorage.cookie_name,
        django_settings.LANGUAGE_COOKIE_NAME,
    }
    assert (cookies["django_language"].life == "session") is (django_settings.LANGUAGE_COOKIE_AGE is None)
    assert cookies["sessionid"].life == Duration(django_settings.SESSION_COOKIE_AGE // (7 * DAY), "weeks")
    assert cookies["csrftoken"].life == Duration(django_settings.CSRF_COOKIE_AGE // (7 * DAY), "weeks")


def test_starlette() -> None:
    """Starlette's session cookie has the name and life of its middleware's own defaults."""
    defaults = SessionMiddleware.__init__.__kwdefaults__ or {}
    names = SessionMiddleware.__init__.__code__.co_varnames
    values = (
        dict(
            zip(
                reversed(names[: SessionMiddleware.__init__.__code__.co_argcount]),
                reversed(SessionMiddleware.__init__.__defaults__ or ()),
                strict=False,
            )
        )
        | defaults
    )
    cookie = Policy(**base_with(presets=["starlette"])).cookies[values["session_cookie"]]
    assert cookie.life == Duration(values["max_age"] // DAY, "days")
