"""The cookie gate: the three-way decision over every cookie that crosses the border, without any I/O.

A cookie's purpose is essential, live for this visitor, or neither; a name that is not declared is not live.
What is not live is removed from responses, hidden from the application, and deleted from the browser once the
visitor has said no. ``Gate`` is compiled once from a policy; a ``Visit`` is one request on its way through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from shopprivacy.consent.choices import BrowserPolicy, Choice, Choices, Standing, Standings
from shopprivacy.consent.cookie import COOKIE_NAME, decode, encode, set_cookie, shape_of
from shopprivacy.cookies.request import Pair, join_fields, read_pairs
from shopprivacy.cookies.response import clamp, emptied, parse_set_cookie
from shopprivacy.crypto import Keyset
from shopprivacy.policy import Policy
from shopprivacy.signals import objects
from shopprivacy.web import caching
from shopprivacy.web.declared import DeclaredCookie, declared_cookies
from shopprivacy.web.expiring import DELETIONS_LIMIT, deletions_within
from shopprivacy.web.head import Fields, RequestHead

_CONSENT = COOKIE_NAME.encode("ascii")
_NAME_LENGTH = len("set-cookie")
# Consent cookies kept as read, so that a visitor who comes back costs no signature: some 4 MB in each process.
_RETURNING = 4096
_UNASKED, _GRANTED, _CLOSED = Standing
# What a cache may answer by itself (RFC 9110, section 9.2.3).
_CACHED = frozenset({"GET", "HEAD"})
# The browser's word that this request would have carried a Lax cookie (Fetch Metadata, section 2.3).
_FROM_THE_SITE = frozenset({"same-origin", "same-site", "none"})


class Why(StrEnum):
    """Why a cookie was held back."""

    UNDECLARED = "undeclared"
    UNASKED = "not asked yet"
    CLOSED = "refused or withdrawn"
    AMBIGUOUS = "read differently by different parsers"
    MALFORMED = "ignored by browsers"
    RESERVED = "reserved for the consent cookie"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A cookie that was held back: its name, where (``request`` or ``response``) and why. Never its value."""

    name: str
    border: str
    why: Why


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
        self.declared = declared_cookies(policy)
        self.on_other_paths = {
            name: cookie
            for name, cookie in self.declared.items()
            if cookie is not None and cookie.purpose is not None and cookie.paths != ("/",)
        }
        """Cookies that a browser may hold without sending them with the request that withdraws."""
        self.keyset = keyset
        self.closings = closings
        self.asked_late = asked_late
        self.read_consent = lru_cache(_RETURNING)(lambda value: decode(value, keyset))
        """Returns the choices in a consent cookie's value, or None for anything that the keyset has not signed."""
        self.enforcing = policy.mode.cookies == "enforce"
        self.key_header = policy.cache.key_header

    def visit(self, head: RequestHead, now: datetime) -> Visit:
        """Return one request's way through the gate. ``now`` is the moment that all its decisions hold for."""
        return Visit(self, head, now)


class Visit:
    """One request and its response. ``blocked`` collects what was held back, or in report mode would be."""

    # What few visits need stands here once for all.
    account = b""
    """The pseudonym of the account that is signed in, where an adapter can tell."""
    cookie_field: bytes | None = None
    """The Cookie field that the application may see; None: none."""
    rewritten = False
    """Whether ``cookie_field`` differs from what the browser sent."""
    _pairs: Sequence[Pair] = ()
    _standings: Standings | None = None
    _choices: Choices | None = None
    _chosen = False
    _holds_closed = False
    _consent_read = False
    _released: Fields | None = None
    _varying: Sequence[str] = ()

    def __init__(self, gate: Gate, head: RequestHead, now: datetime) -> None:
        self.gate = gate
        self.head = head
        self.now = now
        self.blocked: list[Blocked] = []
        if fields := head.cookies:
            head.cookies = ()  # what is hidden from the application does not hang on what it gets either
            self.cookie_field = join_fields(fields)
            self.rewritten = gate.enforcing and len(fields) > 1
            self._admit(self.cookie_field)

    # The visitor's choices

    @property
    def choices(self) -> Choices | None:
        """What the visitor chose, as the consent cookie or a choice made in this very request says."""
        if self._standings is None:
            self._standings = self._evaluate()
        return self._choices

    @property
    def standings(self) -> Standings:
        """How each purpose that the browser decides about stands now."""
        if self._standings is None:
            self._standings = self._evaluate()
        return self._standings

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is live for this visitor; the response then depends on consent.

        No purpose is, where the response's head has left without saying so: a shared cache may hand what follows to
        anybody. Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
        """
        self.gate.browser.check(purpose)
        if self._is_late():
            return False
        self._consent_read = True
        standing = self.standings[purpose]
        if self.gate.browser.purposes[purpose].by_consent:
            return standing is _GRANTED
        return standing is not _CLOSED

    def unasked(self) -> tuple[str, ...]:
        """Return the purposes that need this visitor's answer; the response then depends on consent.

        All of them, where the response's head has left without saying so: what follows may be for anybody.
        """
        if self._is_late():
            return tuple(name for name, purpose in self.gate.browser.purposes.items() if purpose.by_consent)
        self._consent_read = True
        return tuple(
            name
            for name, purpose in self.gate.browser.purposes.items()
            if purpose.by_consent and self.standings[name] is _UNASKED
        )

    def varies(self, field: str) -> None:
        """Tell that the response depends on this field of the request, such as Accept-Language."""
        self._varying = (*self._varying, field)

    def choose(self, choices: Choices) -> None:
        """Let a choice made in this request count at once: its own response already grants and expires."""
        self._choices = choices
        self._chosen = True
        self._standings = self._stand(choices)

    # The two borders

    def release(self, fields: Fields, *, shareable: bool = True) -> Fields:
        """Return the header fields of the response as they may leave.

        ``shareable`` is False for what no cache ever keeps: the handshake of a WebSocket.
        """
        released: Fields = []
        for field in fields:
            if len(field[0]) == _NAME_LENGTH and field[0].lower() == b"set-cookie":
                kept = self._release_cookie(field[1])
                if kept is not None:
                    released.append((field[0], kept))
            else:
                released.append(field)
        if len(released) != len(fields) and not caching.has_cache_control(released):
            # A cache refuses to keep what carries a Set-Cookie; without it, this page would become anybody's.
            released = caching.keep_private(released)
        if self._consent_read:
            released = self._tell_caches(released)
        if self._varying:
            released = caching.vary_on(released, self._varying)
        if self._chosen or self._holds_closed:
            added: Fields = [(b"set-cookie", value) for value in self._own_cookies()]
            released = [*caching.keep_private(released), *added] if added else released
        self._released = released if shareable else None
        return released

    def _admit(self, field: bytes) -> None:
        self._pairs = pairs = read_pairs(field)
        declared = self.gate.declared
        standings: Mapping[str, Standing] = {}
        kept = []
        for raw, name, ambiguous in pairs:
            cookie = declared[name]
            # The two cases of nearly every cookie first: this runs a dozen times in every request.
            if cookie is not None and not ambiguous:
                purpose = cookie.purpose
                if purpose is None:
                    kept.append(raw)
                    continue
                standings = standings or self.standings
                if standings[purpose] is _GRANTED:
                    kept.append(raw)
                    continue
            if name == _CONSENT:
                continue
            why = self._why_not(cookie) or (Why.AMBIGUOUS if ambiguous else None)
            if why:
                self._block(name, "request", why)
            else:
                kept.append(raw)
        if self.gate.enforcing and len(kept) != len(pairs):
            self.cookie_field = b"; ".join(kept) or None
            self.rewritten = True

    def _release_cookie(self, field: bytes) -> bytes | None:
        set_cookie_field = parse_set_cookie(field)
        if set_cookie_field is None:
            return self._hold_back(field, b"", Why.MALFORMED)
        name = set_cookie_field.name
        if (
            name == _CONSENT
        ):  # in report mode too: an application that clears all cookies must not lose an opt-out
            self._block(name, "response", Why.RESERVED)
            return None
        cookie = self.gate.declared[name]
        why = self._why_not(cookie)
        if set_cookie_field.is_deletion(self.now):
            return emptied(field) if why and self.gate.enforcing else field
        if why:
            return self._hold_back(field, name, why)
        if not self.gate.enforcing or cookie is None:
            return field
        return clamp(field, cookie.latest_end(self.now), self.now)

    def _hold_back(self, field: bytes, name: bytes, why: Why) -> bytes | None:
        self._block(name, "response", why)
        return None if self.gate.enforcing else field

    def _block(self, name: bytes, border: str, why: Why) -> None:
        self.blocked.append(Blocked(name.decode("latin-1"), border, why))

    # Decisions

    def _is_late(self) -> bool:
        """Whether the response has left as one that caches may share, and with it any say about consent."""
        fields = self._released
        if (
            fields is None
            or self._consent_read
            or self.head.method not in _CACHED
            or caching.is_private(fields)
        ):
            return False
        self.gate.asked_late()
        return True

    def _why_not(self, cookie: DeclaredCookie | None) -> Why | None:
        if cookie is None:
            return Why.UNDECLARED
        if cookie.purpose is None:
            return None
        standing = self.standings[cookie.purpose]
        if standing is _CLOSED:
            self._holds_closed = True
            return Why.CLOSED
        return None if cookie.exempt or standing is _GRANTED else Why.UNASKED

    def _closed(self, cookie: DeclaredCookie) -> bool:
        return cookie.purpose is not None and self.standings[cookie.purpose] is _CLOSED

    def _evaluate(self) -> Standings:
        found = [raw for raw, name, _ in self._pairs if name == _CONSENT]
        # Two consent cookies: one of them was planted, and nothing tells which.
        if len(found) == 1:
            self._choices = self.gate.read_consent(found[0].partition(b"=")[2].strip(b" \t"))
        return self._stand(self._choices)

    def _stand(self, choices: Choices | None) -> Standings:
        browser = self.gate.browser
        signal = objects(browser.signal_fields, self.head.header)
        closings = self.gate.closings(choices.account) if choices and choices.account else {}
        return Standings(browser, choices, signal, closings, self.now)

    # Our own cookies

    def _own_cookies(self) -> Sequence[bytes]:
        deletions = self._deletions() if self.gate.enforcing else ()
        if not self._chosen or self._choices is None:
            return deletions
        value = encode(self._choices, self.gate.keyset)
        return [set_cookie(value, self.gate.browser.seconds_left(self._choices, self.now)), *deletions]

    def _deletions(self) -> Sequence[bytes]:
        declared = self.gate.declared
        held = {name: cookie for _, name, _ in self._pairs if (cookie := declared[name]) is not None}
        if self._chosen:
            held = {**self.gate.on_other_paths, **held}
        closed = [(name, cookie) for name, cookie in held.items() if self._closed(cookie)]
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
        if self.choices is not None:
            return self.gate.browser.may_expire(self.choices)
        return self.head.header("sec-fetch-site") in _FROM_THE_SITE

    # Caches

    def _tell_caches(self, fields: Fields) -> Fields:
        key_header = self.gate.key_header
        varying = [*self.gate.browser.signal_fields, *([key_header] if key_header else [])]
        fields = caching.vary_on(fields, varying)
        if key_header is None:
            return caching.keep_private(fields)
        computed_by_the_edge = self.head.header(key_header.lower()) or ""
        return fields if computed_by_the_edge == self._shape() else caching.keep_nowhere(fields)

    def _shape(self) -> str | None:
        """Return the shape that a cache must have computed; None where no cache can know better."""
        choices = self.choices
        if choices is None:
            return ""
        if self._chosen or not all(self.gate.browser.stands(a, self.now) for a in choices.answers.values()):
            return None
        if choices.account and self.gate.closings(choices.account) != {}:
            return None
        return shape_of({tag: answer.choice is Choice.GRANTED for tag, answer in choices.answers.items()})
