"""The Set-Cookie field of a response, read as a browser reads it (rfc6265bis-22, sections 5.6 and 5.7).

Raw bytes in, raw bytes out. A framework's cookie object keeps one entry per name, so two deletions of one
name on two paths collapse into one; and it cannot say what a browser makes of ``Max-Age=0; Max-Age=9999``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shopprivacy.cookies.dates import parse_cookie_date

LONGEST_LIFE = timedelta(days=400)
"""The longest that a browser keeps a cookie (rfc6265bis-22, section 5.5)."""

# Section 5.6, step 1: a control character other than a tab drops the whole string.
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_MAX_AGE = re.compile(rb"-?[0-9]+")
_LONGEST_ATTRIBUTE = 1024
_MANY_YEARS = 10**9  # seconds: longer than any browser keeps a cookie, and still a date
_PAST = b"Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLEARING_ALL = b'"*"'
_CLEARING_COOKIES = frozenset({b'"cookies"', _CLEARING_ALL})
_CLEARED_BESIDE = (
    b'"cache"',
    b'"clientHints"',
    b'"executionContexts"',
    b'"prefetchCache"',
    b'"prerenderCache"',
    b'"storage"',
)


@dataclass(frozen=True, slots=True)
class SetCookie:
    """What a browser reads in one Set-Cookie field.

    ``max_age`` (seconds) and ``expires`` are the last valid ones of each; an unparsable one is as if absent.
    """

    name: bytes
    max_age: int | None
    expires: datetime | None
    path: bytes | None = None
    """None: the default, the folder of the request's path (section 5.1.4)."""
    partitioned: bool = False

    def expiry(self, now: datetime) -> datetime | None:
        """Return when the cookie ends; None: with the browser session. Max-Age beats Expires (section 5.7)."""
        if self.max_age is None:
            return self.expires
        if self.max_age <= 0:
            return _EPOCH
        return now + timedelta(seconds=min(self.max_age, _MANY_YEARS))

    def is_deletion(self, now: datetime) -> bool:
        """Whether a browser that receives this at ``now`` forgets the cookie instead of keeping it."""
        expiry = self.expiry(now)
        return expiry is not None and expiry <= now


def parse_set_cookie(field: bytes) -> SetCookie | None:
    """Read one Set-Cookie field; None where a browser ignores it whole.

    The name is what stands before the first ``=`` of what stands before the first ``;``, trimmed of spaces and
    tabs; it is neither folded nor percent-decoded. Without ``=`` the cookie is nameless.
    """
    if _CONTROLS.search(field):
        return None
    pair, _, attributes = field.partition(b";")
    name, equals, value = pair.partition(b"=")
    if not equals:
        name, value = b"", pair
    name = name.strip(b" \t")
    # Section 5.7, step 22: a nameless cookie whose value begins with a prefix would be sent back as if it were
    # the prefixed cookie itself.
    if not name and value.strip(b" \t").lower().startswith((b"__host-", b"__secure-")):
        return None
    max_age: int | None = None
    expires: datetime | None = None
    path: bytes | None = None
    partitioned = False
    for attribute in attributes.split(b";") if attributes else ():
        key, content = _attribute(attribute)
        if len(content) > _LONGEST_ATTRIBUTE:
            continue
        if key == b"max-age":
            if _MAX_AGE.fullmatch(content):
                max_age = int(content)
        elif key == b"expires" and (moment := parse_cookie_date(content)) is not None:
            expires = moment
        elif key == b"path":
            path = content if content.startswith(b"/") else None  # section 5.6.4
        elif key == b"partitioned":
            partitioned = True
    return SetCookie(name, max_age, expires, path, partitioned)


def default_path(request_path: str) -> str:
    """Return the path of a cookie that names none: the folder of the request's path (section 5.1.4)."""
    return request_path[: request_path.rfind("/")] or "/"


def clamp(field: bytes, latest: datetime | None, now: datetime) -> bytes:
    """Return ``field`` with its life cut to end at ``latest``; None: with the browser session.

    A cookie that ends by then, or is being deleted, is returned as it came, byte for byte.
    """
    cookie = parse_set_cookie(field)
    expiry = cookie.expiry(now) if cookie else None
    if expiry is None or expiry <= now or (latest is not None and expiry <= latest):
        return field
    pair, *attributes = field.split(b";")
    kept = [pair, *(a for a in attributes if _attribute(a)[0] not in {b"max-age", b"expires"})]
    if latest is not None:
        kept.append(b" Max-Age=%d" % max(0, int((latest - now).total_seconds())))
    return b";".join(kept)


def without_cookies(field: bytes) -> tuple[bytes, bool]:
    """Return a Clear-Site-Data field that spares cookies, and whether it did not (Clear Site Data, section 3.1).

    All that ``"*"`` stands for is written out.
    """
    kinds = [kind.strip(b" \t") for kind in field.split(b",")]
    spared = [kind for kind in kinds if kind not in _CLEARING_COOKIES]
    if _CLEARING_ALL in kinds:
        spared = [*dict.fromkeys([*spared, *_CLEARED_BESIDE])]
    return b", ".join(spared), len(spared) != len(kinds) or _CLEARING_ALL in kinds


def deletion(name: bytes, *, path: str, domain: str | None = None, partitioned: bool = False) -> bytes:
    """Return a Set-Cookie field that makes a browser forget ``name`` on this path and domain.

    A browser refuses a prefixed or partitioned cookie without Secure, and with it the deletion
    (section 4.1.3; CHIPS, section 2.1).
    """
    field = name + b"=; " + _PAST + b"; Path=" + path.encode("ascii")
    if domain is not None:
        field += b"; Domain=" + domain.encode("ascii")
    if partitioned or is_prefixed(name):
        field += b"; Secure"
    if partitioned:
        field += b"; SameSite=None; Partitioned"
    return field


def emptied(field: bytes) -> bytes:
    """Return a deletion as one that every browser takes for a deletion: without its value, and plainly in the past.

    Browsers do not agree on which attribute counts: of ``Max-Age=0; Max-Age=x`` Chromium heeds neither, and keeps
    the cookie with the value that it came with.
    """
    pair, *attributes = field.split(b";")
    kept = [a for a in attributes if _attribute(a)[0] not in {b"max-age", b"expires"}]
    name, equals, _ = pair.partition(b"=")
    name = name.strip(b" \t")
    # What has no name keeps its value: `x` without one would be the cookie `x=`, and `=` alone is no cookie.
    return b";".join([name + b"=" if name and equals else pair, *kept, b" " + _PAST])


def is_prefixed(name: bytes) -> bool:
    """Whether browsers hold this name to the rules of ``__Host-`` or ``__Secure-``, in any case."""
    return name.lower().startswith((b"__host-", b"__secure-"))


def _attribute(text: bytes) -> tuple[bytes, bytes]:
    key, _, content = text.partition(b"=")
    return key.strip(b" \t").lower(), content.strip(b" \t")
