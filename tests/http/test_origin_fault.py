"""What a request that changes a choice shows of where the shop is served."""

from __future__ import annotations

import pytest

from shopprivacy.http.csrf import OriginCheck, check_origin
from shopprivacy.http.origin_fault import OriginFault, origin_fault
from tests.http.heads import head

SHOP = "shop.example"
LOST, PLAIN, HOST = OriginFault.SCHEME_LOST, OriginFault.PLAIN_HTTP, OriginFault.HOST_LOST
FULL, NARROWING, REFUSED = OriginCheck.FULL, OriginCheck.NARROWING, OriginCheck.REFUSED


@pytest.mark.parametrize(
    ("host", "fields", "fault", "counts"),
    [
        # Plain http: kept on the machine itself alone.
        (SHOP, {"origin": f"http://{SHOP}"}, PLAIN, FULL),
        ("192.168.1.5:8000", {"origin": "http://192.168.1.5:8000"}, PLAIN, FULL),
        (SHOP, {}, PLAIN, NARROWING),
        ("localhost:8000", {"origin": "http://localhost:8000"}, None, FULL),
        ("shop.localhost", {"origin": "http://shop.localhost"}, None, FULL),
        ("127.0.0.1:8000", {"sec-fetch-site": "same-origin"}, None, FULL),
        ("[::1]:8000", {"origin": "http://[::1]:8000"}, None, FULL),
        # TLS ends at a proxy that does not pass on the scheme.
        (SHOP, {"origin": f"https://{SHOP}"}, LOST, NARROWING),
        (f"{SHOP}:80", {"origin": f"https://{SHOP}"}, LOST, NARROWING),
        (f"{SHOP}:8443", {"origin": f"https://{SHOP}:8443"}, LOST, NARROWING),
        (SHOP, {"origin": f"https://{SHOP}", "sec-fetch-site": "same-origin"}, LOST, FULL),
        (SHOP, {"sec-fetch-site": "same-origin"}, LOST, FULL),
        (SHOP, {"x-forwarded-proto": "https, http"}, LOST, NARROWING),
        (SHOP, {"forwarded": "for=192.0.2.1;proto=https"}, LOST, NARROWING),
        # A proxy that does not pass on the host; without the browser's word, another site may have sent it.
        ("127.0.0.1:8000", {"origin": f"https://{SHOP}"}, HOST, REFUSED),
        ("127.0.0.1:8000", {"origin": f"https://{SHOP}", "sec-fetch-site": "same-origin"}, HOST, FULL),
        # No fault: another site, by the browser's own word.
        (SHOP, {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, None, REFUSED),
        # Another port is another origin, and never the shop's own over TLS.
        (SHOP, {"origin": f"https://{SHOP}:8443"}, LOST, REFUSED),
        (f"{SHOP}:8000", {"origin": f"https://{SHOP}"}, LOST, REFUSED),
    ],
)
def test_over_plain_http(
    host: str, fields: dict[str, str], fault: OriginFault | None, counts: OriginCheck
) -> None:
    """The class of the fault is told, and what refuses counts wherever the page can be the shop's own alone."""
    request = head("POST", scheme="http", host=host, fields={"host": host, **fields})
    assert (origin_fault(request), check_origin(request)) == (fault, counts)


@pytest.mark.parametrize(
    ("origin", "fault", "counts"),
    [
        (f"https://{SHOP}", None, FULL),
        (None, None, NARROWING),
        (f"http://{SHOP}", None, REFUSED),
        ("https://other.example", HOST, REFUSED),
        ("null", None, REFUSED),
    ],
)
def test_over_https(origin: str | None, fault: OriginFault | None, counts: OriginCheck) -> None:
    """Nothing is wrong but where the host differs; a page of plain http is none of ours."""
    request = head("POST", origin=origin)
    assert (origin_fault(request), check_origin(request)) == (fault, counts)
