"""The Django app: its label, its tables, its checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.core.signals import setting_changed
from django.utils.autoreload import autoreload_started


class ShopPrivacyConfig(AppConfig):
    """``shopprivacy.adapters.django`` in ``INSTALLED_APPS``."""

    name = "shopprivacy.adapters.django"
    label = "shopprivacy"
    verbose_name = "Privacy"
    default_auto_field = "django.db.models.BigAutoField"  # pyright: ignore[reportAssignmentType]

    def ready(self) -> None:
        """Register the system checks, and what the settings ask for."""
        from shopprivacy.adapters.django import customer, root
        from shopprivacy.adapters.django.checks import CHECKS
        from shopprivacy.adapters.django.gate_check import check_gate
        from shopprivacy.adapters.django.logs import check_sinks

        for check in (*CHECKS, check_gate, check_sinks):
            checks.register(check, self.label)
        setting_changed.connect(root.forget, dispatch_uid="shopprivacy")
        autoreload_started.connect(root.watch_policy, dispatch_uid="shopprivacy")
        customer.listen_for_log_ins()
