"""Servers start with a shop that is behind the gate, and not with one around whose gate something stands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest

from tests import forked
from tests.docs.folder import environment, furnish, python
from tests.stacks.serving import HOST, ask, free_port, serving

pytestmark = pytest.mark.services

OUTER = """
class Outer:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

class AsyncOuter(Outer):
    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
"""
FLASK = """
from flask import Flask
from shopprivacy import Privacy
from shopprivacy.adapters.flask import ShopPrivacy
from outer import Outer

def create_app():
    app = Flask(__name__)
    ShopPrivacy(app, Privacy.from_file("privacy.toml"))
    app.get("/")(lambda: "shop")
    {put}
    return app
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
from outer import AsyncOuter, Outer
from shopprivacy.adapters.django import privacy_gate

application = {made}
"""
SERVE = {
    "gunicorn-sync": f"gunicorn --bind {HOST}:PORT --workers 2",
    "gunicorn-gthread": f"gunicorn --bind {HOST}:PORT --threads 2",
    "gunicorn-preload": f"gunicorn --bind {HOST}:PORT --workers 2 --preload",
    "granian-wsgi": "granian --interface wsgi --port PORT",
}
WSGI = {
    "django": "shop.wsgi:application",
    "flask": "flask_shop:app",
    "flask-factory": "flask_factory:create_app()",
    "flask-around": "flask_around:application",
}
ASGI = {
    "gunicorn-asgi": f"gunicorn --bind {HOST}:PORT --worker-class asgi",
    "uvicorn": "uvicorn --port PORT",
    "granian-asgi": "granian --interface asgi --port PORT",
    "hypercorn": f"hypercorn --bind {HOST}:PORT",
}
COMMANDS = {
    **{
        f"{server}-{shop}": f"{command} {target}"
        for server, command in SERVE.items()
        for shop, target in WSGI.items()
        if shop != "flask-factory" or "gunicorn" in server
    },
    **{f"{server}-django": f"{command} shop.asgi:application" for server, command in ASGI.items()},
    "runserver-django": "manage.py runserver --noreload PORT",
    "runserver-skipping-checks-django": "manage.py runserver --noreload --skip-checks PORT",
    "flask-run": "flask --app flask_shop run --port PORT",
}
FIRST_REQUEST = {
    "hypercorn-wsgi-django": f"hypercorn --bind {HOST}:PORT shop.wsgi:application",
}
"""Servers that look into the module's dictionary."""


def put_shops_in(folder: Path, *, right: bool) -> None:
    """Put the shops into a folder, each with the gate around all or with something around the gate."""
    furnish(folder)
    (folder / "outer.py").write_text(OUTER)
    put = "app.wsgi_app = Outer(app.wsgi_app)"
    (folder / "flask_factory.py").write_text(FLASK.format(put="" if right else put))
    (folder / "flask_shop.py").write_text("from flask_factory import create_app\napp = create_app()\n")
    around = "create_app()" if right else "Outer(create_app())"
    (folder / "flask_around.py").write_text(f"{FLASK.format(put='')}\napplication = {around}\n")
    python(folder, "-m", "django", "startproject", "shop", ".")
    with (folder / "shop" / "settings.py").open("a") as settings:
        settings.write(SETTINGS)
    (folder / "shop" / "urls.py").write_text(URLS)
    python(folder, "manage.py", "migrate", "--verbosity", "0", "--skip-checks")
    for kind, outer in (("wsgi", "Outer"), ("asgi", "AsyncOuter")):
        made = "privacy_gate(application)" if right else f"{outer}(privacy_gate(application))"
        with (folder / "shop" / f"{kind}.py").open("a") as file:
            file.write(GATED.format(made=made))


@pytest.fixture(scope="module", params=[True, False], ids=["right", "wrong"])
def shops(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """A folder, and whether the shops in it are right."""
    right: bool = request.param
    folder = tmp_path_factory.mktemp("shops")
    put_shops_in(folder, right=right)
    return folder, right


def command(text: str, port: int) -> Sequence[str]:
    """Return the arguments of a command on this port."""
    words = text.replace("PORT", str(port)).split()
    return [sys.executable, *([] if words[0] == "manage.py" else ["-m"]), *words]


@pytest.mark.parametrize("name", COMMANDS)
def test_only_a_shop_that_is_right_is_served(shops: tuple[Path, bool], name: str) -> None:
    """Right, it answers; wrong, the server ends before it answers anything, and says what stands outside the gate."""
    folder, right = shops
    port = free_port()
    started = command(COMMANDS[name], port)
    if right:
        with serving(started, port, folder, environment(folder)):
            assert ask(port, "/").text == "shop"
    else:
        done = forked.run(started[1:], cwd=folder, env=environment(folder))
        assert "Outer stands outside the privacy gate" in done.stdout + done.stderr
        assert done.returncode != 0 or "hypercorn" in name  # which says so and leaves with 0


@pytest.mark.parametrize("name", FIRST_REQUEST)
def test_the_others_fail_at_the_first_request(shops: tuple[Path, bool], name: str) -> None:
    """The last line holds where a server takes the application unseen."""
    folder, right = shops
    port = free_port()
    with serving(command(FIRST_REQUEST[name], port), port, folder, environment(folder)):
        assert ask(port, "/").status == (200 if right else 500)
    assert right == ("Outer stands outside" not in "".join(log.read_text() for log in folder.glob("*.log")))


def test_workers_of_uvicorn_never_answer(tmp_path: Path) -> None:
    """Its supervisor starts them again and again, as after any error of an import; each says why it ends."""
    put_shops_in(tmp_path, right=False)
    started = command("uvicorn --workers 2 --port PORT shop.asgi:application", free_port())
    with subprocess.Popen(
        started,
        cwd=tmp_path,
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        ended = (line for line in process.stderr if "GateOrderError: " in line)
        try:
            assert len([*islice(ended, 4)]) == 4
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # with its workers: the session is its own
