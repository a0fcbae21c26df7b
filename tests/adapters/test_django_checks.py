"""The system checks of the Django app: each mistake by its id, with what would be right."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.template import Library, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.test.utils import override_settings
from django.utils.autoreload import autoreload_started

from shopprivacy import GateOrderError, StoreDown, UndeclaredName
from shopprivacy.adapters.django import PrivacyMiddleware, check_application, get_privacy, privacy_gate
from shopprivacy.adapters.django.checks import check_store
from shopprivacy.adapters.django.root import forget
from shopprivacy.storage.memory import MemoryStore

MODULE = "tests.adapters.django_shop.wsgi"
GOOD = {"POLICY": FOLDER / "privacy.toml", "KEYS": FOLDER / "keys" / "keys.json"}


def fails(parser: Any, token: Any) -> Any:
    """A tag of the shop's own that is broken."""
    raise ZeroDivisionError


register = Library()
register.tag("fails", fails)


class Unknown:
    """Some middleware around the application."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


Sessions = type("SessionMiddleware", (Unknown,), {"__module__": "beaker.middleware"})
"""Middleware by the name of one that is known to set cookies."""


def hidden(application: Any) -> Any:
    """Some middleware that is a function."""

    def answer(environ: Any, start_response: Any) -> Any:
        return application(environ, start_response)

    return answer


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Each test makes its own Privacy, on tables that are there."""
    call_command("migrate", "shopprivacy", verbosity=0)
    forget()
    yield
    forget()


@contextmanager
def application(made: object) -> Iterator[None]:
    """Let ``WSGI_APPLICATION`` name this application."""
    module = ModuleType("tests.adapters.made_up")
    module.application = made  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    with override_settings(WSGI_APPLICATION=f"{module.__name__}.application", ASGI_APPLICATION=None):
        yield
    del sys.modules[module.__name__]


def found(**changes: object) -> dict[str, str]:
    """Return the messages of the checks by their ids, with these settings changed."""
    with override_settings(**changes):
        return {
            str(message.id).removeprefix("shopprivacy."): str(message)
            for message in run_checks(tags=["shopprivacy"])
        }


def test_a_shop_as_it_should_be_has_nothing_to_hear() -> None:
    """No error and no warning."""
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "id_", "says"),
    [
        ({}, "E001", 'SHOPPRIVACY = {"POLICY"'),
        (None, "E001", "names no policy"),
        ({**GOOD, "KEY": "x"}, "E001", "has no key KEY"),
        ({**GOOD, "CUSTOMER": "shop.nowhere.customer"}, "E001", "cannot import shop.nowhere.customer"),
        ({**GOOD, "POLICY": FOLDER / "nowhere.toml"}, "E002", "nowhere.toml"),
        ({**GOOD, "POLICY": FOLDER / "wrong.toml"}, "E002", "purposes.statistics.basis"),
        ({"POLICY": FOLDER / "privacy.toml"}, "E003", "SHOPPRIVACY_KEYS"),
        ({**GOOD, "KEYS": FOLDER / "nowhere.json"}, "E003", "nowhere.json"),
        ({**GOOD, "STORE": "ledger"}, "E008", 'there is no "ledger" in DATABASES'),
    ],
)
def test_the_setting(setting: Any, id_: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with setting, policy or keys is named, and the gate does not start with it."""
    monkeypatch.delenv("SHOPPRIVACY_KEYS", raising=False)
    policy = (FOLDER / "privacy.toml").read_text()
    (FOLDER / "wrong.toml").write_text(policy.replace('basis = "consent"', 'basis = "toestemming"', 1))
    assert says in found(SHOPPRIVACY=setting)[id_]
    with override_settings(SHOPPRIVACY=setting), pytest.raises(GateOrderError, match=id_):
        privacy_gate(lambda environ, start_response: [])


def test_a_silenced_check_lets_the_gate_start() -> None:
    """Who silences a check knows what they do."""
    changes = {"MIDDLEWARE": [], "SILENCED_SYSTEM_CHECKS": ["shopprivacy.E004"]}
    with override_settings(**changes):
        assert privacy_gate(lambda environ, start_response: [])


def test_following_log_ins_needs_something_to_follow() -> None:
    """``SIGN_IN_ON_LOGIN`` without ``django.contrib.auth`` would never sign anybody in."""
    without = [app for app in settings.INSTALLED_APPS if app != "django.contrib.auth"]
    with override_settings(INSTALLED_APPS=["shopprivacy.adapters.django"]):
        assert "E008" in found(SHOPPRIVACY={**GOOD, "SIGN_IN_ON_LOGIN": True})
    assert len(without) == len(settings.INSTALLED_APPS) - 1


ROUTER = ["shopprivacy.adapters.django.router.LedgerRouter"]


@pytest.mark.parametrize(
    ("database", "warnings"),
    [
        ({"ENGINE": "django.db.backends.postgresql"}, ["shopprivacy.W012"]),
        ({"ENGINE": "django.db.backends.mysql", "OPTIONS": {"charset": "utf8mb4"}}, ["shopprivacy.W012"]),
        ({"ENGINE": "django.contrib.gis.db.backends.postgis", "OPTIONS": None}, ["shopprivacy.W012"]),
        ({"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"connect_timeout": 2}}, []),
        ({"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"service": "shop"}}, []),
        (
            {"ENGINE": "django.db.backends.postgresql", "ATOMIC_REQUESTS": True, "OPTIONS": {"service": "s"}},
            [],
        ),
        ({"ENGINE": "django.db.backends.sqlite3"}, []),
        ({"ENGINE": "django.db.backends.sqlite3", "ATOMIC_REQUESTS": True}, ["shopprivacy.W015"]),
        (
            {
                "ENGINE": "django.contrib.gis.db.backends.spatialite",
                "ATOMIC_REQUESTS": True,
                "OPTIONS": {"transaction_mode": "DEFERRED"},
            },
            ["shopprivacy.W015"],
        ),
        (
            {
                "ENGINE": "django.db.backends.sqlite3",
                "ATOMIC_REQUESTS": True,
                "OPTIONS": {"transaction_mode": "IMMEDIATE"},
            },
            [],
        ),
    ],
)
def test_the_ledgers_database_makes_no_request_wait_or_fail(
    database: dict[str, Any], monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    """How long connecting takes, and when SQLite locks, is what only ``DATABASES`` can say."""
    monkeypatch.setitem(settings.DATABASES, "server", database)
    with override_settings(SHOPPRIVACY={**GOOD, "STORE": "server"}):
        told = check_store()
    assert [message.id for message in told] == warnings


def test_only_a_database_of_djangos_is_looked_at() -> None:
    """A store of the shop's own looks after itself, and an unreadable setting is told elsewhere."""
    with override_settings(SHOPPRIVACY={**GOOD, "STORE": MemoryStore()}):
        assert check_store() == []
    with override_settings(SHOPPRIVACY={"NONSENSE": 1}):
        assert check_store() == []


def test_a_ledger_with_a_database_of_its_own_needs_a_router() -> None:
    """Or the admin shows an empty ledger; with the library's router, tables and rows are in that database alone."""
    apart = {**GOOD, "STORE": "sqlite"}
    assert "LedgerRouter" in found(SHOPPRIVACY=apart)["W004"]
    assert "--database sqlite" in found(SHOPPRIVACY=apart)["W004"]
    assert "W004" not in found(SHOPPRIVACY={})
    assert found(SHOPPRIVACY=apart, DATABASE_ROUTERS=ROUTER) == {}
    assert found(DATABASE_ROUTERS=ROUTER) == {}
    assert found(SHOPPRIVACY={**GOOD, "STORE": MemoryStore()}, DATABASE_ROUTERS=ROUTER) == {}
    with override_settings(SHOPPRIVACY=apart, DATABASE_ROUTERS=ROUTER):
        with pytest.raises(StoreDown, match="migrate shopprivacy --database sqlite"):
            get_privacy()
        call_command("migrate", "shopprivacy", database="default", verbosity=0)
        call_command("migrate", "shopprivacy", database="sqlite", verbosity=0)
        get_privacy().grant(7, "ads")
        rows = apps.get_model("shopprivacy", "LedgerRow").objects
        assert rows.count() == rows.using("sqlite").count() == 1
        users = apps.get_model("auth", "User").objects
        assert (rows.db, users.db) == ("sqlite", "default")


def test_the_middleware() -> None:
    """It must be there, and should be first."""
    others = settings.MIDDLEWARE[1:]
    assert "MIDDLEWARE.insert(0" in found(MIDDLEWARE=others)["E004"]
    assert (
        "SessionMiddleware has no request.privacy"
        in found(MIDDLEWARE=[others[0], *settings.MIDDLEWARE])["W001"]
    )


def test_djangos_own_cookies() -> None:
    """A session or CSRF cookie that the policy does not declare would be blocked, and nobody could log in."""
    assert 'COOKIE_NAME is "sid"' in found(SESSION_COOKIE_NAME="sid")["W002"]
    csrf = [*settings.MIDDLEWARE, "django.middleware.csrf.CsrfViewMiddleware"]
    assert found(MIDDLEWARE=csrf) == {}
    assert 'COOKIE_NAME is "token"' in found(MIDDLEWARE=csrf, CSRF_COOKIE_NAME="token")["W002"]
    assert found(MIDDLEWARE=csrf, CSRF_COOKIE_NAME="token", CSRF_USE_SESSIONS=True) == {}
    locale = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    assert found(MIDDLEWARE=locale) == {}
    assert 'COOKIE_NAME is "taal"' in found(MIDDLEWARE=locale, LANGUAGE_COOKIE_NAME="taal")["W002"]


def test_djangos_own_cookies_under_other_names_are_told_with_their_settings() -> None:
    """The lines to write have the life of the shop's own settings, and what the preset says of the cookie."""
    told = found(SESSION_COOKIE_NAME="sid", SESSION_COOKIE_AGE=3600)["W002"]
    assert '[cookies.sid] with essential = true, life = "1 hour" and use = "visit"' in told
    told = found(SESSION_COOKIE_NAME="sid", SESSION_EXPIRE_AT_BROWSER_CLOSE=True)["W002"]
    assert 'life = "session"' in told
    csrf = [*settings.MIDDLEWARE, "django.middleware.csrf.CsrfViewMiddleware"]
    told = found(MIDDLEWARE=csrf, CSRF_COOKIE_NAME="token")["W002"]
    assert '[cookies.token] with essential = true, life = "364 days" and use = "security"' in told


def _templates(folder: Path) -> list[Any]:
    return [{**settings.TEMPLATES[0], "DIRS": [folder]}]


def test_an_undeclared_purpose_in_a_template(tmp_path: Path) -> None:
    """Every template with the tag is compiled; one that no page shows yet, too. Others are left alone."""
    (tmp_path / "late.html").write_text("{% load shopprivacy %}{% consent 'adds' %}x{% endconsent %}")
    (tmp_path / "broken.html").write_text("{% load shopprivacy %}{% consent 'ads' %}")
    (tmp_path / "binary.html").write_bytes(b"\xff consent {%")
    message = found(TEMPLATES=_templates(tmp_path))["E007"]
    assert "late.html" in message
    assert '"adds" is not declared' in message
    with override_settings(TEMPLATES=_templates(tmp_path)), pytest.raises(GateOrderError, match="E007"):
        privacy_gate(lambda environ, start_response: [])


def test_a_template_is_compiled_as_its_loader_would(tmp_path: Path) -> None:
    """Other templates may be named relative to it; a purpose is found behind that, and named with its folder."""
    (tmp_path / "shop").mkdir()
    relative = "{% extends './base.html' %}{% load shopprivacy %}{% block a %}{% include '../x.html' %}"
    for name, purpose in (("right", "ads"), ("wrong", "adds")):
        tag = f"{{% consent '{purpose}' %}}x{{% endconsent %}}{{% endblock %}}"
        (tmp_path / "shop" / f"{name}.html").write_text(relative + tag)
    message = found(TEMPLATES=_templates(tmp_path))["E007"]
    assert "shop/wrong.html" in message
    assert "right" not in message


def test_what_else_is_wrong_with_a_template_is_left_to_django(tmp_path: Path) -> None:
    """Whatever a tag of the shop's own raises, the check goes on to the next template."""
    (tmp_path / "a.html").write_text("consent {% now %}")
    (tmp_path / "b.html").write_text("consent {% fails %}")
    (tmp_path / "c.html").write_text("{% load shopprivacy %}{% consent 'adds' %}x{% endconsent %}")
    templates = _templates(tmp_path)
    templates[0]["OPTIONS"] = {"builtins": [__name__]}
    assert "c.html" in found(TEMPLATES=templates)["E007"]


@pytest.mark.parametrize(
    "source", ["consent", "consent ads", "consent 'ads' 'x'", "consent ''", "consent 'ads\""]
)
def test_the_tag_takes_one_name_in_quotes(source: str) -> None:
    """Anything else could not be checked before a page is shown."""
    with pytest.raises(TemplateSyntaxError, match="one purpose in quotes"):
        engines["django"].from_string(f"{{% load shopprivacy %}}{{% {source} %}}x{{% endconsent %}}")


def test_a_purpose_that_a_view_names_is_looked_up_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The views come with the URLs, which Django itself would read with the first request."""
    monkeypatch.syspath_prepend(str(tmp_path))
    view = "from shopprivacy.adapters.django import requires_consent\nrequires_consent('adds')(print)\n"
    (tmp_path / "urls_with_a_mistake.py").write_text(view + "urlpatterns = []\n")
    with override_settings(ROOT_URLCONF="urls_with_a_mistake"), pytest.raises(UndeclaredName, match="adds"):
        privacy_gate(lambda environ, start_response: [])


def test_asgi_is_found_beside_wsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    """``startproject`` names no ``asgi.py``: what stands around a gate there is seen all the same."""
    folder = {name: ModuleType(f"project.{name}") for name in ("wsgi", "asgi")}
    for name, module in {"project": ModuleType("project"), **folder}.items():
        monkeypatch.setitem(sys.modules, name if name == "project" else f"project.{name}", module)
    gate: Any = privacy_gate(lambda environ, start_response: [])
    folder["wsgi"].__dict__["application"] = gate
    named = {"WSGI_APPLICATION": "project.wsgi.application", "ASGI_APPLICATION": None}
    folder["asgi"].__dict__["application"] = lambda scope, receive, send: None
    assert found(**named) == {}
    behind: Any = privacy_gate(lambda environ, start_response: [])
    folder["asgi"].__dict__["application"] = Sessions(behind)
    assert "asgi.py: " in found(**named)["E006"]
    with override_settings(**named), pytest.raises(GateOrderError, match="SessionMiddleware sets cookies"):
        behind({}, lambda *_: None)
    monkeypatch.delitem(sys.modules, "project.asgi")
    assert found(**named) == {}


def test_the_application_must_be_behind_the_gate() -> None:
    """What a server would call is looked at, and an application of Django's own without a gate is an error."""
    for ungated in (get_wsgi_application(), Unknown(get_wsgi_application())):
        with application(ungated):
            assert "is not behind the privacy gate" in found()["E005"]
        with pytest.raises(GateOrderError, match="not behind the privacy gate"):
            check_application(ungated)
    assert "cannot import" in found(WSGI_APPLICATION="tests.nowhere.application")["E005"]
    assert "W003" in found(WSGI_APPLICATION=None, ASGI_APPLICATION=None)


def test_what_sets_cookies_around_the_gate_fails_by_name() -> None:
    """By the system check, by the function, and at the first request; the shop may vouch for it."""
    gate = privacy_gate(lambda environ, start_response: [])
    with application(Sessions(gate)):
        message = found()["E006"]
        assert "beaker.middleware.SessionMiddleware sets cookies, and is outside the privacy gate" in message
        assert 'SHOPPRIVACY["OUTSIDE"]' in message
        assert found(SHOPPRIVACY={**GOOD, "OUTSIDE": [Sessions]}) == {}
        for check in (
            lambda: check_application(Sessions(gate)),
            lambda: gate({}, lambda status, headers: None),
        ):
            with pytest.raises(GateOrderError, match="SessionMiddleware sets cookies"):
                check()


def test_what_nobody_knows_around_the_gate_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """By the system check, and once in the log at the first request; what cannot be seen through, too."""
    for made, says in (
        (Unknown, "test_django_checks.Unknown is"),
        (hidden, "answer does not show what it"),
    ):
        gate = privacy_gate(lambda environ, start_response: [])
        with application(made(gate)):
            assert says in found()["W005"]
            assert says not in caplog.text
            gate(RequestFactory()._base_environ(), lambda status, headers: None)
            assert says in caplog.text
            assert ("W005" in found(SHOPPRIVACY={**GOOD, "OUTSIDE": [Unknown]})) is (made is hidden)
    with application(Unknown(gate)):
        assert "E006" not in found(SHOPPRIVACY={**GOOD, "OUTSIDE": ["nowhere.Class"]})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("application = = 1", "made_served.py, line 1: invalid syntax"),
        ("import nowhere_at_all", "No module named 'nowhere_at_all'"),
        ("def fail():\n    raise ValueError('secret')\nfail()", "ValueError (made_served.py, line 2)"),
        (
            "from django.core.exceptions import ImproperlyConfigured\nraise ImproperlyConfigured('no secret key')",
            "no secret key (made_served.py, line 2)",
        ),
    ],
)
def test_an_application_that_cannot_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    """Whatever the file raises is a finding that names it and the line, and not the words of the shop's own errors."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "made_served.py").write_text(text)
    message = found(WSGI_APPLICATION="made_served.application", ASGI_APPLICATION=None)["E005"]
    assert says in message.replace(f"{tmp_path}/", "")
    assert "secret'" not in message


class Ours(PrivacyMiddleware):
    """The middleware with something of the shop's own."""


def nobodys(get_response: Any) -> Any:
    """Some middleware that is a function."""
    return get_response


def test_a_subclass_of_the_middleware_is_one() -> None:
    """Wherever it comes from; what cannot be imported is not, and is left to Django."""
    ours, others = f"{__name__}.Ours", [f"{__name__}.nobodys", "nowhere.Middleware"]
    assert found(MIDDLEWARE=[ours, *settings.MIDDLEWARE[1:]]) == {}
    assert "W001" in found(MIDDLEWARE=[*others, ours])
    assert "E004" in found(MIDDLEWARE=others)


def test_a_module_that_is_being_imported_is_not_looked_at() -> None:
    """``privacy_gate`` runs while ``wsgi.py`` is being imported: there is no application to see yet."""
    with application(None):
        del sys.modules["tests.adapters.made_up"].application
        assert found() == {}


def test_a_lifespan_fails_by_name() -> None:
    """An ASGI server that asks whether the shop has started is told what stands around the gate."""

    async def shop(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("Django can only handle ASGI/HTTP connections")

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message)

    sent: list[dict[str, str]] = []
    gate: Any = privacy_gate(shop)
    with application(Sessions(gate)):
        for kind in ("lifespan", "http"):
            with pytest.raises(GateOrderError, match="SessionMiddleware sets cookies"):
                async_to_sync(gate)({"type": kind}, receive, send)
    (failed,) = sent
    assert failed["type"] == "lifespan.startup.failed"
    assert "SessionMiddleware sets cookies" in failed["message"]
    async_to_sync(gate)({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent[1:]] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ], "Django knows no lifespan, and the gate has one"
    get_privacy().resume()


def test_looking_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """``manage.py migrate`` runs the checks before there are tables: importing ``wsgi.py`` must not need any."""
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    call_command("migrate", "shopprivacy", "zero", verbosity=0)
    assert found() == {}
    with pytest.raises(StoreDown, match=r"manage\.py migrate shopprivacy"):
        get_privacy()
    call_command("migrate", "shopprivacy", verbosity=0)
    assert get_privacy()


def test_a_store_of_the_shops_own() -> None:
    """``STORE`` may be any store of the ledger."""
    store = MemoryStore()
    with override_settings(SHOPPRIVACY={**GOOD, "STORE": store, "JOURNAL": FOLDER / "other-journal.sqlite3"}):
        assert found() == {}
        get_privacy().grant(7, "ads")
        assert store.head().count == 1


def test_the_development_server_watches_the_policy() -> None:
    """A change of the policy, or of its texts, starts ``runserver`` again; a setting that is wrong breaks no start."""
    watched: list[tuple[Path, str]] = []

    class Reloader:
        def watch_dir(self, folder: Path, pattern: str) -> None:
            watched.append((folder, pattern))

    autoreload_started.send(sender=Reloader())
    (pattern,) = (pattern for folder, pattern in watched if folder == FOLDER.resolve())
    assert all(Path(name).match(pattern) for name in ("privacy.toml", "privacy.nl.toml"))
    with override_settings(SHOPPRIVACY={}):
        autoreload_started.send(sender=Reloader())
    assert sum(folder == FOLDER.resolve() for folder, _ in watched) == 1


LAYOUT = "<html lang={{ language }}><title>{{ title }}</title>{{ content }}"


def _laid_out(folder: Path, source: str) -> dict[str, Any]:
    """Return settings of a shop with a layout of its own."""
    (folder / "layout.html").write_text(source, encoding="utf-8")
    return {"TEMPLATES": _templates(folder), "SHOPPRIVACY": {**GOOD, "LAYOUT": "layout.html"}}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ title }}", "write {{ content }}"),
        ("{% if %}", "TemplateSyntaxError"),
        (LAYOUT.replace("<html lang={{ language }}>", ""), 'write <html lang="{{ language }}">'),
    ],
)
def test_a_wrong_layout(tmp_path: Path, source: str, says: str) -> None:
    """It is rendered by the checks, and the gate does not start with it."""
    changes = _laid_out(tmp_path, source)
    assert says in found(**changes)["E009"]
    with override_settings(**changes), pytest.raises(GateOrderError, match="E009"):
        privacy_gate(lambda environ, start_response: [])


def test_a_layout_as_it_should_be(tmp_path: Path) -> None:
    """Nothing is wrong with a template that keeps the content, nor with a function."""
    assert found(**_laid_out(tmp_path, LAYOUT)) == {}
    function: Any = lambda content, title, language: f"<html lang={language}><title>{title}</title>{content}"  # noqa: E731
    assert found(SHOPPRIVACY={**GOOD, "LAYOUT": function, "ASSETS": ["https://static.shop.example"]}) == {}
    assert (
        "assets" in found(SHOPPRIVACY={**GOOD, "LAYOUT": function, "ASSETS": ["static.shop.example"]})["E009"]
    )


def test_templates_of_the_shops_own(tmp_path: Path) -> None:
    """They are rendered by the checks."""
    assert found(SHOPPRIVACY={**GOOD, "TEMPLATES": tmp_path}) == {}
    (tmp_path / "banner.html").write_text("<p>We use cookies.</p>", encoding="utf-8")
    assert "banner.html (en): " in found(SHOPPRIVACY={**GOOD, "TEMPLATES": tmp_path})["E009"]


def test_a_layout_that_reads_the_database_waits_for_its_tables() -> None:
    """``migrate`` runs the checks before there are any: that is a warning."""

    def layout(content: str, _title: str, _language: str) -> str:
        raise OperationalError("no such table: shop_menu")

    assert "OperationalError" in found(SHOPPRIVACY={**GOOD, "LAYOUT": layout})["W006"]


def test_nothing_is_served_in_a_layout_that_nobody_has_looked_at() -> None:
    """What is a warning to ``migrate``, silenced or not, keeps the gate from starting."""

    def layout(content: str, _title: str, _language: str) -> str:
        raise OperationalError("no such table: shop_menu")

    changes = {"SHOPPRIVACY": {**GOOD, "LAYOUT": layout}, "SILENCED_SYSTEM_CHECKS": ["shopprivacy.W006"]}
    with override_settings(**changes), pytest.raises(GateOrderError, match="W006"):
        privacy_gate(lambda environ, start_response: [])


def test_nothing_is_rendered_with_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    """What is wrong with the policy is said first."""
    wrong = found(SHOPPRIVACY={**GOOD, "POLICY": FOLDER / "nowhere.toml", "TEMPLATES": tmp_path / "nowhere"})
    assert set(wrong) == {"E002"}
