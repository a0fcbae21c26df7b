"""What is wrong where the shop is served, as a request shows that changes a choice: no browser would keep it, or count.

The consent cookie is ``Secure``: browsers keep it over https, and where a page is on the machine itself (Secure
Contexts, section 3.1). Behind a proxy the server knows scheme and host of what a visitor sees only where it is told.
"""

from __future__ import annotations

import re
from enum import Enum
from ipaddress import ip_address

from shopprivacy.http.csrf import SAME_ORIGIN, origin_of
from shopprivacy.http.request_head import RequestHead

_FORWARDED = re.compile(r'proto="?https\b', re.IGNORECASE)  # RFC 7239, section 5.4


class OriginFault(Enum):
    """A class of faults."""

    PLAIN_HTTP = "plain http on a name that is not this machine's"
    SCHEME_LOST = "TLS ends at a proxy that does not pass on the scheme"
    HOST_LOST = "a proxy does not pass on the host"


def origin_fault(head: RequestHead) -> OriginFault | None:
    """Return what is wrong by what this request says; None: nothing that it shows."""
    site, origin = head.header("sec-fetch-site"), origin_of((head.header("origin") or "").strip(" \t"))
    ours = origin_of(f"{head.scheme}://{head.host}")
    if site is not None and site.strip(" \t") != SAME_ORIGIN:
        return None  # from elsewhere, whatever the server knows: the browser says so
    if origin is not None and ours is not None and origin[1] != ours[1]:
        return OriginFault.HOST_LOST
    if head.scheme == "https":
        return None
    is_local = _is_local(head.hostname)
    # Browsers send Sec-Fetch-Site to https and to the machine itself alone.
    if (origin or ("",))[0] == "https" or _says_https(head) or (site is not None and not is_local):
        return OriginFault.SCHEME_LOST
    return None if is_local else OriginFault.PLAIN_HTTP


def _says_https(head: RequestHead) -> bool:
    said = (head.header("x-forwarded-proto") or "").partition(",")[0].strip().lower()
    return said == "https" or _FORWARDED.search(head.header("forwarded") or "") is not None


def _is_local(hostname: str) -> bool:
    """Whether browsers keep what is Secure although it came by plain http (Secure Contexts, section 3.1)."""
    if hostname == "localhost" or hostname.endswith(".localhost"):
        return True
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return False
