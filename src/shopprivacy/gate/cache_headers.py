"""What a response must tell caches when it depended on the visitor's choices (RFC 9111, RFC 9213).

``Vary: Cookie`` would make every visitor's page their own, since trackers put something new into every Cookie
field. Instead a shared cache in front computes one header from the consent cookie's readable shape and keys on
that. A client could lie to the cache about it, so the shape is compared with our own, verified reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shopprivacy.http.request_head import Fields

# Up to a comma that does not stand in a quoted string (RFC 9110, sections 5.6.1 and 5.6.4).
_DIRECTIVE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
# Directives of RFC 9111 that let a shared cache keep a response.
_SHARED = ("public", "s-maxage", "must-revalidate", "proxy-revalidate")
# Those that forbid it, without an argument.
_PRIVATE = frozenset({"private", "no-store"})
_VALIDATORS = frozenset({b"etag", b"last-modified"})
# Targeted fields override Cache-Control in the caches that they are meant for (RFC 9213, section 2.2).
_TARGETED = (b"surrogate-control", b"x-accel-expires")


def vary_on(fields: Fields, names: Sequence[str]) -> Fields:
    """Return ``fields`` with ``names`` added to Vary, those already there left out."""
    present = {
        name.strip().lower() for key, value in fields if key.lower() == b"vary" for name in value.split(b",")
    }
    missing = [name for name in names if name.lower().encode("ascii") not in present]
    if not missing or b"*" in present:
        return fields
    return [*fields, (b"vary", ", ".join(missing).encode("ascii"))]


def keep_private(fields: Fields) -> Fields:
    """Return ``fields`` so that only the visitor's own browser may keep the response."""
    directives = [d for d in _directives(fields) if not d.lower().startswith((*_SHARED, "private="))]
    if not _PRIVATE & {d.lower() for d in directives}:
        directives.insert(0, "private")
    return _with_directives(fields, ", ".join(directives))


def keep_nowhere(fields: Fields) -> Fields:
    """Return ``fields`` so that nothing may keep the response."""
    return _with_directives(fields, "no-store")


def without_validators(fields: Fields) -> Fields:
    """Return ``fields`` without what a browser asks by whether a page has changed (RFC 9110, section 8.8).

    The shop's own say nothing of consent: a page would be told unchanged that is another one since the visitor chose.
    """
    return [(key, value) for key, value in fields if key.lower() not in _VALIDATORS]


def has_cache_control(fields: Fields) -> bool:
    """Whether the response says itself who may keep it."""
    return any(key.lower() == b"cache-control" for key, _ in fields)


def _directives(fields: Fields) -> list[str]:
    lines = [value.decode("latin-1") for key, value in fields if key.lower() == b"cache-control"]
    return [
        directive.strip() for line in lines for directive in _DIRECTIVE.findall(line) if directive.strip()
    ]


def _with_directives(fields: Fields, directives: str) -> Fields:
    rest = [(key, value) for key, value in fields if not _speaks_to_caches(key.lower())]
    return [*rest, (b"cache-control", directives.encode("latin-1"))]


def _speaks_to_caches(key: bytes) -> bool:
    return key.endswith(b"cache-control") or key in _TARGETED


def is_private(fields: Fields) -> bool:
    """Whether the response itself keeps shared caches from handing it to anybody else.

    ``no-cache`` does not: a cache keeps the response and asks whether it still holds, and the answer may hang on an
    ETag that says nothing of consent (RFC 9111, section 5.2.2.4). Nor does ``private="field"``, which is about that
    field alone (section 5.2.2.7), nor anything where another field speaks to the cache first (RFC 9213).
    """
    speaking = {key.lower() for key, _ in fields if _speaks_to_caches(key.lower())}
    return speaking == {b"cache-control"} and not _PRIVATE.isdisjoint(d.lower() for d in _directives(fields))


def is_shown_once(fields: Fields) -> bool:
    """Whether nobody but this visitor is shown the response, and they not again once it may have changed.

    A private one that carries an ETag or Last-Modified is kept by the browser, which asks the shop by that whether it
    still holds: the shop would say yes to what was allowed before a withdrawal.
    """
    if not is_private(fields):
        return False
    return "no-store" in {d.lower() for d in _directives(fields)} or fields == without_validators(fields)
