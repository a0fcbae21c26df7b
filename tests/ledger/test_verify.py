"""Every edit, drop, swap, insertion and truncation is found, and the row is named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Keyset, Ring, Use
from shopprivacy.decision import Action
from shopprivacy.errors import LedgerBroken
from shopprivacy.ledger.chain import GENESIS, Head, Pin, link, rolled
from shopprivacy.ledger.checkpoint import Checkpoint, checkpoint
from shopprivacy.ledger.entry import Pruning, Row
from shopprivacy.ledger.serialize import CONTENT_FIELDS, ROW_FIELDS, Fields, read_row, row_fields
from shopprivacy.ledger.verify import Fault, Verification, audit, verify
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject

LENGTH = 12
PRUNED = (2, 3)
NOTE = 9


@cache
def keys() -> Keyset:
    """A keyset whose signing key was rotated."""
    keyset = sample_keyset().new(Ring.SIGNING, sample_random("rotation"), NOON)
    return keyset.rotate(keyset.keys(Ring.SIGNING)[1].id, NOON)


def old_key() -> bytes:
    """The id of the signing key that was rotated away."""
    return keys().keys(Ring.SIGNING)[0].id


@cache
def written() -> tuple[tuple[Row, ...], tuple[Head, ...]]:
    """Twelve rows over two chain keys, two of them pruned with a note, and the head after each."""
    random = sample_random("rows")
    rows: list[Row] = []
    heads = [GENESIS]
    for seq in range(1, LENGTH + 1):
        action = (Action.GRANTED, Action.WITHDRAWN)[seq % 2]
        entry = sample_entry(
            action, subject=sample_subject(str(seq % 3)), at=NOON + timedelta(minutes=seq), data=("contact",)
        )
        content = Pruning(NOON, "7 years", ((2, 3),)) if seq == NOTE else entry
        key = keys().derive(Use.LEDGER_CHAIN, key_id=old_key() if seq <= 6 else None)
        row, head = link(heads[-1], content, random(16), key)
        rows.append(row._replace(content=None, salt=b"") if seq in PRUNED else row)
        heads.append(head)
    return tuple(rows), tuple(heads)


def fields() -> list[Fields]:
    """The rows as they stand in a table."""
    return [row_fields(row) for row in written()[0]]


def head() -> Head:
    """The head of all rows."""
    return written()[1][LENGTH]


def check(
    rows: Iterable[Fields],
    *,
    at: Head | None = None,
    pins: Iterable[Pin] = (),
    checkpoints: Iterable[Checkpoint] = (),
    keyset: Keyset | None = None,
) -> Verification:
    """Verify rows as they stand in a table."""
    ordered = sorted(rows, key=lambda row: int(row["seq"] or 0))
    return verify(
        map(read_row, ordered), lambda: at or head(), keyset or keys(), checkpoints=checkpoints, pins=pins
    )


def named(found: Verification) -> set[int]:
    """The numbers of all rows that the faults name."""
    return {seq for fault in found.faults for seq in range(fault.first, fault.last + 1)}


def signed(at: Head, keyset: Keyset | None = None, key_id: bytes | None = None) -> Checkpoint:
    """A checkpoint of this head."""
    keyset = keyset or keys()
    return checkpoint(at, NOON, keyset.tenant, keyset.derive(Use.CHECKPOINT, key_id=key_id))


def test_what_was_written_verifies() -> None:
    """Untouched rows have no fault, with pins and checkpoints of every length."""
    heads = written()[1]
    found = check(fields(), pins=[at.pin for at in heads], checkpoints=[signed(at) for at in heads])
    assert found == Verification(LENGTH, len(PRUNED), ())
    found.require()


OTHER: dict[str, st.SearchStrategy[str | int | None]] = {
    name: st.none() | st.text(max_size=4) | st.integers() for name in ROW_FIELDS if name != "seq"
} | {
    "at": st.sampled_from(["2026-01-01T12:00:00.000000Z", "2026-01-01T12:01:00Z", "", "0", None]),
    "subject": st.sampled_from([sample_subject("x"), "an@example.nl", None]),
    "purpose": st.sampled_from(["promotions", "", "an@example.nl", None]),
    "action": st.sampled_from([*Action, "grant", None]),
    "meaning": st.sampled_from(["00" * 32, "AB" * 32, None]),
    "how": st.sampled_from(["banner", "one_click_mail", "fax", None]),
    "data": st.sampled_from(["", "contact ", "contact address", None]),
    "consent_id": st.sampled_from(["", "00" * 8, "zz"]),
    "pruned_rows": st.sampled_from(["", "1-1", "2-3", "2-3 5-5", "x"]),
    "salt": st.sampled_from(["00" * 16, "00", "", None]),
    "digest": st.sampled_from(["00" * 32, "", "00", "zz"]),
    "hash": st.sampled_from(["00" * 32, "", "00", "zz"]),
    "key_id": st.sampled_from(
        ["00000000", "", *(key.id.hex() for key in sample_keyset().keys(Ring.SIGNING))]
    ),
}


@given(st.data(), st.integers(1, LENGTH), st.sampled_from([name for name in ROW_FIELDS if name != "seq"]))
def test_every_edit_is_found(data: st.DataObject, seq: int, name: str) -> None:
    """Whatever is changed in whichever field: that row is named, and no other."""
    rows = fields()
    value = data.draw(OTHER[name])
    edited = {**rows[seq - 1], name: value}
    if edited == rows[seq - 1]:
        return
    rows[seq - 1] = edited
    expected = {seq, *PRUNED} if seq == NOTE else {seq}  # whom a false note names is not pruned any more
    assert seq in named(check(rows))
    assert named(check(rows)) <= expected


@given(st.integers(1, LENGTH))
def test_every_gap_is_found(seq: int) -> None:
    """A row that is taken out is named."""
    rows = fields()
    del rows[seq - 1]
    found = named(check(rows))
    assert seq in found
    assert found <= ({seq, *PRUNED} if seq == NOTE else {seq})


def test_faults_say_what_was_done() -> None:
    """A stretch that is missing is one fault; a number below 1, and one that comes twice, are told as what they are."""
    rows = fields()
    assert check([*rows[:4], *rows[7:]]).faults == (Fault(5, 7, "missing"),)
    below = {**rows[3], "seq": 0}
    assert check([below, *rows]).faults == (Fault(0, 0, "was inserted: rows are numbered from 1"),)
    twice = check([*rows[:4], rows[3], *rows[4:]])
    assert twice.faults == (Fault(4, 4, "is there more than once, or out of order"),)


@given(st.integers(1, LENGTH - 1))
def test_closing_the_gap_does_not_help(seq: int) -> None:
    """Nor does it help to number the later rows anew."""
    rows = fields()
    rest = [{**row, "seq": int(row["seq"] or 0) - 1} for row in rows[seq:]]
    assert seq in named(check([*rows[: seq - 1], *rest]))


@given(st.integers(1, LENGTH), st.integers(1, LENGTH))
def test_every_swap_is_found(one: int, other: int) -> None:
    """Two rows that change places are both named."""
    if one == other:
        return
    rows = fields()
    rows[one - 1], rows[other - 1] = {**rows[other - 1], "seq": one}, {**rows[one - 1], "seq": other}
    assert {one, other} <= named(check(rows))


@given(st.integers(1, LENGTH), st.integers(1, LENGTH))
def test_every_insertion_is_found(place: int, copied: int) -> None:
    """A row put between others, which move up, is named; so is one that is put beside another."""
    rows = fields()
    new = {**rows[copied - 1], "seq": place}
    rest = [{**row, "seq": int(row["seq"] or 0) + 1} for row in rows[place - 1 :]]
    if place != copied:
        assert place in named(check([*rows[: place - 1], new, *rest]))
    assert place in named(check([*rows, new]))


def test_rows_after_the_head_are_found() -> None:
    """A row appended without its head is not counted, whoever wrote it."""
    random = sample_random("forged")
    forged, _ = link(head(), sample_entry(), random(16), keys().derive(Use.LEDGER_CHAIN))
    assert named(check([*fields(), row_fields(forged)])) == {LENGTH + 1}


@given(st.integers(0, LENGTH - 1))
def test_every_truncation_is_found(left: int) -> None:
    """Rows cut off at the end are named: by the stored head, or by what was kept elsewhere if that was set back."""
    rows = fields()[:left]
    cut = set(range(left + 1, LENGTH + 1))
    extra = set(PRUNED) if left < NOTE else set()
    assert cut <= named(check(rows)) <= cut | extra
    back = written()[1][left]
    assert cut <= named(check(rows, at=back, pins=[head().pin])) <= cut | extra
    assert cut <= named(check(rows, at=back, checkpoints=[signed(head())])) <= cut | extra


@given(st.integers(1, LENGTH))
def test_history_written_anew_is_found(seq: int) -> None:
    """Even who has the chain key cannot write a row anew under a pin: the pinned stretch is named."""
    random = sample_random("anew")
    rows = list(written()[0][: seq - 1])
    at = written()[1][seq - 1]
    for _ in range(seq, LENGTH + 1):
        row, at = link(at, sample_entry(), random(16), keys().derive(Use.LEDGER_CHAIN))
        rows.append(row)
    found = check(map(row_fields, rows), at=at, pins=[head().pin, written()[1][seq - 1].pin])
    assert set(range(seq, LENGTH + 1)) <= named(found)
    with pytest.raises(LedgerBroken, match="the pinned head"):
        found.require()


def test_a_deletion_is_no_pruning() -> None:
    """Blanking a row that no note in the chain names is found, as is a note that nobody could have written."""
    rows = fields()
    rows[4] |= dict.fromkeys(CONTENT_FIELDS)
    assert [str(fault) for fault in check(rows).faults] == [
        "row 5: content is gone, and no pruning in the chain names it"
    ]
    rows[9] = {
        **dict.fromkeys(ROW_FIELDS),
        **{name: rows[9][name] for name in ("seq", "digest", "hash", "key_id")},
    }
    rows[9] |= {
        "at": "2026-01-01T12:00:00.000000Z",
        "pruned_keep": "7 years",
        "pruned_rows": "5-5",
        "salt": "00" * 16,
    }
    assert named(check(rows)) == {5, 10}


def test_pruned_content_does_not_come_back() -> None:
    """A pruned row that has content again is named, even when the content is the true one."""
    random = sample_random("rows")
    rows = fields()
    first, after = link(GENESIS, sample_entry(), random(16), keys().derive(Use.LEDGER_CHAIN))
    note, end = link(after, Pruning(NOON, "7 years", ((1, 1),)), random(16), keys().derive(Use.LEDGER_CHAIN))
    rows = [row_fields(first), row_fields(note)]
    assert [str(fault) for fault in check(rows, at=end).faults] == [
        "row 1: was pruned, and its content is back"
    ]


def test_a_note_names_only_rows_before_it() -> None:
    """A note cannot excuse itself or what comes after it, however far it claims to reach."""
    random = sample_random("rows")
    key = keys().derive(Use.LEDGER_CHAIN)
    note, after = link(GENESIS, Pruning(NOON, "7 years", ((1, 2**62),)), random(16), key)
    row, end = link(after, sample_entry(), random(16), key)
    gone = row._replace(content=None, salt=b"")
    assert named(check([row_fields(note), row_fields(gone)], at=end)) == {2}


def test_a_missing_pruned_row_is_missing() -> None:
    """A pruned row that is taken out altogether is missing, not brought back."""
    rows = fields()
    del rows[1]
    assert [str(fault) for fault in check(rows).faults] == ["row 2: missing"]


@pytest.mark.parametrize("wrong", [replace(head(), hash=bytes(32)), replace(head(), rolling=bytes(32))])
def test_the_stored_head_is_checked(wrong: Head) -> None:
    """A head that does not belong to the rows is a fault."""
    assert named(check(fields(), at=wrong)) == set(range(1, LENGTH + 1))


def test_an_empty_ledger_has_its_head_too() -> None:
    """Without rows the head must be the genesis."""
    assert check([], at=GENESIS).faults == ()
    assert [str(fault) for fault in check([], at=Head(0, b"\1" * 32, bytes(32))).faults] == [
        "row 0: not what the stored head counted and hashed"
    ]


def test_foreign_rows_do_not_slow_it_down() -> None:
    """A ledger read with another keyset names every row it has a key for, and stays quick."""
    other = sample_keyset("other")
    random = sample_random("foreign")
    rows: list[Row] = []
    at = GENESIS
    for _ in range(40):
        row, at = link(at, sample_entry(), random(16), other.derive(Use.LEDGER_CHAIN))
        rows.append(row._replace(key_id=old_key()))
    assert named(check(map(row_fields, rows), at=at)) == set(range(1, 41))


def without_old_key() -> Keyset:
    """The keyset after the rotated key was destroyed."""
    return keys().disable(old_key(), NOON).destroy(old_key(), NOON)


def test_rows_of_a_destroyed_key_need_a_checkpoint() -> None:
    """Without their key, rows count only under a checkpoint that a usable key signed."""
    keyset = without_old_key()
    assert named(check(fields(), keyset=keyset)) == set(range(1, 7))
    for covered in (6, 12):
        assert check(fields(), keyset=keyset, checkpoints=[signed(written()[1][covered])]).faults == ()
    partly = check(fields(), keyset=keyset, checkpoints=[signed(written()[1][4])])
    assert [str(fault) for fault in partly.faults] == [
        "rows 5 to 6: its chain key is gone, and no checkpoint signed by a usable key covers it"
    ]
    by_the_old = signed(written()[1][6], key_id=old_key())
    assert named(check(fields(), keyset=keyset, checkpoints=[by_the_old])) == set(range(1, 7))
    unsigned = replace(signed(written()[1][6]), signature=b"")
    assert named(check(fields(), keyset=keyset, checkpoints=[unsigned])) == set(range(1, 7))


@given(st.integers(1, 6), st.sampled_from(["digest", "hash", "key_id", "purpose"]))
def test_a_checkpoint_holds_rows_without_their_key(seq: int, name: str) -> None:
    """Under a destroyed key, an edit of any field is still found by the rolling hash, or by the digest."""
    rows = fields()
    if seq in PRUNED and name == "purpose":
        return
    changed = {"digest": "00" * 32, "hash": "00" * 32, "key_id": "00000000", "purpose": "promotions"}
    rows[seq - 1] |= {name: changed[name]}
    assert seq in named(check(rows, keyset=without_old_key(), checkpoints=[signed(written()[1][6])]))


def test_a_note_under_a_destroyed_key_counts_under_a_checkpoint_only() -> None:
    """Who blanks a row and adds a note under a key that nobody can check gets nowhere."""
    random = sample_random("rows")
    key = keys().derive(Use.LEDGER_CHAIN, key_id=old_key())
    row, after = link(GENESIS, sample_entry(), random(16), key)
    note, end = link(after, Pruning(NOON, "7 years", ((1, 1),)), random(16), key)
    rows = [row_fields(row._replace(content=None, salt=b"")), row_fields(note)]
    assert check(rows, at=end, keyset=without_old_key(), checkpoints=[signed(end)]).faults == ()
    assert "row 1: content is gone, and no pruning in the chain names it" in [
        str(fault) for fault in check(rows, at=end, keyset=without_old_key()).faults
    ]


def test_a_forged_checkpoint_is_found() -> None:
    """A checkpoint with a signature by another key, or of another tenant, is a fault."""
    forged = replace(signed(head(), sample_keyset("other")), key_id=keys().primary(Ring.SIGNING).id)
    assert "has a signature that is not ours" in str(check(fields(), checkpoints=[forged]).faults[0])
    moved = replace(signed(head()), tenant="other")
    assert "has a signature that is not ours" in str(check(fields(), checkpoints=[moved]).faults[0])


def test_an_auditor_needs_no_key_of_ours() -> None:
    """With a public key alone: the signed rows are good, later ones are not looked at, any change is found."""
    made = signed(written()[1][10])
    rows = written()[0]
    assert audit(rows, made, made.public_key) == Verification(10, len(PRUNED), ())
    assert named(audit(rows[:8], made, made.public_key)) >= {9, 10}
    edited = (*rows[:4], rows[4]._replace(digest=bytes(32)), *rows[5:])
    assert named(audit(edited, made, made.public_key)) >= {5}
    other = signed(written()[1][10], sample_keyset("other"))
    assert "not signed by the trusted key" in str(audit(rows, made, other.public_key).faults)


def test_the_rolling_hash_is_what_the_documents_say() -> None:
    """SHA-256 over the previous one, key id, digest and hash."""
    row = written()[0][0]
    assert rolled(bytes(32), row) == hashlib.sha256(bytes(32) + row.key_id + row.digest + row.hash).digest()
