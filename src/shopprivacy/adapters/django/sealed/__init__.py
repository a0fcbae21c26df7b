"""Sealed fields for Django's models: personal data that a copy of the database does not show.

class Customer(models.Model):
    privacy_subject = "customer:id"
    name = SealedCharField(max_length=80, index="last_word")
    email = SealedEmailField(unique=True)
"""

from shopprivacy.adapters.django.sealed.erase import erase_keys
from shopprivacy.adapters.django.sealed.fields import (
    SealedBooleanField,
    SealedCharField,
    SealedDateField,
    SealedDateTimeField,
    SealedDecimalField,
    SealedEmailField,
    SealedIntegerField,
    SealedJSONField,
    SealedTextField,
)
from shopprivacy.adapters.django.sealed.load import aload, load, loaded

__all__ = [
    "SealedBooleanField",
    "SealedCharField",
    "SealedDateField",
    "SealedDateTimeField",
    "SealedDecimalField",
    "SealedEmailField",
    "SealedIntegerField",
    "SealedJSONField",
    "SealedTextField",
    "aload",
    "erase_keys",
    "load",
    "loaded",
]
