"""Is this the keyset that the ledger was written with? Asked once, at start, of the ledger's last rows."""

from __future__ import annotations

from typing import Final

from shopprivacy.crypto import Keyset, Ring, Use
from shopprivacy.errors import KeysetError, KeyUnavailable
from shopprivacy.ledger.chain import GENESIS, chained
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.store import LedgerStore

_LOOKED_AT: Final = 10

_REMEDY: Final = (
    "With another keyset, people who objected or withdrew are not recognised. Give the keyset file that this ledger "
    "was begun with (SHOPPRIVACY_KEYS, or a backup of it), or the store that belongs to this keyset (SHOPPRIVACY_STORE)"
)


def check_keyset(store: LedgerStore, keyset: Keyset) -> None:
    """Raise KeysetError, which names the remedy, where the ledger's last row was not chained with this keyset.

    One good row among the last ones is enough: whether rows were edited is for ``verify`` to say. Keys that are
    disabled or destroyed count as known. Raises StoreDown.
    """
    rows = store.rows_after(max(0, store.head().count - _LOOKED_AT))
    if not rows:
        return
    known = [key.id for key in keyset.keys(Ring.SIGNING)]
    if rows[-1].key_id not in known:
        raise KeysetError(
            f"this keyset has no signing key {rows[-1].key_id.hex()}, which the ledger's last row was written with; "
            f"it has {', '.join(key_id.hex() for key_id in known)}. {_REMEDY}"
        )
    verdicts = {_follows(before, row, keyset) for before, row in zip([None, *rows], rows, strict=False)}
    if False in verdicts and True not in verdicts:
        raise KeysetError(
            f"the ledger's last rows name signing key {rows[-1].key_id.hex()}, but do not verify under this keyset's "
            f'key of that id and its tenant "{keyset.tenant}". {_REMEDY}. `shopprivacy ledger verify` shows whether '
            "rows were edited instead"
        )


def _follows(before: Row | None, row: Row, keyset: Keyset) -> bool | None:
    """Whether a row follows from the one before under this keyset; None: that cannot be told."""
    try:
        key = keyset.derive(Use.LEDGER_CHAIN, key_id=row.key_id)
    except KeyUnavailable:
        return None
    if before is None and row.seq != 1:
        return None
    previous = GENESIS.hash if before is None else before.hash
    return chained(key, previous, row.seq, row.digest) == row.hash
