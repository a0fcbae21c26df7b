"""One request on its way through the gate, and its response on the way back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shopprivacy.consent.choices import Choice, Choices, Standing, Standings
from shopprivacy.consent.cookie import COOKIE_NAME, encode, set_cookie, shape_of
from shopprivacy.cookies.request import join_fields, read_pairs
from shopprivacy.cookies.response import clamp, emptied, parse_set_cookie
from shopprivacy.signals import objects
from shopprivacy.web import caching
from shopprivacy.web.expiring import DELETIONS_LIMIT, deletions_within
from shopprivacy.web.head import Fields, RequestHead
from shopprivacy.web.obstacles import Blocked, Obstacles, Why

if TYPE_CHECKING:
    from shopprivacy.web.declared import Ground
    from shopprivacy.web.gate import Gate, Reading

_CONSENT = COOKIE_NAME.encode("ascii")
_NAME_LENGTH = len("set-cookie")
# What no name of a field has in it (RFC 9110, section 5.6.2), nor what a blank or a line end hides.
_NO_NAME = re.compile(rb"[^!-9;-~]").search
# Looking a member up in its class costs more than all that is done with it here, on every request.
_UNASKED, _GRANTED, _CLOSED = Standing
_WHY_CLOSED = Why.CLOSED
# What a cache may answer by itself (RFC 9110, section 9.2.3).
_CACHED = frozenset({"GET", "HEAD"})
# The browser's word that this request would have carried a Lax cookie (Fetch Metadata, section 2.3).
_FROM_THE_SITE = frozenset({"same-origin", "same-site", "none"})


class Visit:
    """One request and its response. ``blocked`` collects what was held back, or in report mode would be."""

    # What few visits need stands here once for all.
    account = b""
    """The pseudonym of the account that is signed in, where an adapter can tell."""
    cookie_field: bytes | None = None
    """The Cookie field that the application may see; None: none."""
    rewritten = False
    """Whether ``cookie_field`` differs from what the browser sent."""
    choices: Choices | None = None
    """What the visitor chose, as the consent cookie or a choice made in this very request says."""
    _names: Sequence[bytes] = ()
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
        else:
            self._stand(None)

    # The visitor's choices

    @property
    def standings(self) -> Mapping[str, Standing]:
        """How each purpose that the browser decides about stands now; for look-ups by name."""
        return self._obstacles.standings

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is live for this visitor; the response then depends on consent.

        No purpose is, where the response's head has left without saying so: a shared cache may hand what follows to
        anybody. Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
        """
        self.gate.browser.check(purpose)
        if self._is_late():
            return False
        self._consent_read = True
        return self.gate.browser.purposes[purpose].is_live(self.standings[purpose])

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
        self._chosen = True
        self._stand_by(choices)

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
            elif _NO_NAME(field[0]):
                # Servers and browsers that take blanks off it make a Set-Cookie of it.
                if self._hold_back(field[1], b"", Why.MALFORMED) is not None:
                    released.append(field)
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
        gate = self.gate
        pieces, names, ambiguous = read_pairs(field)
        came = len(pieces)
        reading = None
        # Two consent cookies: one of them was planted, and nothing tells which.
        if names.count(_CONSENT) == 1:
            place = names.index(_CONSENT)
            reading = gate.read_consent(pieces[place].partition(b"=")[2].strip(b" \t"))
            del pieces[place], names[place], ambiguous[place]
        self._names = names
        self._stand(reading)
        # Nearly every request: nothing is held back.
        passes = self._obstacles.passing.issuperset(names) and not any(ambiguous)
        kept = pieces if passes else self._keep(pieces, names, ambiguous)
        if gate.enforcing and len(kept) != came:
            self.cookie_field = b"; ".join(kept) or None
            self.rewritten = True

    def _keep(self, pieces: list[bytes], names: list[bytes], ambiguous: list[bool]) -> list[bytes]:
        grounds = self.gate.grounds
        kept: list[bytes] = []
        for piece, name, odd in zip(pieces, names, ambiguous, strict=True):
            why = self._why_not(grounds[name]) or (Why.AMBIGUOUS if odd else None)
            if why is None:
                kept.append(piece)
            elif name != _CONSENT:
                self._block(name, "request", why)
        return kept

    def _release_cookie(self, field: bytes) -> bytes | None:
        set_cookie_field = parse_set_cookie(field)
        if set_cookie_field is None:
            return self._hold_back(field, b"", Why.MALFORMED)
        name = set_cookie_field.name
        if name == _CONSENT:
            # In report mode too: an application that clears all cookies must not lose an opt-out.
            self._block(name, "response", Why.RESERVED)
            return None
        cookie = self.gate.declared[name]
        why = self._why_not(cookie.ground if cookie else None)
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

    def _stand(self, reading: Reading | None) -> None:
        gate = self.gate
        if objects(gate.browser.signal_fields, self.head.header):
            self._stand_by(reading.choices if reading else None)
        elif reading is None:
            self._obstacles = gate.unknown
        elif reading.since <= self.now.timestamp() < reading.until and (
            not (account := reading.choices.account) or gate.closings(account) == {}
        ):
            self.choices = reading.choices
            self._obstacles = reading.obstacles
        else:
            self._stand_by(reading.choices)

    def _stand_by(self, choices: Choices | None) -> None:
        gate = self.gate
        self.choices = choices
        standings = Standings(gate.browser, choices, self.head.header, gate.closings, self.now)
        self._obstacles = Obstacles(standings)

    def _why_not(self, ground: Ground | None) -> Why | None:
        why = self._obstacles[ground]
        if why is _WHY_CLOSED:
            self._holds_closed = True
        return why

    # Our own cookies

    def _own_cookies(self) -> Sequence[bytes]:
        deletions = self._deletions() if self.gate.enforcing else ()
        if not self._chosen or self.choices is None:
            return deletions
        value = encode(self.choices, self.gate.keyset)
        return [set_cookie(value, self.gate.browser.seconds_left(self.choices, self.now)), *deletions]

    def _deletions(self) -> Sequence[bytes]:
        declared = self.gate.declared
        held = {name: cookie for name in self._names if (cookie := declared[name]) is not None}
        if self._chosen:
            held = {**self.gate.on_other_paths, **held}
        obstacles = self._obstacles
        closed = [(name, cookie) for name, cookie in held.items() if obstacles[cookie.ground] is _WHY_CLOSED]
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
