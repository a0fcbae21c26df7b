"""Sealed fields in Django's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP

from shopprivacy.adapters.django.sealed.lookups import SearchRefused


def sealed_field_of(model: type[models.Model], path: str) -> tuple[Any, str] | None:
    """Return the sealed field that a path such as ``customer__email__exact`` leads to, and what is left of it."""
    options: Any = model._meta
    parts = path.lstrip("^=@-").split(LOOKUP_SEP)
    for number, part in enumerate(parts, start=1):
        try:
            field = options.get_field(options.pk.name if part == "pk" else part)
        except FieldDoesNotExist:
            return None
        if hasattr(field, "sealed_column"):
            return field, LOOKUP_SEP.join(parts[number:])
        if not hasattr(field, "path_infos"):
            return None
        options = field.path_infos[-1].to_opts
    return None


def sorts_by_sealed(page: Any, column: Any) -> bool:
    """Whether the header of a column of an admin's page sorts by a sealed field."""
    method = column if callable(column) else getattr(page, column, None) or getattr(page.model, column, None)
    path = getattr(method, "admin_order_field", column)
    return isinstance(path, str) and sealed_field_of(page.model, path) is not None


class SealedSearch:
    """For a ``ModelAdmin``: ``search_fields = ["email"]`` finds by the whole value, and the rest gets a message.

    No page is sorted by a sealed column.

    class CustomerAdmin(SealedSearch, admin.ModelAdmin): …
    """

    def get_sortable_by(self, request: Any) -> list[Any]:
        """Return the columns whose headers sort the page."""
        named: Any = super().get_sortable_by(request)  # type: ignore[misc]
        return [one for one in named if not sorts_by_sealed(self, one)]

    def get_changelist(self, request: Any, **options: Any) -> Any:
        """Return what makes the page: a sealed column that its address says to sort by is passed over."""
        kind: Any = super().get_changelist(request, **options)  # type: ignore[misc]

        class SealedChangeList(kind):
            def get_ordering_field(self, field_name: Any) -> Any:
                found = super().get_ordering_field(field_name)
                return None if isinstance(found, str) and sealed_field_of(self.model, found) else found

        return SealedChangeList

    def get_search_fields(self, request: Any) -> list[str]:
        """Return the fields to search in; a sealed one, by its index."""
        named: Any = super().get_search_fields(request)  # type: ignore[misc]
        return [self._by_index(name) for name in named]

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> Any:
        """Search; where only a whole value can be found, say so and find nothing."""
        try:
            return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        except SearchRefused as refused:
            self.message_user(request, str(refused), messages.WARNING)  # type: ignore[attr-defined]
            return queryset.none(), False

    def _by_index(self, name: str) -> str:
        found = sealed_field_of(self.model, name)  # type: ignore[attr-defined]
        return f"{name}{LOOKUP_SEP}exact" if found and not found[1] and name[:1] not in "^=@" else name
