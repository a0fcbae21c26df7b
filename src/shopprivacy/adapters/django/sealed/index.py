"""The column of a blind index: 32 hexadecimal digits beside a sealed column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from shopprivacy.adapters.django.fields import ASCIIField
from shopprivacy.sealing.blind_index import INDEX_LENGTH
from shopprivacy.sealing.model import Erased

if TYPE_CHECKING:
    from shopprivacy.sealing.column import Sealed


class BlindIndexField(ASCIIField):
    """Filled by the sealed field ``sealed_name`` whenever a row is saved; a migration says a plain ``CharField``."""

    def __init__(self, sealed_name: str, normaliser: str, *, unique: bool) -> None:
        super().__init__(
            max_length=INDEX_LENGTH, null=True, blank=True, editable=False, unique=unique, db_index=not unique
        )
        self.sealed_name = sealed_name
        self.normaliser = normaliser

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Take its place, unless the sealed field has put one there: history packages copy both."""
        if all(field.name != name for field in cls._meta.local_fields):
            super().contribute_to_class(cls, name, private_only=private_only)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return what a migration says: a plain column of text."""
        unique = {"unique": True} if self.unique else {"db_index": True}
        options = {"max_length": INDEX_LENGTH, "null": True, "editable": False, **unique}
        return self.name, "django.db.models.CharField", [], options

    def clone(self) -> models.Field:
        """Return the plain column, as migrations have it."""
        return models.CharField(**self.deconstruct()[3])

    def value_of(self, sealed: Sealed | None, instance: models.Model | None) -> str | None:
        """Return the index value of what a row holds; of an erased value there is none."""
        if sealed is None:
            return None
        value = sealed.opened if sealed.is_open else getattr(instance, self.sealed_name)
        if value is Erased or value is None:
            return None
        field: Any = self.model._meta.get_field(self.sealed_name)
        return field.sealed_column.index(field.to_sealed(value), self.normaliser)  # type: ignore[no-any-return]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the index value of what the row holds now."""
        source: Any = self.model._meta.get_field(self.sealed_name)
        if source.attname in model_instance.__dict__:
            source.pre_save(model_instance, add)
        return getattr(model_instance, self.attname)
