"""The ledger in Django's admin, to look at: nobody adds, changes or deletes a row by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from shopprivacy.adapters.django.models import EnforcedPolicy, LedgerCheckpoint, LedgerRow, RefusalCount


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows to who has the permission to view them. The chain would show every change, and does not undo it."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # as Django declares it
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        """Nobody changes rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        """Nobody deletes rows."""
        return False


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
