"""One request on its way through the gate, and its response on the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shopprivacy.consent.choices import Choice, Choices, ConsentStatus, ConsentStatuses
from shopprivacy.consent.cookie import COOKIE_NAME, LONGEST, encode, set_cookie, shape_of
from shopprivacy.cookies.request import cut_out, join_fields, plain_names, read_pairs
from shopprivacy.cookies.response import clamp, emptied, parse_set_cookie
from shopprivacy.gate import cache_headers
from shopprivacy.gate.deletions import DELETIONS_LIMIT, deletions_within
from shopprivacy.gate.verdicts import Blocked, BlockReason, Verdicts
from shopprivacy.http.request_head import FieldKind, FieldKinds, Fields, RequestHead
from shopprivacy.signals import objects

if TYPE_CHECKING:
    from shopprivacy.gate.cookie_rules import CookieBasis
    from shopprivacy.gate.gate import Gate, Reading

_CONSENT = COOKIE_NAME.encode("ascii")
_CONSENT_PAIR = b"; " + _CONSENT + b"="
_KINDS = FieldKinds()
# Looking a member up in its class costs more than all that is done with it here, on every request.
_UNDECIDED = ConsentStatus.UNDECIDED
_SET_COOKIE, _NO_NAME, _OTHER = FieldKind
_REASON_DENIED = BlockReason.DENIED
# What a cache may answer by itself (RFC 9110, section 9.2.3).
_CACHED = frozenset({"GET", "HEAD"})
# The browser's word that this request would have carried a Lax cookie (Fetch Metadata, section 2.3).
_FROM_THE_SITE = frozenset({"same-origin", "same-site", "none"})


class ConsentContext:
    """One request and its response. ``blocked`` collects what was held back, or in report mode would be.

    ``now`` is the moment that all its decisions hold for.
    """

    # What few visits need stands here once for all.
    account = b""
    """The pseudonym of the account that is signed in, where an adapter can tell."""
    cookie_field: bytes | None = None
    """The Cookie field that the application may see; None: none."""
    rewritten = False
    """Whether ``cookie_field`` differs from what the browser sent."""
    _names: Sequence[bytes] = ()
    _reading: Reading | None = None
    _released: Fields | None = None

    def __init__(self, gate: Gate, head: RequestHead, now: datetime) -> None:
        self.gate = gate
        self.head = head
        self.now = now
        self.blocked: list[Blocked] = []
        self._chosen: Choices | None = None
        self._holds_closed = False
        self._consent_read = False
        self._varying: Sequence[str] = ()
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

    # The visitor's choices

    @property
    def choices(self) -> Choices | None:
        """What the visitor chose, as the consent cookie or a choice made in this very request says."""
        return self._chosen or (self._reading.choices if self._reading else None)

    @property
    def statuses(self) -> Mapping[str, ConsentStatus]:
        """How each purpose that the browser decides about stands now; for look-ups by name."""
        return self._verdicts.statuses

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is live for this visitor; the response then depends on consent.

        No purpose is, where the response's head has left without saying so: a shared cache may hand what follows to
        anybody. Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
        """
        self.gate.browser.check(purpose)
        if self._is_late():
            return False
        self._consent_read = True
        return self.gate.browser.purposes[purpose].is_allowed(self.statuses[purpose])

    def undecided(self) -> tuple[str, ...]:
        """Return the purposes that need this visitor's answer; the response then depends on consent.

        All of them, where the response's head has left without saying so: what follows may be for anybody.
        """
        if self._is_late():
            return tuple(name for name, purpose in self.gate.browser.purposes.items() if purpose.by_consent)
        self._consent_read = True
        return tuple(
            name
            for name, purpose in self.gate.browser.purposes.items()
            if purpose.by_consent and self.statuses[name] is _UNDECIDED
        )

    def varies(self, field: str) -> None:
        """Tell that the response depends on this field of the request, such as Accept-Language."""
        self._varying = (*self._varying, field)

    def choose(self, choices: Choices) -> None:
        """Let a choice made in this request count at once: its own response already grants and expires."""
        self._chosen = choices
        self._stand_by_calendar()

    # The two borders

    def release(self, fields: Iterable[tuple[bytes, bytes]]) -> Fields:
        """Return the header fields of the response as they may leave."""
        released: Fields = []
        lost = False
        for field in fields:
            kind = _KINDS[field[0]]
            if kind is _OTHER:
                released.append(field)
                continue
            value = field[1]
            kept = (
                self._release_cookie(value)
                if kind is _SET_COOKIE
                else self._hold_back(value, b"", BlockReason.MALFORMED)
            )
            if kept is None:
                lost = True
            else:
                released.append((field[0], kept))
        if lost and not cache_headers.has_cache_control(released):
            # A cache refuses to keep what carries a Set-Cookie; without it, this page would become anybody's.
            released = cache_headers.keep_private(released)
        if self._consent_read:
            released = self._tell_caches(released)
        if self._varying:
            released = cache_headers.vary_on(released, self._varying)
        if self._chosen or self._holds_closed:
            added: Fields = [(b"set-cookie", value) for value in self._own_cookies()]
            released = [*cache_headers.keep_private(released), *added] if added else released
        self._released = released
        return released

    def _admit(self, field: bytes) -> None:
        gate = self.gate
        kept, value = cut_out(field, _CONSENT_PAIR)
        names = plain_names(kept)
        reading = None
        if value is not None and names is not None and len(value) <= LONGEST:  # what is looked up is kept
            reading = gate.read_consent(value)
        if names is None or (reading is None and value is not None):
            kept = self._admit_any(field)
        else:
            self._names = names
            self._stand(reading)
            all_pass = self._verdicts.passing.issuperset(names)  # as in nearly every request
            if not all_pass and _CONSENT in names:
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
        reading = None
        # Two consent cookies: one of them was planted, and nothing tells which.
        if names.count(_CONSENT) == 1:
            place = names.index(_CONSENT)
            value = pieces[place].partition(b"=")[2].strip(b" \t")
            reading = self.gate.read_consent(value) if len(value) <= LONGEST else None
            del pieces[place], names[place], ambiguous[place]
        self._names = names
        self._stand(reading)
        kept = self._keep(pieces, names, ambiguous)
        return field if len(kept) == came else b"; ".join(kept)

    def _keep(self, pieces: list[bytes], names: list[bytes], ambiguous: Sequence[bool]) -> list[bytes]:
        bases = self.gate.bases
        kept: list[bytes] = []
        for piece, name, odd in zip(pieces, names, ambiguous, strict=True):
            why = self._block_reason(bases[name]) or (BlockReason.AMBIGUOUS if odd else None)
            if why is None:
                kept.append(piece)
            elif name != _CONSENT:
                self._block(name, "request", why)
        return kept

    def _release_cookie(self, field: bytes) -> bytes | None:
        set_cookie_field = parse_set_cookie(field)
        if set_cookie_field is None:
            return self._hold_back(field, b"", BlockReason.MALFORMED)
        name = set_cookie_field.name
        if name == _CONSENT:
            # In report mode too: an application that clears all cookies must not lose an opt-out.
            self._block(name, "response", BlockReason.RESERVED)
            return None
        cookie = self.gate.declared[name]
        why = self._block_reason(cookie.basis if cookie else None)
        if set_cookie_field.is_deletion(self.now):
            return emptied(field) if why and self.gate.enforcing else field
        if why:
            return self._hold_back(field, name, why)
        if not self.gate.enforcing or cookie is None:
            return field
        return clamp(field, cookie.latest_end(self.now), self.now)

    def _hold_back(self, field: bytes, name: bytes, why: BlockReason) -> bytes | None:
        self._block(name, "response", why)
        return None if self.gate.enforcing else field

    def _block(self, name: bytes, border: str, why: BlockReason) -> None:
        self.blocked.append(Blocked(name.decode("latin-1"), border, why))

    # Decisions

    def _is_late(self) -> bool:
        """Whether the response has left as one that caches may share, and with it any say about consent."""
        fields = self._released
        if (
            fields is None
            or self._consent_read
            or self.head.method not in _CACHED
            or cache_headers.is_private(fields)
        ):
            return False
        self.gate.asked_late()
        return True

    def _stand(self, reading: Reading | None) -> None:
        gate = self.gate
        self._reading = reading
        withheld = reading is None and gate.browser.may_object and self._is_cut_off()
        if withheld or objects(gate.browser.signal_fields, self.head.header):
            self._stand_by_calendar(withheld=withheld)
        elif reading is None:
            self._verdicts = gate.unknown
        elif reading.since <= self.now.timestamp() < reading.until and (
            not (account := reading.account) or gate.withdrawals(account) == {}
        ):
            self._verdicts = reading.verdicts
        else:
            self._stand_by_calendar()

    def _stand_by_calendar(self, *, withheld: bool = False) -> None:
        gate = self.gate
        statuses = ConsentStatuses(
            gate.browser, self.choices, self.head.header, gate.withdrawals, self.now, withheld=withheld
        )
        self._verdicts = Verdicts(statuses)

    def _is_cut_off(self) -> bool:
        """Whether the browser says that a consent cookie, which is Lax, would not have come along (Fetch Metadata)."""
        header = self.head.header
        site = header("sec-fetch-site")
        navigates = self.head.method in _CACHED and header("sec-fetch-dest") == "document"
        return site is not None and site not in _FROM_THE_SITE and not navigates

    def _block_reason(self, basis: CookieBasis | None) -> BlockReason | None:
        why = self._verdicts[basis]
        if why is _REASON_DENIED:
            self._holds_closed = True
        return why

    # Our own cookies

    def _own_cookies(self) -> Sequence[bytes]:
        deletions = self._deletions() if self.gate.enforcing else ()
        if self._chosen is None:
            return deletions
        value = encode(self._chosen, self.gate.keyset)
        return [set_cookie(value, self.gate.browser.seconds_left(self._chosen, self.now)), *deletions]

    def _deletions(self) -> Sequence[bytes]:
        declared = self.gate.declared
        held = {name: cookie for name in self._names if (cookie := declared[name]) is not None}
        if self._chosen:
            held = {**self.gate.on_other_paths, **held}
        verdicts = self._verdicts
        closed = [(name, cookie) for name, cookie in held.items() if verdicts[cookie.basis] is _REASON_DENIED]
        if not closed or not self._may_expire():
            return ()
        hostname = self.head.hostname
        sent_to = None if self._chosen else self.head.path
        return deletions_within(
            DELETIONS_LIMIT,
            [(name, cookie.places(name, hostname, sent_to)) for name, cookie in closed],
            turn=int(self.now.timestamp() * 1000),
        )

    def _may_expire(self) -> bool:
        """Whether this visitor is known well enough to delete what they hold.

        Without a consent cookie only a signal can have closed anything. It may be missing although there is one: a
        cross-site POST, such as a payment's return, comes without Lax cookies. Then nothing is deleted.
        """
        choices = self.choices
        if choices is not None:
            return self.gate.browser.may_expire(choices)
        return self.head.header("sec-fetch-site") in _FROM_THE_SITE

    # Caches

    def _tell_caches(self, fields: Fields) -> Fields:
        key_header = self.gate.key_header
        varying = [*self.gate.browser.signal_fields, *([key_header] if key_header else [])]
        fields = cache_headers.vary_on(fields, varying)
        if key_header is None:
            return cache_headers.keep_private(fields)
        computed_by_the_edge = self.head.header(key_header.lower()) or ""
        return fields if computed_by_the_edge == self._shape() else cache_headers.keep_nowhere(fields)

    def _shape(self) -> str | None:
        """Return the shape that a cache must have computed; None where no cache can know better."""
        choices = self.choices
        if choices is None:
            return ""
        stands = self.gate.browser.stands
        if self._chosen or not all(stands(tag, answer, self.now) for tag, answer in choices.answers.items()):
            return None
        if choices.account and self.gate.withdrawals(choices.account) != {}:
            return None
        return shape_of({tag: answer.choice is Choice.GRANTED for tag, answer in choices.answers.items()})
