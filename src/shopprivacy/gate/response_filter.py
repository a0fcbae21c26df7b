"""What may leave with a response: the cookies that its visitor allows, for no longer than declared, and deletions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from shopprivacy.consent.choices import Choices
from shopprivacy.consent.cookie import encode, set_cookie
from shopprivacy.cookies.response import (
    LONGEST_LIFE,
    SetCookie,
    clamp,
    default_path,
    emptied,
    is_prefixed,
    parse_set_cookie,
    without_cookies,
)
from shopprivacy.gate import cache_headers
from shopprivacy.gate.cache_key import tell_caches
from shopprivacy.gate.cookie_rules import ESSENTIAL, BlockReason, CookieRule, Misplaced, Shortened
from shopprivacy.gate.deletions import cleared, deletions
from shopprivacy.gate.request_filter import CONSENT_NAME, Passage
from shopprivacy.http.request_head import Fields

# What no name of a field has in it (RFC 9110, section 5.6.2), nor what a blank or a line end hides.
_NO_NAME = re.compile(rb"[^!-9;-~]").search
_MOST_NAMES = 256
_LONGEST = int(LONGEST_LIFE.total_seconds())
# What a date that the shop's clock wrote may lie beyond what ours allows, in seconds.
_CLOCKS_DIFFER = 60
_ROOT = ("/",)


class _Kind(Enum):
    """What the gate does with a field of a response, by its name."""

    SET_COOKIE = "set-cookie"
    CLEAR = "clear-site-data"
    """The other field by which a browser forgets cookies: all of them, the consent cookie too."""
    UNNAMED = "unnamed"
    """Servers and browsers that take blanks off it may make a Set-Cookie of it."""
    OTHER = "other"


_SET_COOKIE, _CLEAR, _UNNAMED, _OTHER = _Kind
_BY_NAME = {b"set-cookie": _SET_COOKIE, b"clear-site-data": _CLEAR}


class _Kinds(dict[bytes, _Kind]):
    """The kind of a field by its name, kept for the next response: an application uses the same few."""

    __slots__ = ()

    def __missing__(self, name: bytes) -> _Kind:
        if _NO_NAME(name):
            return _UNNAMED
        kind = _BY_NAME.get(name.lower(), _OTHER)
        if len(self) < _MOST_NAMES:
            self[name] = kind
        return kind


_KINDS = _Kinds()


def release(passage: Passage, fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """Return the header fields of the response as they may leave."""
    released: Fields = []
    lost = False
    for field in fields:
        kind = _KINDS[field[0]]
        if kind is _OTHER:
            released.append(field)
            continue
        value = field[1]
        if kind is _CLEAR:
            rest, clears = without_cookies(value)
            if rest:
                released.append((field[0], rest))
            if clears:  # before what the shop sets in this very response
                released = [*((b"set-cookie", one) for one in cleared(passage)), *released]
            continue
        kept = (
            _release_cookie(passage, value)
            if kind is _SET_COOKIE
            else _hold_back(passage, value, _name_in(value), BlockReason.MALFORMED)
        )
        if kept is None:
            lost = True
        else:
            released.append((field[0], kept))
    if lost and not cache_headers.has_cache_control(released):
        # A cache refuses to keep what carries a Set-Cookie; without it, this page would become anybody's.
        released = cache_headers.keep_private(released)
    if passage.asked:
        released = cache_headers.without_validators(tell_caches(passage, released))
    if passage.varying:
        released = cache_headers.vary_on(released, passage.varying)
    if passage.chosen or passage.holds_denied:
        added: Fields = [(b"set-cookie", value) for value in _own_cookies(passage)]
        released = [*cache_headers.keep_private(released), *added] if added else released
    passage.released = released
    if passage.signed is None and passage.gate.unasked_pages_left:
        _count_page(passage, released)
    return released


def _count_page(passage: Passage, released: Fields) -> None:
    """Count a page that asked nobody; a visitor who chooses was asked by some page."""
    if passage.chosen is not None:
        passage.gate.visitor_is_asked()
    elif passage.head.method == "GET" and not passage.is_ours and _is_page(released):
        passage.gate.page_left()


def _is_page(fields: Fields) -> bool:
    return any(value.startswith(b"text/html") for name, value in fields if name.lower() == b"content-type")


def _release_cookie(passage: Passage, field: bytes) -> bytes | None:
    set_cookie_field = parse_set_cookie(field)
    if set_cookie_field is None:
        return _hold_back(passage, field, _name_in(field), BlockReason.MALFORMED)
    name = set_cookie_field.name
    if name == CONSENT_NAME:
        # In report mode too: an application that clears all cookies must not lose an opt-out.
        passage.block(name, "response", BlockReason.RESERVED)
        return None
    gate = passage.gate
    rule = gate.rule_of(name)
    why = passage.block_reason(rule.basis if rule else None)
    if set_cookie_field.is_deletion(passage.now):
        return emptied(field) if why and gate.enforcing else field
    if why or rule is None:  # what has no rule is undeclared
        why = why or BlockReason.UNDECLARED
        return _hold_back(passage, field, name, why, _seconds(set_cookie_field, passage) or 0)
    if rule.basis is not ESSENTIAL and (key := _undeclared_place(passage, set_cookie_field, rule)):
        passage.noticed.append(Misplaced(rule.declared, key))
    latest = rule.latest_end(passage.now)
    kept = clamp(field, latest, passage.now)
    if kept is field:
        return field
    _tell_cut(passage, set_cookie_field, rule, latest)
    return kept if gate.enforcing else field


def _hold_back(
    passage: Passage, field: bytes, name: bytes, why: BlockReason, max_age: int | None = None
) -> bytes | None:
    passage.block(name, "response", why, max_age)
    return None if passage.gate.enforcing else field


def _seconds(cookie: SetCookie, passage: Passage) -> int | None:
    expiry = cookie.expiry(passage.now)
    return None if expiry is None else round((expiry - passage.now).total_seconds())


def _tell_cut(passage: Passage, cookie: SetCookie, rule: CookieRule, latest: datetime | None) -> None:
    """Note that a cookie was cut to what is declared; not that a browser would have cut it to 400 days itself."""
    asked = min(_seconds(cookie, passage) or 0, _LONGEST)
    allowed = None if latest is None else round((latest - passage.now).total_seconds())
    if allowed is None or asked - allowed > _CLOCKS_DIFFER:
        passage.noticed.append(Shortened(rule.declared, asked, allowed))


def _undeclared_place(passage: Passage, cookie: SetCookie, rule: CookieRule) -> str | None:
    """Return the key of the declaration that does not cover the place where a cookie is set; None: all do."""
    if cookie.partitioned and not rule.partitioned:
        return "partitioned"
    if rule.paths == _ROOT and (cookie.path == b"/" or is_prefixed(cookie.name)):
        return None  # nearly all
    head = passage.head
    path = default_path(head.mount + head.path) if cookie.path is None else cookie.path.decode("latin-1")
    return None if path in rule.paths else "paths"


def _name_in(field: bytes) -> bytes:
    """Return the name in a field that browsers ignore, for the developer to find it by; empty where there is none."""
    name, equals, _ = field.partition(b";")[0].partition(b"=")
    return name.strip(b" \t") if equals else b""


def _own_cookies(passage: Passage) -> Iterable[bytes]:
    """Yield the choice that was made in this request, for the browser to keep, and what it has to forget."""
    if passage.chosen is not None:
        yield _kept(passage, passage.chosen)
    if passage.gate.enforcing:
        yield from deletions(passage)


def _kept(passage: Passage, chosen: Choices) -> bytes:
    value = encode(chosen, passage.gate.keyset)
    return set_cookie(value, passage.browser.seconds_left(chosen, passage.now))
