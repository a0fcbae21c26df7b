"""Refusals that SQLAlchemy passes on as they are: what it wraps, it prints with the statement's parameters."""

from __future__ import annotations

from sqlalchemy.exc import DontWrapMixin

from shopprivacy.errors import KeyUnavailable, SealRefused


class Refused(SealRefused, DontWrapMixin):
    """A statement that a sealed column cannot do, or a value that was not sealed on its way to the database."""


class Unavailable(KeyUnavailable, DontWrapMixin):
    """A key that could not be stored before what it seals."""
