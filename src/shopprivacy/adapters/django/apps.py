"""The Django app: its label, its tables, its checks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.apps import AppConfig, apps
from django.core import checks
from django.core.signals import setting_changed
from django.utils.autoreload import autoreload_started

from shopprivacy.errors import Problem
from shopprivacy.policy import Policy


class ShopPrivacyConfig(AppConfig):
    """``shopprivacy.adapters.django`` in ``INSTALLED_APPS``."""

    name = "shopprivacy.adapters.django"
    label = "shopprivacy"
    verbose_name = "Privacy"
    default_auto_field = "django.db.models.BigAutoField"  # pyright: ignore[reportAssignmentType]

    @property
    def policy_file(self) -> Path:
        """The policy that the settings name. Raises ImproperlyConfigured."""
        from shopprivacy.adapters.django.conf import read_conf

        return read_conf().policy

    def findings(self, policy: Policy | None) -> Iterable[Problem]:
        """Return what `shopprivacy check` finds in the shop's models and settings. Raises ImproperlyConfigured."""
        from shopprivacy.adapters.django.sealed.columns import shop_findings

        return shop_findings(policy)

    def ready(self) -> None:
        """Register the system checks, and what the settings ask for."""
        from shopprivacy.adapters.django import anymail, customer, root
        from shopprivacy.adapters.django.checks import CHECKS
        from shopprivacy.adapters.django.gate_check import check_gate
        from shopprivacy.adapters.django.logs import check_sinks
        from shopprivacy.adapters.django.sealed.checks import check_column_types

        for check in (*CHECKS, check_gate, check_sinks):
            checks.register(check, self.label)
        checks.register(check_column_types, self.label, checks.Tags.database)
        setting_changed.connect(root.forget, dispatch_uid="shopprivacy")
        autoreload_started.connect(root.watch_policy, dispatch_uid="shopprivacy")
        customer.listen_for_log_ins()
        if apps.is_installed("anymail"):
            anymail.listen()
