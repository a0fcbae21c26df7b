"""Appender many choices in one turn: what stands in the ledger is read once, and what is added written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.decision import Action
from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.entry import Entry, Row
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.store import About
from shopprivacy.policy import Duration
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.memory.ledger import MemoryWriter
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject
from tests.ledger.memory_journal import MemoryJournal

SUBJECTS = [sample_subject("an"), sample_subject("bo"), sample_subject("an", "browser")]
ANYTHING = st.sampled_from(["newsletter", "promotions", None])


@st.composite
def choices(draw: st.DrawFn) -> Entry:
    """A choice of one of a few subjects about one of a few purposes, by a clock that may be wrong."""
    purpose = draw(ANYTHING)
    actions = set(Action) - {Action.OVERRIDDEN} - (set() if purpose else {Action.GRANTED})
    return sample_entry(
        draw(st.sampled_from(sorted(actions))),
        subject=draw(st.sampled_from(SUBJECTS)),
        purpose=purpose,
        meaning=draw(st.sampled_from(["ab" * 32, "cd" * 32])),
        at=NOON + draw(st.sampled_from([0, 1, 59, 60, 61, 3600, 86_400 * 40])) * timedelta(seconds=1),
    )


def ledger(journal: MemoryJournal, store: MemoryStore | None = None) -> Ledger:
    """A ledger that lets a browser's choices lapse after a month."""
    lifetimes = {"browser": Duration.parse("1 month")}
    return Ledger(
        store or MemoryStore(), sample_keyset(), sample_random(), journal=journal, lifetimes=lifetimes
    )


@given(st.lists(choices(), max_size=12), st.integers(0, 12))
def test_together_is_one_by_one(entries: list[Entry], before: int) -> None:
    """Rows, hashes, answer and journal are the same, whatever was in the ledger before and whatever the clocks say."""
    together, single = MemoryJournal(), MemoryJournal()
    one, other = ledger(together), ledger(single)
    for book in (one, other):
        for entry in entries[:before]:
            book.append([entry])
    added = one.append(entries[before:])
    assert added == tuple(row for entry in entries[before:] for row in other.append([entry]))
    assert list(one.store.rows()) == list(other.store.rows())
    assert one.store.head() == other.store.head()
    assert together.kept == single.kept


def test_one_read_and_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is asked once, of each subject and purpose once, and told once, or never where nothing is new.

    Of a yes that says the last one again it is asked what came after it: an objection to all marketing.
    """
    asked: list[Sequence[About]] = []
    added: list[int] = []
    last, add = MemoryWriter.last, MemoryWriter.add

    def asking(writer: MemoryWriter, about: Sequence[About]) -> Sequence[Entry | None]:
        asked.append(about)
        return last(writer, about)

    def adding(writer: MemoryWriter, rows: Sequence[Row], head: Head) -> None:
        added.append(len(rows))
        add(writer, rows, head)

    monkeypatch.setattr(MemoryWriter, "last", asking)
    monkeypatch.setattr(MemoryWriter, "add", adding)
    book = ledger(MemoryJournal())
    an, bo = sample_entry(), sample_entry(Action.WITHDRAWN, subject=SUBJECTS[1], purpose=None, meaning=None)
    assert len(book.append([an, bo, an, replace(an, action=Action.WITHDRAWN), bo])) == 3
    assert book.append([bo]) == ()
    assert asked == [[(an.subject, an.purpose), (bo.subject, None)], [(bo.subject, None)]]
    assert added == [3]
    asked.clear()
    again = sample_entry(subject=SUBJECTS[2])
    assert (len(book.append([again])), book.append([again])) == (1, ())
    first = [(again.subject, again.purpose)]
    assert asked == [first, first, [(again.subject, "direct_marketing")]]
