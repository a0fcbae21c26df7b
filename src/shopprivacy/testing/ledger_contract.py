"""What every ledger store must do. Subclass it, give it a fixture ``store``, and pytest runs it::

class TestMyStore(LedgerStoreContract):
    @pytest.fixture
    def store(self) -> LedgerStore:
        return MyStore(...)  # empty
"""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shopprivacy.consent.checkpoint import checkpoint
from shopprivacy.consent.entry import Entry, Row
from shopprivacy.consent.ledger import Ledger
from shopprivacy.consent.pruning import PruningRules
from shopprivacy.consent.store import ArchivedPolicy, LedgerStore
from shopprivacy.crypto import Use
from shopprivacy.decision import Action
from shopprivacy.policy import Term
from shopprivacy.testing.samples import (
    NOON,
    SAMPLE_POLICY,
    sample_entry,
    sample_keyset,
    sample_ledger,
    sample_subject,
)

AN = sample_subject("an")
BO = sample_subject("bo")
SEVEN_YEARS = PruningRules(Term.parse("7 years"))


def ledger(store: LedgerStore, seed: str = "ledger") -> Ledger:
    """A ledger over the store, with the sample keyset and the policy that sample choices refer to."""
    return sample_ledger(store, seed)


def toggled(subject: str = AN, times: int = 3, purpose: str = "newsletter") -> list[Entry]:
    """Granted, withdrawn, granted, … a minute apart."""
    actions = (Action.GRANTED, Action.WITHDRAWN)
    return [
        sample_entry(actions[turn % 2], subject=subject, purpose=purpose, at=NOON + timedelta(minutes=turn))
        for turn in range(times)
    ]


class LedgerStoreContract:
    """The tests. ``store`` is an empty store for each."""

    def test_a_new_store_is_empty(self, store: LedgerStore) -> None:
        """It has no rows, its head is the genesis, and that verifies."""
        assert list(store.rows()) == []
        assert ledger(store).head().count == 0
        ledger(store).verify().require()

    def test_every_choice_is_a_row(self, store: LedgerStore) -> None:
        """Three choices are three rows, in order, none overwritten, and read back exactly (S03)."""
        added = ledger(store).append(toggled())
        assert [row.seq for row in added] == [1, 2, 3]
        assert tuple(store.rows()) == added
        assert ledger(store).entries_of(AN) == tuple(toggled())
        assert store.head().count == 3
        assert store.head().hash == added[-1].hash
        ledger(store).verify().require()

    def test_every_field_is_kept(self, store: LedgerStore) -> None:
        """Optional fields, microseconds and the longest values come back as they went in."""
        long = sample_entry(
            purpose="p" * 64,
            version="9" * 64,
            at=datetime(2026, 2, 28, 23, 59, 59, 999999, UTC),
            consent_id="ef" * 32,
            data=tuple(f"{'c' * 60}_{n}" for n in range(20)),
        )
        bare = sample_entry(Action.RESTRICTED, purpose=None, meaning=None, text_hash=None, at=long.at)
        override = sample_entry(Action.OVERRIDDEN, ground="g" * 64, at=long.at)
        ledger(store).append([long, bare, override])
        assert [row.entry for row in store.rows()] == [long, bare, override]

    def test_names_differ_by_case(self, store: LedgerStore) -> None:
        """Look-ups are exact: a subject whose pseudonym only starts alike is another one."""
        ledger(store).append(toggled(AN))
        assert store.rows_of(AN.upper()) == []
        assert store.rows_of(AN[:-1]) == []

    def test_a_repeat_adds_no_row(self, store: LedgerStore) -> None:
        """Saying the same again, in one call or in two, leaves the ledger as it is."""
        book = ledger(store)
        assert len(book.append([*toggled(AN, 1), *toggled(AN, 1)])) == 1
        assert book.append(toggled(AN, 1)) == ()
        assert store.head().count == 1

    def test_everything_withdrawn_is_no_repeat_of_one_thing(self, store: LedgerStore) -> None:
        """A withdrawal of all purposes is seen by the next choice about one purpose, and the other way round."""
        book = ledger(store)
        everything = sample_entry(Action.WITHDRAWN, subject=AN, purpose=None, meaning=None)
        again = sample_entry(Action.GRANTED, subject=AN, at=NOON + timedelta(hours=1))
        later = replace(everything, at=again.at)
        assert len(book.append([*toggled(AN, 1), everything, again, later])) == 4
        assert book.append([later]) == ()

    def test_another_meaning_is_no_repeat(self, store: LedgerStore) -> None:
        """A grant of the same purpose in another meaning is a choice of its own (A18)."""
        book = ledger(store)
        book.append([sample_entry()])
        assert len(book.append([sample_entry(meaning="00" * 32)])) == 1

    def test_nothing_is_written_when_the_writer_fails(self, store: LedgerStore) -> None:
        """An exception inside writing() takes back rows and head."""
        ledger(store).append(toggled(AN, 1))
        before = store.head()

        def failing() -> Iterator[Entry]:
            yield from toggled(BO)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            ledger(store).append(failing())
        assert store.head() == before
        assert [row.seq for row in store.rows()] == [1]

    def test_followers_miss_nothing(self, store: LedgerStore) -> None:
        """rows_after gives what came since, in order and at most as many as asked for."""
        ledger(store).append([*toggled(AN), *toggled(BO)])
        assert [row.seq for row in store.rows_after(0, 2)] == [1, 2]
        assert [row.seq for row in store.rows_after(2)] == [3, 4, 5, 6]
        assert store.rows_after(6) == []

    def test_many_rows_are_read_in_order(self, store: LedgerStore) -> None:
        """More rows than any batch come in the order of their numbers, without gap or repeat."""
        ledger(store).append(toggled(AN, 1203))
        assert [row.seq for row in store.rows()] == list(range(1, 1204))

    def test_subjects_do_not_mix(self, store: LedgerStore) -> None:
        """rows_of gives the rows of one subject only, in order."""
        book = ledger(store)
        for one, other in zip(toggled(AN), toggled(BO), strict=True):
            book.append([one, other])
        assert [row.seq for row in store.rows_of(AN)] == [1, 3, 5]
        assert [row.seq for row in store.rows_of(BO)] == [2, 4, 6]
        assert store.rows_of(sample_subject("nobody")) == []

    def test_what_was_allowed_stays_so(self, store: LedgerStore) -> None:
        """Before the withdrawal it was allowed, after it was not, and that does not change later (D12)."""
        book = ledger(store)
        book.append(toggled(AN, 2))
        moments = [
            NOON - timedelta(seconds=1),
            NOON,
            NOON + timedelta(seconds=59),
            NOON + timedelta(minutes=1),
        ]
        assert [book.was_allowed(AN, "newsletter", at) for at in moments] == [False, True, True, False]
        book.append(toggled(AN, 3)[2:])
        assert [book.was_allowed(AN, "newsletter", at) for at in moments] == [False, True, True, False]
        assert not book.was_allowed(AN, "promotions", NOON)

    def test_known_tells_pruned_from_unknown(self, store: LedgerStore) -> None:
        """A digest is known with its content, known without it, or not known."""
        book = ledger(store)
        rows = book.append(toggled(AN, 2))
        with store.writing() as writer:
            assert list(writer.blank([1, 99])) == [1]
            assert list(writer.blank([1])) == []
            assert writer.known([rows[0].digest]) == {rows[0].digest: False}
        expected = {rows[0].digest: False, rows[1].digest: True}
        assert store.known([rows[0].digest, rows[1].digest, bytes(32)]) == expected
        assert store.known([]) == {}

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

    def test_what_is_closed_is_found(self, store: LedgerStore) -> None:
        """The youngest refusal, withdrawal or objection of each subject of a kind, and nothing else."""
        early, late = NOON, NOON + timedelta(days=1)
        others = [
            sample_entry(Action.WITHDRAWN, subject=f"browser:{'0' * 40}", at=late),
            sample_entry(Action.WITHDRAWN, subject=f"customers:{'0' * 40}", at=late),
            sample_entry(Action.WITHDRAWN, subject=BO, purpose="old", at=early - timedelta(microseconds=1)),
            sample_entry(Action.WITHDRAWN, subject=BO, purpose=None, meaning=None, text_hash=None, at=late),
        ]
        ledger(store).append(
            [
                *others,
                sample_entry(Action.REFUSED, subject=AN, purpose="statistics", at=early),
                sample_entry(Action.OBJECTED, subject=AN, purpose="promotions", at=early),
                sample_entry(Action.WITHDRAWN, subject=AN, purpose="promotions", at=late),
                sample_entry(Action.GRANTED, subject=AN, purpose="promotions", at=late + timedelta(hours=1)),
                sample_entry(Action.WITHDRAWN, subject=BO, purpose="statistics", at=late),
            ]
        )
        assert store.closed_since("customer", early) == {
            (AN, "statistics"): early,
            (AN, "promotions"): late,
            (BO, "statistics"): late,
        }
        assert (AN, "statistics") not in store.closed_since("customer", early + timedelta(microseconds=1))
        assert store.closed_since("order", early) == {}

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

    def test_a_row_below_the_first_is_found(self, store: LedgerStore) -> None:
        """A row with a number that nobody gave is named, and nobody who follows the ledger sees it."""
        book = ledger(store)
        [row] = book.append(toggled(AN, 1))
        with store.writing() as writer:
            for seq in (0, -7):
                writer.add([replace(row, seq=seq)], writer.head())
        assert [fault.first for fault in book.verify().faults] == [-7, 0]
        assert [found.seq for found in store.rows_after(0)] == [1]

    def test_threads_keep_one_chain(self, store: LedgerStore) -> None:
        """Threads that write at once lose nothing and keep one chain; each row they were given is there."""
        subjects = [sample_subject(str(number)) for number in range(8)]

        def write(subject: str) -> list[Row]:
            book = ledger(store, seed=subject)
            return [row for entry in toggled(subject, 5) for row in book.append([entry])]

        with ThreadPoolExecutor(4) as pool:
            written = [row for rows in pool.map(write, subjects) for row in rows]
        assert sorted(written, key=lambda row: row.seq) == list(store.rows())
        assert store.head().count == 40
        ledger(store).verify().require()

    def test_threads_count_every_refusal(self, store: LedgerStore) -> None:
        """Refusals counted at once are all counted."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: store.count_refusals(NOON.date(), ["a", "b"]), range(12)))
        assert set(store.refusals().values()) == {12}
