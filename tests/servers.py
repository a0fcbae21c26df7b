"""The database servers on localhost, and databases on them that no other run of the tests has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

SERVERS: Final = {
    "postgres": "postgresql+psycopg://postgres@127.0.0.1",
    "mariadb": "mysql+pymysql://root@127.0.0.1",
}
"""The SQLAlchemy URL of each, without a database."""


def on_server(server: str, statement: str) -> None:
    """Run one statement on a server, such as CREATE DATABASE."""
    engine = create_engine(f"{SERVERS[server]}/test", isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The URL of an empty database, dropped when the context ends."""
    name = f"shopprivacy_{token_hex(4)}"
    on_server(server, f"CREATE DATABASE {name}")
    try:
        yield f"{SERVERS[server]}/{name}"
    finally:
        on_server(server, f"DROP DATABASE {name}")
