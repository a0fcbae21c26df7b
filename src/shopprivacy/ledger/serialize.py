"""What the ledger keeps as flat fields of text: the columns of tables, the members of an export, a line of the journal.

Binary values are hexadecimal, times are text of one width in UTC. Reading a row is strict: only what writing gives is
read back, so that two spellings of one value cannot hide an edit. What cannot be read becomes `Damaged`, because it is
for `verify` to name it and for nobody to stumble over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final, TypeVar

from shopprivacy.decision import Action
from shopprivacy.errors import LedgerBroken
from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import (
    SALT_BYTES,
    CollectionMethod,
    Damaged,
    Entry,
    Pruning,
    Row,
    read_time,
    stretches,
    written,
)
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.ledger.validity import LastChoice, Withdrawal
from shopprivacy.policy.wording import shown

ENTRY_FIELDS: Final = (
    "at",
    "subject",
    "purpose",
    "action",
    "version",
    "meaning",
    "text_hash",
    "how",
    "consent_id",
    "data",
    "ground",
)
PRUNING_FIELDS: Final = ("at", "pruned_keep", "pruned_rows")
CONTENT_FIELDS: Final = (*ENTRY_FIELDS, "pruned_keep", "pruned_rows", "salt")
"""What a pruned row loses."""
ROW_FIELDS: Final = ("seq", *CONTENT_FIELDS, "digest", "hash", "key_id")

Fields = dict[str, str | int | None]
Columns = dict[str, str | int]

_NOTHING: Final[Fields] = dict.fromkeys(ROW_FIELDS)

Name = TypeVar("Name", Action, CollectionMethod)

_ACTIONS: Final = {str(action): action for action in Action}

_STRETCH: Final = re.compile(r"([1-9][0-9]{0,18})-([1-9][0-9]{0,18})")


def row_fields(row: Row) -> Fields:
    """The row as fields. Binary values are hexadecimal; what does not apply is None."""
    content: Fields = {}
    if isinstance(row.content, Entry):
        content = entry_fields(row.content)
    elif isinstance(row.content, Pruning):
        content["at"] = written(row.content.at)
        content["pruned_keep"] = row.content.keep
        content["pruned_rows"] = stretches(row.content.rows)
    return {
        **_NOTHING,
        **content,
        "seq": row.seq,
        "salt": row.salt.hex() or None,
        "digest": row.digest.hex(),
        "hash": row.hash.hex(),
        "key_id": row.key_id.hex(),
    }


def entry_fields(entry: Entry) -> Fields:
    """One choice as fields."""
    return {
        "at": written(entry.at),
        "subject": entry.subject,
        "purpose": entry.purpose,
        "action": entry.action.value,
        "version": entry.version,
        "meaning": entry.meaning,
        "text_hash": entry.text_hash,
        "how": entry.how.value,
        "consent_id": entry.consent_id,
        "data": " ".join(entry.data) or None,
        "ground": entry.ground,
    }


def read_row(fields: Mapping[str, object]) -> Row:
    """The row that these fields hold; its content is `Damaged` where they hold none that was ever written.

    That goes for a row with a number below 1, too: a table holds it, nothing here ever wrote it. Raises ValueError
    when the sequence number is none that a table can hold.
    """
    seq = fields.get("seq")
    if not isinstance(seq, int) or not -(2**63) <= seq < 2**63:
        raise ValueError("seq: must be a number")
    content: Entry | Pruning | Damaged | None
    try:
        if seq < 1:
            raise ValueError("seq: rows are numbered from 1")
        content = _content(fields)
    except ValueError as error:
        content = Damaged(str(error))
    salt, digest, chain_hash, key_id = (
        _octets(fields.get(name)) for name in ("salt", "digest", "hash", "key_id")
    )
    return Row(seq, content, salt, digest, chain_hash, key_id)


def read_entry(fields: Mapping[str, object]) -> Entry:
    """The choice that these fields hold.

    Raises ValueError when they hold none, or spell it in another way than it is written.
    """
    values = {name: _text(fields, name) for name in ENTRY_FIELDS}
    return Entry(
        at=read_time(values["at"] or ""),
        subject=values["subject"] or "",
        purpose=values["purpose"],
        action=_member(Action, values["action"], "action"),
        version=values["version"] or "",
        meaning=values["meaning"],
        text_hash=values["text_hash"],
        how=_member(CollectionMethod, values["how"], "how"),
        consent_id=values["consent_id"],
        data=() if values["data"] is None else tuple(values["data"].split(" ")),
        ground=values["ground"],
    )


def read_last_choice(
    at: object, purpose: str | None, action: object, meaning: str | None
) -> LastChoice | None:
    """What these fields of a row say; None where its time or its action is none that was ever written."""
    try:
        return LastChoice(read_time(str(at)), purpose, _ACTIONS[str(action)], meaning)
    except (KeyError, ValueError):
        return None


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


def journal_columns(state: JournalState) -> dict[str, str | bool]:
    """A journal's row as columns."""
    return {"name": state.name, "at": written(state.at), "empty": state.empty}


def read_journals(found: Iterable[tuple[str, str, object]]) -> list[JournalState]:
    """The journals' rows that a database holds as name, time and whether it is empty.

    Raises LedgerBroken where a time is none.
    """
    try:
        return [JournalState(name, read_time(at), bool(empty)) for name, at, empty in found]
    except ValueError:
        raise _broken("the row of a journal") from None


def read_withdrawals(found: Iterable[tuple[str, str, str, str]]) -> list[Withdrawal]:
    """What a database holds of withdrawals, as subject, purpose, time and digest.

    A time or a digest that nobody wrote like this is left to ``verify``.
    """
    read: list[Withdrawal] = []
    for subject, purpose, at, digest in found:
        with suppress(ValueError):
            read.append(Withdrawal(subject, purpose, read_time(at), bytes.fromhex(digest)))
    return read


def _content(fields: Mapping[str, object]) -> Entry | Pruning | None:
    present = {name for name in CONTENT_FIELDS if fields.get(name) is not None}
    if not present:
        return None
    if len(_octets(fields.get("salt"))) != SALT_BYTES:
        raise ValueError(f"salt: must be {SALT_BYTES} bytes in hexadecimal")
    if "pruned_rows" not in present:
        if "pruned_keep" in present:
            raise ValueError("pruned_keep: stands in a row that notes no pruning")
        return read_entry(fields)
    if present != {*PRUNING_FIELDS, "salt"}:
        raise ValueError("pruned_rows: stands in a row that notes something else")
    return Pruning(
        read_time(_text(fields, "at") or ""),
        _text(fields, "pruned_keep") or "",
        _stretches(_text(fields, "pruned_rows") or ""),
    )


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{name}: must be text")


def _member(kind: type[Name], value: str | None, name: str) -> Name:
    try:
        return kind(value or "")
    except ValueError:
        raise ValueError(f"{name}: must be one of {', '.join(kind)}") from None


def _stretches(text: str) -> tuple[tuple[int, int], ...]:
    found = [_STRETCH.fullmatch(part) for part in text.split(" ")]
    rows = tuple((int(match[1]), int(match[2])) for match in found if match)
    if len(rows) != len(found):
        raise ValueError("pruned_rows: must be stretches of row numbers such as 1-4 7-7")
    return rows


def _octets(value: object) -> bytes:
    """The bytes of lower-case hexadecimal; none for anything else, which then verifies against nothing."""
    try:
        octets = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return b""
    return octets if octets.hex() == value else b""


def _broken(what: str) -> LedgerBroken:
    return LedgerBroken([f"{what}: is not as it was written"])
