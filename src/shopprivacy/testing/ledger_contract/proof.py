"""What a store keeps as proof: pruned rows, checkpoints, rows that nobody wrote."""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from shopprivacy.crypto import Use
from shopprivacy.ledger.checkpoint import checkpoint
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.testing.ledger_contract.shop import AN, BO, SEVEN_YEARS, ledger, toggled
from shopprivacy.testing.samples import (
    NOON,
    sample_keyset,
)


class ProofContract:
    """What a store keeps as proof: pruned rows, checkpoints, rows that nobody wrote."""

    def test_a_pruned_row_keeps_its_proof(self, store: LedgerStore) -> None:
        """Pruning takes the content, keeps number, digest, hash and key id, and the chain still verifies (S22)."""
        book = ledger(store)
        before = book.append([*toggled(AN, 2), *toggled(BO, 1)])
        later = datetime(2033, 1, 2, 12, 1, tzinfo=UTC)
        assert book.prune(SEVEN_YEARS, datetime(2033, 1, 1, 12, 0, 59, tzinfo=UTC)) == 0
        assert book.prune(SEVEN_YEARS, later) == 2
        after = list(store.rows())
        assert [row.content for row in after[:2]] == [None, None]
        assert [(row.seq, row.digest, row.hash, row.key_id) for row in after[:2]] == [
            (row.seq, row.digest, row.hash, row.key_id) for row in before[:2]
        ]
        assert after[2] == before[2]
        assert len(after) == 4
        assert store.rows_of(AN) == []
        assert book.prune(SEVEN_YEARS, later) == 0
        book.verify().require()

    def test_checkpoints_come_back(self, store: LedgerStore) -> None:
        """Checkpoints are kept in order, signature and all."""
        book = ledger(store)
        first = book.checkpoint(NOON)
        book.append(toggled())
        second = checkpoint(store.head(), NOON, "shop", sample_keyset().derive(Use.CHECKPOINT))
        store.add_checkpoint(second)
        assert list(store.checkpoints()) == [first, second]
        book.verify().require()

    def test_a_writer_keeps_checkpoints(self, store: LedgerStore) -> None:
        """Who has the ledger alone sees all checkpoints, and adds one with the rest or not at all."""
        book = ledger(store)
        first = book.checkpoint(NOON)
        made = checkpoint(store.head(), NOON, "shop", sample_keyset().derive(Use.CHECKPOINT))
        with store.writing() as writer:
            assert list(writer.checkpoints()) == [first]
            writer.add_checkpoint(made)
            assert list(writer.checkpoints()) == [first, made]

        def failing() -> None:
            with store.writing() as writer:
                writer.add_checkpoint(made)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            failing()
        assert list(store.checkpoints()) == [first, made]

    def test_each_month_has_one_checkpoint(self, store: LedgerStore) -> None:
        """However many ask for it at once."""
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: ledger(store).checkpoint_if_due(NOON), range(8)))
        assert len([one for one in made if one is not None]) == 1
        assert len(store.checkpoints()) == 1

    def test_a_row_below_the_first_is_found(self, store: LedgerStore) -> None:
        """A row with a number that nobody gave is named, and nobody who follows the ledger sees it."""
        book = ledger(store)
        [row] = book.append(toggled(AN, 1))
        with store.writing() as writer:
            for seq in (0, -7):
                writer.add([row._replace(seq=seq)], writer.head())
        assert [fault.first for fault in book.verify().faults] == [-7, 0]
        assert [found.seq for found in store.rows_after(0)] == [1]
