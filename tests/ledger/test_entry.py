"""One row: what may go in, and its exact bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Keyset, Use
from shopprivacy.decision import Action
from shopprivacy.ledger.chain import GENESIS, link
from shopprivacy.ledger.entry import CollectionMethod, Entry, Pruning, read_time, written
from shopprivacy.ledger.serialize import ENTRY_FIELDS, read_row
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject
from tests.ledger.vectors import KEYSET, VECTORS, second_parts

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
    ({"how": CollectionMethod.SIGN_IN}, "how: sign_in is not an affirmative act"),
    ({"how": CollectionMethod.ONE_CLICK_MAIL}, "how: one_click_mail is not an affirmative act"),
    ({"how": CollectionMethod.SIGNAL}, "how: signal is not an affirmative act"),
    ({"how": CollectionMethod.RULE}, "how: rule is not an affirmative act"),
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
