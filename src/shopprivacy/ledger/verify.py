"""Does the ledger still say what was written? Every row that does not is named.

What the key chain shows: an edit (the digest or the hash no longer follows), a swap, an insertion (neither row
follows from the one before), a row that is missing, a row whose content is gone without a note of pruning in the
chain. What it cannot show is that rows were cut off at the end together with the stored head: for that, a pin or a
checkpoint has to have been kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shopprivacy.crypto import Keyset
from shopprivacy.ledger.chain import Head, Pin
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.ledger.verify_run import Fault, Run, Verification

__all__ = ["Fault", "Verification", "audit", "verify"]


def verify(
    rows: Iterable[Row],
    head: Callable[[], Head],
    keyset: Keyset,
    *,
    checkpoints: Iterable[Checkpoint] = (),
    pins: Iterable[Pin] = (),
    policies: Callable[[], Iterable[ArchivedPolicy]] | None = None,
) -> Verification:
    """Check all rows, in the order of their numbers, against the chain, the head, the checkpoints and the pins.

    With ``policies``, which is asked after the last row: that every policy version that a row refers to is archived,
    and that the texts in the archive are those of their versions.

    A row whose chain key has been disabled or destroyed is good only if a checkpoint signed by a usable key covers
    it. Reads the rows once, keeps none, and asks for the head after the last.
    """
    run = Run(keyset)
    for made in checkpoints:
        run.mark(str(made), made.pin, made.head.rolling, covers=run.ours(made))
    for pin in pins:
        run.mark("the pinned head", pin)
    for row in rows:
        run.row(row)
    run.ends_at(head())
    if policies is not None:
        run.archive(policies())
    return run.result()


def audit(rows: Iterable[Row], checkpoint: Checkpoint, trusted_key: bytes) -> Verification:
    """Check an export with nothing but a public key: all rows up to the checkpoint are those that were signed.

    ``trusted_key`` (32 bytes) came to the auditor by another way than the export. Rows after the checkpoint are
    not looked at. Whether a missing content was pruned rightly, its note in the chain says (also signed).
    """
    run = Run(None)
    signed = checkpoint.signed_by(trusted_key)
    if not signed:
        run.fault(checkpoint.head.count, f"{checkpoint} is not signed by the trusted key")
    run.mark(str(checkpoint), checkpoint.pin, checkpoint.head.rolling, covers=signed)
    for row in rows:
        if row.seq <= checkpoint.head.count:
            run.row(row)
    return run.result()
