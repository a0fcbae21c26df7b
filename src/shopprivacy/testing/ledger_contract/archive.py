"""What a store keeps beside the rows: counts of refusals, and the policies that were enforced."""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.testing.ledger_contract.shop import AN, BO, ledger, toggled
from shopprivacy.testing.samples import (
    NOON,
    SAMPLE_POLICY,
    sample_entry,
)


class ArchiveContract:
    """What a store keeps beside the rows: counts of refusals, and the policies that were enforced."""

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
