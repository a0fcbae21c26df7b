"""What mail keeps, in a SQL database."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Column, Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from shopprivacy.mail.store import MailStore
from shopprivacy.storage.sql.engine import transaction
from shopprivacy.storage.sql.schema import STORES, SchemaPart, ascii_text

part: Final = SchemaPart("mail")

ring = part.table("subject_ring", Column("fingerprint", ascii_text(61), primary_key=True))
"""One row: the ring that the subjects of this store are known under."""

asked = part.table(
    "mail_asked",
    Column("subject", ascii_text(61), primary_key=True),
    Column("day", ascii_text(10), primary_key=True),
)
"""Who was mailed a link today."""


class SqlMail:
    """A `MailStore` in the database of this engine, which has its tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ring(self, fingerprint: str) -> str:
        """Keep the fingerprint if none is kept yet; give the one that is kept."""
        query = select(ring.c.fingerprint).order_by(ring.c.fingerprint)
        with transaction(self._engine) as connection:
            kept = connection.execute(query).scalars().first()
        if kept is None:
            with transaction(self._engine, writing=True) as connection:
                kept = connection.execute(query).scalars().first()  # another worker may be first
                if kept is None:
                    connection.execute(insert(ring).values(fingerprint=fingerprint))
        return fingerprint if kept is None else kept

    def take_day(self, subject: str, day: date) -> bool:
        """Note a subject's day; whether it is the first time."""
        row = {"subject": subject, "day": day.isoformat()}
        with transaction(self._engine, writing=True) as connection:
            connection.execute(delete(asked).where(asked.c.day < row["day"]))
            try:
                with connection.begin_nested():
                    connection.execute(insert(asked).values(row))
            except IntegrityError:
                return False
        return True

    def give_back(self, subject: str, day: date) -> None:
        """Forget a subject's day."""
        theirs = (asked.c.subject == subject) & (asked.c.day == day.isoformat())
        with transaction(self._engine, writing=True) as connection:
            connection.execute(delete(asked).where(theirs))


STORES.register(MailStore, SqlMail)
