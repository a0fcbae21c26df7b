"""The cookie gate: the decision over every cookie that crosses the border, without any I/O.

A cookie passes on a ground: it is essential, or its purpose is live for this visitor; a name that is not declared has
none. What has no ground that holds is removed from responses, hidden from the application, and deleted from the browser
once the visitor has said no. ``Gate`` is compiled once from a policy; a ``Visit`` is one request on its way through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from shopprivacy.consent.choices import BrowserPolicy, Choices
from shopprivacy.consent.cookie import COOKIE_NAME, decode, read_shape
from shopprivacy.cookies.names import NameTable
from shopprivacy.crypto import Keyset
from shopprivacy.policy import Policy
from shopprivacy.web.declared import ESSENTIAL, declared_cookies
from shopprivacy.web.head import RequestHead
from shopprivacy.web.obstacles import OURS, Obstacles
from shopprivacy.web.visit import Visit

# Consent cookies kept as read, so that a visitor who comes back costs no signature: some 4 MB in each process.
_RETURNING = 4096
# Shapes of consent cookies whose passing names are kept: a shop asks about a few purposes.
_SHAPES = 256


class Reading(NamedTuple):
    """A consent cookie as it was read.

    ``obstacles`` are the same for everybody whose cookie has this shape, from ``since`` until before ``until`` (POSIX
    seconds), where no signal is on and the account has chosen nothing elsewhere.
    """

    choices: Choices
    obstacles: Obstacles
    since: float
    until: float


class Gate:
    """The policy's rules for cookies, compiled.

    ``closings`` returns withdrawals that an account made elsewhere, by the pseudonym that the consent cookie
    carries: purpose to POSIX seconds; None where nobody can tell now. It is asked on every request and must not do
    any I/O. ``asked_late`` is called where the application asks about consent when that can no longer be answered.
    """

    def __init__(
        self,
        policy: Policy,
        keyset: Keyset,
        closings: Callable[[bytes], Mapping[str, int] | None] = lambda _account: {},
        asked_late: Callable[[], object] = lambda: None,
    ) -> None:
        self.browser = BrowserPolicy(policy)
        declared = declared_cookies(policy)
        self.declared = NameTable(declared)
        self.grounds = NameTable(
            {**{name: cookie.ground for name, cookie in declared.items()}, COOKIE_NAME: OURS}
        )
        """On what ground a cookie of a name passes, the consent cookie included; None: it is not declared."""
        self.on_other_paths = {
            name: cookie
            for name, cookie in self.declared.items()
            if cookie is not None and cookie.ground is not ESSENTIAL and cookie.paths != ("/",)
        }
        """Cookies that a browser may hold without sending them with the request that withdraws."""
        self.keyset = keyset
        self.closings = closings
        self.asked_late = asked_late
        self.read_consent = lru_cache(_RETURNING)(self._read_consent)
        """Returns what a consent cookie's value says, or None for anything that the keyset has not signed."""
        self._obstacles = lru_cache(_SHAPES)(self._obstacles_by)
        self.unknown = self._obstacles(b"")
        """What stands in the way of a visitor's cookies who has chosen nothing."""
        self.enforcing = policy.mode.cookies == "enforce"
        self.key_header = policy.cache.key_header

    def _read_consent(self, value: bytes) -> Reading | None:
        choices = decode(value, self.keyset)
        if choices is None:
            return None
        since, until = self.browser.surely_stand(choices)
        return Reading(choices, self._obstacles(value.partition(b".")[0]), since, until)

    def _obstacles_by(self, shape: bytes) -> Obstacles:
        standings = self.browser.standings_of(read_shape(shape))
        obstacles = Obstacles(standings)
        passing = [name for name, ground in self.grounds.items() if obstacles[ground] is None]
        return Obstacles(standings, frozenset(passing))

    def visit(self, head: RequestHead, now: datetime) -> Visit:
        """Return one request's way through the gate. ``now`` is the moment that all its decisions hold for."""
        return Visit(self, head, now)
