"""Stores in a SQL database, by SQLAlchemy Core: SQLite, PostgreSQL, MariaDB."""

from shopprivacy.storage.sql.ledger import SqlStore

__all__ = ["SqlStore"]
