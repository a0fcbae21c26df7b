"""The examples for frameworks without an adapter: small shops that are visited, with the gate and without."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs.blocks import DOCS, blocks, files_in
from tests.docs.folder import POLICY, python

PAGE = DOCS / "how-to" / "any-wsgi-asgi.md"
BOTTLE = """
from bottle_shop import application as shop
from werkzeug.test import Client

def visitor():
    return Client(shop)
def cookies(answer):
    return answer.headers.getlist("Set-Cookie")
"""
LITESTAR = """
from litestar_shop import app as shop
from starlette.testclient import TestClient

def visitor():
    return TestClient(shop, base_url="https://localhost", follow_redirects=False)
def cookies(answer):
    return answer.headers.get_list("Set-Cookie")
"""
# Leads requests round the gate to the shop behind it. The library still answers its own addresses.
WSGI_TAKEN_OUT = """
gated, inside = shop, shop.app
def shop(environ, start_response):
    sent = environ.get("HTTP_COOKIE", "")
    def past_the_gate(environ, _released):
        return inside({**environ, "HTTP_COOKIE": sent}, start_response)
    gated.app = past_the_gate
    return gated(environ, start_response)
"""
ASGI_TAKEN_OUT = """
gated, inside = shop, shop.app
async def shop(scope, receive, send):
    async def past_the_gate(inner, receive, _released):
        await inside({**inner, "headers": scope.get("headers")}, receive, send)
    gated.app = past_the_gate
    await gated(scope, receive, send)
"""
VISITING = """
def choose(client, choice):
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/privacy/consent", data={"choice": choice}, headers=same_origin).status_code == 303
def look(client):
    page, asking = client.get("/"), client.get("/for-you")
    names = [field.partition("=")[0] for field in cookies(page)]
    print(page.status_code, names, page.text.count('class="sp-banner"'), "others" in asking.text)
"""
CHOOSING = """
client = visitor()
look(client)
for choice in ("accept", "refuse"):
    choose(client, choice)
    look(client)
"""
# One customer on two devices, each of which accepted; then one of them refuses, and the other comes back.
SIGNED_IN = """
here, there = visitor(), visitor()
for client in (here, there):
    choose(client, "accept")
    answer = client.post("/login", data={"customer": "7"})
    assert answer.status_code == 303, answer.text
look(there)
choose(here, "refuse")
assert there.post("/login", data={"customer": "7"}).status_code == 303
look(there)
"""


class Example(NamedTuple):
    """A framework's example: its file, how to visit it, and how to take the gate out."""

    module: str
    visitor: str
    taken_out: str


every_example = pytest.mark.parametrize(
    "example",
    [
        Example("bottle_shop.py", BOTTLE, WSGI_TAKEN_OUT),
        Example("litestar_shop.py", LITESTAR, ASGI_TAKEN_OUT),
    ],
    ids=lambda example: example.module.partition("_")[0],
)


@pytest.fixture
def framework_shop(shop: Path) -> Path:
    """The folder with the examples of the page and the cookies that it declares."""
    for name, text in files_in(PAGE).items():
        (shop / name).write_text(text, encoding="utf-8")
    declared = "\n".join(block.text for block in blocks(PAGE) if block.language == "toml")
    (shop / "privacy.toml").write_text(f"{POLICY}\n{declared}", encoding="utf-8")
    return shop


@every_example
def test_the_examples_with_a_framework(framework_shop: Path, example: Example) -> None:
    """A visitor looks, accepts and looks, refuses and looks: cookie, banner and view follow."""
    seen = python(framework_shop, "-c", example.visitor + VISITING + CHOOSING)
    assert seen == "200 [] 1 False\n200 ['_ga'] 0 True\n200 [] 0 False\n"


@every_example
def test_the_examples_tell_who_is_signed_in(framework_shop: Path, example: Example) -> None:
    """A refusal while signed in, on the library's own page, reaches the customer's other device."""
    accepted, refused = python(framework_shop, "-c", example.visitor + VISITING + SIGNED_IN).splitlines()
    assert "'_ga'" in accepted
    assert accepted.endswith("0 True")
    assert "'_ga'" not in refused
    assert refused.endswith("0 False")


@every_example
def test_without_the_gate_the_cookie_passes(framework_shop: Path, example: Example) -> None:
    """The gate is what holds it back: with the gate taken out it leaves before a choice, and after a refusal."""
    seen = python(framework_shop, "-c", example.visitor + example.taken_out + VISITING + CHOOSING)
    assert seen == "200 ['_ga'] 1 False\n200 ['_ga'] 0 True\n200 ['_ga'] 0 False\n"


@every_example
def test_the_examples_are_short(framework_shop: Path, example: Example) -> None:
    """Fewer than sixty lines make a shop with a page, a view that asks, and a log-in."""
    assert len((framework_shop / example.module).read_text(encoding="utf-8").splitlines()) < 60


@every_example
def test_an_undeclared_purpose_fails_when_the_example_starts(framework_shop: Path, example: Example) -> None:
    """Their decorator and their guard check the name when they are made, not at the first request."""
    file = framework_shop / example.module
    file.write_text(
        file.read_text("utf-8").replace('requires_consent("statistics"', 'requires_consent("statistic"')
    )
    with pytest.raises(AssertionError, match="UndeclaredName"):
        python(framework_shop, "-c", example.visitor)
