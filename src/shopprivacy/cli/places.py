"""Where the command line finds keys, store and journal: options first, then the environment, as the shop itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from shopprivacy.errors import Problem
from shopprivacy.key_providers.places import KeyPlace, key_provider
from shopprivacy.ledger.journal import Journal
from shopprivacy.ledger.keyset_check import check_keyset
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.ledger.validity import Lifetimes
from shopprivacy.policy import Policy
from shopprivacy.privacy.configuration import DEFAULT_JOURNAL, open_journal
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.sealing.tables import SealedTable
from shopprivacy.storage.journal import JournalFile

Command = TypeVar("Command", bound=Callable[..., Any])

SQLITE: Final = "sqlite:///"


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """A store that no URL names, such as Django's own database: the ``obj`` of a program that runs these commands.

    It is used unless ``--store`` is given.
    """

    store: LedgerStore
    subject_keys: SubjectKeyStore | None = None
    sealed_tables: Callable[[], Iterable[SealedTable]] | None = None
    """Gives the sealed columns of the shop's models."""
    findings: Callable[[Policy | None], Iterable[Problem]] | None = None
    """Gives what `check` finds in the shop's models."""


class KeyPlaceType(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]  # has arguments since click 8.4
    """Where a keyset is; a program that runs these commands may have a `KeyProvider` as their default."""

    name = "FILE"

    def convert(
        self,
        value: KeyPlace,
        param: click.Parameter | None,  # noqa: ARG002  # as click calls it
        ctx: click.Context | None,  # noqa: ARG002
    ) -> KeyPlace:
        """Return it as it is."""
        return value


def keys_option(command: Command, *, required: bool = True) -> Command:
    """``--keys FILE``."""
    option = click.option(
        "--keys",
        "keys_file",
        envvar="SHOPPRIVACY_KEYS",
        show_envvar=True,
        required=required,
        type=KeyPlaceType(),
        help="The keyset file, env:NAME for a variable that holds its text, or import:MODULE:NAME for a provider of "
        "the shop's own.",
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


def data_option(command: Command) -> Command:
    """``--data URL``."""
    option = click.option(
        "--data", help="The shop's database, as an SQLAlchemy URL, if it is not the store's."
    )
    return option(command)


def journal_option(command: Command) -> Command:
    """``--journal PLACE``."""
    option = click.option(
        "--journal",
        envvar="SHOPPRIVACY_JOURNAL",
        show_envvar=True,
        default=DEFAULT_JOURNAL,
        show_default=True,
        help="The journal beside the database: a file, the URL of a second database, or none.",
    )
    return option(command)


def open_ledger(
    store: str,
    keys_file: KeyPlace,
    journal: str | None = None,
    lifetimes: Lifetimes | None = None,
    *,
    writing: bool = False,
) -> Ledger:
    """The ledger in this store; ``writing`` refuses a keyset that is not the ledger's, as a shop does at its start.

    Raises KeysetError, StoreDown, MissingExtra, and click.UsageError when there is no such SQLite file: an empty
    ledger made on the spot would verify, and prove nothing.
    """
    opened = open_store(store)
    kept = None if journal is None else existing_journal(journal)
    keyset = key_provider(keys_file).load()
    if writing:
        check_keyset(opened, keyset)
    return Ledger(opened, keyset, secrets.token_bytes, journal=kept, lifetimes=lifetimes)


def open_store(store: str) -> LedgerStore:
    """The store: the one given to the program, unless ``--store`` is. Raises as :func:`open_ledger` does."""
    return _given_store() or _store_of(store)


def existing_journal(journal: str) -> Journal | None:
    """The journal; None: there is none, and none is made on the spot. Raises click.UsageError for what can be none."""
    try:
        kept = open_journal(journal)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return None if isinstance(kept, JournalFile) and not kept.exists() else kept


def store_at_hand(store: str) -> bool:
    """Whether opening this store would not be asking for a SQLite file that is not there."""
    return _given_store() is not None or missing_file(store) is None


def _given_store() -> LedgerStore | None:
    context = click.get_current_context(silent=True)
    given = context.find_object(OpenedStore) if context else None
    if context is None or given is None:
        return None
    asked = context.get_parameter_source("store") is ParameterSource.COMMANDLINE
    return None if asked else given.store


def _store_of(store: str) -> LedgerStore:
    from shopprivacy.storage.sql import SqlStore  # needs the extra sqlalchemy, which other commands do not

    if missing := missing_file(store):
        raise click.UsageError(f"there is no store at {missing}; name it with --store or SHOPPRIVACY_STORE")
    try:
        opened = SqlStore(store)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.get_current_context().call_on_close(opened.close)
    return opened


def missing_file(store: str) -> str | None:
    """The SQLite file that this URL names, where there is none."""
    path, _, _ = store.removeprefix(SQLITE).partition("?")
    return path if store.startswith(SQLITE) and not Path(path).exists() else None
