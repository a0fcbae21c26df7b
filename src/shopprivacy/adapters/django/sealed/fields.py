"""The kinds of sealed field, each what a form, a validator or a serialiser takes it for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from shopprivacy.adapters.django.sealed.field import SealedMixin


class SealedCharField(SealedMixin, models.CharField):
    """Short text."""


class SealedTextField(SealedMixin, models.TextField):
    """Text."""


class SealedEmailField(SealedMixin, models.EmailField):
    """An e-mail address."""

    usual_index = "email"


class SealedIntegerField(SealedMixin, models.IntegerField):
    """A whole number, however large; validators say what a form takes."""

    value_type = int
    value_bytes = 64
    validators = models.Field.validators  # no range of the database's


class SealedDecimalField(SealedMixin, models.DecimalField):
    """A decimal number."""

    value_type = Decimal
    value_bytes = 200


class SealedDateField(SealedMixin, models.DateField):
    """A day."""

    value_type = date
    value_bytes = 10

    def now(self) -> date:
        """Return today."""
        return timezone.localdate() if settings.USE_TZ else date.today()  # noqa: DTZ011  # as Django does


class SealedDateTimeField(SealedMixin, models.DateTimeField):
    """A moment."""

    value_type = datetime
    converts = True
    value_bytes = 27

    def now(self) -> datetime:
        """Return the time."""
        now: datetime = timezone.now()
        return now

    def to_sealed(self, value: Any) -> Any:
        """Return the moment with a time zone: where it has none, the shop's."""
        if isinstance(value, datetime) and timezone.is_naive(value):
            return timezone.make_aware(value, timezone.get_default_timezone())
        return value

    def from_sealed(self, value: Any) -> Any:
        """Return the moment as the shop's other fields have it: without time zones unless ``USE_TZ`` is set."""
        if settings.USE_TZ or not isinstance(value, datetime):
            return value
        return timezone.make_naive(value, timezone.get_default_timezone())


class SealedBooleanField(SealedMixin, models.BooleanField):
    """Yes or no."""

    value_type = bool
    value_bytes = 1


class SealedJSONField(SealedMixin, models.JSONField):
    """What JSON can hold; None is NULL. What is changed in place is saved."""

    value_type = dict

    def to_value(self, value: Any) -> Any:
        """Return it as it is."""
        return value
