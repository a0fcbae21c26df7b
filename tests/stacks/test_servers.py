"""The gate behind the servers that shops run, over real HTTP: what it holds back, and what it leaves as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.docs.blocks import DOCS, ROOT, blocks, files_in
from tests.docs.folder import POLICY, environment, furnish
from tests.stacks.served import STREAMED, UNCHANGED
from tests.stacks.serving import HOST, ask, asking, choose, free_port, serving

pytestmark = pytest.mark.services

PAGE = DOCS / "how-to" / "any-wsgi-asgi.md"
DECLARED = """
[cookies.cart]
essential = true
life = "20 years"

[cookies.lang]
essential = true
life = "session"
"""
WSGI, ASGI = "tests.stacks.served_wsgi:application", "tests.stacks.served_asgi:app"
COMMANDS = {
    "gunicorn": f"gunicorn --bind {HOST}:PORT --workers 2 {WSGI}",
    "granian-wsgi": f"granian --interface wsgi --port PORT --workers 2 {WSGI}",
    "uvicorn": f"uvicorn --port PORT --workers 2 {ASGI}",
    "granian-asgi": f"granian --interface asgi --port PORT --workers 2 {ASGI}",
    "hypercorn-asgi": f"hypercorn --bind {HOST}:PORT --workers 2 {ASGI}",
}
# Which cookies of an accepted handshake a server sends at all: granian sends none of its headers.
IN_HANDSHAKES = {
    "uvicorn": {"cart", "_ga", "lang"},
    "granian-asgi": set[str](),
    "hypercorn-asgi": {"cart", "_ga", "lang"},
}
# granian 2.8 loses its worker over any response that denies a WebSocket, with a gate or without.
DENY_HANDSHAKES = ["uvicorn", "hypercorn-asgi"]
# What reaches the shop of `Cookie: cart=1`, `Cookie: _ga=2` and `Cookie: lang=nl`, once statistics are granted.
SEVERAL_FIELDS = {
    "gunicorn": "",
    "granian-wsgi": "cart=1; _ga=2; lang=nl",
    "uvicorn": "cart=1; _ga=2; lang=nl",
    "granian-asgi": "cart=1; _ga=2; lang=nl",
    "hypercorn-asgi": "cart=1; _ga=2; lang=nl",
}


class Server(NamedTuple):
    """One that serves, and its folder."""

    name: str
    port: int
    folder: Path


def put_examples_in(folder: Path, policy: str) -> None:
    """Put the page's examples into a folder, with a policy and keys."""
    furnish(folder, policy)
    for module, text in files_in(PAGE).items():
        (folder / module).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module", params=list(COMMANDS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server with several workers: the documentation's example, and more to ask for."""
    name: str = request.param
    folder, port = tmp_path_factory.mktemp(name), free_port()
    put_examples_in(folder, POLICY + DECLARED)
    os.mkfifo(folder / "released")
    command = [sys.executable, "-m", *COMMANDS[name].replace("PORT", str(port)).split()]
    # Told to stop before all its workers run, granian never ends.
    says = ("Started worker-1", "Started worker-2") if "granian" in name else ()
    with serving(command, port, folder, {**environment(folder), "PYTHONPATH": str(ROOT)}, says):
        yield Server(name, port, folder)


def test_cookies_follow_choices(server: Server) -> None:
    """Held back before a choice and after a refusal, set with consent, whichever worker answers."""
    granted, refused = choose(server.port, "accept"), choose(server.port, "refuse")
    for _ in range(4):
        assert ask(server.port, "/").sets == []
        page = ask(server.port, "/", ("Cookie", granted))
        assert page.sets == ["_ga"]
        assert "Counted: yes" in page.text
        assert ask(server.port, "/", ("Cookie", refused)).sets == []
        left_over = ask(server.port, "/", ("Cookie", f"{refused}; _ga=1"))
        assert set(left_over.sets) == {"_ga"}
        assert all("Max-Age=0" in field for field in left_over.all("set-cookie"))


def test_several_cookies_stay_apart(server: Server) -> None:
    """Each is a field of its own, whole with the comma in its date."""
    fields = ask(server.port, "/several").all("set-cookie")
    assert [field.partition(";")[0] for field in fields] == ["cart=1", "lang=nl"]
    assert "Wed, 01 Jan 2042" in fields[0] or "Max-Age" in fields[0]
    granted = ask(server.port, "/several", ("Cookie", choose(server.port, "accept")))
    assert granted.sets == ["cart", "_ga", "lang"]


def test_the_shop_sees_what_is_allowed(server: Server) -> None:
    """Undeclared, denied and consent cookies are hidden, the rest arrives."""
    granted = choose(server.port, "accept")
    assert ask(server.port, "/seen", ("Cookie", "cart=1; _ga=2; debug_id=3")).text == "cart=1"
    assert ask(server.port, "/seen", ("Cookie", f"cart=1; _ga=2; {granted}")).text == "cart=1; _ga=2"


def test_several_cookie_fields(server: Server) -> None:
    """As the documentation says of each server."""
    granted = choose(server.port, "accept")
    fields = [("Cookie", pair) for pair in (granted, "cart=1", "_ga=2", "lang=nl")]
    assert ask(server.port, "/seen", *fields).text == SEVERAL_FIELDS[server.name]


def test_who_takes_an_underscore_for_a_hyphen(server: Server) -> None:
    """A field that a proxy does not overwrite, because its name is another, reaches the shop under granian's WSGI."""
    assert ask(server.port, "/forwarded", ("X-Forwarded-Host", "shop.example")).text == "shop.example"
    underscored = ask(server.port, "/forwarded", ("X_Forwarded_Host", "other.example")).text
    assert underscored == ("other.example" if server.name == "granian-wsgi" else "")


def test_no_server_makes_more_fields_of_one(server: Server) -> None:
    """A line end in a value would bring a cookie past the gate: that field is left out, or there is no such answer."""
    try:
        answer = ask(server.port, "/split")
    except (HTTPException, ConnectionError):
        return
    assert (answer.sets, answer.all("x-split")) == ([], [])


def test_not_modified_is_gated(server: Server) -> None:
    """304 has no body, and only the cookies that are allowed."""
    answer = ask(server.port, "/unchanged", ("If-None-Match", UNCHANGED))
    assert answer.status == 304
    assert answer.sets == ["cart", "lang"]
    assert answer.all("etag") == [UNCHANGED]
    assert answer.text == ""


@pytest.mark.parametrize("path", ["/", "/privacy/choices"])
def test_head_is_gated_and_has_no_body(server: Server, path: str) -> None:
    """The head is GET's, no byte of a body follows, and the connection can go on, for shop and library alike."""
    with asking(server.port, "HEAD", path) as connection:
        response = connection.getresponse()
        assert response.status == 200
        assert response.headers.get_all("Set-Cookie") is None
        assert response.read() == b""
        connection.request("GET", path)  # what is left over from HEAD would be read as this answer's head
        assert b"<!doctype html>" in connection.getresponse().read().lower()


def test_a_stream_passes_unbuffered(server: Server) -> None:
    """The first part arrives while the shop has not made the second yet."""
    with asking(server.port, "GET", "/stream") as connection:
        response = connection.getresponse()
        assert response.headers.get_all("Set-Cookie") != []
        assert "_ga" not in str(response.headers.get_all("Set-Cookie"))
        assert response.readline() == STREAMED[0]
        (server.folder / "released").write_bytes(b"")
        assert response.read() == STREAMED[1]


@pytest.mark.parametrize("server", IN_HANDSHAKES, indirect=True)
def test_a_websocket_handshake_is_gated(server: Server) -> None:
    """Cookies are hidden from the shop and held back from the browser, and set with consent."""
    address = f"ws://{HOST}:{server.port}/socket"
    granted = choose(server.port, "accept")
    for cookies, seen, sets in (
        ("cart=1; _ga=2", "cart=1", {"cart", "lang"}),
        (f"cart=1; _ga=2; {granted}", "cart=1; _ga=2", {"cart", "_ga", "lang"}),
    ):
        with connect(address, additional_headers={"Cookie": cookies}, proxy=None) as socket:
            assert socket.response is not None
            fields = socket.response.headers.get_all("Set-Cookie")
            assert {field.partition("=")[0] for field in fields} == sets & IN_HANDSHAKES[server.name]
            socket.send("")
            assert socket.recv() == seen


@pytest.mark.parametrize("server", DENY_HANDSHAKES, indirect=True)
def test_a_denied_handshake_is_gated(server: Server) -> None:
    """The response that denies a WebSocket sets no cookie that the visitor did not allow."""
    address = f"ws://{HOST}:{server.port}/denied"
    with pytest.raises(InvalidStatus) as denied, connect(address, proxy=None):
        pass
    response = denied.value.response
    assert response.status_code == 403
    assert [field.partition("=")[0] for field in response.headers.get_all("Set-Cookie")] == ["cart", "lang"]


@pytest.mark.parametrize(
    ("command", "port_option"),
    [("gunicorn bottle_shop:application", "--bind=127.0.0.1:"), ("uvicorn litestar_shop:app", "--port=")],
)
def test_the_frameworks_shops_are_served(tmp_path: Path, command: str, port_option: str) -> None:
    """By the command that the page shows: a visitor looks, and accepts and looks."""
    assert f"`{command}`" in PAGE.read_text(encoding="utf-8")
    declared = "\n".join(block.text for block in blocks(PAGE) if block.language == "toml")
    put_examples_in(tmp_path, f"{POLICY}\n{declared}")
    port = free_port()
    served = [sys.executable, "-m", *command.split(), f"{port_option}{port}"]
    with serving(served, port, tmp_path, environment(tmp_path)):
        assert ask(port, "/").sets == []
        granted = ask(port, "/", ("Cookie", choose(port, "accept")))
        assert granted.sets == ["_ga"]
        assert "Counted: yes" in granted.text
