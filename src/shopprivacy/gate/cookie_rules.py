"""The rules for cookies: what the policy declares of each name, on what basis it passes, and why one is held back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from shopprivacy.consent.choices import ConsentStatus
from shopprivacy.cookies.request import TOKEN
from shopprivacy.cookies.response import LONGEST_LIFE
from shopprivacy.policy import Duration
from shopprivacy.policy.vocabulary import RESERVED

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

T = TypeVar("T")

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOSTNAME = re.compile(rf"(?=.{{1,254}}$){_LABEL}(?:\.{_LABEL})*\.?")
_MOST_LABELS = 10
_ATTRIBUTES = frozenset(name.encode("ascii") for name in RESERVED)
_UNDECIDED, _GRANTED, _DENIED, _UNKNOWN = ConsentStatus


class NameTable(Generic[T]):
    """Declarations by cookie name, looked up in time that does not grow with their number.

    The most specific declaration wins: the exact name, else the longest prefix. A name in the table that ends in ``*``
    stands for every token that begins with what comes before it (``_ga_*``). Names are compared byte for byte and
    case-sensitively, as browsers do.

    The names of attributes fall under no ``*``: http.cookies takes a cookie ``path`` for an attribute of the one before
    it, or forgets the whole field for it.
    """

    __slots__ = ("exact", "find")

    def __init__(self, declared: Mapping[str, T]) -> None:
        self.exact: Mapping[bytes, T] = {
            name.encode("ascii"): what for name, what in declared.items() if not name.endswith("*")
        }
        """What is declared for names without a ``*``."""
        prefixes = {name[:-1].encode("ascii"): what for name, what in declared.items() if name.endswith("*")}
        self.find: Callable[[bytes], T | None] = _Names(self.exact, prefixes).__getitem__
        """Returns what is declared for a name, or None."""


class _Names(dict[bytes, T | None], Generic[T]):
    """The exact names, and how to find one that is not among them. Private: its items are not all that it finds."""

    def __init__(self, exact: Mapping[bytes, T], prefixes: Mapping[bytes, T]) -> None:
        super().__init__(exact)
        self._prefixes = prefixes
        longest_first = sorted(prefixes, key=len, reverse=True)
        any_prefix = b"|".join(map(re.escape, longest_first))
        self._prefix = re.compile(b"(" + any_prefix + b")(?:" + TOKEN + b")?") if any_prefix else None

    def __missing__(self, name: bytes) -> T | None:
        """Return what a wildcard declares. Not kept for the next time: which names there are is the client's choice."""
        match = self._prefix.fullmatch(name) if self._prefix else None
        return self._prefixes[match[1]] if match and name.lower() not in _ATTRIBUTES else None


# What is declared


class BasisKind(Enum):
    """Why a cookie may be set at all."""

    ESSENTIAL = "essential"
    """What the visitor asked for needs it (ePrivacy directive, art. 5(3)); nobody is asked."""
    EXEMPT = "exempt"
    """A law exempts it from consent: it is set without asking, until the visitor objects to its purpose."""
    CONSENT = "consent"
    """The visitor agreed to its purpose."""


_EXEMPT = BasisKind.EXEMPT


@dataclass(frozen=True, slots=True, eq=False)
class CookieBasis:
    """The basis of a cookie, and of which purpose. All cookies of one share it, and it is compared by identity.

    ``purpose`` is what must be allowed; empty where nobody is asked.
    """

    kind: BasisKind
    purpose: str = ""


ESSENTIAL = CookieBasis(BasisKind.ESSENTIAL)
OURS = CookieBasis(BasisKind.ESSENTIAL)
"""The consent cookie's own: the library alone sets and reads it."""


@dataclass(frozen=True, slots=True)
class CookieRule:
    """What the policy declares of a cookie. ``declared`` is its name there, with the ``*`` of a wildcard."""

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
        itself, its parent domains, the declared domains that it lies in, and the declared paths; for a partitioned
        cookie also over the copies from before it was one. ``sent_to`` is the path of the request that carried it:
        it then lies on a path that matches (rfc6265bis-22, section 5.1.4). None: it may lie on any.
        """
        forms = (True, False) if self.partitioned else (False,)
        if name.lower().startswith(b"__host-"):  # by its prefix bound to the host and to "/"
            return [("/", None, form) for form in forms]
        ours = [domain for domain in self.domains if f".{hostname}".endswith(f".{domain}")]
        domains = (None, *dict.fromkeys((*ours, *parent_domains(hostname))))
        matching = [path for path in self.paths if sent_to is None or _matches(sent_to, path)]
        return [
            (path, domain, form) for path in matching or self.paths for domain in domains for form in forms
        ]


Place = tuple[str, str | None, bool]
"""A path, a domain (None: the host alone), and whether partitioned."""


def declared_cookies(policy: Policy) -> Mapping[str, CookieRule]:
    """Compile the cookies of ``policy``, those of its presets included."""
    shared: dict[tuple[BasisKind, str], CookieBasis] = {}

    def basis(kind: BasisKind, purpose: str) -> CookieBasis:
        return shared.setdefault((kind, purpose), CookieBasis(kind, purpose))

    return {
        name: CookieRule(
            name,
            ESSENTIAL
            if cookie.essential
            else basis(
                BasisKind.EXEMPT if cookie.exempt is not None else BasisKind.CONSENT, cookie.purpose or ""
            ),
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


# What is held back


class BlockReason(StrEnum):
    """Why a cookie was held back."""

    UNDECLARED = "undeclared"
    UNDECIDED = "not asked yet"
    DENIED = "refused or withdrawn"
    UNKNOWN = "nobody can tell now whether the visitor objected"
    AMBIGUOUS = "read differently by different parsers"
    MALFORMED = "ignored by browsers"
    RESERVED = "reserved for the consent cookie"


class Blocked(NamedTuple):
    """A cookie that was held back: its name, where (``request`` or ``response``) and why. Never its value."""

    name: str
    border: str
    why: BlockReason
    max_age: int | None = None
    """How long the application wanted it to live, in seconds; 0: for the browser session; None: unknown."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """A cookie that lives for less than the application said, because the policy declares less. Both in seconds.

    ``allowed`` is None where the policy declares the browser session.
    """

    name: str
    asked: int
    allowed: int | None


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A cookie that no withdrawal can delete, because it is set in a place that the policy does not declare.

    ``key`` is the key of the cookie's declaration that does not cover it: ``paths`` or ``partitioned``. A domain that
    browsers accept is the host's own or a parent of it, and the gate deletes there in any case.
    """

    name: str
    key: str


Noticed = Blocked | Shortened | Misplaced
"""What the gate did to a cookie, or cannot do for it, and tells the developer."""


_REASONS = {_UNDECIDED: BlockReason.UNDECIDED, _DENIED: BlockReason.DENIED, _UNKNOWN: BlockReason.UNKNOWN}
_ALWAYS: Mapping[CookieBasis | None, BlockReason | None] = {
    ESSENTIAL: None,
    OURS: BlockReason.RESERVED,
    None: BlockReason.UNDECLARED,
}


class Verdicts:
    """Why cookies are held back from a visitor whose purposes stand so: the one decision of the gate.

    ``passing`` are names that are known to pass.
    """

    __slots__ = ("passing", "reasons", "statuses")

    def __init__(
        self, statuses: Mapping[str, ConsentStatus], passing: frozenset[bytes] = frozenset()
    ) -> None:
        self.statuses = statuses
        self.passing = passing
        self.reasons = _Reasons(statuses)
        """By basis; None: it passes. Only to be looked up by ``[]``. Without a basis a cookie is not declared."""


class _Reasons(dict[CookieBasis | None, BlockReason | None]):
    """Worked out when first looked up. Private: what was not looked up yet is not in it."""

    __slots__ = ("_statuses",)

    def __init__(self, statuses: Mapping[str, ConsentStatus]) -> None:
        super().__init__(_ALWAYS)
        self._statuses = statuses

    def __missing__(self, basis: CookieBasis) -> BlockReason | None:
        status = self._statuses[basis.purpose]
        passes = status is _GRANTED or (basis.kind is _EXEMPT and status is _UNDECIDED)
        why = self[basis] = None if passes else _REASONS[status]
        return why
