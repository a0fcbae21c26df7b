"""The ledger in Django's admin."""

from __future__ import annotations

from django.contrib import admin

from shopprivacy.adapters.django.admin_pages.read_only import ReadOnlyAdmin
from shopprivacy.adapters.django.stores.ledger_models import (
    EnforcedPolicy,
    LedgerCheckpoint,
    LedgerRow,
    RefusalCount,
)


@admin.register(LedgerRow)
class LedgerRowAdmin(ReadOnlyAdmin):
    """Records of consent, the latest first; to be searched by the whole pseudonym of a subject."""

    list_display = ("seq", "at", "purpose", "action", "how", "version")
    list_filter = ("action", "purpose", "how")
    search_fields = ("=subject",)
    ordering = ("-seq",)
    show_full_result_count = False


@admin.register(LedgerCheckpoint)
class LedgerCheckpointAdmin(ReadOnlyAdmin):
    """Heads that were signed."""

    list_display = ("at", "counted", "tenant", "key_id")
    ordering = ("-id",)


@admin.register(RefusalCount)
class RefusalCountAdmin(ReadOnlyAdmin):
    """Refusals by visitors without a name."""

    list_display = ("day", "purpose", "counted")
    list_filter = ("purpose",)
    ordering = ("-day", "purpose")


@admin.register(EnforcedPolicy)
class EnforcedPolicyAdmin(ReadOnlyAdmin):
    """Policies that were ever enforced."""

    list_display = ("version", "effective", "first_enforced_at")
    ordering = ("-first_enforced_at",)
