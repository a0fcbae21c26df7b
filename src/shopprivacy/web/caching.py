"""What a response must tell caches when it depended on the visitor's choices (RFC 9111, RFC 9213).

``Vary: Cookie`` would make every visitor's page their own, since trackers put something new into every Cookie
field. Instead a shared cache in front computes one header from the consent cookie's readable shape and keys on
that. A client could lie to the cache about it, so the shape is compared with our own, verified reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from shopprivacy.web.head import Fields

# Directives of RFC 9111 that let a shared cache keep a response.
_SHARED = ("public", "s-maxage", "must-revalidate", "proxy-revalidate")
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
    directives = [d for d in _directives(fields) if not d.lower().startswith(_SHARED)]
    if not any(d.lower().startswith(("private", "no-store")) for d in directives):
        directives.insert(0, "private")
    return _with_directives(fields, ", ".join(directives))


def keep_nowhere(fields: Fields) -> Fields:
    """Return ``fields`` so that nothing may keep the response."""
    return _with_directives(fields, "no-store")


def has_cache_control(fields: Fields) -> bool:
    """Whether the response says itself who may keep it."""
    return any(key.lower() == b"cache-control" for key, _ in fields)


def _directives(fields: Fields) -> list[str]:
    lines = [value.decode("latin-1") for key, value in fields if key.lower() == b"cache-control"]
    return [directive.strip() for line in lines for directive in line.split(",") if directive.strip()]


def _with_directives(fields: Fields, directives: str) -> Fields:
    rest = [(key, value) for key, value in fields if not _speaks_to_caches(key.lower())]
    return [*rest, (b"cache-control", directives.encode("latin-1"))]


def _speaks_to_caches(key: bytes) -> bool:
    return key.endswith(b"cache-control") or key in _TARGETED


def is_private(fields: Fields) -> bool:
    """Whether the response itself keeps shared caches from handing it to anybody else."""
    return any(d.lower().startswith(("private", "no-store", "no-cache")) for d in _directives(fields))
