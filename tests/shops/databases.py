"""Where the shops under test keep their data: a SQLite file in each shop's folder, or a server's databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.pool import NullPool

from tests.servers import SERVERS, on_server


class Databases:
    """A database for each folder in which a shop is started: empty at first, the same at every further start."""

    def __init__(self, store: str = "sqlite") -> None:
        self._server = None if store == "sqlite" else store
        self._run = token_hex(4)  # another run may be going on
        self._names: dict[Path, str] = {}

    def url(self, folder: Path) -> str | None:
        """The URL for ``--store``; none where shops keep a SQLite file, as they do unless told otherwise."""
        if self._server is None:
            return None
        if folder not in self._names:
            self._names[folder] = f"shopprivacy_{self._run}_{len(self._names)}"
            on_server(self._server, f"CREATE DATABASE {self._names[folder]}")
        return f"{SERVERS[self._server]}/{self._names[folder]}"

    def drop(self) -> None:
        """Drop them all; at once, because each is a checkpoint of its own on PostgreSQL otherwise."""
        if self._server is not None:
            drop = partial(on_server, self._server)
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(drop, [f"DROP DATABASE {name}" for name in self._names.values()]))
        self._names.clear()


def rows(url: str, query: str, arguments: tuple[object, ...]) -> list[tuple[object, ...]]:
    """What a query finds. It is written for SQLite: ``?`` for a value, double quotes around a name."""
    engine = _open(url)
    marker = "?" if engine.dialect.paramstyle == "qmark" else "%s"
    with engine.connect() as connection:
        if engine.dialect.name == "mysql":
            connection.exec_driver_sql("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
        found = connection.exec_driver_sql(query.replace("?", marker), arguments)
        return [tuple(row) for row in found]


def change(url: str, statement: str, arguments: tuple[object, ...]) -> None:
    """Change the database by a statement that is written for SQLite: ``?`` for a value."""
    engine = _open(url)
    marker = "?" if engine.dialect.paramstyle == "qmark" else "%s"
    with engine.begin() as connection:
        connection.exec_driver_sql(statement.replace("?", marker), arguments)


def columns(url: str) -> dict[str, set[str]]:
    """The names of the tables, and of each one's columns."""
    found = inspect(_open(url))
    return {
        table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()
    }


def _open(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)
