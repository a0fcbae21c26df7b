"""An account that allauth signs up, and a customer of whom simple-history keeps what was before."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from simple_history.models import HistoricalRecords

from shopprivacy.adapters.django.sealed import SealedCharField, SealedEmailField


class AccountManager(BaseUserManager):
    """As Django's documentation has it."""

    def create_user(self, email: str, password: str | None = None) -> Any:
        account = self.model(email=self.normalize_email(email))
        account.set_password(password)
        account.save()
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """Somebody who logs in by a sealed address."""

    privacy_subject = "account:id"
    email = SealedEmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    objects = AccountManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"


class OfCustomer(models.Model):
    """What is kept of a customer belongs to that customer."""

    privacy_subject = "customer:history_relation_id"

    class Meta:  # noqa: D106
        abstract = True


class Customer(models.Model):
    """A customer."""

    privacy_subject = "customer:id"
    name = SealedCharField(max_length=80)
    email = SealedEmailField(unique=True)
    history = HistoricalRecords(bases=[OfCustomer], related_name="versions")
