"""Who listens: functions of the shop's own that are told what was chosen, and what was held back."""

from __future__ import annotations

from typing import TypeVar

from shopprivacy.privacy.cookie_log import BlockedCallback, CookieLog
from shopprivacy.privacy.effect_handler import ConsentCallback, EffectHandler
from shopprivacy.privacy.mail_log import HeldCallback, MailLog

Listener = TypeVar("Listener", bound=ConsentCallback)
Watcher = TypeVar("Watcher", bound=BlockedCallback)
HeldWatcher = TypeVar("HeldWatcher", bound=HeldCallback)


class Listeners:
    """Lends `Privacy` the ways to listen. What a function raises is logged and stops nothing."""

    _effects: EffectHandler
    _cookie_log: CookieLog
    _mail_log: MailLog

    def on_consent_change(self, callback: Listener) -> Listener:
        """Call ``callback`` with every recorded choice, once it counts. May be used as a decorator.

        What it raises is logged and stops nothing.
        """
        self._effects.callbacks.append(callback)
        return callback

    def on_blocked_cookie(self, callback: Watcher) -> Watcher:
        """Call ``callback`` once for each cookie name that the gate holds back. May be used as a decorator.

        What it raises is logged and stops nothing.
        """
        self._cookie_log.callbacks.append(callback)
        return callback

    def on_held_mail(self, callback: HeldWatcher) -> HeldWatcher:
        """Call ``callback`` with the outcome of every message that the mail gate holds. May be used as a decorator.

        In ``report`` mode, with that of every message that it would hold. What it raises is logged and stops nothing.
        """
        self._mail_log.callbacks.append(callback)
        return callback
