"""What a store keeps as proof: pruned rows, checkpoints, counts of refusals, the policies that were enforced."""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from shopprivacy.crypto import Use
from shopprivacy.ledger.checkpoint import checkpoint
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.testing.ledger_contract.shop import AN, BO, SEVEN_YEARS, ledger, toggled
from shopprivacy.testing.samples import NOON, SAMPLE_POLICY, sample_entry, sample_keyset


class ProofContract:
    """What a store keeps as proof: pruned rows, checkpoints, counts of refusals, the policies that were enforced."""

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

    def test_refusals_are_counted(self, store: LedgerStore) -> None:
        """Anonymous refusals are numbers by day and purpose, and add no row."""
        day = date(2026, 1, 1)
        store.count_refusals(day, ["statistics", "marketing"])
        store.count_refusals(day, ["marketing", "marketing"])
        store.count_refusals(day + timedelta(days=1), iter(["marketing"]))
        assert store.refusals() == {
            (day, "statistics"): 1,
            (day, "marketing"): 2,
            (day + timedelta(days=1), "marketing"): 1,
        }
        assert store.head().count == 0

    def test_threads_count_every_refusal(self, store: LedgerStore) -> None:
        """Refusals counted at once are all counted."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: store.count_refusals(NOON.date(), ["a", "b"]), range(12)))
        assert set(store.refusals().values()) == {12}

    def test_journals_have_a_row_each(self, store: LedgerStore) -> None:
        """Each journal's row is replaced by its next one, and goes when it is retired; who fails changes none."""
        first, other = JournalState("0a" * 16, NOON, empty=False), JournalState("ff" * 16, NOON, empty=True)
        later = first._replace(at=NOON + timedelta(microseconds=1), empty=True)
        assert list(store.journals()) == []
        for states, kept in (([other, first], [first, other]), ([later], [later, other])):
            with store.writing() as writer:
                for state in states:
                    writer.note_journal(state)
            assert list(store.journals()) == kept

        def failing() -> None:
            with store.writing() as writer:
                writer.note_journal(first)
                writer.retire_journal(other.name)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            failing()
        assert list(store.journals()) == [later, other]
        with store.writing() as writer:
            assert [writer.retire_journal(other.name), writer.retire_journal(other.name)] == [True, False]
        assert list(store.journals()) == [later]
        assert store.head().count == 0

    def test_policies_are_archived_for_good(self, store: LedgerStore) -> None:
        """A policy is kept once, as first enforced; another text under the same version does not replace it (A18)."""
        first = ArchivedPolicy("2026-01-01.1a2b3c4d", date(2026, 1, 1), NOON, '{"título": "é"}')
        again = ArchivedPolicy(first.version, first.effective, NOON + timedelta(days=1), first.canonical)
        other = ArchivedPolicy(first.version, first.effective, NOON + timedelta(days=2), "{}" + " " * 100_000)
        for policy in (first, again, other):
            store.archive_policy(policy)
        assert list(store.archived_policies()) == [first, other]

    def test_verifying_reads_the_archive(self, store: LedgerStore) -> None:
        """A text that is not what was enforced, and a version that rows refer to and nobody archived, are faults."""
        book = ledger(store)
        book.append([*toggled(AN, 1), sample_entry(subject=BO, version="2026-02-01.00000000")])
        store.archive_policy(ArchivedPolicy(SAMPLE_POLICY.version, date(2026, 1, 1), NOON, "{}"))
        assert [str(fault) for fault in book.verify().faults] == [
            f'the archived policy "{SAMPLE_POLICY.version}": is not the text that was enforced',
            "row 2: was chosen under policy 2026-02-01.00000000, which is not archived any more",
        ]
