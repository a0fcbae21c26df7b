"""A browser's cookie jar as draft-ietf-httpbis-rfc6265bis-22 describes it: the oracle of the gate's tests.

It is written from the draft's sections 5.1 to 5.8 step by step and shares no code with the library. It knows
host-only and domain cookies, paths, Secure, the two prefixes and partitioned cookies (CHIPS). It stands for a
top-level navigation on the site itself, so SameSite never withholds a cookie here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DROPPING = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])
_PUBLIC_SUFFIXES = {"nl", "be", "com", "example", "co.uk", "uk"}


@dataclass
class Stored:
    """One cookie in the jar."""

    name: bytes
    value: bytes
    domain: str
    host_only: bool
    path: str
    secure: bool
    expiry: datetime | None
    partitioned: bool
    created: int


class Jar:
    """The jar of one browser profile, with every page of one top-level site."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[bytes, str, bool, str, bool], Stored] = {}
        self._count = 0

    def store(self, fields: Iterable[bytes], url: str, now: datetime) -> None:
        """Process the Set-Cookie fields of a response from ``url``."""
        for field in fields:
            self._store(field, url, now)

    def cookie_header(self, url: str, now: datetime) -> bytes | None:
        """Return the Cookie field that a request to ``url`` carries; None: none (section 5.8.3)."""
        sent = sorted(
            (c for c in self.held(now) if self._goes_to(c, url)), key=lambda c: (-len(c.path), c.created)
        )
        pairs = [c.name + b"=" + c.value if c.name else c.value for c in sent]
        return b"; ".join(pairs) if pairs else None

    def held(self, now: datetime) -> list[Stored]:
        """Return the cookies that have not expired."""
        return [c for c in self._cookies.values() if c.expiry is None or c.expiry > now]

    def names(self, now: datetime) -> set[bytes]:
        """Return the names of the cookies that have not expired."""
        return {c.name for c in self.held(now)}

    def _goes_to(self, cookie: Stored, url: str) -> bool:
        host, path, secure = _parts(url)
        on_host = host == cookie.domain if cookie.host_only else _domain_matches(host, cookie.domain)
        return on_host and _path_matches(path, cookie.path) and (secure or not cookie.secure)

    def _store(self, field: bytes, url: str, now: datetime) -> None:
        # Section 5.6
        if len(field.translate(None, _DROPPING)) != len(field):
            return
        pair, *rest = field.split(b";")
        if b"=" in pair:
            at = pair.index(b"=")
            name, value = _trim(pair[:at]), _trim(pair[at + 1 :])
        else:
            name, value = b"", _trim(pair)
        if not name and not value:
            return
        if len(name) + len(value) > 4096:
            return
        attributes = [_av for item in rest if (_av := _attribute(item)) is not None]
        # Section 5.7
        host, request_path, secure_url = _parts(url)
        expiry = _expiry(attributes, now)
        domain = _last(attributes, b"domain", "")
        domain = domain.removeprefix(".").lower()
        if domain in _PUBLIC_SUFFIXES:
            if domain != host:
                return
            domain = ""
        if domain and not _domain_matches(host, domain):
            return
        host_only = not domain
        path = _last(attributes, b"path", "")
        if not path.startswith("/"):
            path = _default_path(request_path)
        secure = any(k == b"secure" for k, _ in attributes)
        if secure and not secure_url:
            return
        if not secure_url and any(
            c.secure
            and c.name == name
            and (_domain_matches(c.domain, domain or host) or _domain_matches(domain or host, c.domain))
            and _path_matches(path, c.path)
            for c in self.held(now)
        ):
            return
        partitioned = any(k == b"partitioned" for k, _ in attributes)
        if partitioned and not secure:
            return
        lowered = name.lower()
        if lowered.startswith(b"__secure-") and not secure:
            return
        has_root_path = any(k == b"path" and v == b"/" for k, v in attributes)
        if lowered.startswith(b"__host-") and not (secure and host_only and has_root_path and path == "/"):
            return
        if not name and value.lower().startswith((b"__secure-", b"__host-")):
            return
        key = (name, domain or host, host_only, path, partitioned)
        old = self._cookies.pop(key, None)
        if expiry is not None and expiry <= now:
            return
        self._count += 1
        created = old.created if old else self._count
        self._cookies[key] = Stored(
            name, value, domain or host, host_only, path, secure, expiry, partitioned, created
        )


def _trim(text: bytes) -> bytes:
    while text[:1] in {b" ", b"\t"}:
        text = text[1:]
    while text[-1:] in {b" ", b"\t"}:
        text = text[:-1]
    return text


def _attribute(item: bytes) -> tuple[bytes, bytes] | None:
    key, value = item.split(b"=", 1) if b"=" in item else (item, b"")
    if len(_trim(value)) > 1024:
        return None
    return _trim(key).lower(), _trim(value)


def _last(attributes: list[tuple[bytes, bytes]], key: bytes, default: str) -> str:
    found = [v for k, v in attributes if k == key]
    return found[-1].decode("latin-1") if found else default


def _expiry(attributes: list[tuple[bytes, bytes]], now: datetime) -> datetime | None:
    longest = now + timedelta(days=400)
    ages = []
    dates = []
    for key, value in attributes:
        text = value.decode("latin-1")
        if key == b"max-age" and text and (text[0] == "-" or text[0] in "0123456789"):
            digits = text[1:] if text[0] == "-" else text
            if all(c in "0123456789" for c in digits) and (digits or text[0] != "-"):
                ages.append(int(text))
        elif key == b"expires" and (date := cookie_date(text)) is not None:
            dates.append(date)
    if ages:
        if ages[-1] <= 0:
            return datetime(1970, 1, 1, tzinfo=UTC)
        return now + timedelta(seconds=min(ages[-1], 400 * 86400))
    if dates:
        return min(dates[-1], longest)
    return None


def cookie_date(text: str) -> datetime | None:
    """Section 5.1.1, one character at a time."""
    tokens = [""]
    for c in text:
        code = ord(c)
        delimiter = (
            code == 0x09
            or 0x20 <= code <= 0x2F
            or 0x3B <= code <= 0x40
            or 0x5B <= code <= 0x60
            or 0x7B <= code <= 0x7E
        )
        if delimiter:
            tokens.append("")
        else:
            tokens[-1] += c
    time: list[int] | None = None
    day = month = year = None
    for token in filter(None, tokens):
        if time is None and (found := _time(token)) is not None:
            time = found
        elif day is None and (number := _number(token, 1, 2)) is not None:
            day = number
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (number := _number(token, 2, 4)) is not None:
            year = number
    if time is None or day is None or month is None or year is None:
        return None
    if 70 <= year <= 99:
        year += 1900
    elif 0 <= year <= 69:
        year += 2000
    if not 1 <= day <= 31 or year < 1601 or time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    last = 29 if month == 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) else 28
    if day > [31, last, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]:
        return None
    return datetime(year, month, day, time[0], time[1], time[2], tzinfo=UTC)


def _number(token: str, least: int, most: int) -> int | None:
    digits = ""
    for c in token:
        if c not in "0123456789":
            break
        digits += c
    return int(digits) if least <= len(digits) <= most else None


def _time(token: str) -> list[int] | None:
    parts = token.split(":", 2)
    if len(parts) != 3:
        return None
    hour, minute, second = parts
    if any(not p or len(p) > 2 or any(c not in "0123456789" for c in p) for p in (hour, minute)):
        return None
    number = _number(second, 1, 2)
    return None if number is None else [int(hour), int(minute), number]


def _parts(url: str) -> tuple[str, str, bool]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    # Browsers count loopback addresses as trustworthy, and Chromium keeps Secure cookies there.
    return host, parts.path or "/", parts.scheme == "https" or host in {"localhost", "127.0.0.1", "::1"}


def _domain_matches(host: str, domain: str) -> bool:
    is_address = host.replace(".", "").isdigit() or ":" in host
    return host == domain or (host.endswith("." + domain) and not is_address)


def _default_path(path: str) -> str:
    return "/" if path.count("/") <= 1 else path[: path.rindex("/")]


def _path_matches(path: str, cookie_path: str) -> bool:
    return path == cookie_path or (
        path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )
