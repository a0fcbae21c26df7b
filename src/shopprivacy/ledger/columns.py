"""Head, checkpoint and archived policy as flat columns, for stores in a database; rows are in `row_format`.

Binary values are hexadecimal, times are text of one width in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from shopprivacy.errors import LedgerBroken
from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import written
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.policy.load_problems import shown

Columns = dict[str, str | int]


def head_columns(head: Head) -> Columns:
    """Where the chain ends, as columns."""
    return {"counted": head.count, "hash": head.hash.hex(), "rolling": head.rolling.hex()}


def read_head(columns: Mapping[str, Any]) -> Head:
    """The head that these columns hold.

    Raises LedgerBroken when they hold none.
    """
    try:
        return Head(columns["counted"], bytes.fromhex(columns["hash"]), bytes.fromhex(columns["rolling"]))
    except ValueError:
        raise _broken("the stored head") from None


def checkpoint_columns(checkpoint: Checkpoint) -> Columns:
    """A checkpoint as columns."""
    return {
        "at": written(checkpoint.at),
        **head_columns(checkpoint.head),
        "tenant": checkpoint.tenant,
        "key_id": checkpoint.key_id.hex(),
        "public_key": checkpoint.public_key.hex(),
        "signature": checkpoint.signature.hex(),
    }


def read_checkpoint(columns: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint that these columns hold.

    Raises LedgerBroken when they hold none.
    """
    try:
        return Checkpoint(
            at=datetime.fromisoformat(columns["at"]),
            head=read_head(columns),
            tenant=columns["tenant"],
            key_id=bytes.fromhex(columns["key_id"]),
            public_key=bytes.fromhex(columns["public_key"]),
            signature=bytes.fromhex(columns["signature"]),
        )
    except ValueError:
        raise _broken("a checkpoint") from None


def policy_columns(policy: ArchivedPolicy) -> dict[str, str]:
    """An archived policy as columns; ``version`` and ``digest`` together are its key."""
    return {
        "version": policy.version,
        "digest": policy.digest,
        "effective": policy.effective.isoformat(),
        "first_enforced_at": written(policy.first_enforced_at),
        "canonical": policy.canonical,
    }


def read_policy(columns: Mapping[str, Any]) -> ArchivedPolicy:
    """The archived policy that these columns hold.

    Raises LedgerBroken when a date in them is none.
    """
    try:
        return ArchivedPolicy(
            version=columns["version"],
            effective=date.fromisoformat(columns["effective"]),
            first_enforced_at=datetime.fromisoformat(columns["first_enforced_at"]),
            canonical=columns["canonical"],
            digest=columns["digest"] or "none",
        )
    except ValueError:
        raise _broken(f"the archived policy {shown(columns['version'])}") from None


def refusal_columns(day: date, purposes: Iterable[str]) -> list[dict[str, str]]:
    """The key of each count of refusals, in one order for all: so no two writers lock each other out."""
    return [{"day": day.isoformat(), "purpose": purpose} for purpose in sorted(set(purposes))]


def read_refusals(found: Iterable[tuple[str, str, int]]) -> dict[tuple[date, str], int]:
    """The counts of refusals that a database holds as day, purpose and number."""
    return {(date.fromisoformat(day), purpose): counted for day, purpose, counted in found}


def _broken(what: str) -> LedgerBroken:
    return LedgerBroken([f"{what}: is not as it was written"])
