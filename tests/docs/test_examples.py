"""The examples of the README and of the guides run, and do what the page says of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from shopprivacy.cookies.request import read_pairs
from shopprivacy.gate.cookie_rules import BlockReason
from tests.docs.blocks import DOCS, ROOT, blocks, files_in
from tests.docs.folder import POLICY, python

# A visitor who looks, accepts, looks again, refuses and looks once more: which cookies each answer sets, and how many
# banners it shows.
WSGI_VISITOR = """
from werkzeug.test import Client

client = Client(application)
same_origin = {"Sec-Fetch-Site": "same-origin"}
def look():
    answer = client.get("/")
    cookies = [field.partition("=")[0] for field in answer.headers.getlist("Set-Cookie")]
    print(answer.status_code, cookies, answer.text.count('class="sp-banner"'))
look()
for choice in ("accept", "refuse"):
    assert client.post("/privacy/consent", data={"choice": choice}, headers=same_origin).status_code == 303
    look()
"""
ASGI_VISITOR = """
import asyncio

async def ask(method, path, body=b"", cookie=None):
    sent = []
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}
    async def send(message):
        sent.append(message)
    headers = [(b"host", b"localhost"), (b"sec-fetch-site", b"same-origin")]
    headers += [(b"content-type", b"application/x-www-form-urlencoded")] if body else []
    headers += [(b"cookie", cookie)] if cookie else []
    await app({"type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http",
               "headers": headers}, receive, send)
    cookies = [value for name, value in sent[0]["headers"] if name == b"set-cookie"]
    return sent[0]["status"], cookies, b"".join(message.get("body", b"") for message in sent)

async def look(cookie=None):
    status, cookies, page = await ask("GET", "/", cookie=cookie)
    print(status, [field.partition(b"=")[0].decode() for field in cookies], page.count(b'class="sp-banner"'))

async def visit():
    await look()
    for choice in (b"accept", b"refuse"):
        status, cookies, _ = await ask("POST", "/privacy/consent", b"choice=" + choice)
        assert status == 303
        await look(cookies[-1].partition(b";")[0])

asyncio.run(visit())
"""
FASTAPI_VISITORS = """
from endpoints import router
from fastapi import FastAPI
from fastapi.testclient import TestClient
from shopprivacy import Privacy
from shopprivacy.adapters.fastapi import PrivacyMiddleware
from shopprivacy.testing.consent import consented

privacy = Privacy.from_file()
app = FastAPI()
app.add_middleware(PrivacyMiddleware, privacy=privacy)
app.include_router(router)
with TestClient(app) as client:
    def look():
        print(*(client.get(path).text for path in ("/hello", "/counted", "/for-you")))
    look()
    with consented(client, privacy, "statistics"):
        look()
"""
# Each kind of visitor twice: the second time the page comes from the cache.
DJANGO_VISITORS = """
import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from shopprivacy.testing.consent import consent_value
from werkzeug.test import Client

settings.configure(
    ROOT_URLCONF="cached",
    ALLOWED_HOSTS=["localhost"],
    INSTALLED_APPS=["shopprivacy.adapters.django"],
    MIDDLEWARE=["shopprivacy.adapters.django.PrivacyMiddleware", "cached.consent_key"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}},
    SHOPPRIVACY={"POLICY": "privacy.toml"},
)
django.setup()
call_command("migrate", verbosity=0)
from shopprivacy.adapters.django import get_privacy, privacy_gate

privacy = get_privacy()
client = Client(privacy_gate(get_wsgi_application()))
granted, refused = consent_value(privacy, "statistics"), consent_value(privacy, refused=("statistics",))
for value in ("", granted, refused) * 2:
    client.set_cookie("__Host-consent", value)
    print(client.get("/").text)
"""
REMEMBERING = (
    """
from remembering_shop import REMEMBERED, app as application
""",
    """
import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

settings.configure(
    ROOT_URLCONF="remembering",
    ALLOWED_HOSTS=["localhost"],
    INSTALLED_APPS=["shopprivacy.adapters.django"],
    MIDDLEWARE=["shopprivacy.adapters.django.PrivacyMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}},
    SHOPPRIVACY={"POLICY": "privacy.toml"},
)
django.setup()
call_command("migrate", verbosity=0)
from remembering import REMEMBERED
from shopprivacy.adapters.django import privacy_gate

application = privacy_gate(get_wsgi_application())
""",
)
REMEMBERED = """
from werkzeug.test import Client

client = Client(application)
for session in ("session", "sessionid"):
    client.set_cookie(session, "of-one-visitor")
def look():
    assert client.get("/products/lamp").status_code == client.get("/search?q=lamps").status_code == 200
    print([*REMEMBERED.values()])
look()
for choice in ("accept", "refuse"):
    client.post("/privacy/consent", data={"choice": choice}, headers={"Sec-Fetch-Site": "same-origin"})
    look()
"""
DESIGN = DOCS / "how-to" / "own-design.md"
SEEN = "200 [] 1\n200 ['_ga'] 0\n200 [] 0\n"


def test_the_example_of_the_readme(shop: Path) -> None:
    """It has at most fifteen lines of code, and its cookie leaves only where the visitor allows it."""
    (example,) = (block.text for block in blocks(ROOT / "README.md") if block.language == "python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 15
    (shop / "app.py").write_text(example, encoding="utf-8")
    assert python(shop, "-c", "from app import app as application\n" + WSGI_VISITOR) == SEEN


@pytest.mark.parametrize(
    ("module", "visitor"),
    [
        ("wsgi_shop.py", "from wsgi_shop import application" + WSGI_VISITOR),
        ("asgi_shop.py", "from asgi_shop import app" + ASGI_VISITOR),
    ],
)
def test_the_examples_without_a_framework(shop: Path, module: str, visitor: str) -> None:
    """The gate goes around a plain WSGI and a plain ASGI application."""
    (shop / module).write_text(files_in(DOCS / "how-to" / "any-wsgi-asgi.md")[module], encoding="utf-8")
    assert python(shop, "-c", visitor) == SEEN


def test_the_starlette_example(shop: Path) -> None:
    """The tutorial's section on Starlette shows a shop, and it runs."""
    example = files_in(DOCS / "tutorial" / "fastapi.md")["starlette_shop.py"]
    (shop / "starlette_shop.py").write_text(example, encoding="utf-8")
    assert python(shop, "-c", "from starlette_shop import app" + ASGI_VISITOR) == SEEN


def test_consent_in_fastapis_endpoints(shop: Path) -> None:
    """As a dependency, as a condition, and with something in its place."""
    example = files_in(DOCS / "tutorial" / "fastapi.md")["endpoints.py"]
    (shop / "endpoints.py").write_text(example, encoding="utf-8")
    without, granted = python(shop, "-c", FASTAPI_VISITORS).splitlines()
    assert without == '"not counted" {"detail":"Forbidden"} "best sellers"'
    assert granted == '"counted" "counted" "for you"'


def test_the_tests_of_a_shop_run(shop: Path) -> None:
    """The guide to testing shows a shop and its tests, and they pass."""
    files = files_in(DOCS / "how-to" / "testing.md")
    for name, text in files.items():
        (shop / name).write_text(text, encoding="utf-8")
    printed = python(shop, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    tests = sum(text.count("def test_") for text in files.values())
    assert f"{tests} passed" in printed


def test_the_order_around_a_proxy(shop: Path) -> None:
    """ProxyFix outside the gate is let through, in each guise that the page shows; Django's reads the address alone."""
    flask, wsgi, django, *_ = (
        block.text for block in blocks(DOCS / "how-to" / "proxies.md") if block.language == "python"
    )
    python(
        shop,
        "-c",
        "from flask import Flask\nfrom shopprivacy import Privacy\nfrom shopprivacy.adapters.flask import ShopPrivacy\n"
        "from shopprivacy.wsgi import WSGIGate, check_application\n"
        "app, privacy, shop = Flask('shop'), Privacy.from_file(), lambda environ, start_response: []\n"
        f"{flask}\nassert app.test_client().get('/').status_code == 404\n{wsgi}\n"
        "check_application(application)\n"
        f"privacy_gate, get_wsgi_application = lambda _: application, lambda: None\n{django}\n"
        "check_application(application)\n"
        "assert (application.x_for, application.x_proto, application.x_host) == (1, 0, 0)",
    )


def test_djangos_cache_keeps_visitors_apart(shop: Path) -> None:
    """With the page's middleware in front, a cached view gives each state of consent its own copy."""
    middleware, view = (
        block.text for block in blocks(DOCS / "how-to" / "caching.md") if block.language == "python"
    )
    urls = "from django.urls import path\nurlpatterns = [path('', home)]\n"
    (shop / "cached.py").write_text(f"{middleware}\n{view}\n{urls}", encoding="utf-8")
    allowed = "statistics: False\nstatistics: True\nstatistics: False\n"
    assert python(shop, "-c", DJANGO_VISITORS) == allowed * 2


def test_every_edge_reads_the_shape_alike() -> None:
    """The expressions for nginx, Varnish and Cloudflare find what stands before the full stop, and nothing else."""
    text = (DOCS / "how-to" / "caching.md").read_text(encoding="utf-8")
    nginx = re.search(r'"~(.*)" \$shape;', text)
    cloudflare = re.search(r"const SHAPE = /(.*)/;", text)
    varnish = re.search(r'"(\^.*\$)", "\\2"', text)
    assert nginx
    assert cloudflare
    assert varnish
    expressions = [
        re.compile(nginx[1].replace("?<shape>", "?P<shape>")),
        re.compile(cloudflare[1]),
        re.compile(varnish[1].replace("(.*; )?", "(?:.*; )?")),
    ]
    for expression in expressions:
        for vector in _vectors()["values"]:
            value = vector["value"]
            for field in (f"__Host-consent={value}", f"a=1; __Host-consent={value}; b=2"):
                found = expression.search(field)
                assert found
                assert found[1] == value.partition(".")[0]
        for field in ("a=1", "x__Host-consent=1a2b+.A", "__Host-consent=1A2b+.A", "__host-consent=1a2b+.A"):
            assert expression.search(field) is None


def test_the_strings_that_parsers_read_differently() -> None:
    """The table shows what the gate leaves of each."""
    rows = re.findall(
        r"^\| `(.+?)` \| `(.+?)` \|$",
        (DOCS / "explanation" / "gate.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert len(rows) >= 5
    for sent, left in rows:
        assert (
            b"; ".join(
                raw
                for raw, name, ambiguous in zip(*read_pairs(sent.encode()), strict=True)
                if name and not ambiguous
            ).decode()
            == left
        )


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "index.md"], ids=["readme", "documentation"])
def test_the_first_screen_says_what_the_library_cannot_know(page: Path) -> None:
    """Who reads thirty lines knows that it is no legal advice, who answers for the policy, and what is not seen."""
    screen = " ".join(page.read_text(encoding="utf-8").splitlines()[:30])
    for said in (
        "is not legal advice",
        "responsible",
        "cannot",
        "own code remembers on the server",
        "was checked",
    ):
        assert said in screen


@pytest.mark.parametrize("example", REMEMBERING, ids=["flask", "django"])
def test_the_shops_own_code_remembers_only_who_allows_it(shop: Path, example: str) -> None:
    """Nothing is kept before a yes, views and searches after it, and nothing any more after a no."""
    page = DOCS / "how-to" / "own-profiles.md"
    (purpose,) = (block.text for block in blocks(page) if block.language == "toml")
    (shop / "privacy.toml").write_text(f'presets = ["django", "flask"]\n{POLICY}{purpose}', encoding="utf-8")
    for name, text in files_in(page).items():
        (shop / name).write_text(text, encoding="utf-8")
    assert python(shop, "-c", example + REMEMBERED) == "[]\n[['lamp', 'lamps']]\n[]\n"


def test_every_reason_in_the_log_is_explained() -> None:
    """The guide for existing shops explains each reason for which a cookie is held back."""
    text = (DOCS / "how-to" / "adopt.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(.+?)` \|", text, flags=re.MULTILINE)) == {why.value for why in BlockReason}


def test_report_mode_logs_what_the_page_shows(shop: Path) -> None:
    """The line in the guide for existing shops is the one in the log."""
    page = list(blocks(DOCS / "how-to" / "adopt.md"))
    (mode,) = (block.text for block in page if block.language == "toml")
    (line,) = (block.text for block in page if block.language == "text")
    (example,) = (block.text for block in blocks(ROOT / "README.md") if block.language == "python")
    (shop / "privacy.toml").write_text(mode + POLICY.partition("\n\n")[0] + "\n", encoding="utf-8")
    (shop / "app.py").write_text(example, encoding="utf-8")
    visit = "import logging, sys; logging.basicConfig(stream=sys.stdout, format='%(message)s')\nfrom app import app\n"
    printed = python(shop, "-c", f"{visit}print(app.test_client().get('/').headers['Set-Cookie'])")
    assert printed == f"{line}_ga=GA1.1.42; Path=/\n"


def test_the_decoded_cookie_is_the_vector() -> None:
    """The value that the format's page takes apart is a published one, and its parts make it up again."""
    text = (DOCS / "formats" / "consent-cookie.md").read_text(encoding="utf-8")
    shown = text.partition("## One value, field by field")[2]
    (value,) = re.findall(r"^```text\n(\S+)\n```$", shown, flags=re.MULTILINE)
    assert value in {vector["value"] for vector in _vectors()["values"]}
    shape, *parts = (
        "".join(re.findall(r"`(.+?)`", cell))
        for cell in re.findall(r"^\| (`.+?`) \|", shown, flags=re.MULTILINE)
    )
    readable, _, body = value.partition(".")
    assert shape == readable
    assert bytes.fromhex("".join(parts)) == urlsafe_b64decode(body + "=" * (-len(body) % 4))


def _vectors() -> dict[str, list[dict[str, str]]]:
    vectors: dict[str, list[dict[str, str]]] = json.loads(
        (ROOT / "tests" / "vectors" / "consent-cookie.json").read_bytes()
    )
    return vectors


def test_a_blocked_cookie_is_found_as_the_page_says(shop: Path) -> None:
    """The line in the log and the first line of the explanation are those that the page shows."""
    page = list(blocks(DOCS / "how-to" / "blocked-cookie.md"))
    (line,) = (block.text for block in page if block.language == "text")
    asked = next(block.text for block in page if block.language == "console")
    command, _, answer = asked.removeprefix("$ ").partition("\n")
    app = (
        "import logging, sys; logging.basicConfig(stream=sys.stdout, format='%(message)s')\n"
        "from flask import Flask, Response\nfrom shopprivacy import Privacy\n"
        "from shopprivacy.adapters.flask import ShopPrivacy\n"
        "app = Flask('shop')\nShopPrivacy(app, Privacy.from_file())\n"
        "app.get('/')(lambda: Response(headers={'Set-Cookie': 'cart=1'}))\napp.test_client().get('/')\n"
    )
    assert python(shop, "-c", app) == line
    assert python(shop, "-m", *command.split()).startswith(answer)


LAID_OUT = """
from werkzeug.test import Client

answer = Client(application).get("/privacy/choices?lang=en")
print(answer.text.count('<header><a href="/">The shop</a></header>'), answer.text.count('<div class="sp-page"'))
print(answer.headers["Content-Security-Policy"])
"""
LAID_OUT_ASGI = LAID_OUT.replace(
    "werkzeug.test import Client", "starlette.testclient import TestClient as Client"
)


@pytest.mark.parametrize(
    ("module", "visitor"),
    [
        ("flask_shop.py", "from flask_shop import app as application" + LAID_OUT),
        ("fastapi_shop.py", "from fastapi_shop import app as application" + LAID_OUT_ASGI),
        ("wsgi_shop.py", "from wsgi_shop import application" + LAID_OUT),
    ],
)
def test_pages_in_the_shops_own_layout(shop: Path, module: str, visitor: str) -> None:
    """The layout of the page is around the preference page, whatever the framework."""
    shown = {block.caption: block.text for block in blocks(DESIGN) if block.caption}
    (shop / "templates").mkdir()
    (shop / "templates" / "privacy.html").write_text(shown["templates/privacy.html"], encoding="utf-8")
    (shop / module).write_text(shown[module], encoding="utf-8")
    printed = python(shop, "-c", visitor)
    assert printed.startswith(
        "1 1\ndefault-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
    )


def test_a_template_of_the_shops_own(shop: Path) -> None:
    """The page's template is shown in the place of the library's, and one without refuse is the error that it shows."""
    shown = {block.caption: block.text for block in blocks(DESIGN) if block.caption}
    folder = shop / "privacy_templates"
    folder.mkdir()
    (folder / "cookies.html").write_text(shown["privacy_templates/cookies.html"], encoding="utf-8")
    look = "from shopprivacy import Privacy\nfrom shopprivacy.wsgi import WSGIGate\nfrom werkzeug.test import Client\n"
    (made,) = (
        block.text for block in blocks(DESIGN) if "templates=" in block.text and block.text.count("\n") == 1
    )
    look += made + "print(Client(WSGIGate(None, privacy)).get('/privacy/cookies').text.count('our own oven'))"
    assert python(shop, "-c", look) == "1\n"
    ours = ROOT / "src" / "shopprivacy" / "pages" / "templates" / "banner.html"
    without = re.sub(r".*value=\"refuse\".*\n", "", ours.read_text(encoding="utf-8"))
    (folder / "banner.html").write_text(without, encoding="utf-8")
    asked = next(block.text for block in blocks(DESIGN) if block.language == "console")
    command, _, answer = asked.removeprefix("$ ").partition("\n")
    failed = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=shop, capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert failed.stderr == answer.removeprefix("…\n")


def test_every_template_is_in_the_reference() -> None:
    """The page names each template of the library, and no other."""
    text = (DOCS / "reference" / "templates.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+\.html)` \|", text, flags=re.MULTILINE))
    assert named == {file.name for file in (ROOT / "src" / "shopprivacy" / "pages" / "templates").iterdir()}


GATED = """
from datetime import UTC, datetime
import shop_mail
sent = []
mail = shop_mail.privacy.mail
mail.transport = sent.append
print(shop_mail.promote(["an@example.nl", "bo@example.nl"], "Sale", "Hello"), end=" ")
mail.grant("bo@example.nl", "promotions")
print(shop_mail.promote(["an@example.nl", "bo@example.nl"], "Sale", "Hello"), end=" ")
mail.opted_out("an@example.nl")
print(shop_mail.tell_shipped("an@example.nl", "7", datetime.now(UTC), 17), [message["To"] for message in sent])
"""
FLASK_MAIL = """
import flask_shop
flask_shop.app.testing = flask_shop.app.extensions["mail"].state.suppress = True
with flask_shop.app.app_context():
    print(flask_shop.promote("an@example.nl"), end=" ")
    flask_shop.privacy.mail.grant("an@example.nl", "promotions")
    with flask_shop.mail.record_messages() as sent:
        print(flask_shop.promote("an@example.nl"), sent[0].body.count("https://shop.example/"))
"""


@pytest.mark.parametrize(
    ("script", "printed"),
    [(GATED, "0 1 sent ['bo@example.nl', 'an@example.nl']\n"), (FLASK_MAIL, "False True 2\n")],
    ids=["smtplib", "Flask-Mail"],
)
def test_the_mail_gate(shop: Path, script: str, printed: str) -> None:
    """A promotion reaches who said yes, and an order's mail everybody."""
    page = DOCS / "how-to" / "mail-gate.md"
    (declared,) = (block.text for block in blocks(page) if block.language == "toml")
    with (shop / "privacy.toml").open("a", encoding="utf-8") as policy:
        policy.write(declared)
    for name, text in files_in(page).items():
        (shop / name).write_text(text, encoding="utf-8")
    assert python(shop, "-c", script) == printed


CAMPAIGN = """
import newsletter
from campaign import campaign
from shopprivacy.mail.wire import check_wire
from shopprivacy.wsgi import WSGIGate
from template import write
from werkzeug.test import Client
import re

sent = []
newsletter.privacy.mail.transport = sent.append
client = Client(WSGIGate(None, newsletter.privacy))
newsletter.sign_up("an@example.nl")
path = re.search(r"https://shop.example(/privacy/confirm/[^ \\n]+)", sent.pop().get_content())[1]
print(campaign(["an@example.nl"], "News", "Hello"), end=" ")
shown = re.search('name="shown" value="([^"]+)"', client.get(path).text)[1]
client.post(path, data={"shown": shown, "yes": "1"})
print(campaign(["an@example.nl", "bo@example.nl"], "News", "Hello"), end=" ")
link = re.search("<https://shop.example([^>]+)>", sent[-1]["List-Unsubscribe"])[1]
client.get(link)
print(campaign(["an@example.nl"], "News", "Hello"), end=" ")
own = write("an@example.nl", "News <b>")
for message in (sent[-1], own):
    check_wire(message.as_bytes())
print(own.get_body(("plain",)).get_content().count(link), own.get_body(("html",)).get_content().count(link), end=" ")
client.post(link)
print(campaign(["an@example.nl"], "News", "Hello"))
"""


def test_the_newsletter(shop: Path) -> None:
    """A campaign reaches who ticked the box, however often its link was looked at, until that is posted to."""
    page = DOCS / "how-to" / "newsletter.md"
    (declared,) = (block.text for block in blocks(page) if block.language == "toml")
    with (shop / "privacy.toml").open("a", encoding="utf-8") as policy:
        policy.write(declared)
    for name, text in {**files_in(page), **files_in(DOCS / "how-to" / "own-unsubscribe-link.md")}.items():
        (shop / name).write_text(text, encoding="utf-8")
    assert python(shop, "-c", CAMPAIGN) == "0 1 1 1 1 0\n"
