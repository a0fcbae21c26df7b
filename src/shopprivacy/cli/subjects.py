"""``shopprivacy subjects``: a copy of the keys of persons, bringing one back, and keys that a crash left alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final, TextIO, TypeVar

import click

from shopprivacy.cli.places import (
    OpenedStore,
    data_option,
    existing_journal,
    journal_option,
    keys_option,
    missing_file,
    open_store,
    store_option,
)
from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.errors import SealRefused, StoreDown
from shopprivacy.key_providers.places import KeyPlace, key_file, key_provider
from shopprivacy.ledger.journal import Journal
from shopprivacy.sealing.backup import backup_lines, restore
from shopprivacy.sealing.erasures import ERASED_KIND, named
from shopprivacy.sealing.model import canonical
from shopprivacy.sealing.repair import SealedColumn
from shopprivacy.sealing.repair import repair as repair_keys
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.sealing.subject_keys import SubjectKeys
from shopprivacy.storage.registry import store_for
from shopprivacy.storage.subject_key_places import VARIABLE, beside_keyset, open_subject_keys

Command = TypeVar("Command", bound=Callable[..., Any])

UNNAMED: Final = "name the store of subject keys with --subject-keys or SHOPPRIVACY_SUBJECT_KEYS"


def subject_keys_option(command: Command) -> Command:
    """``--subject-keys PLACE``."""
    option = click.option(
        "--subject-keys",
        envvar=VARIABLE,
        show_envvar=True,
        help="The store of subject keys: a file, or an SQLAlchemy URL. Default: a file beside the keyset.",
    )
    return option(command)


class ColumnType(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]  # has arguments since click 8.4
    """``TABLE.COLUMN[/NAME]=KIND:OWNER[:uuid|:text]``."""

    name = "TABLE.COLUMN=KIND:OWNER"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> SealedColumn:
        """Return the column, or fail."""
        try:
            return SealedColumn.parse(str(value))
        except SealRefused as error:
            self.fail(str(error), param, ctx)


@click.group("subjects")
def subjects() -> None:
    """Back up, restore and repair the keys of persons, with which their data is sealed."""


@subjects.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@subject_keys_option
@keys_option
def backup(file: Path, subject_keys: str | None, keys_file: KeyPlace) -> None:
    """Write a copy of the store of subject keys to FILE, for its owner alone.

    The keys in it are wrapped with the keyset. Keep it apart from the keyset and from backups of the data, and no
    longer than `backups.keep` says.
    """
    store = _store(subject_keys, keys_file)
    with _new_file(file) as output:
        count = sum(1 for line in backup_lines(store, datetime.now(UTC)) if output.write(f"{line}\n"))
    click.echo(f"{_keys(count - 2)} in {click.format_filename(file)}")


@subjects.command("restore")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@subject_keys_option
@journal_option
@store_option
@keys_option
def restore_backup(
    file: TextIO, subject_keys: str | None, journal: str, store: str, keys_file: KeyPlace
) -> None:
    """Bring back the keys of FILE that the store lacks, and erase again whom journal and data say were erased.

    Into an empty store, or the one that the backup was made of: what stands there stays.
    """
    keys = _store(subject_keys, keys_file)
    kept = existing_journal(journal)
    if kept is None and journal != "none":
        raise click.UsageError(
            f"there is no journal at {journal}: without it the backup would bring erased "
            "customers back; name it with --journal or SHOPPRIVACY_JOURNAL"
        )
    note = store_for(open_store(store), SubjectKeyNote)
    keyset = key_provider(keys_file).load()
    records = () if kept is None else kept.records(kind=ERASED_KIND)
    erased = {*named(one.record.body for one in records), *note.erased()}
    added = restore(keys, file, secrets.token_hex(16), datetime.now(UTC), erased, note.read())
    _subjects(keyset, keys, note, kept)  # it writes the note
    click.echo(f"{_keys(added)} restored; what was erased since is erased again")


@subjects.command("repair")
@click.option(
    "--column",
    "columns",
    type=ColumnType(),
    multiple=True,
    help="A sealed column and its row's owner, such as customer.phone=customer:id; may be repeated. If it is sealed "
    "with another name: TABLE.COLUMN/NAME=…. If the database keeps the owners' ids as 32 hexadecimal digits: :uuid or "
    ":text at the end, as they are in the shop's code.",
)
@click.option(
    "--drop",
    is_flag=True,
    help="Delete keys that no row uses and that are older than an hour. Only right if every column is "
    "named that is sealed for persons.",
)
@data_option
@subject_keys_option
@journal_option
@store_option
@keys_option
def repair(
    *,
    columns: tuple[SealedColumn, ...],
    drop: bool,
    data: str | None,
    subject_keys: str | None,
    journal: str,
    store: str,
    keys_file: KeyPlace,
) -> None:
    """Assign the keys that a crash left without an owner to the rows that use them.

    Exit status: 0 no key is left without an owner, 1 some are.
    """
    keys = _store(subject_keys, keys_file)
    keyset = key_provider(keys_file).load()
    note = store_for(open_store(store), SubjectKeyNote)
    rows = _data(data) if data else note
    found = repair_keys(
        keys,
        keyset,
        [(column, _rows_of(column, rows)) for column in columns],
        lambda kind, identifier: pseudonym(keyset, kind, canonical(identifier)),
        _subjects(keyset, keys, note, existing_journal(journal)),
        datetime.now(UTC),
        drop=drop,
    )
    click.echo(f"{_keys(found.bound)} bound, {found.dropped} taken away")
    if found.contested or found.left:
        raise click.ClickException(
            f"{_keys(found.contested + found.left)} without an owner: {found.contested} of them named by rows of "
            f"several owners, {found.left} by none (name every sealed column with --column; --drop takes away what is "
            "older than an hour)"
        )


def _store(place: str | None, keys_file: KeyPlace) -> SubjectKeyStore:
    """The store of subject keys: as the option says, else the program's own, else beside the keyset."""
    context = click.get_current_context()
    given = context.find_object(OpenedStore)
    if place is None and given is not None and given.subject_keys is not None:
        return given.subject_keys
    if place is not None:
        try:
            return open_subject_keys(place)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    file = key_file(keys_file)
    if file is None:
        raise click.UsageError(UNNAMED)
    return open_subject_keys(beside_keyset(file))


def _rows_of(column: SealedColumn, data: SubjectKeyNote) -> Iterator[tuple[object, bytes]]:
    try:
        yield from data.envelopes(column.table, column.column, column.owner)
    except StoreDown as down:
        raise StoreDown(
            f"{column.column} and {column.owner} of the table {column.table} cannot be read: {down} (--data names "
            "the shop's database, if the library's tables are in another one)"
        ) from None


def _data(url: str) -> SubjectKeyNote:
    from shopprivacy.storage.sql.engine import make_engine  # needs the extra sqlalchemy
    from shopprivacy.storage.sql.subject_keys import SqlSubjectKeyNote

    if missing := missing_file(url):  # which would be made on the spot
        raise click.UsageError(f"there is no database {missing}: name the shop's with --data")
    try:
        engine = make_engine(url)
    except ValueError as error:
        raise click.UsageError(f"--data: {error}") from None
    click.get_current_context().call_on_close(engine.dispose)
    return SqlSubjectKeyNote(engine)


def _subjects(
    keyset: Keyset, keys: SubjectKeyStore, note: SubjectKeyNote, journal: Journal | None
) -> SubjectKeys:
    return SubjectKeys(
        keyset,
        keys,
        note,
        journal,
        random=secrets.token_bytes,
        now=partial(datetime.now, UTC),
        seconds=monotonic,
    )


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A new file for its owner alone, which is on the disk when the context ends, and gone where it fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _keys(count: int) -> str:
    return f"{count} key{'' if count == 1 else 's'}"
