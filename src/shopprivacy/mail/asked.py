"""What the endpoints of mail are given: a request without a person, and what mails links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shopprivacy.http.effects import World
from shopprivacy.http.request_head import RequestHead
from shopprivacy.mail.confirmation import Confirmation


class Asked(Protocol):
    """What is read of a request here: no cookie, and no account."""

    @property
    def head(self) -> RequestHead:
        """The head of the request."""
        ...

    @property
    def now(self) -> datetime:
        """The moment that the request holds for."""
        ...


class Sender(Protocol):
    """What mails links; ``privacy.mail`` is one."""

    transport: Callable[..., object] | None

    def ask_owner(self, key: bytes, address: str, purpose: str, *, language: str | None = None) -> None:
        """Mail a link that confirms a sign-up to the address of this key, if that was typed; at most one a day."""
        ...

    def mail_link(self, address: str, language: str) -> None:
        """Mail an address its own unsubscribe link, at most one a day."""
        ...

    def ended_since(self, said: Confirmation, purpose: str) -> bool:
        """Whether the address said no to the purpose after the link was made."""
        ...


@dataclass(frozen=True, slots=True)
class Do:
    """Something that the service does, which reads its stores or sends a mail. Answered with what comes of it."""

    act: Callable[[], object]

    def perform(self, _world: World, /) -> object:
        """Do it."""
        return self.act()
