"""One row: what may go in, its exact bytes, and reading it back from flat fields."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Keyset, Use
from shopprivacy.decision import Action
from shopprivacy.ledger.chain import GENESIS, Pin, link
from shopprivacy.ledger.checkpoint import Checkpoint, checkpoint, due
from shopprivacy.ledger.entry import CollectionMethod, Damaged, Entry, Pruning, Row, read_time, written
from shopprivacy.ledger.serialize import ENTRY_FIELDS, read_entry, read_row, read_withdrawals, row_fields
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "ledger.json").read_text(encoding="utf-8")
)
KEYSET = json.loads((Path(__file__).parent.parent / "vectors" / "keyset.json").read_text(encoding="utf-8"))

BAD: list[tuple[dict[str, Any], str]] = [
    ({"at": datetime(2026, 1, 1)}, "at: a moment needs a time zone"),  # noqa: DTZ001
    ({"subject": "an@example.nl"}, "subject: must be a pseudonym"),
    ({"subject": None}, "subject: must be a pseudonym"),
    ({"subject": "customer:7"}, "subject: must be a pseudonym"),
    ({"subject": sample_subject() + "\n"}, "subject: must be a pseudonym"),
    ({"purpose": "an@example.nl"}, "purpose: must be the name of a purpose"),
    ({"purpose": ""}, "purpose: must be the name of a purpose"),
    ({"version": "v 1"}, "version: must be a policy version"),
    ({"meaning": "x"}, "meaning: must be a SHA-256 in hexadecimal"),
    ({"text_hash": "I agree"}, "text_hash: must be a SHA-256 in hexadecimal"),
    ({"consent_id": "7"}, "consent_id: must be random bytes in hexadecimal"),
    ({"data": ("contact", "An Jansen")}, "data: must be names of data categories"),
    ({"purpose": None}, "purpose: granted is said of one purpose at a time"),
    ({"ground": "legal_claims"}, "ground: an override needs one, nothing else has one"),
    ({"action": Action.OVERRIDDEN}, "ground: an override needs one, nothing else has one"),
    ({"action": Action.OVERRIDDEN, "ground": "We need it."}, "ground: must be the name of a ground"),
    (
        {"purpose": None, "action": Action.OVERRIDDEN, "ground": "x"},
        "purpose: overridden is said of one purpose at a time",
    ),
    ({"meaning": None}, "a grant needs its meaning and the hash of the text"),
    ({"text_hash": None}, "a grant needs its meaning and the hash of the text"),
    ({"how": CollectionMethod.SIGN_IN}, "how: sign_in is no affirmative act"),
    ({"how": CollectionMethod.ONE_CLICK_MAIL}, "how: one_click_mail is no affirmative act"),
    ({"how": CollectionMethod.SIGNAL}, "how: signal is no affirmative act"),
    ({"how": CollectionMethod.RULE}, "how: rule is no affirmative act"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_what_may_not_go_in(changes: dict[str, Any], message: str) -> None:
    """Raw identifiers, blanket consent, and grants that prove nothing are refused, and the value is not repeated."""
    with pytest.raises(ValueError, match=message) as caught:
        sample_entry(**changes)
    assert "example.nl" not in str(caught.value)


@pytest.mark.parametrize("how", CollectionMethod)
def test_saying_no_is_always_possible(how: CollectionMethod) -> None:
    """Narrowing needs neither text nor meaning, and any act will do."""
    bare = {"meaning": None, "text_hash": None, "how": how}
    for action in (Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED, Action.RESTRICTED):
        assert sample_entry(action, **bare, purpose=None).how is how


def test_time_is_kept_in_utc() -> None:
    """The same moment in another zone is the same entry."""
    there = NOON.astimezone(timezone(timedelta(hours=2)))
    assert sample_entry(at=there) == sample_entry()
    assert sample_entry(at=there).at.tzinfo is UTC


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


def second_parts(parts: list[str]) -> bytes:
    """Count, then length and UTF-8 of each part: written from docs/formats/ledger.md."""
    out = len(parts).to_bytes(4, "big")
    for part in parts:
        out += len(part.encode()).to_bytes(4, "big") + part.encode()
    return out


def second_digest(row: dict[str, Any]) -> str:
    """The digest of a published row, by the page."""
    if row["pruned_rows"] is not None:
        parts = ["pruning", row["salt"], row["at"], row["pruned_keep"], row["pruned_rows"]]
    else:
        optional = {
            name: "-" if row[name] is None else f"+{row[name]}"
            for name in ("purpose", "meaning", "text_hash", "consent_id", "ground")
        }
        parts = [
            "choice",
            row["salt"],
            *({**row, **optional, "data": row["data"] or ""}[name] for name in ENTRY_FIELDS),
        ]
    return hashlib.sha256(second_parts(["shopprivacy-ledger/1", *parts])).hexdigest()


def test_published_rows() -> None:
    """The library and a second implementation give the published digests, hashes and rolling hashes."""
    keyset = Keyset.from_json(json.dumps(KEYSET["keyset"]).encode())
    chain_keys = {
        key["key_id"]: bytes.fromhex(key["key"]) for key in KEYSET["derived"] if key["use"] == "ledger-chain"
    }
    previous = rolling = bytes(32)
    head = GENESIS
    for row in VECTORS["rows"]:
        assert row["digest"] == second_digest(row)
        message = previous + row["seq"].to_bytes(8, "big") + bytes.fromhex(row["digest"])
        previous = hmac.new(chain_keys[row["key_id"]], message, hashlib.sha256).digest()
        assert row["hash"] == previous.hex()
        own = bytes.fromhex(row["key_id"]) + bytes.fromhex(row["digest"]) + previous
        rolling = hashlib.sha256(rolling + own).digest()
        read = read_row(row)
        assert isinstance(read.content, Entry | Pruning)
        key = keyset.derive(Use.LEDGER_CHAIN, key_id=read.key_id)
        again, head = link(head, read.content, read.salt, key)
        assert again == read
    assert [str(head.pin), head.rolling.hex()] == [VECTORS["head"], VECTORS["rolling"]]
    assert rolling == head.rolling


def test_published_checkpoint() -> None:
    """The published checkpoint is signed as the page says, by the published key."""
    published = VECTORS["checkpoint"]
    seed = next(
        bytes.fromhex(key["key"])
        for key in KEYSET["derived"]
        if key["use"] == "ledger-checkpoint" and key["key_id"] == published["key_id"]
    )
    count, hash_ = VECTORS["head"].split(":")
    parts = [
        "shopprivacy-checkpoint/1",
        KEYSET["keyset"]["tenant"],
        published["at"],
        count,
        hash_,
        VECTORS["rolling"],
    ]
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    assert signer.sign(second_parts(parts)).hex() == published["signature"]
    assert signer.public_key().public_bytes_raw().hex() == published["public_key"]


def test_a_checkpoint_is_signed_by_one_key() -> None:
    """It verifies under the key that signed it and no other, and not once anything in it differs."""
    made = checkpoint(GENESIS, NOON, "shop", sample_keyset().derive(Use.CHECKPOINT))
    other = checkpoint(GENESIS, NOON, "shop", sample_keyset("other").derive(Use.CHECKPOINT))
    assert made.signed_by(made.public_key)
    assert not made.signed_by(other.public_key)
    assert not made.signed_by(b"too short")
    later = Checkpoint(NOON + timedelta(1), GENESIS, "shop", made.key_id, made.public_key, made.signature)
    assert not later.signed_by(made.public_key)
    assert made.pin == GENESIS.pin
    assert str(made) == "the checkpoint of 2026-01-01T12:00:00.000000Z"


def test_checkpoints_are_due_once_a_month() -> None:
    """The first moment of a month in UTC asks for one, whatever the zone of the clock."""
    made = Checkpoint(datetime(2026, 1, 31, 23, 59, tzinfo=UTC), GENESIS, "shop")
    there = timezone(timedelta(hours=1))
    assert due([], NOON)
    assert not due([made], datetime(2026, 2, 1, 0, 30, tzinfo=there))
    assert due([made], datetime(2026, 2, 1, tzinfo=UTC))


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_pins_can_be_read_back(count: int, digest: bytes) -> None:
    """What was printed can be given to verify."""
    pin = Pin(count, digest)
    assert Pin.parse(str(pin)) == pin


@pytest.mark.parametrize(
    "text", ["", "1", "1:", ":00", "01:" + "00" * 32, "1:" + "0" * 63, "1:" + "AB" * 32, "-1:" + "00" * 32]
)
def test_what_is_no_pin(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="a pinned head looks like"):
        Pin.parse(text)


def test_entries_without_all_fields() -> None:
    """Missing fields are errors, not defaults."""
    with pytest.raises(ValueError, match=r"at|action|subject"):
        read_entry({})


def test_random_salts_hide_the_digest() -> None:
    """The same choice with another salt has another digest."""
    key = sample_keyset().derive(Use.LEDGER_CHAIN)
    random = sample_random()
    assert (
        link(GENESIS, sample_entry(), random(16), key)[0].digest
        != link(GENESIS, sample_entry(), random(16), key)[0].digest
    )


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_a_time_is_written_in_one_way(at: datetime) -> None:
    """Every moment is text of one width that is read back as the same moment, in UTC."""
    try:
        text = written(at)
    except OverflowError:  # before the year 1 or after 9999, in UTC
        return
    assert len(text) == 27
    assert read_time(text) == at
    assert read_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31T09:30:00.000000",
        "2026-01-31 09:30:00.000000Z",
        "2026-01-31T09:30:00.000000z",
        "2026-01-31T09:30:00.000000+00:00",
        "2026-01-31T10:30:00.000000+01:00",
        "2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00,000000Z",
        "20260131T093000.000000Z",
        "2026-W05-6T09:30:00.000000Z",
        "2026-02-31T09:30:00.000000Z",
        "0001-01-01T00:00:00.000000+23:59",
        "2026-01-31T09:30:00.000000Z ",
        "\u0662\u0660\u0662\u0666-01-31T09:30:00.000000Z",
    ],
)
def test_a_time_written_otherwise_is_none(text: str) -> None:
    """ISO 8601 has many spellings, and only one is ours: two spellings of one moment could hide an edit."""
    with pytest.raises(ValueError, match=r"^at: must be a time in UTC such as"):
        read_time(text)


@pytest.mark.parametrize("name", ["salt", "digest", "hash", "key_id"])
@pytest.mark.parametrize("value", ["", "0", "AB", "ab cd", " ab", "xy", "\u0661\u0661", 17, None, b"ab"])
def test_bytes_written_otherwise_are_none(name: str, value: object) -> None:
    """Only lower-case hexadecimal digits are bytes; anything else is none, and verifies against nothing."""
    row, _ = link(GENESIS, sample_entry(), bytes(16), sample_keyset().derive(Use.LEDGER_CHAIN))
    assert getattr(read_row({**row_fields(row), name: value}), name) == b""


def test_a_time_that_was_tampered_with_is_no_withdrawal() -> None:
    """It is for verify to name it, and for nobody to stumble over it."""
    subject = sample_subject()
    rows = [(subject, "ads", written(NOON)), (subject, "statistics", "yesterday")]
    assert read_withdrawals(rows) == {(subject, "ads"): NOON}
