"""Telling the developer, and who listens, which messages the mail gate held or cut."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from typing import Final

from shopprivacy.errors import StoreDown
from shopprivacy.mail.outcome import Cut, Outcome, Why
from shopprivacy.privacy.callbacks import call_each, redact

log = logging.getLogger("shopprivacy.mail")

HeldCallback = Callable[[Outcome], object]

_WHY: Final = {
    Why.NOT_ALLOWED: "its address may not be mailed for this purpose",
    Why.RESTRICTED: "it is about something older than a restriction (GDPR art. 18); an operator decides",
    Why.ASKS_FOR_SECRET: "it asks to send a password or an identity document",
}
_CUT: Final = {
    Cut.MARKETING: "a block that is marked as marketing; a transactional message has none",
    Cut.PIXEL: "a picture that shows who opened it; mail.tracking names no purpose that the recipient allows",
}


class MailLog:
    """Says each reason once for each purpose, but every restriction: each of them waits for somebody to decide."""

    def __init__(self, *, enforcing: bool) -> None:
        self._held = "is held" if enforcing else "would be held"
        self._cut = "cut out of" if enforcing else "would be cut out of"
        self._said: set[tuple[object, ...]] = set()
        self._lock = Lock()
        self.callbacks: list[HeldCallback] = []

    def tell(self, told: Outcome | Exception) -> None:
        """Report what was held or cut; or, in ``report`` mode, what would have been refused."""
        if isinstance(told, Exception):
            # What does not answer says for how long, and so something else for each message.
            if self._is_new("refused", type(told) if isinstance(told, StoreDown) else redact(told)):
                log.warning("a message would be refused: %s", redact(told))
            return
        for cut in told.cut:
            if self._is_new(told.purpose, cut):
                log.warning('%s a message for "%s": %s', self._cut, told.purpose, _CUT[cut])
        if told.why is None:
            return
        if told.why is Why.RESTRICTED or self._is_new(told.purpose, told.why):
            log.warning('a message for "%s" %s: %s', told.purpose, self._held, _WHY[told.why])
        call_each("on_held_mail", self.callbacks, told)

    def _is_new(self, *key: object) -> bool:
        with self._lock:
            new = key not in self._said
            self._said.add(key)
            return new
