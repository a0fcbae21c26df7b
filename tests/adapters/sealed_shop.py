"""Tables with sealed fields in one of Django's databases, and what a copy of it would show."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tests.adapters.django_shop.set_up  # noqa: F401  # before anything that has models

# isort: split
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test.utils import override_settings

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.stores.subject_keys import ErasedKey, SealingNote
from shopprivacy.sealing.store import SubjectKeyRow, SubjectKeyStore
from shopprivacy.storage.memory import MemoryStore
from tests.adapters.sealed_models.models import MODELS


class CountedKeys:
    """A store of subject keys in memory that counts how often it is asked, and may be down."""

    def __init__(self) -> None:
        self._store: Any = MemoryStore().store_for(SubjectKeyStore)
        self.asked = 0
        self.owners_asked = 0
        self.written: list[str] = []

    def add(self, rows: Sequence[SubjectKeyRow]) -> None:
        self.written.append("add")
        self._store.add(rows)

    def bind(self, rows: Sequence[SubjectKeyRow]) -> int:
        self.written.append("bind")
        bound: int = self._store.bind(rows)
        return bound

    def find(self, handles: Collection[bytes]) -> Sequence[SubjectKeyRow]:
        self.asked += 1
        found: Sequence[SubjectKeyRow] = self._store.find(handles)
        return found

    def of_owner(self, *owners: str) -> Sequence[SubjectKeyRow]:
        self.owners_asked += 1
        found: Sequence[SubjectKeyRow] = self._store.of_owner(*owners)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@dataclass
class SealedShop:
    """Where the tables are, and the keys."""

    alias: str
    keys: CountedKeys = field(default_factory=CountedKeys)

    @property
    def sealing(self) -> Any:
        return get_privacy().sealing

    def forget_keys(self) -> None:
        """Know no key, as a process that has just started."""
        subjects = self.sealing._subjects
        subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)
        self.keys.asked = 0

    def stored(self, model: Any, column: str) -> list[Any]:
        """What a column holds."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {model._meta.db_table} ORDER BY id")
            return [
                None if value is None else bytes(value) if not isinstance(value, str) else value
                for (value,) in cursor
            ]


_migrated: set[str] = set()


@contextmanager
def sealed_shop(alias: str, folder: Path) -> Iterator[SealedShop]:
    """Empty tables, and a Privacy whose keys of persons are in memory."""
    for one in {"default", alias} - _migrated:
        call_command("migrate", database=one, run_syncdb=True, verbosity=0)
        _migrated.add(one)
    _empty(alias)
    shop = SealedShop(alias)
    changed = {"SUBJECT_KEYS": shop.keys, "JOURNAL": folder / "journal.sqlite3"}
    with override_settings(SHOPPRIVACY={**settings.SHOPPRIVACY, **changed}):
        yield shop
    _empty(alias)  # another test's shop may have no keys of persons


def _empty(alias: str) -> None:
    for model in reversed(MODELS):
        model.objects.using(alias).all().delete()
    for one in {"default", alias}:
        for kept in (SealingNote, ErasedKey):
            kept.objects.using(one).all().delete()
