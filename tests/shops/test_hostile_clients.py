"""Clients that send too much, too little, too slowly or not what they say, against the servers that shops use."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.shops.actions import answer_banner
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

_PATIENCE = 20.0
_ANSWER = b"choice=refuse&next=%2F"
_THREADS = 4  # of the shops' gunicorn: a thread reads one body at a time
_OFTEN = 40
_MEGABYTE = 1 << 20


class Client:
    """A connection on which anything at all can be sent."""

    def __init__(self, shop: RunningShop) -> None:
        self._host = urlsplit(shop.url).netloc
        name, _, port = self._host.partition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=_PATIENCE)

    def head(self, *fields: str, method: str = "POST", path: str = "/privacy/consent") -> None:
        """Send a request's head, from a page of the shop as far as it says."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", "Sec-Fetch-Site: same-origin", *fields]
        self.send("\r\n".join([*lines, "Content-Type: application/x-www-form-urlencoded", "", ""]).encode())

    def send(self, data: bytes) -> bool:
        """Send bytes; return whether the server still takes them."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def end(self) -> None:
        """Say that nothing more comes."""
        with suppress(OSError):  # the server has hung up
            self.socket.shutdown(socket.SHUT_WR)

    def status(self) -> int | None:
        """Return the status of the answer; None where the server closes without one."""
        line = self.read_until(b"\r\n")
        return int(line.split(b" ")[1]) if line.startswith(b"HTTP/1.") else None

    def read_until(self, end: bytes | None = None) -> bytes:
        """Return what comes, to the end of the connection or to these bytes."""
        data = b""
        while end is None or end not in data:
            try:
                part = self.socket.recv(65536)
            except OSError:
                break
            if not part:
                break
            data += part
        return data


@contextmanager
def connected(shop: RunningShop) -> Iterator[Client]:
    """Connect, and hang up at the end."""
    client = Client(shop)
    try:
        yield client
    finally:
        client.socket.close()


@pytest.fixture(autouse=True)
def _nothing_fails(shop: RunningShop) -> Iterator[None]:
    """No traceback goes to any log, and whoever comes after is served and can choose."""
    logs = [shop.data.parent / "stderr.txt", shop.data / "app.log"]
    before = [log.stat().st_size for log in logs]
    yield
    visitor = Visitor(shop)
    assert visitor.get("/").status == 200
    assert answer_banner(visitor, "refuse").status == 303
    for log, size in zip(logs, before, strict=True):
        assert "Traceback" not in log.read_text(encoding="utf-8")[size:]


def _memory(shop: RunningShop) -> int:
    """Bytes of memory of the shop's processes."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    ours = {shop.pid}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    sizes = (re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in ours)
    return sum(int(size[1]) * 1024 for size in sizes if size)


def test_a_body_that_says_it_is_too_large_is_not_waited_for(shop: RunningShop) -> None:
    """The answer comes before a byte of the body does."""
    for length in ("16385", "10000000000"):
        with connected(shop) as client:
            client.head(f"Content-Length: {length}")
            assert client.status() == 413


def test_a_length_that_is_no_number_is_refused(shop: RunningShop) -> None:
    """By the server or by us, and nobody reads on in the hope of more."""
    for length in ("-1", "x", "1,2", "+5", "9" * 30, "9" * 5000):
        with connected(shop) as client:
            client.head(f"Content-Length: {length}")
            client.send(_ANSWER)
            client.end()
            assert client.status() in {400, 413, None}


def test_an_endless_body_is_cut_off(shop: RunningShop) -> None:
    """A body in chunks says no length: after a few of them the answer comes; nothing of it is kept in memory."""
    before = _memory(shop)
    with connected(shop) as client:
        client.head("Transfer-Encoding: chunked")
        chunk = b"%x\r\n%b\r\n" % (65536, b"a" * 65536)
        for _ in range(64 * _MEGABYTE // 65536):
            if not client.send(chunk):
                break
        assert client.status() in {400, 413, None}
    assert _memory(shop) - before < 16 * _MEGABYTE


def test_a_small_body_in_chunks_is_an_answer_or_none(shop: RunningShop) -> None:
    """A WSGI server gives no length then, so nothing is read; half of it counts nowhere."""
    with connected(shop) as client:
        client.head("Transfer-Encoding: chunked")
        client.send(b"".join(b"1\r\n%c\r\n" % byte for byte in _ANSWER) + b"0\r\n\r\n")
        assert client.status() in {303, 400}


@pytest.mark.parametrize("body", [b"", b"choice=accept", b"choice=accept&next=%2F"])
def test_a_body_that_ends_too_soon_does_not_count(shop: RunningShop, body: bytes) -> None:
    """Of a length of 1000 a few bytes come, then the client hangs up, or only stops sending: nothing is granted."""
    granted = shop.rows("SELECT count(*) FROM shopprivacy_ledger WHERE action = 'granted'")
    for half in (True, False):
        with connected(shop) as client:
            client.head("Content-Length: 1000")
            client.send(body)
            if half:
                client.end()
                assert client.status() in {400, None}
    assert shop.rows("SELECT count(*) FROM shopprivacy_ledger WHERE action = 'granted'") == granted


def test_what_follows_a_body_is_no_answer_of_ours(shop: RunningShop) -> None:
    """A body longer than it says, and one that was refused unread, are not read as the next request."""
    hidden = b"GET /privacy/cookies HTTP/1.1\r\nHost: x\r\n\r\n"
    for length in (len(_ANSWER), 20000):
        with connected(shop) as client:
            client.head(f"Content-Length: {length}", "Connection: close")
            client.send((_ANSWER if length < 100 else b"") + hidden)
            assert client.read_until().count(b"HTTP/1.1 ") == 1


def test_two_lengths_are_refused(shop: RunningShop) -> None:
    """A length beside chunks, or two lengths, hide a second request from somebody: servers refuse them."""
    for fields in (
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ):
        with connected(shop) as client:
            client.head(*fields, "Connection: close")
            client.send(b"0\r\n\r\n" + _ANSWER)
            client.end()
            assert client.status() in {400, 413, None}


@pytest.mark.parametrize("size", [7000, 60_000, 300_000])
@pytest.mark.parametrize("field", ["Cookie", "X-Anything", "Content-Type", "Sec-Fetch-Site"])
def test_large_fields_do_no_harm(shop: RunningShop, field: str, size: int) -> None:
    """The server refuses them, or the answer is one that any other visitor gets."""
    before = _memory(shop)
    for _ in range(3):
        with connected(shop) as client:
            client.head(f"{field}: {'_ga=1; ' * (size // 7)}", "Connection: close", method="GET", path="/")
            assert client.status() in {200, 400, 431, None}
    assert _memory(shop) - before < 16 * _MEGABYTE


def test_many_large_bodies_are_not_kept(shop: RunningShop) -> None:
    """Whoever sends many bodies that are too large fills no memory, while they are sent or after."""
    before = _memory(shop)
    for _ in range(_OFTEN):
        with connected(shop) as client:
            client.head(f"Content-Length: {4 * _MEGABYTE}", "Connection: close")
            client.send(b"a" * _MEGABYTE)
            assert client.status() in {413, None}
    assert _memory(shop) - before < 16 * _MEGABYTE


@pytest.mark.parametrize("around", [b"\xa0%b", b"%b\xa0", b"\x85%b", b"\xc2\xa0%b", b"%b\x85"])
def test_no_server_makes_a_look_alike_genuine(shop: RunningShop, around: bytes) -> None:
    """A server that took more than spaces and tabs off a field would make one of what a sister site has planted."""
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    genuine = visitor.jar.cookie_header(shop.url, shop.now)
    assert genuine is not None
    pair = next(pair for pair in genuine.split(b"; ") if pair.startswith(b"__Host-consent="))
    asks = []
    for cookie in (pair, around % pair):
        with connected(shop) as client:
            host = urlsplit(shop.url).netloc.encode()
            client.send(
                b"GET / HTTP/1.1\r\nHost: %b\r\nCookie: %b\r\nConnection: close\r\n\r\n" % (host, cookie)
            )
            asks.append(b'action="/privacy/consent"' in client.read_until())
    assert asks == [False, True]


def test_slow_clients_hold_nobody_up(shop: RunningShop, framework: str) -> None:
    """While bodies come a byte at a time, or never, others are served and can choose; what came slowly counts."""
    many = 60 if framework == "fastapi" else _THREADS - 1
    before = _memory(shop)
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(shop)) for _ in range(many)]
        for client in slow:
            client.head(f"Content-Length: {len(_ANSWER)}", "Connection: close")
        for byte in _ANSWER[:-1]:
            for client in slow[::2]:  # the others never send any of theirs
                assert client.send(bytes([byte]))
        visitor = Visitor(shop)
        for _ in range(5):
            assert visitor.get("/").status == 200
        assert answer_banner(visitor, "accept").status == 303
        assert _memory(shop) - before < 32 * _MEGABYTE
        for client in slow[::2]:
            client.send(_ANSWER[-1:])
            assert client.status() == 303


def test_slow_heads_hold_nobody_up(shop: RunningShop, framework: str) -> None:
    """Heads that never end hold up no more than bodies do."""
    many = 60 if framework == "fastapi" else _THREADS - 1
    with ExitStack() as stack:
        for client in [stack.enter_context(connected(shop)) for _ in range(many)]:
            client.send(b"POST /privacy/consent HTTP/1.1\r\nHost: x\r\nCookie: _ga=1")
        visitor = Visitor(shop)
        assert visitor.get("/").status == 200
        assert answer_banner(visitor, "accept").status == 303
