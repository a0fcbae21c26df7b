"""Where the keys of persons are kept: a file, the URL of a database, or a store of the shop's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from shopprivacy.errors import MissingExtra
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.storage.own_file import file_at
from shopprivacy.storage.subject_keys import SubjectKeyFile

VARIABLE: Final = "SHOPPRIVACY_SUBJECT_KEYS"


def open_subject_keys(place: str | os.PathLike[str] | SubjectKeyStore) -> SubjectKeyStore:
    """Return the store at a place; nothing is asked of it, and nothing made, yet.

    Raises ValueError for a URL that is none, MissingExtra where its packages are not installed.
    """
    if not isinstance(place, str | os.PathLike):
        return place
    text = os.fspath(place)
    if (file := file_at(text)) is not None:
        return SubjectKeyFile(file)
    try:
        from shopprivacy.storage.sql.subject_keys import SqlSubjectKeys
    except ImportError as missing:  # pragma: no cover  # run without SQLAlchemy by the core session of nox
        raise MissingExtra("sqlalchemy") from missing
    try:
        return SqlSubjectKeys.at(text)
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from None


def stands_beside(place: str | os.PathLike[str], data: str) -> bool:
    """Whether a store of subject keys stands where the data does: files in one folder, or one database of a server.

    ``data`` is a URL. Drivers, users and passwords make no two databases of one.
    """
    keys, kept = (_whereabouts(os.fspath(one)) for one in (place, data))
    return keys == kept


def _whereabouts(place: str) -> object:
    if (file := file_at(place)) is not None:
        return Path(file).resolve().parent
    url = urlsplit(place)
    return url.scheme.partition("+")[0], url.hostname, url.port, url.path


def beside_keyset(keyset: Path) -> Path:
    """Return where the keys of persons are kept unless a place is named: beside the keyset, apart from the data.

    ``shop-keys.json`` has ``shop-subject-keys.sqlite3`` beside it.
    """
    name = keyset.name.removesuffix(keyset.suffix).removesuffix("keys").rstrip("-_.")
    return keyset.with_name(f"{name}-subject-keys.sqlite3" if name else "subject-keys.sqlite3")
