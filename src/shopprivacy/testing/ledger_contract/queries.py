"""How a store is asked: by subject, from a number on, for withdrawals, for digests."""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from shopprivacy.decision import Action
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.ledger.validity import Withdrawal
from shopprivacy.testing.ledger_contract.shop import AN, BO, ledger, toggled
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_subject,
)


class QueryContract:
    """How a store is asked: by subject, from a number on, for withdrawals, for digests."""

    def test_feeds_miss_nothing(self, store: LedgerStore) -> None:
        """rows_after gives what came since, in order and at most as many as asked for."""
        ledger(store).append([*toggled(AN), *toggled(BO)])
        assert [row.seq for row in store.rows_after(0, 2)] == [1, 2]
        assert [row.seq for row in store.rows_after(2)] == [3, 4, 5, 6]
        assert store.rows_after(6) == []

    def test_many_rows_are_read_in_order(self, store: LedgerStore) -> None:
        """More rows than any batch come in the order of their numbers, without gap or repeat."""
        ledger(store).append(toggled(AN, 1203))
        assert [row.seq for row in store.rows()] == list(range(1, 1204))

    def test_what_is_committed_can_be_asked_for(self, store: LedgerStore) -> None:
        """Within, reading and writing go on as without, and afterwards, also where something was raised."""
        book = ledger(store)
        with suppress(ZeroDivisionError), store.committed():
            book.append(toggled(AN, 2))
            assert [row.seq for row in store.rows_of(AN)] == [1, 2]
            raise ZeroDivisionError
        book.append(toggled(BO, 1))
        assert store.head().count == 3

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
        assert [row.salt for row in store.rows()] == [b"", rows[1].salt], "with it, content could be guessed"

    def test_withdrawals_are_found(self, store: LedgerStore) -> None:
        """Every refusal, withdrawal and objection of the subjects of a kind, in order, and nothing else."""
        early, late = NOON, NOON + timedelta(days=1)
        old = sample_entry(Action.WITHDRAWN, subject=BO, purpose="old", at=early - timedelta(microseconds=1))
        others = [
            sample_entry(Action.WITHDRAWN, subject=f"browser:{'0' * 40}", at=late),
            sample_entry(Action.WITHDRAWN, subject=f"customers:{'0' * 40}", at=late),
            sample_entry(Action.WITHDRAWN, subject=BO, purpose=None, meaning=None, text_hash=None, at=late),
        ]
        rows = ledger(store).append(
            [
                old,
                *others,
                sample_entry(Action.REFUSED, subject=AN, purpose="statistics", at=early),
                sample_entry(Action.OBJECTED, subject=AN, purpose="promotions", at=early),
                sample_entry(Action.WITHDRAWN, subject=AN, purpose="promotions", at=late),
                sample_entry(Action.GRANTED, subject=AN, purpose="promotions", at=late + timedelta(hours=1)),
                sample_entry(Action.WITHDRAWN, subject=BO, purpose="statistics", at=late),
            ]
        )
        expected = [
            Withdrawal(AN, "statistics", early, rows[4].digest),
            Withdrawal(AN, "promotions", early, rows[5].digest),
            Withdrawal(AN, "promotions", late, rows[6].digest),
            Withdrawal(BO, "statistics", late, rows[8].digest),
        ]
        assert [*store.withdrawals_since("customer", early)] == expected
        assert [*store.withdrawals_since("order", early)] == []
        # Behind a row that is young enough, whatever its own time: a clock may have been behind. Else all there is.
        assert [*store.withdrawals_since("customer", late)] == expected
        everything = store.withdrawals_since("customer", late + timedelta(days=1))
        assert everything[0].purpose == "old"
