"""An admin as the how-to page says."""

from __future__ import annotations

from django.contrib import admin

from shopprivacy.adapters.django.sealed.admin import SealedSearch
from tests.adapters.sealed_models.models import Customer


@admin.register(Customer)
class Searched(SealedSearch, admin.ModelAdmin):
    """Finds whole addresses, and surnames."""

    search_fields = ("email", "name__last_word")
    list_display = ("name", "email")
