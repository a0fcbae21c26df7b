"""Where the database of an SQLAlchemy URL is: without whose account it is opened with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, TypeGuard

from shopprivacy.errors import MissingExtra
from shopprivacy.storage.outage import in_file, on_server

try:
    from sqlalchemy.engine import URL
except ModuleNotFoundError:
    raise MissingExtra("sqlalchemy") from None

_PLACE: Final = frozenset({"host", "port", "unix_socket"})
"""Options of a URL that say where, and not who or how."""

_WAITS: Final = ("connect_timeout", "read_timeout", "write_timeout")
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,4}")


def check_waits(url: URL) -> None:
    """Raise ValueError, which names the option, where a wait in a URL has no end: drivers read 0 as none, or worse."""
    for name in _WAITS:
        given = url.query.get(name, "1")
        if not isinstance(given, str) or not _SECONDS.fullmatch(given):
            raise ValueError(
                f"{name} in the URL of the database must be whole seconds above 0, such as {name}=2"
            )


def without_account(url: URL) -> URL:
    """Return the URL without user, password, and the options that may name them.

    Where an ``@`` of the password was not encoded, a part of it stands where the host, the database or the options do.
    Then none of these is kept, and the database is called ``@``.
    """
    if url.get_backend_name() == "sqlite":
        return URL.create(url.drivername, database=url.database)
    if any("@" in part for part in (url.host or "", url.database or "", *url.query)):
        return URL.create(url.drivername, database="@")
    query = {name: value for name, value in url.query.items() if name in _PLACE}
    return URL.create(url.drivername, host=url.host, port=url.port, database=url.database, query=query)


def place_of(url: URL) -> str:
    """Return where a database is, in words."""
    url = without_account(url)
    if url.get_backend_name() == "sqlite":
        return in_file(Path(url.database).absolute()) if is_file(url.database) else "SQLite in memory"
    named = url.query.get("host") or url.query.get("unix_socket") or url.host  # psycopg's, PyMySQL's
    host = named if isinstance(named, str) or named is None else ",".join(named)
    return on_server(url.get_backend_name(), host, url.query.get("port") or url.port, url.database)


def is_file(name: str | None) -> TypeGuard[str]:
    """Whether a SQLite database is in a file, and not in memory."""
    return bool(name) and name != ":memory:" and not str(name).startswith("file:")
