"""``shopprivacy check --live``: what stands between a mail program and the unsubscribe endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from shopprivacy.cli import main
from shopprivacy.cli.check_live import faults_of
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.testing.samples import sample_keyset
from tests.mail.desk import desk, only

POLICY = """
effective    = 2026-01-01
jurisdiction = "NL"
languages    = ["nl"]
controller   = {{ name = "Winkel", address = "Dorpsstraat 1", email = "privacy@shop.example" }}
mail         = {{ url = "{url}" }}
"""
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on this machine that answers POST so; yields what links to it begin with."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/u/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def replying(status: int, **fields: str) -> Answer:
    """Answer with this status and these header fields."""

    def answer(request: BaseHTTPRequestHandler, _body: bytes) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": "0", **fields}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()

    return answer


def test_a_shop_that_answers(tmp_path: Path) -> None:
    """The library's own page, without a cookie, is what a mail program needs; the row is nobody's."""
    with desk(policy=only("news"), keyset=sample_keyset()) as shop:

        def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
            reply = shop.ask("POST", request.path, body, {"content-type": request.headers["Content-Type"]})
            request.send_response(reply.status)
            for name, value in reply.headers:
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(reply.body)

        with serving(answer) as url:
            assert [*faults_of(url, sample_keyset())] == []
            LocalKeyFile(tmp_path / "keys.json").create(sample_keyset())
            (tmp_path / "privacy.toml").write_text(POLICY.format(url=url), encoding="utf-8")
            command = ["check", str(tmp_path / "privacy.toml"), "--live", "--store", "sqlite:///none.sqlite3"]
            keys = ["--keys", str(tmp_path / "keys.json")]
            told = CliRunner().invoke(main, [*command[:3], *keys])
            assert f"can unsubscribe at {url}" in told.output
        told = CliRunner().invoke(main, [*command[:3], *keys])
        assert told.exit_code == 1
        assert "no answer (ConnectionRefusedError)" in told.output
        told = CliRunner(env={"SHOPPRIVACY_KEYS": ""}).invoke(main, command[:3])
        assert told.exit_code == 2
        assert [purpose for purpose, _, _ in shop.said()] == ["news", "direct_marketing"]


def test_what_is_no_http() -> None:
    """A server that hangs up, or says something else, gives no answer."""

    def hang_up(request: BaseHTTPRequestHandler, _body: bytes) -> None:
        request.close_connection = True

    def babble(request: BaseHTTPRequestHandler, _body: bytes) -> None:
        request.wfile.write(b"220 mail.shop.example ESMTP\r\n")

    for answer, told in ((hang_up, "RemoteDisconnected"), (babble, "BadStatusLine")):
        with serving(answer) as url:
            assert any(f"no answer ({told})" in fault for fault in faults_of(url, sample_keyset()))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (replying(301, Location="https://www.shop.example/u/x"), "a redirect to www.shop.example"),
        (replying(302, Location="/login"), "a redirect to another path"),
        (replying(308, Location="http://shop.example:8080/u/x"), "a redirect to shop.example:8080"),
        (replying(303), "a redirect to another path"),
        (replying(403, cf_mitigated="challenge", Set_Cookie="__cf_bm=1"), "bot protection"),
        (replying(403, cf_mitigated="challenge", Set_Cookie="__cf_bm=1"), "a cookie"),
        (replying(202, x_amzn_waf_action="challenge"), "bot protection"),
        (replying(503, Retry_After="5"), "bot protection"),
        (replying(429), "bot protection"),
        (replying(200, Referrer_Policy="same-origin"), "another page than the library's"),
        (replying(500), "status 500"),
        (replying(200), "another page than the library's"),
        (replying(200, Referrer_Policy="no-referrer", Set_Cookie="edge=1"), "a cookie"),
    ],
)
def test_what_stands_in_front(answer: Answer, told: str) -> None:
    """Each is named, with what to look at."""
    with serving(answer) as url:
        assert any(told in fault for fault in faults_of(url, sample_keyset()))
