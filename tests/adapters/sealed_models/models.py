"""One model for each way in which a row is somebody's."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from shopprivacy.adapters.django.sealed import (
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


class Customer(models.Model):
    """The owner's own table; the database gives the number."""

    privacy_subject = "customer:id"
    name = SealedCharField(max_length=50, index="last_word", default="")
    email = SealedEmailField(unique=True, null=True)
    postcode = SealedCharField(max_length=10, index="compact", default="")
    notes = SealedTextField(default="", blank=True)
    visits = SealedIntegerField(default=0)
    owes = SealedDecimalField(max_digits=9, decimal_places=2, null=True)
    born = SealedDateField(null=True, blank=True)
    seen = SealedDateTimeField(null=True, auto_now=True)
    wants_post = SealedBooleanField(default=False)
    prefs = SealedJSONField(null=True, blank=True)
    plain = models.CharField(max_length=50, default="")

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class Order(models.Model):
    """A customer's, or a guest's: then the row is its own owner."""

    privacy_subject = "customer:customer_id", "order:id"
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="orders")
    street = SealedCharField(max_length=80, index="folded")
    invoiced_to = SealedTextField(default="", group="books")

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class Note(models.Model):
    """Its owner's column stands behind what is sealed for them."""

    privacy_subject = "customer:customer_id"
    text = SealedTextField()
    customer = models.ForeignKey(Customer, models.CASCADE)

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class Token(models.Model):
    """A key of its own choice, and a field with the shop's key."""

    privacy_subject = "token:id"
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    secret = SealedCharField(max_length=80)
    shared = SealedCharField(max_length=80, key="field", index=True, null=True)

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class AccountManager(BaseUserManager):
    """As Django's documentation has it."""


class Account(AbstractBaseUser):
    """Somebody who logs in by a sealed address."""

    privacy_subject = "account:id"
    email = SealedEmailField(unique=True)
    is_active = models.BooleanField(default=True)
    objects = AccountManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class Member(Account):
    """An account with a table of its own beside that one's."""

    diary = SealedTextField(default="")

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class Live(models.Model):
    """A table that is being sealed: the new column follows the old one."""

    privacy_subject = "live:id"
    email = models.EmailField(null=True)
    prefs = models.JSONField(default=dict)
    email_sealed = SealedEmailField(clear="email", name="live.email", unique=True, null=True)
    prefs_sealed = SealedJSONField(clear="prefs", name="live.prefs", null=True)
    other = SealedCharField(max_length=9, default="")

    class Meta:  # noqa: D106
        app_label = "sealed_models"


class Person(models.Model):
    """What is personal of a stock user."""

    privacy_subject = "user:user_id"
    user = models.OneToOneField("auth.User", models.CASCADE, related_name="person", db_constraint=False)
    name = SealedCharField(max_length=80, default="")
    email = SealedEmailField(unique=True)

    class Meta:  # noqa: D106
        app_label = "sealed_models"


MODELS = (Person, Customer, Note, Order, Token, Member, Account, Live)
