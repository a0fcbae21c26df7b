"""Telling the developer which cookies the gate holds back: once for each name, in the log and to a callback."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from threading import Lock

from shopprivacy.web.gate import Blocked

log = logging.getLogger("shopprivacy.cookies")

BlockedCallback = Callable[[Blocked], object]

_LONGEST_NAME = 64
_MOST_NAMES = 1000
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


class CookieReports:
    """Says each name once for each border. Names come from browsers: they are cut, cleaned and counted."""

    def __init__(self, *, enforcing: bool) -> None:
        self._verb = "blocked" if enforcing else "would be blocked"
        self._said: set[tuple[str, str]] = set()
        self._lock = Lock()
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
                name,
            )
            for callback in self.callbacks:
                callback(item)

    def _is_new(self, item: Blocked) -> bool:
        key = (item.name, item.border)
        if key in self._said:  # the common case, without the lock
            return False
        with self._lock:
            if key in self._said or len(self._said) >= _MOST_NAMES:
                return False
            self._said.add(key)
            return True
