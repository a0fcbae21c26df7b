"""The ledger's tables. Binary values are hexadecimal; see `shopprivacy.ledger.serialize`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, PrimaryKeyConstraint, Text, insert
from sqlalchemy.dialects import mysql

from shopprivacy.ledger.chain import GENESIS
from shopprivacy.ledger.serialize import head_columns
from shopprivacy.storage.sql.schema import SchemaPart, ascii_text


def _begin(connection: Connection) -> None:
    connection.execute(insert(head).values(id=1, **head_columns(GENESIS)))


part: Final = SchemaPart("ledger", begin=_begin)

ledger = part.table(
    "ledger",
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    # Content: NULL once the row is pruned. Times are text of one width in UTC: MariaDB would round microseconds.
    Column("at", ascii_text(27)),
    Column("subject", ascii_text(61)),
    Column("purpose", ascii_text(64)),
    Column("action", ascii_text(16)),
    Column("version", ascii_text(64)),
    Column("meaning", ascii_text(64)),
    Column("text_hash", ascii_text(64)),
    Column("how", ascii_text(20)),
    Column("consent_id", ascii_text(64)),
    Column("data", Text),
    Column("ground", ascii_text(64)),
    Column("pruned_keep", ascii_text(64)),
    Column("pruned_rows", Text),
    Column("salt", ascii_text(32)),
    # Proof: stays for ever.
    Column("digest", ascii_text(64), nullable=False),
    Column("hash", ascii_text(64), nullable=False),
    Column("key_id", ascii_text(8), nullable=False),
    Index(None, "subject", "seq"),
    Index(None, "digest"),
)

head = part.table(
    "ledger_head",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("counted", BigInteger, nullable=False),
    Column("hash", ascii_text(64), nullable=False),
    Column("rolling", ascii_text(64), nullable=False),
)

checkpoint = part.table(
    "checkpoint",
    Column("id", Integer, primary_key=True),
    Column("at", ascii_text(27), nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("hash", ascii_text(64), nullable=False),
    Column("rolling", ascii_text(64), nullable=False),
    Column("tenant", ascii_text(63), nullable=False),
    Column("key_id", ascii_text(8), nullable=False),
    Column("public_key", ascii_text(64), nullable=False),
    Column("signature", ascii_text(128), nullable=False),
)

refusal = part.table(
    "refusal",
    Column("day", ascii_text(10), nullable=False),
    Column("purpose", ascii_text(64), nullable=False),
    Column("counted", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "purpose"),
)

policy = part.table(
    "policy",
    Column("version", ascii_text(64), nullable=False),
    Column("digest", ascii_text(64), nullable=False),
    Column("effective", ascii_text(10), nullable=False),
    Column("first_enforced_at", ascii_text(27), nullable=False),
    Column("canonical", Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb"), nullable=False),
    PrimaryKeyConstraint("version", "digest"),
)
