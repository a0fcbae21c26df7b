"""What the application may see of a request: the cookies that its visitor allows, and the rest of the field cut out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shopprivacy.consent.choices import ConsentStatuses, Withdrawals
from shopprivacy.consent.context import ConsentContext
from shopprivacy.consent.cookie import COOKIE_NAME, LONGEST, Claim, claimed
from shopprivacy.cookies.request import cut_out, join_fields, plain_names, read_pairs
from shopprivacy.gate import cache_headers
from shopprivacy.gate.cookie_rules import Blocked, BlockReason, CookieBasis, Noticed, Verdicts
from shopprivacy.gate.gate import Gate, KnownConsent
from shopprivacy.http.request_head import Fields, RequestHead
from shopprivacy.signals import objects

CONSENT_NAME = COOKIE_NAME.encode("ascii")
_FIRST = CONSENT_NAME + b"="
_LATER = b"; " + _FIRST
_DENIED = BlockReason.DENIED
# What a cache may answer by itself (RFC 9110, section 9.2.3).
_CACHED = frozenset({"GET", "HEAD"})
FROM_THE_SITE = frozenset({"same-origin", "same-site", "none"})
"""The browser's word that this request would have carried a Lax cookie (Fetch Metadata, section 2.3)."""


class Passage(ConsentContext):
    """One request on its way through the gate: its visitor's consent, and what the gate did about it.

    ``noticed`` collects what was held back or cut short, or in report mode would be.
    """

    # What few requests need stands here once for all.
    cookie_field: bytes | None = None
    """The Cookie field that the application may see; None: none."""
    rewritten = False
    """Whether ``cookie_field`` differs from what the browser sent."""
    names: Sequence[bytes] = ()
    """The names in the Cookie field, our own aside."""
    unsigned: bytes | None = None
    """A consent cookie that says nothing, because we have not signed it."""
    released: Fields | None = None
    """The head of the response, once it has left."""
    signed: KnownConsent | None
    is_ours = False
    """Whether one of the library's own endpoints answers."""

    def __init__(self, gate: Gate, head: RequestHead, now: datetime) -> None:
        # Not the constructor of ConsentContext, which settles what is settled here for less.
        self.gate = gate
        self.browser = gate.browser
        self.head = head
        self.now = now
        self.chosen = None
        self.asked = False
        self.varying = ()
        self.noticed: list[Noticed] = []
        self.holds_denied = False
        """Whether the browser holds, or was to be given, a cookie whose purpose is denied."""
        if fields := head.cookies:
            head.cookies = ()  # what is hidden from the application does not hang on what it gets either
            if len(fields) == 1:
                field = fields[0]
            else:
                field = join_fields(fields)
                self.rewritten = gate.enforcing
            self._admit(field)
        else:
            self._stand(None)

    def withdrawals(self, account: bytes) -> Withdrawals | None:
        """Return what an account has said no to. Does no I/O."""
        return self.gate.withdrawals(account)

    @property
    def claim(self) -> Claim | None:
        """What a consent cookie says that was signed with a key which is none of ours: it can only narrow."""
        return None if self.unsigned is None else claimed(self.unsigned, self.gate.keyset)

    def undecided(self) -> tuple[str, ...]:
        """Return the purposes that need this visitor's answer; the response then depends on consent.

        None, where the browser says that a consent cookie would not have come along, as when a payment returns by POST:
        whoever it is may have answered long ago.
        """
        self.gate.visitor_is_asked()
        undecided = super().undecided()
        return () if self.signed is None and self._is_cut_off() else undecided

    def block_reason(self, basis: CookieBasis | None) -> BlockReason | None:
        """Return why a cookie on this basis is held back; None: it passes."""
        why = self.verdicts.reasons[basis]
        if why is _DENIED:
            self.holds_denied = True
        return why

    def block(self, name: bytes, border: str, why: BlockReason, max_age: int | None = None) -> None:
        """Note that a cookie was held back, and for how many seconds it was to live."""
        self.noticed.append(Blocked(name.decode("latin-1"), border, why, max_age))

    def is_late(self) -> bool:
        """Whether the response has left as one that may be shown again later, and with it any say about consent."""
        fields = self.released
        if (
            fields is None
            or self.asked
            or self.head.method not in _CACHED
            or cache_headers.is_shown_once(fields)
        ):
            return False
        self.gate.asked_late()
        return True

    # The Cookie field

    def _admit(self, field: bytes) -> None:
        gate = self.gate
        kept, value = cut_out(field, _FIRST, _LATER)
        names = plain_names(kept)
        known = None
        if value is not None and names is not None and len(value) <= LONGEST:  # what is looked up is kept
            known = gate.read_consent(value)
        if names is None or (value is not None and known is None):
            kept = self._admit_any(field)
        else:
            self.names = names
            self._stand(known)
            all_pass = self.verdicts.passing.issuperset(names)  # as in nearly every request
            if not all_pass and CONSENT_NAME in names:
                kept = self._admit_any(field)
            elif not all_pass:
                kept = b"; ".join(self._keep(kept.split(b"; "), names, [False] * len(names)))
        if gate.enforcing and kept != field:
            self.cookie_field = kept or None
            self.rewritten = True
        else:
            self.cookie_field = field

    def _admit_any(self, field: bytes) -> bytes:
        """Return what may pass of a field that no browser sends, or whose consent cookie says nothing."""
        pieces, names, ambiguous = read_pairs(field)
        came = len(pieces)
        known = None
        places = [place for place, name in enumerate(names) if name == CONSENT_NAME]
        values = {pieces[place].partition(b"=")[2].strip(b" \t") for place in places}
        # Two that differ: one of them was planted, and nothing tells which.
        if len(values) == 1:
            [value] = values
            known = self.gate.read_consent(value) if len(value) <= LONGEST else None
            self.unsigned = value if known is None else None
            for place in reversed(places):
                del pieces[place], names[place], ambiguous[place]
        self.names = names
        self._stand(known)
        kept = self._keep(pieces, names, ambiguous)
        return field if len(kept) == came else b"; ".join(kept)

    def _keep(self, pieces: list[bytes], names: list[bytes], ambiguous: Sequence[bool]) -> list[bytes]:
        basis_of, reasons = self.gate.basis_of, self.verdicts.reasons
        kept: list[bytes] = []
        for piece, name, odd in zip(pieces, names, ambiguous, strict=True):
            why = reasons[basis_of(name)]
            if why is _DENIED:
                self.holds_denied = True
            why = why or (BlockReason.AMBIGUOUS if odd else None)
            if why is None:
                kept.append(piece)
            elif name != CONSENT_NAME:
                self.block(name, "request", why)
        return kept

    # How the purposes stand

    def _stand(self, known: KnownConsent | None) -> None:
        gate, browser = self.gate, self.browser
        self.signed = known
        if known is None and browser.may_object and (self._is_cut_off() or self.claim is not None):
            self._settle(withheld=True)
            return
        if objects(browser.signal_fields, self.head.header):
            self._settle()
            return
        if known is None:
            self.verdicts = verdicts = gate.unknown
        else:
            _, account, verdicts, since, until = known
            if not since <= self.now.timestamp() < until or (account and gate.withdrawals(account) != {}):
                self._settle()
                return
            self.verdicts = verdicts
        self.statuses = verdicts.statuses

    def _settle(self, *, withheld: bool = False) -> None:
        gate = self.gate
        self.statuses = ConsentStatuses(
            gate.browser, self.choices, self.head.header, gate.withdrawals, self.now, withheld=withheld
        )
        self.verdicts = Verdicts(self.statuses)

    def _is_cut_off(self) -> bool:
        """Whether the browser says that a consent cookie, which is Lax, would not have come along (Fetch Metadata)."""
        header = self.head.header
        site = header("sec-fetch-site")
        navigates = self.head.method in _CACHED and header("sec-fetch-dest") == "document"
        return site is not None and site not in FROM_THE_SITE and not navigates
