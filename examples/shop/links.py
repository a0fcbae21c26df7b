"""Signed links in the shop's mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from itsdangerous import TimestampSigner, URLSafeTimedSerializer

HOUR = 3600
"""Seconds that the link to a new password works."""


def signed_links(secret: str, purpose: str, now: Callable[[], datetime]) -> URLSafeTimedSerializer:
    """Return the signer for the links of one purpose, by the shop's clock; one for another cannot be used for it."""

    class ByTheShopsClock(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(now().timestamp())

    return URLSafeTimedSerializer(secret, salt=purpose, signer=ByTheShopsClock)


def password_mark(password_hash: str) -> str:
    """Return what changes with a password: a link that bears it works once."""
    return sha256(password_hash.encode()).hexdigest()[:16]
