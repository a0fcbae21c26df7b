"""The system checks: what is wrong with policy, keys, gate and templates, before anything is served.

| id | what |
|---|---|
| shopprivacy.E001 | the setting ``SHOPPRIVACY`` cannot be read |
| shopprivacy.E002 | the policy has problems |
| shopprivacy.E003 | the keyset is missing or cannot be used |
| shopprivacy.E004 | ``PrivacyMiddleware`` is missing |
| shopprivacy.E005 | the application that a server calls is not behind the gate |
| shopprivacy.E006 | something that sets cookies stands outside the gate |
| shopprivacy.E007 | a template names a purpose that a browser does not decide about |
| shopprivacy.E008 | what the setting names is not there: a database, ``django.contrib.auth`` |
| shopprivacy.E009 | the shop's own templates or layout keep visitors from choosing freely, or cannot be rendered |
| shopprivacy.W001 | ``PrivacyMiddleware`` is not first |
| shopprivacy.W002 | the policy does not declare a cookie that Django itself sets: it is, or would be, blocked |
| shopprivacy.W003 | no application is named, so nobody can see whether it is behind the gate |
| shopprivacy.W004 | the ledger has a database of its own, and no router leads the admin and ``migrate`` there |
| shopprivacy.W005 | something stands outside the gate of which nobody knows whether it sets cookies |
| shopprivacy.W006 | the layout reads the database, which does not answer or has no tables; the gate does not start |
| shopprivacy.W007 | a log handler sends more than the text that its formatter cleans |
| shopprivacy.W012 | nothing bounds how long it takes to connect to the server that has the ledger |
| shopprivacy.W015 | requests that have read a SQLite database can no longer write it when the library has meanwhile |

What looks at the application itself (E005, E006, W003, W005) is in ``gate_check``, at log handlers (W007) in ``logs``,
at models with sealed fields (E010 to E013, E016, W008, W009, W013, W014, W016) in ``sealed.checks``, at mail (E014,
E015, W010, W011) in ``mail_check``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from inspect import isclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, router
from django.template import Origin, Template, engines
from django.template.backends.django import DjangoTemplates
from django.utils.module_loading import import_string

from shopprivacy.adapters.django.conf import NAME, Conf, read_conf
from shopprivacy.adapters.django.layout import look_of
from shopprivacy.adapters.django.mail_check import check_mail
from shopprivacy.adapters.django.request_privacy import PrivacyMiddleware
from shopprivacy.adapters.django.root import get_browser_policy, get_policy
from shopprivacy.adapters.django.sealed.checks import check_owners, check_places, check_uses
from shopprivacy.errors import KeysetError, PageError, PolicyError, UndeclaredName
from shopprivacy.gate.framework_cookies import FrameworkCookie, undeclared
from shopprivacy.key_providers.places import key_provider
from shopprivacy.policy import Policy

Check = Callable[..., list[CheckMessage]]

UNREVIEWED = "shopprivacy.W006"
_SERVERS = ("postgresql", "postgis", "mysql")
_FILES = ("sqlite3", "spatialite")
_LOCKS_AT_ONCE = ("IMMEDIATE", "EXCLUSIVE")
MIDDLEWARE = "shopprivacy.adapters.django.PrivacyMiddleware"
_SETTERS = (
    ("django.contrib.sessions.middleware.SessionMiddleware", "SESSION_COOKIE_NAME", "sessionid"),
    ("django.middleware.csrf.CsrfViewMiddleware", "CSRF_COOKIE_NAME", "csrftoken"),
    ("django.middleware.locale.LocaleMiddleware", "LANGUAGE_COOKIE_NAME", "django_language"),
)
"""Middleware, the setting that names its cookie, and that cookie's usual name."""


def check_settings(**_: object) -> list[CheckMessage]:
    """Setting, policy and keys (E001, E002, E003, E008)."""
    try:
        conf = read_conf()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="shopprivacy.E001")]
    found: list[CheckMessage] = []
    try:
        get_policy()
    except (PolicyError, OSError) as error:
        hint = "shopprivacy init writes a first policy" if isinstance(error, OSError) else None
        found.append(Error(_message_of(error), hint=hint, id="shopprivacy.E002"))
    found += _keys(conf)
    if isinstance(conf.store, str) and conf.store not in settings.DATABASES:
        found.append(
            Error(f'{NAME}["STORE"]: there is no "{conf.store}" in DATABASES', id="shopprivacy.E008")
        )
    if conf.sign_in_on_login and not apps.is_installed("django.contrib.auth"):
        found.append(Error(f'{NAME}["SIGN_IN_ON_LOGIN"] needs django.contrib.auth', id="shopprivacy.E008"))
    return found


def check_middleware(**_: object) -> list[CheckMessage]:
    """``PrivacyMiddleware`` and its place (E004, W001)."""
    places = [index for index, path in enumerate(settings.MIDDLEWARE) if _is_ours(path)]
    hint = f'MIDDLEWARE.insert(0, "{MIDDLEWARE}")'
    if not places:
        return [Error("PrivacyMiddleware is not in MIDDLEWARE", hint=hint, id="shopprivacy.E004")]
    if places[0]:
        first = settings.MIDDLEWARE[0]
        message = f"PrivacyMiddleware is not first: {first} has no request.privacy"
        return [checks.Warning(message, hint=hint, id="shopprivacy.W001")]
    return []


def check_own_cookies(**_: object) -> list[CheckMessage]:
    """Whether the policy declares the cookies that Django's middleware sets (W002)."""
    policy = _policy()
    if policy is None:
        return []
    found = undeclared(policy, _own_cookies())
    return [checks.Warning(one.message, hint=one.hint, id="shopprivacy.W002") for one in found]


def _own_cookies() -> Iterator[FrameworkCookie]:
    for middleware, setting, usual in _SETTERS:
        in_session = setting == "CSRF_COOKIE_NAME" and settings.CSRF_USE_SESSIONS
        if middleware in settings.MIDDLEWARE and not in_session:
            age: int | None = getattr(settings, setting.replace("_NAME", "_AGE"))
            ends = setting == "SESSION_COOKIE_NAME" and settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
            life = None if ends or age is None else timedelta(seconds=age)
            yield FrameworkCookie(getattr(settings, setting), setting, life, "django", usual)


def check_templates(**_: object) -> list[CheckMessage]:
    """The purposes that templates name (E007)."""
    if _policy() is None:
        return []
    return [Error(message, obj=name, id="shopprivacy.E007") for name, message in _template_problems()]


def check_own_pages(**_: object) -> list[CheckMessage]:
    """The shop's own templates for banner and pages, and its layout (E009, W006)."""
    if _policy() is None:
        return []
    conf = read_conf()
    if conf.layout is None and conf.templates is None:
        return []
    from shopprivacy.pages.page import Pages  # what few shops need
    from shopprivacy.pages.page_context import Site
    from shopprivacy.pages.review import check_pages

    unanswered: list[DatabaseError] = []
    try:
        look = look_of(conf, unanswered.append)
        check_pages(Pages(Site(get_policy(), get_browser_policy(), conf.templates), look))
    except PageError as error:
        if unanswered:  # migrate runs the checks, too, before there are tables
            message = f"the layout cannot be checked: {type(unanswered[0]).__name__}"
            return [checks.Warning(message, hint="run the checks again later", id=UNREVIEWED)]
        return [Error(problem, id="shopprivacy.E009") for problem in error.problems]
    return []


def check_router(**_: object) -> list[CheckMessage]:
    """Whether the ledger's models are looked for, and their tables made, where the store is (W004)."""
    try:
        store = read_conf().store
    except ImproperlyConfigured:
        return []  # E001 says so
    model = apps.get_model("shopprivacy", "LedgerRow")
    if not isinstance(store, str) or router.db_for_read(model) == store:
        return []
    message = f'{NAME}["STORE"] is "{store}", but the admin and migrate look for the ledger elsewhere'
    hint = (
        'DATABASE_ROUTERS = ["shopprivacy.adapters.django.router.LedgerRouter"]; then its tables are made by '
        f"python manage.py migrate shopprivacy --database {store}"
    )
    return [checks.Warning(message, hint=hint, id="shopprivacy.W004")]


def check_store(**_: object) -> list[CheckMessage]:
    """The settings of the ledger's database: what a request may wait for, or be refused by (W012, W015)."""
    try:
        store = read_conf().store
    except ImproperlyConfigured:
        return []  # E001 says so
    chosen = settings.DATABASES.get(store, {}) if isinstance(store, str) else {}
    engine, options = str(chosen.get("ENGINE", "")), chosen.get("OPTIONS") or {}
    where = f'DATABASES["{store}"]'
    # A file of libpq's may say it, too.
    if engine.endswith(_SERVERS) and not {"connect_timeout", "service"} & options.keys():
        message = f"{where}: a withdrawal may wait for minutes for a server that does not answer"
        hint = '"OPTIONS": {"connect_timeout": 2}'
        return [checks.Warning(message, hint=hint, id="shopprivacy.W012")]
    # Who has read cannot wait (SQLITE_BUSY_SNAPSHOT), whatever `timeout` says: https://sqlite.org/isolation.html
    if (
        engine.endswith(_FILES)
        and chosen.get("ATOMIC_REQUESTS")
        and options.get("transaction_mode") not in _LOCKS_AT_ONCE
    ):
        message = (
            f'{where}: with ATOMIC_REQUESTS a request that reads before it writes fails: "database is locked"'
        )
        hint = '"OPTIONS": {"transaction_mode": "IMMEDIATE"}: the library writes there every few seconds'
        return [checks.Warning(message, hint=hint, id="shopprivacy.W015")]
    return []


START: tuple[Check, ...] = (
    check_settings,
    check_middleware,
    check_templates,
    check_own_pages,
    check_owners,
    check_mail,
)
"""What ``privacy_gate`` runs too: servers run no system checks."""
CHECKS: tuple[Check, ...] = (
    *START,
    check_own_cookies,
    check_router,
    check_store,
    check_uses,
    check_places,
)


def _is_ours(path: str) -> bool:
    try:
        middleware: object = import_string(path)
    except Exception:  # the shop's code runs here; Django raises what it raises when it loads the middleware
        return False
    return isclass(middleware) and issubclass(middleware, PrivacyMiddleware)


def _keys(conf: Conf) -> Iterator[CheckMessage]:
    if conf.keys is None:
        hint = "set SHOPPRIVACY_KEYS to the file that shopprivacy init has written"
        yield Error("there is no keyset", hint=hint, id="shopprivacy.E003")
        return
    try:
        key_provider(conf.keys).load()
    except (KeysetError, OSError) as error:
        yield Error(_message_of(error), id="shopprivacy.E003")


def _policy() -> Policy | None:
    try:
        return get_policy()
    except (ImproperlyConfigured, PolicyError, OSError):
        return None


def _message_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _template_problems() -> Iterator[tuple[str, str]]:
    """Yield name and problem of each template file that names a purpose which a browser does not decide about.

    Only files that mention the tag are compiled; what else may be wrong with a template is left to Django.
    """
    for backend in engines.all():
        if isinstance(backend, DjangoTemplates):
            for folder, loader in _folders(backend).items():
                yield from _in_folder(backend, Path(folder), loader)
        elif hasattr(backend, "env"):  # Django's Jinja2
            yield from _in_environment(backend.env)


def _in_folder(backend: DjangoTemplates, folder: Path, loader: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for file in sorted(folder.rglob("*")):
        source = _source(file)
        if "consent" in source and "{%" in source:
            # As the loader would: relative names of other templates are taken from this one's.
            name = file.relative_to(folder).as_posix()
            origin = Origin(str(file), template_name=name, loader=loader)
            try:
                Template(source, origin, name, backend.engine)
            except Exception as error:  # tags of the shop's own may raise anything
                if isinstance(error.__cause__, UndeclaredName):
                    yield name, str(error)


def _in_environment(environment: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # Jinja: imported where used
    from shopprivacy.adapters.jinja import consent_templates

    for name in consent_templates(environment):
        try:
            environment.get_template(name)
        except UndeclaredName as error:
            yield name, str(error)
        except Exception:  # noqa: S112  # as above
            continue


def _source(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _folders(backend: DjangoTemplates) -> dict[str, Any]:
    """Return the folders that the engine's loaders read, each with the first loader that does."""
    loaders: list[Any] = list(backend.engine.template_loaders)  # pyright: ignore[reportArgumentType]
    folders: dict[str, Any] = {}
    while loaders:
        loader = loaders.pop(0)
        loaders += getattr(loader, "loaders", ())  # the cached loader's
        for folder in loader.get_dirs() if hasattr(loader, "get_dirs") else ():
            folders.setdefault(str(folder), loader)
    return folders
