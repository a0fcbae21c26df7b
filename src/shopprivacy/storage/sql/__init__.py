"""Stores in a SQL database, by SQLAlchemy Core: SQLite, PostgreSQL, MariaDB. One file for each domain."""

from shopprivacy.storage.sql.store import SqlStore

__all__ = ["SqlStore"]
