"""Which requests may change a visitor's choices, and where a browser may be sent afterwards.

A form on another site can post here with the visitor's cookies. What browsers say about a request's origin tells
it from our own: Fetch Metadata (W3C, ``Sec-Fetch-Site``), else the Origin field (RFC 6454 section 7, Fetch
standard section 3.2). No token and no session is needed, so visitors without any cookie can refuse as well.
"""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import quote

from shopprivacy.http.request_head import RequestHead

LONGEST_TARGET = 2048
"""Characters of a path that a form may name to go on to."""

SAME_ORIGIN = "same-origin"
"""What Sec-Fetch-Site says where a page of ours has sent the request."""

_Origin = tuple[str, str, int]
_ORIGIN = re.compile(r"(https?)://([a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A browser drops tabs and line ends from a URL and reads "\" as "/": "/\t/evil.example" leaves the site.
_NEVER_IN_A_TARGET = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
# All that RFC 3986 lets stand in a path, a query and a fragment, and "%" so that what is encoded stays encoded.
_KEPT = "%/?#[]@!$&'()*+,;=:~-._"


class OriginCheck(Enum):
    """How far a request that would change choices counts."""

    FULL = "it came from our own page"
    NARROWING = (
        "the browser does not say where it came from, or it came from a frame, or from our host over https while we "
        "know only http: a refusal or withdrawal counts, a grant does not"
    )
    REFUSED = "it came from somewhere else"


def check_origin(head: RequestHead) -> OriginCheck:
    """Return how far a state-changing request counts.

    ``Sec-Fetch-Site`` is believed first: no script can set it, it covers every redirect on the way, and a shop
    that sends ``Referrer-Policy: no-referrer`` turns the Origin of its own forms into ``null``. Browsers send it
    to https and localhost only; elsewhere Origin decides. The Referer never does.

    A form in a frame is ours whoever put the frame there: it may be invisible, with something else drawn where its
    buttons are (clickjacking). ``Sec-Fetch-Dest`` says ``iframe`` then; nothing says whose frame it is, so a grant
    from a frame of the shop's own does not count either. Nor does one that a script sends (``empty``), which a
    script in a frame could do as well.
    """
    came = _came_from(head)
    destination = head.header("sec-fetch-dest")
    if came is OriginCheck.FULL and destination is not None and destination.strip(" \t") != "document":
        return OriginCheck.NARROWING
    return came


def same_origin_target(target: str | None, front: str = "/") -> str:
    """Return ``target`` as a Location that cannot leave this site; ``front`` where it is not a path of ours.

    A path starts with exactly one ``/``. What is percent-encoded in it stays so: a browser does not decode
    ``/%2Fevil.example`` when it looks for the host. The rest is encoded (RFC 3986), so it fits in a field.
    """
    if (
        target is None
        or not target.startswith("/")
        or target.startswith("//")
        or len(target) > LONGEST_TARGET
        or _NEVER_IN_A_TARGET.search(target)
    ):
        return front
    return quote(target, safe=_KEPT, errors="replace")


def _came_from(head: RequestHead) -> OriginCheck:
    site = head.header("sec-fetch-site")
    if site is not None:
        return OriginCheck.FULL if site.strip(" \t") == SAME_ORIGIN else OriginCheck.REFUSED
    origin = head.header("origin")
    if origin is None:
        return OriginCheck.NARROWING
    theirs = origin_of(origin.strip(" \t"))
    ours = origin_of(f"{head.scheme}://{head.host}")
    if theirs is None or ours is None:
        return OriginCheck.REFUSED
    if theirs == ours:
        return OriginCheck.FULL
    return OriginCheck.NARROWING if _is_ours_by_tls(theirs, ours) else OriginCheck.REFUSED


def _is_ours_by_tls(theirs: _Origin, ours: _Origin) -> bool:
    """Whether the page is ours where TLS ends at a proxy that does not say so; nobody else serves https at our host."""
    (scheme, host, port), (known, name, usual) = theirs, ours
    ports = (port, usual)
    return (scheme, known) == ("https", "http") and host == name and (port == usual or ports == (443, 80))


def origin_of(text: str) -> _Origin | None:
    """Return scheme, host and port, all in their one normal form; None for what is no origin, as ``null``."""
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        return None
    scheme, host, port = match.groups()
    return scheme, host, int(port) if port else _DEFAULT_PORTS[scheme]
