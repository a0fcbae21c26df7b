"""The cookies that the policy declares, compiled for look-ups by the bytes of a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shopprivacy.cookies.response import LONGEST_LIFE
from shopprivacy.policy import Duration

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOSTNAME = re.compile(rf"(?=.{{1,254}}$){_LABEL}(?:\.{_LABEL})*\.?")
_MOST_LABELS = 10


@dataclass(frozen=True, slots=True, eq=False)
class CookieBasis:
    """On what ground a cookie passes. All cookies that pass on the same one share it, and it is compared by identity.

    ``purpose`` is what must be live; empty where nobody is asked. An ``exempt`` cookie is set without asking too, until
    the visitor objects to its purpose.
    """

    purpose: str
    exempt: bool = False


ESSENTIAL = CookieBasis("")
"""What the visitor asked for needs the cookie (ePrivacy directive, art. 5(3))."""


@dataclass(frozen=True, slots=True)
class DeclaredCookie:
    """One declaration. ``declared`` is its name in the policy, with the ``*`` of a wildcard."""

    declared: str
    basis: CookieBasis
    life: Duration | None
    domains: tuple[str, ...]
    paths: tuple[str, ...]
    partitioned: bool

    def latest_end(self, now: datetime) -> datetime | None:
        """Return the latest moment to which a cookie set at ``now`` may live; None: the browser session."""
        return None if self.life is None else min(self.life.after(now), now + LONGEST_LIFE)

    def places(self, name: bytes, hostname: str, sent_to: str | None) -> Sequence[Place]:
        """Return every place where a browser may hold ``name``.

        A browser does not tell the domain and path of the cookies it sends, so this fans out over the host
        itself, its parent domains, and the declared domains and paths; for a partitioned cookie also over the
        copies from before it was one. ``sent_to`` is the path of the request that carried it: it then lies on a
        path that matches (rfc6265bis-22, section 5.1.4). None: it may lie on any.
        """
        forms = (True, False) if self.partitioned else (False,)
        if name.lower().startswith(b"__host-"):  # by its prefix bound to the host and to "/"
            return [("/", None, form) for form in forms]
        domains = (None, *dict.fromkeys((*self.domains, *parent_domains(hostname))))
        matching = [path for path in self.paths if sent_to is None or _matches(sent_to, path)]
        return [
            (path, domain, form) for path in matching or self.paths for domain in domains for form in forms
        ]


Place = tuple[str, str | None, bool]
"""A path, a domain (None: the host alone), and whether partitioned."""


def declared_cookies(policy: Policy) -> Mapping[str, DeclaredCookie]:
    """Compile the cookies of ``policy``, those of its presets included."""
    shared: dict[tuple[str, bool], CookieBasis] = {}

    def basis(purpose: str, *, exempt: bool) -> CookieBasis:
        return shared.setdefault((purpose, exempt), CookieBasis(purpose, exempt))

    return {
        name: DeclaredCookie(
            name,
            ESSENTIAL if cookie.essential else basis(cookie.purpose or "", exempt=cookie.exempt is not None),
            cookie.life if isinstance(cookie.life, Duration) else None,
            cookie.domains,
            cookie.paths,
            cookie.partitioned,
        )
        for name, cookie in policy.cookies.items()
    }


def _matches(request_path: str, cookie_path: str) -> bool:
    return request_path == cookie_path or request_path.startswith(cookie_path.rstrip("/") + "/")


def parent_domains(hostname: str) -> Sequence[str]:
    """Return the domains that a cookie seen on ``hostname`` may belong to, the host's own included.

    Single labels are left out: no browser keeps a cookie for ``nl``. Public suffixes such as ``co.uk`` are not:
    a deletion there is refused by the browser and harms nobody, and no list of suffixes is ever complete. The name
    comes from the client: what is no name of a host (RFC 1123, section 2.1), or has more labels than hosts have,
    belongs to no domain.
    """
    labels = hostname.removesuffix(".").split(".")
    if _HOSTNAME.fullmatch(hostname) is None or len(labels) > _MOST_LABELS or labels[-1].isdigit():
        return []
    return [".".join(labels[i:]) for i in range(len(labels) - 1)]
