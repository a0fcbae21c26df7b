"""Every place of a request in which something personal may stand, in bytes that no client library would send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest

from tests.analytics.canaries import CANARIES
from tests.shops.actions import new_address
from tests.shops.log_promises import files, written
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

pytestmark = pytest.mark.services

FORM = "Content-Type: application/x-www-form-urlencoded"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
)
PART = (
    '--xx\r\nContent-Disposition: form-data; name="note"; filename="RAW"\r\n\r\nRAW\r\n'
    '--xx\r\nContent-Disposition: form-data; name="RAW"\r\n\r\nRAW\r\n--xx--\r\n'
)
# First line, header lines, body: RAW is a canary as it is, URL encoded as browsers do, WHOLE to the last character.
PLACES = (
    ("GET /a/URL/b?page=URL&q=URL HTTP/1.1", "", ""),
    ("GET /a;p=URL HTTP/1.1", "", ""),
    ("GET /a%3Bp%3DWHOLE HTTP/1.1", "", ""),
    ("GET /products/WHOLE?utm_source=URL HTTP/1.1", "", ""),
    ("GET http://URL/x HTTP/1.1", "", ""),
    ("GET /u/WHOLE HTTP/1.1", "", ""),
    ("POST /privacy/confirm/WHOLE HTTP/1.1", FORM, ""),
    ("GET /a RAW HTTP/1.1", "", ""),
    ("RAW", "", ""),
    ("GET /x HTTP/1.1", "Cookie: session=RAW; cart=RAW; __Host-consent=RAW; recently_viewed=RAW", ""),
    ("GET /x HTTP/1.1", "Referer: https://a.nl/WHOLE?q=URL\r\nUser-Agent: Mozilla/5.0 (RAW) Gecko/1", ""),
    ("GET /x HTTP/1.1", "Referer: RAW\r\nUser-Agent: RAW\r\nAccept-Language: RAW\r\nX-Note: RAW", ""),
    ("GET /x HTTP/1.1", "X-Forwarded-For: RAW\r\nForwarded: for=RAW\r\nX-Real-IP: RAW\r\nX-Request-ID: RAW", ""),
    ("GET /admin/mailing HTTP/1.1", "Authorization: Basic RAW", ""),
    ("GET /x HTTP/1.1", "Range: bytes=RAW\r\nIf-Modified-Since: RAW\r\nRAW: x", ""),
    ("GET /live/WHOLE?t=URL HTTP/1.1", f"{UPGRADE}\r\nSec-WebSocket-Protocol: RAW", ""),
    ("POST /_demo/fail HTTP/1.1", FORM, "note=WHOLE&WHOLE=WHOLE"),
    ("POST /_demo/fail HTTP/1.1", "Content-Type: multipart/form-data; boundary=xx", PART),
    ("POST /contact HTTP/1.1", "Content-Type: application/json", '{"email": "RAW", "RAW": ["RAW"'),
    ("POST /contact?email=WHOLE HTTP/1.1", "Content-Type: RAW", "RAW"),
    ("POST /checkout HTTP/1.1", FORM, "name=WHOLE&email=WHOLE&phone=WHOLE&slug=WHOLE"),
    ("POST /register HTTP/1.1", FORM, "name=WHOLE&email=WHOLE&password=WHOLE"),
    ("POST /cart HTTP/1.1", FORM, "slug=WHOLE&quantity=WHOLE&%ff=WHOLE"),
)  # fmt: skip


def requests(canary: str, host: str) -> Iterator[bytes]:
    """The canary in each place."""
    for first, lines, body in PLACES:
        content = _filled(body, canary)
        head = f"{_filled(first, canary)}\r\nHost: {host}\r\n"
        head += "" if "Upgrade" in lines else "Connection: close\r\n"
        head += f"{_filled(lines, canary)}\r\n" if lines else ""
        head += f"Content-Length: {len(content.encode())}\r\n" if first.startswith("POST") else ""
        yield f"{head}\r\n{content}".encode()


def _filled(text: str, canary: str) -> str:
    whole, url = quote(canary, safe=""), quote(canary, safe="%@+=:")
    return text.replace("WHOLE", whole).replace("URL", url).replace("RAW", canary)


def _ask(host: str, request: bytes) -> bytes:
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall(request)
        try:
            return connection.recv(65536)
        except OSError:  # a server may close without a word on what it cannot read
            return b""


def no_place_is_in_a_log(shop: RunningShop) -> None:
    """O14: no canary is in any file of the shop, in whatever place of a request it came."""
    host = urlsplit(shop.url).netloc
    answers = [_ask(host, request) for canary in CANARIES.values() for request in requests(canary, host)]
    answered = [answer[9:12] for answer in answers if answer.startswith(b"HTTP/1.1 ")]
    assert len(answered) > len(answers) * 0.9
    assert {b"404", b"500"} <= set(answered)
    last = f"/end-{new_address().partition('@')[0]}"
    Visitor(shop).get(last)
    written(shop, last)
    for name, content in files(shop):
        for kind, canary in CANARIES.items():
            for form in {canary, quote(canary), quote(canary, safe=""), canary.replace(" ", "+")}:
                assert form.encode() not in content, (name, kind)


def test_no_place_of_a_request_is_in_a_log(shop_of_three: RunningShop) -> None:
    """O14: the same in three workers."""
    no_place_is_in_a_log(shop_of_three)
