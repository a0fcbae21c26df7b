"""What mail keeps, in the shop's own database."""

from __future__ import annotations

from datetime import date

from django.db import models

from shopprivacy.adapters.django.database import STORES, answered
from shopprivacy.adapters.django.fields import ASCIIField
from shopprivacy.mail.store import MailStore


class SubjectRing(models.Model):
    """One row: the ring that the subjects of this store are known under."""

    fingerprint = ASCIIField(max_length=61, primary_key=True)

    class Meta:  # noqa: D106
        db_table = "shopprivacy_subject_ring"

    def __str__(self) -> str:
        return str(self.fingerprint)


class MailAsked(models.Model):
    """Who was mailed a link today."""

    subject = ASCIIField(max_length=61)
    day = ASCIIField(max_length=10)

    class Meta:  # noqa: D106
        db_table = "shopprivacy_mail_asked"
        constraints = (models.UniqueConstraint(fields=["subject", "day"], name="shopprivacy_mail_asked_uq"),)

    def __str__(self) -> str:
        return f"{self.subject} on {self.day}"


class DjangoMail:
    """A `MailStore` in the database with the alias ``using``."""

    def __init__(self, using: str) -> None:
        self.using = using

    def ring(self, fingerprint: str) -> str:
        """Keep the fingerprint if none is kept yet; give the one that is kept."""
        kept = SubjectRing.objects.using(self.using).order_by("fingerprint")
        with answered(self.using):
            if not kept.exists():
                kept.get_or_create(fingerprint=fingerprint)
            return str(kept.first())

    def take_day(self, subject: str, day: date) -> bool:
        """Note a subject's day; whether it is the first time."""
        asked = MailAsked.objects.using(self.using)
        with answered(self.using):
            asked.filter(day__lt=day.isoformat()).delete()
            _, is_first = asked.get_or_create(subject=subject, day=day.isoformat())
        return bool(is_first)

    def give_back(self, subject: str, day: date) -> None:
        """Forget a subject's day."""
        with answered(self.using):
            MailAsked.objects.using(self.using).filter(subject=subject, day=day.isoformat()).delete()


STORES.register(MailStore, DjangoMail)
