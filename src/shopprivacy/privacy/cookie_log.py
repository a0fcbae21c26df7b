"""Telling the developer which cookies the gate holds back: once for each name, in the log and to a callback."""

from __future__ import annotations

import logging
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock

from shopprivacy.gate.cookie_rules import Blocked, BlockReason
from shopprivacy.privacy.callbacks import call_each

log = logging.getLogger("shopprivacy.cookies")

BlockedCallback = Callable[[Blocked], object]

_LONGEST_NAME = 64
_MOST_NAMES = 1000
_MOST_KEYS = 10  # clients may make some up
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


class CookieLog:
    """Says each name once for each border. Names come from browsers: they are cut, cleaned and counted.

    Each border has a number of names of its own for each reason, so that names which a visitor made up do not use up
    what the shop's own cookies need.
    """

    def __init__(self, *, enforcing: bool) -> None:
        self._verb = "blocked" if enforcing else "would be blocked"
        self._said: set[tuple[str, str]] = set()
        self._counts: Counter[tuple[str, BlockReason]] = Counter()
        self._lock = Lock()
        self._late = False
        self._strange: set[bytes] = set()
        self.callbacks: list[BlockedCallback] = []

    def tell(self, blocked: Iterable[Blocked]) -> None:
        """Report what was not reported before."""
        for item in blocked:
            if not self._is_new(item):
                continue
            name = _UNPRINTABLE.sub("?", item.name[:_LONGEST_NAME]) or "(no name)"
            log.warning(
                'cookie "%s" %s in a %s: %s; "shopprivacy explain %s" says what to do',
                name,
                self._verb,
                item.border,
                item.why.value,
                _argument(name),
            )
            call_each("on_blocked_cookie", self.callbacks, item)

    def asked_late(self) -> None:
        """Report once that some response asks about consent when its head has left."""
        if not self._late:
            self._late = True
            log.error(
                "consent was asked when the head of a response had left that caches may share: it counts as not given; "
                'ask before the first part of a stream is sent, or send "Cache-Control: private"'
            )

    def strange_key(self, key_id: bytes) -> None:
        """Report once that consent cookies are signed with a key that this process cannot check them with."""
        if key_id in self._strange or len(self._strange) >= _MOST_KEYS:
            return
        self._strange.add(key_id)
        log.warning(
            "a consent cookie was signed with the key %s, which this process does not have or which is disabled: its "
            "visitor counts as unknown. Give every process the same keyset, and a new key to all before it signs",
            key_id.hex(),
        )

    def _is_new(self, item: Blocked) -> bool:
        key = (item.name, item.border)
        if key in self._said:  # the common case, without the lock
            return False
        budget = (item.border, item.why)
        with self._lock:
            if key in self._said or self._counts[budget] > _MOST_NAMES:
                return False
            self._counts[budget] += 1
            if self._counts[budget] <= _MOST_NAMES:
                self._said.add(key)
                return True
        log.warning(
            "%d names of cookies in a %s were reported as %s: further ones are not, until the shop is started again",
            _MOST_NAMES,
            item.border,
            item.why.value,
        )
        return False


def _argument(name: str) -> str:
    """A name that a client may have made up, as an argument of a command that somebody pastes into a shell."""
    return f"{'-- ' if name.startswith('-') else ''}{shlex.quote(name)}"
