"""Sealed columns as a mapper declares and loads them."""

from __future__ import annotations

import asyncio
import pickle
from datetime import date
from typing import Any, cast

import pytest

from shopprivacy.errors import KeyUnavailable, SealRefused, WrongSubject
from shopprivacy.sealing.asked_together import in_event_loop
from shopprivacy.sealing.column import MOST_IN_BATCH, Column, Sealed, Unsaved, loader, refuse_index
from shopprivacy.sealing.service import Sealing
from shopprivacy.testing.samples import sample_sealing
from tests.sealing.shop import Keys

SEALING: list[Sealing] = [sample_sealing()]


class Mapped:
    """What a mapper knows a column by."""

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {"key": "subject", "group": "profile", "normalisers": (), **options}
        self.sealed_column = Column("customer.name", sealing=lambda: SEALING[0], mapped=self, **given)

    def __reduce__(self) -> str:
        return "MAPPED"


MAPPED = Mapped()
COLUMN = MAPPED.sealed_column


def column(**options: Any) -> Column:
    """A column."""
    return Mapped(**options).sealed_column


def of(number: int | str) -> tuple[str, int | str]:
    """An owner."""
    return "customer", number


@pytest.fixture
def keys() -> Keys:
    """The store of the shop's keys."""
    made = Keys()
    SEALING[0] = sample_sealing(made)
    return made


def forget() -> None:
    """What a process knows that has just started."""
    subjects: Any = SEALING[0]._subjects
    subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)


def rows(count: int) -> list[Any]:
    """Rows of as many people, as another process loads them."""
    stored = [COLUMN.seal(f"An {number}", of(number)).envelope for number in range(count)]
    forget()
    load = loader(COLUMN)
    return [load(one) for one in stored]


def test_one_look_up(keys: Keys) -> None:
    """The first value that is opened has the keys of all looked up that were loaded with it, once; a batch, later."""
    loaded = rows(MOST_IN_BATCH + 2)
    keys.asked.clear()
    assert [one.open(of(number)) for number, one in enumerate(loaded[:3])] == ["An 0", "An 1", "An 2"]
    assert loaded[MOST_IN_BATCH - 1].open(of(MOST_IN_BATCH - 1)) == f"An {MOST_IN_BATCH - 1}"
    assert keys.asked.count("find") == 1
    assert loaded[MOST_IN_BATCH + 1].open(of(MOST_IN_BATCH + 1)) == f"An {MOST_IN_BATCH + 1}"
    assert keys.asked.count("find") == 2
    forget()
    assert loaded[0].open(of(0)) == "An 0"
    assert keys.asked.count("find") == 3


def test_what_is_loaded_while_rows_are_read(keys: Keys) -> None:
    """Rows that come one by one belong to their batch, too: each is looked up once, and those before it not again."""
    stored = [one.envelope for one in rows(3)]
    load = loader(COLUMN)
    keys.asked.clear()
    for _ in range(2):
        assert [load(one).open(of(number)) for number, one in enumerate(stored)] == ["An 0", "An 1", "An 2"]
        assert keys.asked.count("find") == 3


def test_event_loop(keys: Keys) -> None:
    """In an event loop a key that is not known is not waited for; one that is known opens."""
    [one, other] = rows(2)

    async def read() -> None:
        assert in_event_loop()
        with pytest.raises(KeyUnavailable, match="await"):
            one.open(of(0))

    asyncio.run(read())
    assert other.open(of(1)) == "An 1"
    assert not in_event_loop()


def test_a_mapper_that_can_wait_elsewhere(keys: Keys) -> None:
    """Where the mapper has a way to look keys up outside of the loop, reading does not raise."""
    sealed = COLUMN.seal("An", of(7))
    asked: list[object] = []

    def elsewhere(look_up: Any) -> bool:
        look_up()
        asked.append(look_up)
        return True

    patient = column(look_up_elsewhere=elsewhere)
    loaded = loader(patient)(sealed.envelope)
    subjects: Any = SEALING[0]._subjects
    subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)

    async def read() -> object:
        return loaded.open(of(7))

    assert asyncio.run(read()) == "An"
    assert len(asked) == 1


def test_what_drivers_give(keys: Keys) -> None:
    """Bytes of any kind are loaded, NULL stays None, and text is what was never sealed."""
    load = loader(COLUMN)
    sealed = COLUMN.seal("An", of(7))
    assert load(None, "expression", "connection") is None
    assert load(memoryview(sealed.envelope)).open(of(7)) == "An"
    assert (load("An").is_sealed, load(b"\x02").is_sealed, load(sealed.envelope).is_sealed) == (
        False,
        False,
        True,
    )


def test_columns_of_the_shops_own_key(keys: Keys) -> None:
    """A field key needs no owner and no look-up."""
    own = column(key="field")
    sealed = own.seal("shared", None)
    assert loader(own)(sealed.envelope).open() == "shared"


def test_nothing_is_shown(keys: Keys) -> None:
    """Printed, pickled or in an error, a value shows nothing; what is not saved is not pickled."""
    sealed = COLUMN.seal("An Jansen", of(7))
    assert (str(sealed), repr(sealed), repr(COLUMN)) == (
        "<sealed>", "<sealed customer.name>", "<sealed column customer.name>",
    )  # fmt: skip
    assert sealed.is_open
    copied = pickle.loads(pickle.dumps(sealed))
    assert (copied.is_open, copied.open(of(7)), copied.column) == (False, "An Jansen", COLUMN)
    assert b"Jansen" not in pickle.dumps(sealed)
    assert repr(Unsaved("An", None)) == "<not saved>"
    with pytest.raises(SealRefused, match="save"):
        pickle.dumps(Unsaved("An", None))


def test_indexes(keys: Keys) -> None:
    """A column is found by the first of its normalisers that takes a value as a whole."""
    found = column(normalisers=("last_word", "folded"))
    assert (found.whole, found.folds, COLUMN.whole, COLUMN.folds) == ("folded", True, None, False)
    assert found.index("An JANSEN", "last_word") in found.indexes("jansen", "last_word")
    assert column(normalisers=("exact",)).folds is False
    assert str(found.refusal("like")).endswith("what works: exact, in, iexact, isnull, last_word")
    assert "with index=" in str(COLUMN.refusal("like"))
    for options in ({"group": "No"}, {"normalisers": ("nothing",)}):
        with pytest.raises(SealRefused):
            column(**options)


@pytest.mark.parametrize(
    ("kind", "choices", "refused"),
    [(bool, None, True), (date, None, True), (str, 31, True), (str, 32, False), (int, None, False)],
)
def test_few_values_get_no_index(kind: type, choices: int | None, refused: bool) -> None:
    """Truth values, days and a few choices would each be guessed."""
    if refused:
        with pytest.raises(SealRefused):
            refuse_index("customer.name", kind, choices)
    else:
        refuse_index("customer.name", kind, choices)


def test_the_key_of_a_row(keys: Keys) -> None:
    """Another column of a row opens with its key, until somebody was erased; it goes into no pickle."""
    first, second = (COLUMN.seal(text, of(7)).envelope for text in ("An", "Bo"))
    sealing = SEALING[0]
    key: Any = sealing.key_of_row(first, of(7), "profile")
    assert key.opened(second, COLUMN.associated) == "Bo"
    assert "profile" not in repr(key)
    assert sealing.key_of_row(first, of(8), "profile") is None
    assert sealing.key_of_row(first, of(7), "books") is None
    for other in (COLUMN.seal("x", of(8)).envelope, second[:-1] + bytes([second[-1] ^ 1]), second[:60]):
        assert key.opened(other, COLUMN.associated) is NotImplemented
    number: Any = sealing.seal(12, COLUMN.name, subject=of(7))
    assert key.opened(number, COLUMN.associated) == 12
    assert pickle.loads(pickle.dumps(key)) is None
    sealing.erase_keys(*of(8))
    assert key.opened(second, COLUMN.associated) is NotImplemented
    assert sealing.key_of_row(b"\x02" * 99, of(7), "profile") is None
    assert isinstance(Sealed(first, COLUMN).open(of(7)), str)


def test_the_owner_of_a_known_key_is_compared_each_time(keys: Keys) -> None:
    """Whom a key was found to belong to is kept with it: somebody else, and an id that is only equal, are refused."""
    first = COLUMN.seal("An", of(1)).envelope
    sealing = SEALING[0]
    for _ in range(2):
        assert sealing.open(first, COLUMN.name, subject=of(1)) == "An"
        assert sealing.open(first, COLUMN.name, subject=of("1")) == "An"
        assert sealing.open(first, COLUMN.name, subject=cast("Any", [*of(1)])) == "An"
        with pytest.raises(WrongSubject):
            sealing.open(first, COLUMN.name, subject=of(2))
        for wrong in (True, 1.0, None):
            with pytest.raises(SealRefused):
                sealing.open(first, COLUMN.name, subject=cast("Any", ("customer", wrong)))
