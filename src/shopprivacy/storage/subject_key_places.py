"""Where the keys of persons are kept: a file, the URL of a database, or a store of the shop's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from shopprivacy.errors import MissingExtra
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.storage.subject_keys import SubjectKeyFile

VARIABLE: Final = "SHOPPRIVACY_SUBJECT_KEYS"
_SQLITE: Final = "sqlite:///"


def open_subject_keys(place: str | os.PathLike[str] | SubjectKeyStore) -> SubjectKeyStore:
    """Return the store at a place; nothing is asked of it, and nothing made, yet.

    Raises ValueError for a URL that is none, MissingExtra where its packages are not installed.
    """
    if not isinstance(place, str | os.PathLike):
        return place
    text = os.fspath(place)
    if text.startswith(_SQLITE):
        text = text.removeprefix(_SQLITE).partition("?")[0]
    if "://" not in text:
        return SubjectKeyFile(text)
    try:
        from shopprivacy.storage.sql.subject_keys import SqlSubjectKeys
    except ImportError as missing:  # pragma: no cover  # run without SQLAlchemy by the core session of nox
        raise MissingExtra("sqlalchemy") from missing
    return SqlSubjectKeys.at(text)


def beside_keyset(keyset: Path) -> Path:
    """Return where the keys of persons are kept unless a place is named: beside the keyset, apart from the data.

    ``shop-keys.json`` has ``shop-subject-keys.sqlite3`` beside it.
    """
    name = keyset.name.removesuffix(keyset.suffix).removesuffix("keys").rstrip("-_.")
    return keyset.with_name(f"{name}-subject-keys.sqlite3" if name else "subject-keys.sqlite3")
