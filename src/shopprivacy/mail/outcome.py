"""What became of a message: sent, or held and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shopprivacy.decision import Decision


class Why(StrEnum):
    """Why a message is held. Stable: programs may rely on these values."""

    NOT_ALLOWED = "not_allowed"
    """Its address did not say yes to this marketing, or has ended it: ``decision`` says which."""
    RESTRICTED = "restricted"
    """It is about something older than a restriction (GDPR art. 18): an operator decides."""
    ASKS_FOR_SECRET = "asks_for_secret"  # noqa: S105  # a reason
    """It asks to send a password or an identity document, which no mail of this shop does."""


class Cut(StrEnum):
    """What was taken out of a message that went out."""

    MARKETING = "marketing"
    """A marked marketing block in a transactional message."""
    PIXEL = "pixel"
    """A picture that nobody sees, which tells who opened the message."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. In a condition it counts as its ``sent``: ``if privacy.mail.send(…):``.

    It holds no address, and nothing of what the message says.
    """

    sent: bool
    purpose: str | None
    """By which it was judged; None only where ``mode.mail`` is ``report`` and the message names none."""
    why: Why | None = None
    """Why it was held; in ``report`` mode, why it would have been."""
    decision: Decision | None = None
    """The decision about the address, where there was one."""
    cut: tuple[Cut, ...] = ()
    """What was taken out; in ``report`` mode, what would have been."""

    def __bool__(self) -> bool:
        """Whether it was handed over."""
        return self.sent
