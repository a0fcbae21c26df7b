"""What stores in a database have in common: many things are asked for a part at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.store import BATCH, batches, known_in_batches, rows_in_batches
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import sample_entry, sample_ledger

SIZES = st.sampled_from([0, 1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])


@given(SIZES)
def test_batches_are_all_of_it(size: int) -> None:
    """However many values there are: each is in one batch, in order, and no batch is empty or too large."""
    values = range(size)
    found = list(batches(values))
    assert [value for batch in found for value in batch] == list(values)
    assert all(1 <= len(batch) <= BATCH for batch in found)


@given(SIZES, st.integers(-5, 1))
def test_rows_are_all_of_them(size: int, lowest: int) -> None:
    """However many rows there are, and whatever the first one's number: each comes once, in order."""
    [row] = sample_ledger(MemoryStore()).append([sample_entry()])
    rows = [row._replace(seq=lowest + turn) for turn in range(size)]

    def after(seq: int, limit: int) -> list[Row]:
        return [row for row in rows if row.seq > seq][:limit]

    assert list(rows_in_batches(rows[:BATCH], after)) == rows


@given(SIZES)
def test_known_digests_are_all_found(size: int) -> None:
    """A digest is known with a salt, without one, or left out, in whichever batch it is asked for."""
    digests = [turn.to_bytes(32) for turn in range(size)]
    table = {digest.hex(): "00" if turn % 3 else None for turn, digest in enumerate(digests) if turn % 5}
    known = known_in_batches(digests, lambda wanted: [(one, table[one]) for one in wanted if one in table])
    assert known == {digest: bool(turn % 3) for turn, digest in enumerate(digests) if turn % 5}
