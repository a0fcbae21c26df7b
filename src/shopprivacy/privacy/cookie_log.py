"""Telling the developer what the gate does to cookies: once for each name, in the log and to a callback."""

from __future__ import annotations

import logging
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock

from shopprivacy.cookies.response import LONGEST_LIFE
from shopprivacy.gate.cookie_rules import Blocked, BlockReason, Misplaced, Noticed, Shortened
from shopprivacy.policy import Duration
from shopprivacy.privacy.callbacks import call_each

log = logging.getLogger("shopprivacy.cookies")

BlockedCallback = Callable[[Blocked], object]

_LONGEST_NAME = 64
_LONGEST = int(LONGEST_LIFE.total_seconds())
_MOST_NAMES = 1000
_MOST_KEYS = 10  # clients may make some up
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


class CookieLog:
    """Says each name once for each border. Names come from browsers: they are cut, cleaned and counted.

    Each border has a number of names of its own for each reason, so that names which a visitor made up do not use up
    what the shop's own cookies need.
    """

    def __init__(self, *, enforcing: bool) -> None:
        self._would = "" if enforcing else "would be "
        self._said: set[tuple[str, str]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()
        self._late = False
        self._nobody_asks = False
        self._strange: set[bytes] = set()
        self.callbacks: list[BlockedCallback] = []

    def tell(self, noticed: Iterable[Noticed]) -> None:
        """Report what was not reported before."""
        for item in noticed:
            if not self._is_new(item):
                continue
            name = _UNPRINTABLE.sub("?", item.name[:_LONGEST_NAME]) or "(no name)"
            if isinstance(item, Blocked):
                self._tell_blocked(item, name)
            elif isinstance(item, Shortened):
                self._tell_shortened(item, name)
            else:
                _tell_misplaced(item, name)

    def _tell_blocked(self, item: Blocked, name: str) -> None:
        # The command ends the line: quotes around it would undo, in a shell, those around the name.
        log.warning(
            'cookie "%s" %sblocked in a %s: %s; what to do: shopprivacy explain %s',
            name,
            ""
            if item.why is BlockReason.RESERVED
            else self._would,  # which the gate drops in report mode, too
            item.border,
            item.why.value,
            _arguments(name, item.max_age),
        )
        call_each("on_blocked_cookie", self.callbacks, item)

    def _tell_shortened(self, item: Shortened, name: str) -> None:
        asked = Duration.covering(item.asked)
        log.warning(
            'cookie "%s" %scut from %s to %s, which is what the policy declares: set it for no longer, or declare '
            'life = "%s" if it may live so long',
            name,
            self._would,
            asked,
            "the browser session" if item.allowed is None else Duration.covering(item.allowed),
            asked,
        )

    def asked_late(self) -> None:
        """Report once that some response asks about consent when its head has left."""
        if not self._late:
            self._late = True
            log.error(
                "consent was asked after the header was sent of a response that caches may share, or that browsers "
                "keep by its ETag or Last-Modified: it counts as not given; ask before the first part of a stream is "
                'sent, or send "Cache-Control: private" and neither of these'
            )

    def nobody_asks(self, pages: int) -> None:
        """Report once that the policy asks visitors and the application's pages do not."""
        if self._nobody_asks:  # two threads may send the last page
            return
        self._nobody_asks = True
        log.warning(
            "the policy asks visitors for consent, and none of the first %d pages showed them a banner: "
            "%sput privacy_banner() at the start of the body in your base template (in Django's templates "
            "{%% privacy_banner %%})",
            pages,
            'when you change mode to "enforce", '
            if self._would
            else "",  # earlier, refusals would not be obeyed
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

    def _is_new(self, item: Noticed) -> bool:
        border = item.border if isinstance(item, Blocked) else type(item).__name__
        key = (item.name, border)
        if key in self._said:  # the common case, without the lock
            return False
        about = item.why.value if isinstance(item, Blocked) else border
        budget = (border, about)
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
            *budget,
        )
        return False


def _tell_misplaced(item: Misplaced, name: str) -> None:
    log.warning(
        'cookie "%s" is set on a %s that the policy does not declare: a visitor who withdraws keeps it. %s',
        name,
        "path" if item.key == "paths" else "partition",
        'Set it with Path=/, or declare its paths = ["…"]'
        if item.key == "paths"
        else "Set it without Partitioned, or declare partitioned = true",
    )


def _arguments(name: str, max_age: int | None) -> str:
    """A name that a client may have made up, and the life that was seen, as arguments to paste into a shell."""
    life = ""
    if max_age is not None:
        life = (
            f" --life {shlex.quote(str(Duration.covering(min(max_age, _LONGEST))) if max_age else 'session')}"
        )
    return (
        f"{shlex.quote(name)}{life}" if not name.startswith("-") else f"{life} -- {shlex.quote(name)}".strip()
    )
