"""One Django project that stands bare, behind each peer, and behind the gate: the same request and the same view.

Each is set up as its documentation says. django-cookie-consent keeps its groups in Django's cache, which is Django's
default one here; its consent cookie is the one that its own views set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings

from benchmarks.gate import NOW, POLICY, SECRET, TEN, consents
from benchmarks.shop_files import write_files

SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
COOKIE_CONSENT = "cookie_consent.middleware.CleanCookiesMiddleware"
PRIVACY = "shopprivacy.adapters.django.PrivacyMiddleware"
Application = Callable[..., Iterable[bytes]]


class Project:
    """The applications by name, each with the path of the view that asks in its way, and its visitors' cookies."""

    def __init__(self, folder: Path, visitors: int) -> None:
        _set_up(folder)
        from django.core.handlers.wsgi import WSGIHandler
        from django.test import override_settings

        from shopprivacy.adapters.django import get_privacy, privacy_gate

        def behind(*middleware: str, gate: Callable[[Any], Any] = lambda app: app) -> Application:
            with override_settings(MIDDLEWARE=middleware):
                application: Application = gate(WSGIHandler())
            return application

        chosen = [f"{TEN}; {consent.decode()}" for consent in consents(visitors)]
        accepted = [f"{TEN}; {_accepted()}"]
        self.setups: dict[str, tuple[Application, str, Sequence[str]]] = {
            "Django, bare": (behind(), "/plain", chosen),
            "Django, its SessionMiddleware": (behind(SESSION), "/session", [f"{TEN}; {_session()}"]),
            "Django, django-cookie-consent": (behind(COOKIE_CONSENT), "/cookie-consent", accepted),
            "Django, gate": (behind(PRIVACY, gate=privacy_gate), "/privacy-asked", chosen),
        }
        get_privacy().close()  # what follows the ledger, beside the requests, is not measured
        for name, (application, path, cookies) in self.setups.items():
            if answer(application, path, cookies[0])[1] != b"yes":
                raise RuntimeError(f"{name} does not know its visitor")

    def cases(self) -> dict[str, Callable[[], object]]:
        return {name: _requests(*setup) for name, setup in self.setups.items()}

    def facts(self) -> dict[str, tuple[bool, bool, bool]]:
        """Return what each does about a refused cookie, tried with a view that sets it.

        Whether the browser is told to keep it; whether the view sees one that the browser sends; whether that one is
        then deleted.
        """
        found = {}
        for name, (application, _, cookies) in self.setups.items():
            sets, _ = answer(application, "/careless", cookies[0])
            deletes, seen = answer(application, "/careless", f"{cookies[0]}; _a0=tracked")
            found[name] = any("tracked" in field for field in sets), b"_a0" in seen.split(), _deleted(deletes)
        return found


def answer(application: Application, path: str, cookies: str) -> tuple[list[str], bytes]:
    """Return the Set-Cookie fields of a response, and its body."""
    sent: list[tuple[str, str]] = []

    def start_response(_status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        sent.extend(headers)

    body = application({**_environ(path), "HTTP_COOKIE": cookies}, start_response)
    return [value.strip() for name, value in sent if name.lower() == "set-cookie"], b"".join(body)


def _deleted(fields: Iterable[str]) -> bool:
    return any(field.startswith("_a0=") and "01 Jan 1970" in field for field in fields)


def _requests(application: Application, path: str, cookies: Iterable[str]) -> Callable[[], object]:
    each, environ = cycle(cookies), _environ(path)

    def start_response(_status: str, _headers: Any, _exc_info: Any = None) -> Any:
        return None

    def request() -> None:
        response: Any = application({**environ, "HTTP_COOKIE": next(each)}, start_response)
        for _ in response:
            pass
        response.close()

    return request


def _environ(path: str) -> dict[str, Any]:
    environ: dict[str, Any] = {"HTTP_HOST": "shop.example", "PATH_INFO": path, "wsgi.input": BytesIO()}
    setup_testing_defaults(environ)
    return environ


def _set_up(folder: Path) -> None:
    policy, keys = write_files(folder)
    settings.configure(
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS=["shop.example", "testserver"],
        ROOT_URLCONF="benchmarks.django_views",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "shop.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth",  # which the views of django-cookie-consent import
            "django.contrib.contenttypes",
            "cookie_consent",
            "shopprivacy.adapters.django",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        MIDDLEWARE=[],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        SHOPPRIVACY={"POLICY": policy, "KEYS": keys, "CLOCK": lambda: NOW},
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    from cookie_consent.models import Cookie, CookieGroup

    groups = {
        name: CookieGroup.objects.create(varname=name, name=name, is_required=name == "orders")
        for name in POLICY.purposes
    }
    for name, cookie in POLICY.cookies.items():
        Cookie.objects.create(cookiegroup=groups[cookie.purpose], name=name)


def _accepted() -> str:
    """Return django-cookie-consent's cookie of a visitor who accepts statistics and declines the rest."""
    from django.test import Client

    client = Client()
    client.post("/cookies/accept/", {"cookie_groups": ["statistics"]})
    client.post("/cookies/decline/", {"cookie_groups": ["advertising", "videos"]})
    return f"cookie_consent={client.cookies['cookie_consent'].coded_value}"


def _session() -> str:
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    store = SessionStore()
    store.update({"user": 12345, "cart": [1, 2, 3], "language": "nl"})
    store.save()
    return f"sessionid={store.session_key}"
