"""Where a request comes from, and where a visitor may be sent.

The shops refuse forged forms (cross-site request forgery) by the headers that browsers add and pages cannot set,
Sec-Fetch-Site and Origin, and not by a token in each form: a token needs a session cookie, and a visitor who refuses
every cookie must still be able to order, to write to us and to sign up.
"""

from __future__ import annotations

from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_forged(method: str, host: str, fetch_site: str | None, origin: str | None) -> bool:
    """Say whether another site's page sent this state-changing request.

    Args:
        method: the request's method.
        host: the ``Host`` field, with its port.
        fetch_site: the ``Sec-Fetch-Site`` field; ``none`` is the visitor's own doing (W3C Fetch Metadata).
        origin: the ``Origin`` field, which older browsers send with every POST (RFC 6454).

    A request with neither field comes from no browser that could carry somebody's cookies here.
    """
    if method in SAFE_METHODS:
        return False
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


def local_path(target: str | None, otherwise: str = "/") -> str:
    r"""Return ``target`` when it is a path on this site, else ``otherwise``.

    ``//host`` and ``/\host`` are other sites to a browser, which also drops control characters before it looks.
    """
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return otherwise
    return (
        otherwise if any(ord(character) < 0x21 or ord(character) == 0x7F for character in target) else target
    )
