"""Where a store is, and why it does not answer, in words that a log may hold.

What drivers say quotes users, and rows. So only the class of the cause goes on, told by the codes of SQLite (Result and
Error Codes), PostgreSQL (SQLSTATE, appendix A), MariaDB (Error Codes) and the system; PostgreSQL gives none where it
refuses a connection, and its words are read instead. Of a URL only server, port and database go on. No driver and no
framework is imported: all of them wrap what the driver raised, and it is found by what it has.
"""

from __future__ import annotations

import errno
import re
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from enum import Enum
from traceback import clear_frames
from typing import Final

from shopprivacy.errors import StoreDown


class Cause(Enum):
    """A class of causes, and what helps."""

    CLOSED = "the port is closed: is the server running, and is the port right?"
    UNKNOWN_HOST = "the host is unknown: is its name right, and can this machine resolve it?"
    REFUSED = "the log-in is refused: are user and password right, and may they log in from this machine?"
    NO_DATABASE = "there is no such database: create it, or name another one"
    NO_TABLES = "a table is missing"
    FORBIDDEN = "the user has too few rights: grant it all rights on the tables of this database"
    READ_ONLY = "it may be read only: the shop's user has to write to the database, and to a file's folder"
    NO_FILE = "the file cannot be opened: does its folder exist, and may the shop's user use both?"
    FULL = "the disk is full"
    DISK = "the disk could not be read or written"
    DAMAGED = "the file is damaged, or is not a database"
    LOCKED = "another process has locked it"
    TIMEOUT = "no answer came in time"
    LOST = "the connection was lost"
    CROWDED = "no connection is free: allow more, or close those that are not used"
    ENCRYPTION = "client and server do not agree on encryption (TLS)"


_C: Final = Cause
_SYSTEM: Final[Mapping[int, Cause]] = {
    errno.ECONNREFUSED: _C.CLOSED,
    **dict.fromkeys((errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT), _C.TIMEOUT),
    **dict.fromkeys((errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE), _C.LOST),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _C.FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _C.READ_ONLY),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG), _C.NO_FILE),
    errno.EIO: _C.DISK,
}
_SQLITE: Final[Mapping[int, Cause]] = {
    **dict.fromkeys((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), _C.LOCKED),
    **dict.fromkeys((sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM), _C.READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: _C.NO_FILE,
    sqlite3.SQLITE_FULL: _C.FULL,
    sqlite3.SQLITE_IOERR: _C.DISK,
    **dict.fromkeys((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB), _C.DAMAGED),
}
_POSTGRESQL: Final[Mapping[str, Cause]] = {
    "08": _C.LOST,
    "28": _C.REFUSED,
    "3D000": _C.NO_DATABASE,
    "25006": _C.READ_ONLY,
    "40P01": _C.LOCKED,
    "42501": _C.FORBIDDEN,
    "42P01": _C.NO_TABLES,
    "53100": _C.FULL,
    "53300": _C.CROWDED,
    "55P03": _C.LOCKED,
    "57014": _C.TIMEOUT,
    "57P": _C.LOST,
}
"""By the SQLSTATE, or how it begins."""
_MARIADB: Final[Mapping[int, Cause]] = {
    **dict.fromkeys((2002, 2003), _C.CLOSED),
    2005: _C.UNKNOWN_HOST,
    **dict.fromkeys((1045, 1130, 1251, 1698, 2054, 2059), _C.REFUSED),
    1049: _C.NO_DATABASE,
    **dict.fromkeys((1044, 1142, 1143, 1227), _C.FORBIDDEN),
    1146: _C.NO_TABLES,
    **dict.fromkeys((1021, 1114), _C.FULL),
    **dict.fromkeys((1290, 1792, 1836), _C.READ_ONLY),
    **dict.fromkeys((1205, 1213), _C.LOCKED),
    **dict.fromkeys((1317, 1969, 3024), _C.TIMEOUT),
    **dict.fromkeys((1040, 1203, 1226), _C.CROWDED),
    **dict.fromkeys((2006, 2013, 2055), _C.LOST),
    2026: _C.ENCRYPTION,
}
_WORDS: Final = (
    (r"resolve host|translate host name|name or service not known|name resolution", _C.UNKNOWN_HOST),
    (r"timed out|timeout|is silent|no time is left", _C.TIMEOUT),
    (r"connection refused|no such file or directory", _C.CLOSED),
    (r"database \S* does not exist", _C.NO_DATABASE),
    (r"authentication|pg_hba|role \S* does not exist|no password|not permitted to log in", _C.REFUSED),
    (r"too many (clients|connections)|connection slots", _C.CROWDED),
    (r"\b(ssl|tls|certificate)\b", _C.ENCRYPTION),
    (r"no such table", _C.NO_TABLES),
    (r"closed the connection|connection (is |was |already )?(closed|lost|reset)", _C.LOST),
)
_QUOTED: Final = re.compile(r"""(["'«„]).*?["'»“]""")  # names that anybody may have chosen
_DEPTH: Final = 5
_HOST: Final = re.compile(r"[A-Za-z0-9._:%,-]+|/[^@]*")  # a list of them, a socket's folder
_KINDS: Final[Mapping[str, str]] = {
    "postgresql": "PostgreSQL",
    "postgis": "PostgreSQL",
    "mysql": "MariaDB or MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
}


def cause_of(error: BaseException) -> Cause | None:
    """Return the class of what was raised by a driver, or by what wraps one; None: another."""
    innermost_first = [*_wrapped(error)][::-1]
    causes = (read(found) for read in (_by_code, _by_words) for found in innermost_first)
    return next((cause for cause in causes if cause is not None), None)


def store_down(error: BaseException | Cause, where: str) -> StoreDown:
    """Return the error to raise ``from None``: where the store is, and why it does not answer.

    What the driver said, and was given, is taken out of its own error: that stays the context of the new one, where a
    program that sends errors away may look.
    """
    down = StoreDown(f"the store did not answer: {where}: {told(error)}")
    if not isinstance(error, Cause):
        for found in [*_wrapped(error)]:
            found.args = ()
            clear_frames(found.__traceback__)
    return down


def told(error: BaseException | Cause) -> str:
    """Return why a store does not answer: the class of the cause, else that of the driver's error."""
    if isinstance(error, Cause):
        return error.value
    cause = cause_of(error)
    [*_, driver] = _wrapped(error)
    return cause.value if cause else type(driver).__name__


def on_server(kind: str, host: object, port: object, database: object) -> str:
    """Return how a database on a server is called: ``PostgreSQL at db.example:5432, database shop``.

    ``kind`` is SQLAlchemy's or Django's name of it. Where a URL was not written as one, and so a part of the password
    may stand in the place of its host, nothing of it is named.
    """
    name = _KINDS.get(kind, kind)
    host, database = str(host or ""), str(database or "")
    if "@" in host or "@" in database or not (host == "" or _HOST.fullmatch(host)):
        return f'{name}, whose host the URL does not show ("@" in a password is written "%40")'
    at = f"{name} at {f'[{host}]' if ':' in host else host}" if host else f"{name} on this machine"
    port = f":{port}" if port and not host.startswith("/") else ""
    return f"{at}{port}, database {database}" if database else f"{at}{port}"


def in_file(path: object) -> str:
    """Return how a database in a file is called."""
    return f"the file {path}"


def _wrapped(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and what it wraps: SQLAlchemy keeps that as ``orig``, Django as the cause."""
    found: BaseException | None = error
    for _ in range(_DEPTH):
        if found is None:
            return
        yield found
        inner = getattr(found, "orig", None) or getattr(found, "original_exception", None) or found.__cause__
        found = inner if isinstance(inner, BaseException) else None


def _by_code(error: BaseException) -> Cause | None:
    if isinstance(error, socket.gaierror):
        return Cause.UNKNOWN_HOST
    if isinstance(error, TimeoutError):
        return Cause.TIMEOUT
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0)
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    code: object = error.args[0] if error.args else None
    if isinstance(code, int):
        return _by_mariadb(code, str(error))
    state: object = getattr(error, "sqlstate", None)
    states = (state, state[:3], state[:2]) if isinstance(state, str) else ()
    return next((_POSTGRESQL[known] for known in states if known in _POSTGRESQL), None)


def _by_mariadb(code: int, text: str) -> Cause | None:
    cause = _MARIADB.get(code)
    if cause is Cause.LOST and "timed out" in text:  # PyMySQL has one code for both
        return Cause.TIMEOUT
    if cause is Cause.CLOSED and (system := re.search(r"\((\d+)\)\D*$", text)):  # as mysqlclient tells it
        return _SYSTEM.get(int(system[1]), cause)
    return cause


def _by_words(error: BaseException) -> Cause | None:
    text = _QUOTED.sub("''", str(error))
    return next((cause for words, cause in _WORDS if re.search(words, text, re.IGNORECASE)), None)
