"""Where the command line finds keys, store and journal: options first, then the environment, as the shop itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from shopprivacy.consent.ledger import Journal, Ledger
from shopprivacy.consent.standing import Lives
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.storage.journal import Journal as JournalFile

Command = TypeVar("Command", bound=Callable[..., Any])

SQLITE: Final = "sqlite:///"


def keys_option(command: Command) -> Command:
    """``--keys FILE``."""
    option = click.option(
        "--keys",
        "keys_file",
        envvar="SHOPPRIVACY_KEYS",
        show_envvar=True,
        required=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="The keyset file.",
    )
    return option(command)


def store_option(command: Command) -> Command:
    """``--store URL``."""
    option = click.option(
        "--store",
        envvar="SHOPPRIVACY_STORE",
        show_envvar=True,
        default=f"{SQLITE}privacy.sqlite3",
        show_default=True,
        help="The store, as an SQLAlchemy URL.",
    )
    return option(command)


def journal_option(command: Command) -> Command:
    """``--journal FILE``."""
    option = click.option(
        "--journal",
        envvar="SHOPPRIVACY_JOURNAL",
        show_envvar=True,
        default="privacy-journal",
        show_default=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="The journal beside the database.",
    )
    return option(command)


def open_ledger(
    store: str, keys_file: Path, journal: Path | None = None, lives: Lives | None = None
) -> Ledger:
    """The ledger in this store.

    Raises KeysetError, StoreDown, MissingExtra, and click.UsageError when there is no such SQLite file: an empty
    ledger made on the spot would verify, and prove nothing.
    """
    from shopprivacy.storage.sql import SqlStore  # needs the extra sqlalchemy, which other commands do not

    path, _, _ = store.removeprefix(SQLITE).partition("?")
    if store.startswith(SQLITE) and not Path(path).exists():
        raise click.UsageError(f"there is no store at {path}; name it with --store or SHOPPRIVACY_STORE")
    try:
        opened = SqlStore(store)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    kept: Journal | None = None if journal is None else JournalFile(journal)
    return Ledger(opened, LocalKeyFile(keys_file).load(), secrets.token_bytes, journal=kept, lives=lives)
