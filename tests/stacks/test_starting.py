"""Servers start with a shop that is behind the gate; one around whose gate something sets cookies never answers a page.

What is wrong is found in the test's own process by ``check_application`` (``tests/adapters``). Here: that real servers
come to the places where it is called, and that where it is not, the first request fails by name.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import forked
from tests.docs.blocks import DOCS, blocks
from tests.docs.folder import environment, furnish, python
from tests.stacks.serving import HOST, ask, free_port, serving

pytestmark = pytest.mark.services

SESSIONS = """
class SessionMiddleware:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)
"""
"""A layer by the name of Beaker's."""
FLASK = """
from beaker.middleware import SessionMiddleware
from flask import Flask
from shopprivacy import Privacy
from shopprivacy.adapters.flask import ShopPrivacy

def create_app():
    app = Flask(__name__)
    ShopPrivacy(app, Privacy.from_file("privacy.toml"))
    app.get("/")(lambda: "shop")
    return app

app = create_app()
application = {around}
app.wsgi_app = {inside}
"""
STARLETTE = """
from shopprivacy import Privacy
from shopprivacy.adapters.starlette import PrivacyMiddleware, check_application
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def home(request):
    return PlainTextResponse("shop")

def create_app():
    gate = Middleware(PrivacyMiddleware, privacy=Privacy.from_file("privacy.toml"))
    app = Starlette(routes=[Route("/", home)], middleware=[gate])
    around = {around}
    check_application(around)
    return around
"""
SETTINGS = """
INSTALLED_APPS += ["shopprivacy.adapters.django"]
MIDDLEWARE.insert(0, "shopprivacy.adapters.django.PrivacyMiddleware")
SHOPPRIVACY = {"POLICY": BASE_DIR / "privacy.toml"}
"""
URLS = """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("shop"))]
"""
GATED = """
from beaker.middleware import SessionMiddleware as Sessions
from shopprivacy.adapters.django import privacy_gate
from starlette.middleware.sessions import SessionMiddleware as AsyncSessions

application = {made}
"""
HOOKS = dict(
    zip(
        ("flask_hook.py", "django_hook.py"),
        (
            block.text
            for block in blocks(DOCS / "how-to" / "proxies.md")
            if block.caption == "gunicorn.conf.py"
        ),
        strict=True,
    )
)
"""What the guide has gunicorn configured with."""

CHECKED = {
    "gunicorn-flask": f"gunicorn --bind {HOST}:PORT --workers 2 --config FOLDER/flask_hook.py flask_shop:application",
    "gunicorn-preload": f"gunicorn --bind {HOST}:PORT --preload --config FOLDER/flask_hook.py flask_shop:application",
    "gunicorn-django": f"gunicorn --bind {HOST}:PORT --threads 2 --config FOLDER/django_hook.py shop.wsgi:application",
    "uvicorn-starlette": "uvicorn --factory --port PORT starlette_shop:create_app",
    "uvicorn-django": "uvicorn --port PORT shop.asgi:application",
    "uvicorn-workers-django": "uvicorn --workers 2 --port PORT shop.asgi:application",
    "runserver": "manage.py runserver --noreload PORT",
}
"""Where a check comes before the first request: gunicorn's hooks, a factory, the lifespan, Django's system checks."""
UNCHECKED = {
    "gunicorn-flask": f"gunicorn --bind {HOST}:PORT flask_shop:app",
    "gunicorn-threads-django": f"gunicorn --bind {HOST}:PORT --threads 2 shop.wsgi:application",
    "granian-wsgi-django": "granian --interface wsgi --port PORT shop.wsgi:application",
}
"""Where the first request is the first that anybody hears of it."""
RIGHT = {
    **{f"checked-{name}": command for name, command in CHECKED.items()},
    **UNCHECKED,
    "gunicorn-asgi-django": f"gunicorn --bind {HOST}:PORT --worker-class asgi shop.asgi:application",
    "granian-asgi-django": "granian --interface asgi --port PORT shop.asgi:application",
    "hypercorn-django": f"hypercorn --bind {HOST}:PORT shop.asgi:application",
    "flask-run": "flask --app flask_shop:app run --port PORT",
}


def put_shops_in(folder: Path, *, right: bool) -> Path:
    """Put the shops into a folder, each with the gate around all or with sessions around the gate."""
    furnish(folder)
    (folder / "beaker").mkdir()
    (folder / "beaker" / "middleware.py").write_text(SESSIONS)
    for name, text in HOOKS.items():
        (folder / name).write_text(text)
    around, inside = (
        ("app", "app.wsgi_app") if right else ("SessionMiddleware(app)", "SessionMiddleware(app.wsgi_app)")
    )
    (folder / "flask_shop.py").write_text(FLASK.format(around=around, inside=inside))
    sessions = "app" if right else 'SessionMiddleware(app, secret_key="test")'
    (folder / "starlette_shop.py").write_text(STARLETTE.format(around=sessions))
    python(folder, "-m", "django", "startproject", "shop", ".")
    with (folder / "shop" / "settings.py").open("a") as settings:
        settings.write(SETTINGS)
    (folder / "shop" / "urls.py").write_text(URLS)
    python(folder, "manage.py", "migrate", "--verbosity", "0", "--skip-checks")
    gated = "privacy_gate(application)"
    for kind, wrong in (
        ("wsgi", f"Sessions({gated})"),
        ("asgi", f'AsyncSessions({gated}, secret_key="test")'),
    ):
        with (folder / "shop" / f"{kind}.py").open("a") as file:
            file.write(GATED.format(made=gated if right else wrong))
    return folder


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of shops in which nothing is wrong."""
    return put_shops_in(tmp_path_factory.mktemp("right"), right=True)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of shops with sessions around the gate."""
    return put_shops_in(tmp_path_factory.mktemp("wrong"), right=False)


def command(text: str, port: int, folder: Path) -> Sequence[str]:
    """Return the arguments of a command on this port, for the shops in this folder."""
    words = text.replace("PORT", str(port)).replace("FOLDER", str(folder)).split()
    if words[0] == "gunicorn":
        words += ["--chdir", str(folder)]  # otherwise it is where gunicorn was imported
    return [sys.executable, *([] if words[0] == "manage.py" else ["-m"]), *words]


@pytest.mark.parametrize("name", RIGHT)
def test_a_shop_that_is_right_is_served(right: Path, name: str) -> None:
    """Whatever the server, with a check before it or without."""
    port = free_port()
    with serving(command(RIGHT[name], port, right), port, right, environment(right)):
        assert ask(port, "/").text == "shop"


@pytest.mark.parametrize("name", CHECKED)
def test_what_is_checked_before_it_is_served_does_not_start(wrong: Path, name: str) -> None:
    """The server ends before it answers anything, and says what stands outside the gate."""
    done = forked.run(command(CHECKED[name], free_port(), wrong)[1:], cwd=wrong, env=environment(wrong))
    assert "SessionMiddleware sets cookies, and is outside the privacy gate" in done.stdout + done.stderr
    assert done.returncode != 0 or "workers" in name  # of which uvicorn says so and leaves with 0


@pytest.mark.parametrize("name", UNCHECKED)
def test_without_a_check_the_first_request_fails_by_name(wrong: Path, name: str) -> None:
    """With status 500, and the library's own pages too; the log names what stands outside the gate."""
    port = free_port()
    with serving(command(UNCHECKED[name], port, wrong), port, wrong, environment(wrong)):
        assert [ask(port, path).status for path in ("/", "/privacy/choices")] == [500, 500]
    log = "".join(log.read_text() for log in wrong.glob(f"*-{port}.log"))
    assert "beaker.middleware.SessionMiddleware sets cookies, and is outside the privacy gate" in log
