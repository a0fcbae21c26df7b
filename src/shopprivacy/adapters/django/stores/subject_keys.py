"""The keys of persons in one of Django's databases, and the note of their store in the shop's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connections, models

from shopprivacy.adapters.django.database import STORES, answered, durable, forget_what_was_deleted
from shopprivacy.adapters.django.fields import ASCIIField
from shopprivacy.sealing.store import BATCH, SubjectKeyNote, SubjectKeyStore
from shopprivacy.sealing.wrap import read_moment, written
from shopprivacy.storage.patience import at_most
from shopprivacy.storage.subject_keys import PATIENCE, STATE, SubjectKeyTables


class SealingNote(models.Model):
    """Which store of subject keys the data was sealed with: one row."""

    id = models.IntegerField(primary_key=True)
    store = ASCIIField(max_length=32)
    newest = ASCIIField(max_length=27, null=True)  # NULL: no key was seen yet

    class Meta:  # noqa: D106
        db_table = "shopprivacy_sealing"

    def __str__(self) -> str:
        return str(self.store)


class ErasedKey(models.Model):
    """The handle of a key that was erased: an older copy of the store of subject keys does not bring it back."""

    handle = ASCIIField(max_length=32, primary_key=True)
    at = ASCIIField(max_length=27)

    class Meta:  # noqa: D106
        db_table = "shopprivacy_sealing_erased"

    def __str__(self) -> str:
        return str(self.handle)


class DjangoSubjectKeys(SubjectKeyTables):
    """A `SubjectKeyStore` in the database with the alias ``using``; its tables are made with the first key.

    A key is there before the data is, and an erasure stays, whatever becomes of a transaction of the shop's: inside of
    one it uses a connection of its own. On SQLite that needs an alias, and so a file, of its own.

    Its statements go to the database's own cursor: Django's would keep wrapped keys, which are the values of some, in
    ``connection.queries`` and in the log ``django.db.backends``.
    """

    def __init__(self, using: str) -> None:
        self.using = using
        self._seen = False
        vendor = connections[using].vendor
        super().__init__(
            self._cursor,
            self._has_tables,
            mariadb=vendor == "mysql",
            emptied=self._emptied_tables,
        )

    def __repr__(self) -> str:
        return f"DjangoSubjectKeys({self.using!r})"

    @contextmanager
    def _cursor(self, *, writing: bool) -> Iterator[Any]:
        is_sqlite = connections[self.using].vendor == "sqlite"
        lock = writing and is_sqlite and self._has_tables()
        with durable(self.using) as connection, connection.cursor() as cursor:
            if lock:  # takes the write lock now: a transaction that read first could no longer get it later
                cursor.execute(f"UPDATE {STATE} SET id = id")  # noqa: S608  # a name of our own
            with connection.wrap_database_errors:
                yield cursor.cursor

    def _has_tables(self) -> bool:
        if not self._seen:
            with durable(self.using) as connection, connection.cursor() as cursor:
                self._seen = STATE in connection.introspection.table_names(cursor)
        return self._seen

    def _emptied_tables(self) -> None:
        if not connections[self.using].in_atomic_block:  # else the store's job empties the log
            forget_what_was_deleted(self.using)


class DjangoSubjectKeyNote:
    """A `SubjectKeyNote` in the data's database."""

    def __init__(self, using: str) -> None:
        self._notes = SealingNote.objects.using(using)
        self._erased = ErasedKey.objects.using(using)
        self._using = using

    def read(self) -> str | None:
        """The id that is noted."""
        with answered(self._using):
            noted: str | None = self._notes.values_list("store", flat=True).first()
            return noted

    def write(self, store_id: str) -> str:
        """Note an id, unless one is."""
        with answered(self._using):
            noted, _ = self._notes.get_or_create(id=1, defaults={"store": store_id})
            return str(noted.store)

    def newest(self) -> datetime | None:
        """When the newest key was made."""
        with answered(self._using):
            made: str | None = self._notes.values_list("newest", flat=True).first()
        return None if made is None else read_moment(made)

    def note_newest(self, made: datetime) -> None:
        """Note a newer one."""
        with answered(self._using):
            self._notes.update(newest=written(made))

    def erased(self) -> Iterator[bytes]:
        """The handles that are noted."""
        handles = self._erased.order_by("handle").values_list("handle", flat=True)
        last = ""
        while True:
            with answered(self._using):
                found = list(handles.filter(handle__gt=last)[:BATCH])
            if not found:
                return
            yield from map(bytes.fromhex, found)
            last = found[-1]

    def note_erased(self, handles: Collection[bytes], at: datetime) -> None:
        """Note these handles."""
        rows = [ErasedKey(handle=handle.hex(), at=written(at)) for handle in sorted(handles)]
        with at_most(PATIENCE), answered(self._using):
            self._erased.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)

    def forget_erased(self, before: datetime) -> int:
        """Forget what was noted before."""
        with at_most(PATIENCE), answered(self._using):
            count, _ = self._erased.filter(at__lt=written(before)).delete()
        return int(count)

    def envelopes(self, table: str, column: str, owner: str) -> Iterator[tuple[object, bytes]]:
        """What a column of the shop's own holds, each with its row's owner."""
        connection = connections[self._using]
        names = map(connection.ops.quote_name, (owner, column, table))
        # With the table's name: SQLite reads a quoted name that no column has as text.
        query = "SELECT {2}.{0}, {2}.{1} FROM {2} WHERE {2}.{1} IS NOT NULL".format(*names)  # noqa: S608  # quoted above
        with answered(self._using), connection.cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(BATCH):
                for identifier, stored in rows:
                    yield (
                        identifier,
                        bytes(stored) if isinstance(stored, bytes | bytearray | memoryview) else b"",
                    )


STORES.register(SubjectKeyStore, DjangoSubjectKeys)
STORES.register(SubjectKeyNote, DjangoSubjectKeyNote)
