"""The rules of a policy for cookies, compiled once, and the consent cookies of visitors who come back.

A cookie passes on a basis: it is essential, a law exempts it, or its purpose is allowed by this visitor; a name that is
not declared has none. What has no basis that holds is removed from responses, hidden from the application, and deleted
from the browser once the visitor has said no.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from shopprivacy.consent.choices import BrowserPolicy, Choices, Withdrawals
from shopprivacy.consent.cookie import (
    COOKIE_NAME,
    claimed,
    read,
    read_account,
    read_shape,
    read_times,
    verify,
)
from shopprivacy.crypto import Keyset
from shopprivacy.gate.cookie_rules import ESSENTIAL, OURS, NameTable, Verdicts, declared_cookies

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

# Consent cookies kept as read, so that a visitor who comes back costs no signature: some 4 MB in each
# process, and 20 MB where a client makes up the longest that are looked at.
_RETURNING = 4096
# Shapes of consent cookies whose passing names are kept: a shop asks about a few purposes.
_SHAPES = 256
# Pages without a banner, in one process, after which the developer is told: more than a back office shows at first.
_PAGES = 50

# Half of what a NamedTuple's own constructor costs, for each visitor not seen before.
_known_consent = tuple.__new__


class KnownConsent(NamedTuple):
    """A consent cookie whose signature holds. What it says in full is read when somebody asks, as few requests do.

    ``verdicts`` are the same for everybody whose cookie has this shape, from ``since`` until before ``until`` (POSIX
    seconds), where no signal is on and the account has chosen nothing elsewhere.
    """

    body: bytes
    account: bytes
    verdicts: Verdicts
    since: float
    until: float

    @property
    def choices(self) -> Choices:
        """All that the visitor chose."""
        return read(self.body)


class Gate:
    """The policy's rules for cookies, compiled.

    ``withdrawals`` returns withdrawals that an account made elsewhere, by the pseudonym that the consent cookie
    carries; None where nobody can tell now. It is asked on every request and must not do
    any I/O. ``asked_late`` is called where the application asks about consent when that can no longer be answered,
    ``strange_key`` with the id of a key that a consent cookie was signed with, and that is none of ours, and
    ``nobody_asks`` with a number of pages for visitors who had chosen nothing, where none had the banner that the
    policy needs.
    """

    def __init__(
        self,
        policy: Policy,
        keyset: Keyset,
        withdrawals: Callable[[bytes], Withdrawals | None] = lambda _account: {},
        asked_late: Callable[[], object] = lambda: None,
        strange_key: Callable[[bytes], object] = lambda _key_id: None,
        nobody_asks: Callable[[int], object] = lambda _pages: None,
    ) -> None:
        self.browser = BrowserPolicy(policy)
        rules = declared_cookies(policy)
        declared = NameTable(rules)
        self.rule_of = declared.find
        """Returns what is declared of a cookie by its name; None: nothing."""
        bases = NameTable({**{name: rule.basis for name, rule in rules.items()}, COOKIE_NAME: OURS})
        self.basis_of = bases.find
        """Returns on what basis a cookie of a name passes, the consent cookie included; None: it is not declared."""
        self._bases = bases.exact
        self.on_other_paths = {
            name: rule
            for name, rule in declared.exact.items()
            if rule.basis is not ESSENTIAL and rule.paths != ("/",)
        }
        """Cookies that a browser may hold without sending them with the request that withdraws."""
        self.keyset = keyset
        self.withdrawals = withdrawals
        self.asked_late = asked_late
        self._strange_key = strange_key
        self._nobody_asks = nobody_asks
        asks = any(purpose.by_consent for purpose in self.browser.purposes.values())
        self.unasked_pages_left = _PAGES if asks else 0
        """So many pages without a banner may go out until somebody is told; 0: nobody need be, or somebody was."""
        self.read_consent = lru_cache(_RETURNING)(self._read_consent)
        """Returns what a consent cookie's value says, or None for anything that the keyset has not signed."""
        self._verdicts = lru_cache(_SHAPES)(self._verdicts_by)
        self.unknown = self._verdicts(b"")
        """What stands in the way of a visitor's cookies who has chosen nothing."""
        self.enforcing = policy.mode.cookies == "enforce"
        self.key_header = policy.cache.key_header

    def visitor_is_asked(self) -> None:
        """Note that the application asks its visitors, or that some have been asked."""
        self.unasked_pages_left = 0

    def page_left(self) -> None:
        """Note that a page left for somebody who has chosen nothing, and that it did not ask."""
        left = self.unasked_pages_left
        self.unasked_pages_left = max(0, left - 1)  # threads may miss one another here: a few pages more
        if left == 1:
            self._nobody_asks(_PAGES)

    def _read_consent(self, value: bytes) -> KnownConsent | None:
        body = verify(value, self.keyset)
        if body is None:
            if (claim := claimed(value, self.keyset)) is not None:
                self._strange_key(claim.key_id)
            return None
        since, until = self.browser.surely_stand(read_times(body))
        verdicts = self._verdicts(value.partition(b".")[0])
        return _known_consent(KnownConsent, (body, read_account(body), verdicts, since, until))

    def _verdicts_by(self, shape: bytes) -> Verdicts:
        if shape:  # of a consent cookie that we have signed: somebody was asked
            self.visitor_is_asked()
        statuses = self.browser.statuses_of(read_shape(shape))
        reasons = Verdicts(statuses).reasons
        passing = [name for name, basis in self._bases.items() if reasons[basis] is None]
        return Verdicts(statuses, frozenset(passing))
