"""A shop's configuration: policy, keys, store and journal, from arguments or from the environment.

SQLAlchemy is imported here, and only when a database is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from shopprivacy.analytics.store import SaltStore
from shopprivacy.crypto import Keyset
from shopprivacy.errors import KeysetError, MissingExtra, PrivacyError, StoreDown
from shopprivacy.key_providers.places import KeyPlace, key_file, key_provider
from shopprivacy.ledger.journal import Journal
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.registry import store_for
from shopprivacy.storage.salt_places import VARIABLE as SALTS
from shopprivacy.storage.salt_places import open_salts
from shopprivacy.storage.salts import SaltFile
from shopprivacy.storage.subject_key_places import VARIABLE, beside_keyset, open_subject_keys

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

FilePath = str | os.PathLike[str]

NO_JOURNAL: Final = "none"
"""In the place of a journal: nothing that this shop writes outlives its database."""
DEFAULT_JOURNAL: Final = "privacy-journal.sqlite3"
DEFAULT_ANALYTICS: Final = "privacy-analytics"
DEFAULT_SALTS: Final = "privacy-salts.sqlite3"
NO_SALTS: Final = "none"
"""In the place of a store of salts: no visitor is told from others."""


class Configuration(NamedTuple):
    """What a shop's Privacy is made of, read and opened."""

    policy: Policy
    keyset: Keyset
    store: LedgerStore
    journal: Journal | None
    subject_keys: SubjectKeyStore | None
    salts: SaltStore | None

    def close(self) -> None:
        """Close what holds files or connections. It is opened again when it is next used."""
        for opened in (self.store, self.journal, self.subject_keys, self.salts):
            close: Callable[[], object] | None = getattr(opened, "close", None)
            if close is not None:
                close()


def configure(
    path: FilePath,
    keys: KeyPlace | None,
    store: str | LedgerStore | None,
    journal: FilePath | None,
    subject_keys: FilePath | SubjectKeyStore | None = None,
    salts: FilePath | SaltStore | None = None,
) -> Configuration:
    """Return what these name, or what the environment does where one is None; see ``Privacy.from_file``.

    Raises PolicyError, KeysetError, StoreDown, or MissingExtra where SQLAlchemy or the database's driver is not
    installed.
    """
    folder = Path(path).resolve().parent
    keys = keys or os.environ.get("SHOPPRIVACY_KEYS")
    if not keys:
        raise KeysetError(
            "no keyset: set SHOPPRIVACY_KEYS to the file that `shopprivacy init` has written, or pass keys="
        )
    store = store or os.environ.get("SHOPPRIVACY_STORE") or f"sqlite:///{folder / 'privacy.sqlite3'}"
    journal = journal or os.environ.get("SHOPPRIVACY_JOURNAL") or folder / DEFAULT_JOURNAL
    from shopprivacy.policy.loader import load  # pydantic comes with it, which takes long to import

    policy, keyset = load(Path(path)), key_provider(keys).load()
    # Last: what is wrong with the files leaves no connection open. The ledger first, so that its tables are seen.
    ledger = _open_store(store)
    return Configuration(
        policy,
        keyset,
        ledger,
        open_journal(journal),
        _subject_keys(subject_keys, keys),
        _salts(salts, ledger, folder),
    )


def analytics_folder(path: FilePath, named: FilePath | None) -> Path:
    """Return the folder of events: the one that is named here, else in the environment, else beside the policy."""
    given = named or os.environ.get("SHOPPRIVACY_ANALYTICS")
    return Path(given) if given else Path(path).resolve().parent / DEFAULT_ANALYTICS


def open_journal(place: FilePath) -> Journal | None:
    """Return the journal in this file, or in the database with this URL; None for ``none``: there is no durable place.

    Raises StoreDown, ValueError for a URL that is none, PrivacyError where the ledger stands in the same database, or
    MissingExtra where SQLAlchemy or the database's driver is not installed.
    """
    where = os.fspath(place)
    if where.strip().lower() == NO_JOURNAL:
        return None
    scheme, is_url, rest = where.partition("://")
    if not is_url:
        return _journal_file(where)
    if scheme.partition("+")[0] == "sqlite":
        return _journal_file(_file_of(rest))
    try:
        from shopprivacy.storage.sql.journal import SqlJournal
    except ImportError as missing:  # pragma: no cover  # run without SQLAlchemy by the core session of nox
        raise MissingExtra("sqlalchemy") from missing
    try:
        return SqlJournal(where)
    except (StoreDown, ValueError) as error:
        raise type(error)(f"SHOPPRIVACY_JOURNAL: {error}") from None


def _journal_file(name: str) -> JournalFile:
    """Return the journal in this file. Raises ValueError for a folder: the file beside it may be on another disk."""
    if Path(name).is_dir():
        example = Path(name) / DEFAULT_JOURNAL
        raise ValueError(f"SHOPPRIVACY_JOURNAL: {name} is a folder: name a file in it, such as {example}")
    return JournalFile(name)


def _file_of(rest: str) -> str:
    """Return the file that a URL of SQLite names behind its scheme. Raises ValueError where it names none."""
    name, has_options, _ = rest.removeprefix("/").partition("?")
    if not rest.startswith("/") or name in ("", ":memory:"):
        raise ValueError(
            "SHOPPRIVACY_JOURNAL: names no file: what is in memory outlives nothing; give a path, such as "
            "/var/lib/shop/privacy-journal.sqlite3, or none"
        )
    if has_options:
        raise ValueError(f"SHOPPRIVACY_JOURNAL: a file takes no options: give sqlite:///{name}")
    return name


def _subject_keys(place: FilePath | SubjectKeyStore | None, keys: KeyPlace) -> SubjectKeyStore | None:
    """Return the store of the keys of persons; None: none is named, and the keyset is in no file to lie beside."""
    named = place or os.environ.get(VARIABLE)
    if named:
        return open_subject_keys(named)
    file = key_file(keys)
    return None if file is None else open_subject_keys(beside_keyset(file))


def _salts(place: FilePath | SaltStore | None, ledger: LedgerStore, folder: Path) -> SaltStore | None:
    """Return the store of salts: the one that is named, else beside the ledger; where none can end there, a file."""
    named = place or os.environ.get(SALTS)
    if isinstance(named, str | os.PathLike):
        return None if os.fspath(named).lower() == NO_SALTS else open_salts(named)
    if named is not None:
        return named
    try:
        return store_for(ledger, SaltStore)
    except PrivacyError:
        return SaltFile(folder / DEFAULT_SALTS)


def _open_store(store: str | LedgerStore) -> LedgerStore:
    if not isinstance(store, str):
        return store
    try:
        from shopprivacy.storage.sql import SqlStore
    except ImportError as missing:  # pragma: no cover  # run without SQLAlchemy by the core session of nox
        raise MissingExtra("sqlalchemy") from missing
    return SqlStore(store)
