"""Rows to look at in the admin: nobody adds, changes or deletes one by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


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
