"""The cookies that the policy declares, compiled for look-ups by the bytes of a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from shopprivacy.cookies.names import NameTable
from shopprivacy.cookies.response import LONGEST_LIFE, deletion
from shopprivacy.policy import Policy, Term


@dataclass(frozen=True, slots=True)
class DeclaredCookie:
    """One declaration. ``declared`` is its name in the policy, with the ``*`` of a wildcard.

    An essential cookie is set without asking; an exempt one too, until the visitor objects to its purpose.
    """

    declared: str
    purpose: str | None
    essential: bool
    exempt: bool
    life: Term | None
    domains: tuple[str, ...]
    paths: tuple[str, ...]
    partitioned: bool

    def latest_end(self, now: datetime) -> datetime | None:
        """Return the latest moment to which a cookie set at ``now`` may live; None: the browser session."""
        return None if self.life is None else min(self.life.after(now), now + LONGEST_LIFE)

    def deletions(self, name: bytes, hostname: str) -> Iterator[bytes]:
        """Yield a Set-Cookie field for every place where a browser may hold ``name``.

        A browser does not tell the domain and path of the cookies it sends, so this fans out over the host
        itself, its parent domains and the declared domains and paths.
        """
        if name.lower().startswith(b"__host-"):  # by its prefix bound to the host and to "/"
            yield deletion(name, path="/", partitioned=self.partitioned)
            return
        for path in self.paths:
            yield deletion(name, path=path, partitioned=self.partitioned)
            for domain in dict.fromkeys((*self.domains, *parent_domains(hostname))):
                yield deletion(name, path=path, domain=domain, partitioned=self.partitioned)


def declared_cookies(policy: Policy) -> NameTable[DeclaredCookie]:
    """Compile the cookies of ``policy``, those of its presets included."""
    return NameTable(
        {
            name: DeclaredCookie(
                name,
                cookie.purpose,
                cookie.essential,
                cookie.exempt is not None,
                cookie.life if isinstance(cookie.life, Term) else None,
                tuple(domain.lstrip(".") for domain in cookie.domains),
                cookie.paths,
                cookie.partitioned,
            )
            for name, cookie in policy.cookies.items()
        }
    )


def parent_domains(hostname: str) -> Sequence[str]:
    """Return the domains that a cookie seen on ``hostname`` may belong to, the host's own included.

    Single labels are left out: no browser keeps a cookie for ``nl``. Public suffixes such as ``co.uk`` are not:
    a deletion there is refused by the browser and harms nobody, and no list of suffixes is ever complete.
    """
    try:
        ip_address(hostname)
    except ValueError:
        labels = hostname.rstrip(".").split(".")
        return [".".join(labels[i:]) for i in range(len(labels) - 1)]
    return []
