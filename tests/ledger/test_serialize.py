"""Rows as flat fields: what was written comes back, and what nobody wrote is damage."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Use
from shopprivacy.decision import Action
from shopprivacy.ledger.chain import GENESIS, link
from shopprivacy.ledger.entry import CollectionMethod, Damaged, Entry, Pruning, Row, written
from shopprivacy.ledger.serialize import read_entry, read_row, read_withdrawals, row_fields
from shopprivacy.ledger.validity import Withdrawal
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_subject

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
ENTRIES = st.builds(
    lambda action, **fields: Entry(
        action=action, ground="g" if action is Action.OVERRIDDEN else None, **fields
    ),
    at=st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    subject=NAMES.map(sample_subject),
    purpose=NAMES,
    action=st.sampled_from(Action),
    version=st.from_regex(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}", fullmatch=True),
    meaning=DIGESTS,
    text_hash=DIGESTS,
    how=st.sampled_from([CollectionMethod.BANNER, CollectionMethod.ACCOUNT]),
    consent_id=st.none() | st.from_regex(r"[0-9a-f]{16,64}", fullmatch=True),
    data=st.lists(NAMES, max_size=3).map(tuple),
)
NOTES = st.builds(
    Pruning,
    at=st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    keep=st.just("7 years"),
    rows=st.lists(st.tuples(st.integers(1, 2**62), st.integers(1, 2**62)), min_size=1, max_size=3).map(tuple),
)


@given(st.one_of(ENTRIES, NOTES), st.binary(min_size=16, max_size=16))
def test_rows_come_back_from_their_fields(content: Entry | Pruning, salt: bytes) -> None:
    """Reading gives what was written, for choices, notes of pruning, and pruned rows."""
    row, _ = link(GENESIS, content, salt, sample_keyset().derive(Use.LEDGER_CHAIN))
    assert read_row(row_fields(row)) == row
    gone = Row(row.seq, None, b"", row.digest, row.hash, row.key_id)
    assert read_row(row_fields(gone)) == gone


@given(ENTRIES, ENTRIES, st.binary(min_size=16, max_size=16))
def test_different_choices_have_different_digests(one: Entry, other: Entry, salt: bytes) -> None:
    """Two entries share a digest only when they are equal."""
    key = sample_keyset().derive(Use.LEDGER_CHAIN)
    digests = [link(GENESIS, entry, salt, key)[0].digest for entry in (one, other)]
    assert (digests[0] == digests[1]) == (one == other)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"action": "an@example.nl"}, "action: must be one of granted"),
        ({"how": None}, "how: must be one of banner"),
        ({"at": "2026-01-01T12:00:00.0Z"}, "at: must be a time"),
        ({"at": None}, "at: must be a time"),
        ({"at": 7}, "at: must be text"),
        ({"salt": "00"}, "salt: must be 16 bytes"),
        ({"salt": 7}, "salt: must be 16 bytes"),
        ({"pruned_keep": "7 years"}, "pruned_keep: stands in a row that notes no pruning"),
        ({"pruned_rows": "1-1"}, "pruned_rows: stands in a row that notes something else"),
    ],
)
def test_what_nobody_wrote_is_damaged(changes: dict[str, object], reason: str) -> None:
    """Fields of another form read as damage that names the field and not the value."""
    row, _ = link(GENESIS, sample_entry(), bytes(16), sample_keyset().derive(Use.LEDGER_CHAIN))
    damaged = read_row({**row_fields(row), **changes}).content
    assert isinstance(damaged, Damaged)
    assert damaged.reason.startswith(reason)
    assert "example.nl" not in damaged.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pruned_rows": "1"}, "pruned_rows: must be stretches"),
        ({"pruned_rows": "1-2  3-4"}, "pruned_rows: must be stretches"),
        ({"at": "2026-01-01T12:00:00.1Z"}, "at: must be a time"),
    ],
)
def test_damaged_notes(changes: dict[str, object], reason: str) -> None:
    """A note of pruning is read as strictly."""
    row, _ = link(
        GENESIS, Pruning(NOON, "7 years", ((1, 2),)), bytes(16), sample_keyset().derive(Use.LEDGER_CHAIN)
    )
    damaged = read_row({**row_fields(row), **changes}).content
    assert isinstance(damaged, Damaged)
    assert damaged.reason.startswith(reason)


@pytest.mark.parametrize("seq", [None, "1", 2**63, -(2**63) - 1])
def test_a_row_has_a_number(seq: object) -> None:
    """Without a sequence number there is nothing to name."""
    with pytest.raises(ValueError, match="seq: must be a number"):
        read_row({"seq": seq})


@pytest.mark.parametrize("seq", [0, -1, -(2**63)])
def test_a_number_below_the_first_is_damage(seq: int) -> None:
    """A table can hold such a row, and nothing here wrote it: it is for `verify` to name."""
    row, _ = link(GENESIS, sample_entry(), bytes(16), sample_keyset().derive(Use.LEDGER_CHAIN))
    read = read_row({**row_fields(row), "seq": seq})
    assert read == row._replace(seq=seq, content=Damaged("seq: rows are numbered from 1"))


def test_entries_without_all_fields() -> None:
    """Missing fields are errors, not defaults."""
    with pytest.raises(ValueError, match=r"at|action|subject"):
        read_entry({})


@pytest.mark.parametrize("name", ["salt", "digest", "hash", "key_id"])
@pytest.mark.parametrize("value", ["", "0", "AB", "ab cd", " ab", "xy", "\u0661\u0661", 17, None, b"ab"])
def test_bytes_written_otherwise_are_none(name: str, value: object) -> None:
    """Only lower-case hexadecimal digits are bytes; anything else is none, and verifies against nothing."""
    row, _ = link(GENESIS, sample_entry(), bytes(16), sample_keyset().derive(Use.LEDGER_CHAIN))
    assert getattr(read_row({**row_fields(row), name: value}), name) == b""


def test_a_time_that_was_tampered_with_is_no_withdrawal() -> None:
    """It is for verify to name it, and for nobody to stumble over it."""
    subject = sample_subject()
    rows = [
        (subject, "ads", written(NOON), "ab"),
        (subject, "statistics", "yesterday", "ab"),
        (subject, "statistics", written(NOON), "no digest"),
    ]
    assert read_withdrawals(rows) == [Withdrawal(subject, "ads", NOON, b"\xab")]


def test_values_do_not_grow_within_a_major_version() -> None:
    """A release that was rolled back must read every choice that the newer one recorded (docs/formats/journal.md)."""
    assert {action.value for action in Action} == {
        *("granted", "refused", "withdrawn", "objected", "overridden", "restricted", "lifted", "expired"),
    }
    assert {how.value for how in CollectionMethod} == {
        *("banner", "preference_page", "one_click_mail", "operator", "sign_in", "account", "signal"),
        *("provider", "import", "rule"),
    }
