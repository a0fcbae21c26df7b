"""Where the salts of visitors of the day are kept: a file, or the URL of a database."""

from __future__ import annotations

import os
from typing import Final

from shopprivacy.analytics.store import SaltStore
from shopprivacy.errors import MissingExtra
from shopprivacy.storage.own_file import file_at
from shopprivacy.storage.salts import SaltFile

VARIABLE: Final = "SHOPPRIVACY_SALTS"


def open_salts(place: str | os.PathLike[str]) -> SaltStore:
    """Return the store at a place, a file or the URL of a PostgreSQL database; nothing is asked of it yet.

    Raises ValueError for a URL of anything else, MissingExtra where its packages are not installed.
    """
    text = os.fspath(place)
    if (file := file_at(text)) is not None:
        return SaltFile(file)
    if not text.startswith("postgresql"):
        raise ValueError(f"{VARIABLE}: name a file for the salts of visitors, or postgresql+psycopg://…")
    try:
        from shopprivacy.storage.sql.salts import SqlSalts
    except ImportError as missing:  # pragma: no cover  # run without SQLAlchemy by the core session of nox
        raise MissingExtra("sqlalchemy") from missing
    try:
        return SqlSalts.at(text)
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from None
