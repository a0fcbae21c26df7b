"""Fitting deletions into a response."""

from __future__ import annotations

from shopprivacy.cookies.response import deletion
from shopprivacy.gate.cookie_rules import Place
from shopprivacy.gate.deletions import deletions_within

PLACES: list[Place] = [("/", None, False), ("/shop", "shop.example", True)]
FIELDS = [
    deletion(b"a", path=path, domain=domain, partitioned=partitioned) for path, domain, partitioned in PLACES
]
SIZES = [len(b"set-cookie: \r\n") + len(field) for field in FIELDS]


def test_as_many_as_fit_leave_to_the_last_byte() -> None:
    """The limit is in bytes of whole fields, line end included."""
    cookies = [(b"a", PLACES)]
    assert deletions_within(sum(SIZES), cookies, turn=0) == FIELDS
    assert deletions_within(sum(SIZES) - 1, cookies, turn=0) == FIELDS[:1]
    assert deletions_within(SIZES[0], cookies, turn=0) == FIELDS[:1]
    assert deletions_within(SIZES[0] - 1, cookies, turn=0) == []


def test_one_that_never_fits_keeps_no_other_back() -> None:
    """It is left out, and those after it leave."""
    long = b"a" * 5000
    assert deletions_within(sum(SIZES), [(long, PLACES), (b"a", PLACES)], turn=0) == FIELDS


def test_one_that_fits_only_another_time_ends_the_turn() -> None:
    """What is left out now comes first in a later turn; nothing is built in vain."""
    cookies = [(b"a", PLACES), (b"b", PLACES)]
    limit = SIZES[1]
    assert deletions_within(limit, cookies, turn=0) == FIELDS[:1]
    turns = [deletions_within(limit, cookies, turn=turn) for turn in range(len(PLACES) * 2)]
    assert {field.partition(b"=")[0] for fields in turns for field in fields} == {b"a", b"b"}
