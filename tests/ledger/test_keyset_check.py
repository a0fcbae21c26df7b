"""A ledger and the keyset that it was written with belong together; start-up finds out."""

from __future__ import annotations

import os

import pytest

from shopprivacy.crypto import Keyset, Ring
from shopprivacy.errors import KeysetError
from shopprivacy.ledger.keyset_check import check_keyset
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.ledger_contract.shop import toggled
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random


def written(times: int = 3, keyset: Keyset | None = None, store: MemoryStore | None = None) -> MemoryStore:
    """Return a store with so many rows more, written with a keyset."""
    store = store or MemoryStore()
    book = Ledger(store, keyset or sample_keyset(), sample_random("rows"))
    rows = toggled(times=times + 1)
    book.append(rows[:times] if store.head().count % 2 == 0 else rows[1:])
    return store


@pytest.mark.parametrize("rows", [0, 1, 3, 25])
def test_the_ledgers_own_keyset_is_accepted(rows: int) -> None:
    """However long the ledger is."""
    check_keyset(written(rows), sample_keyset())


def test_a_ledger_without_rows_takes_any_keyset() -> None:
    """Nothing hangs on the keys yet."""
    check_keyset(MemoryStore(), Keyset.generate(os.urandom, NOON))


@pytest.mark.parametrize("rows", [1, 25])
def test_a_keyset_that_lacks_the_last_rows_key_is_refused(rows: int) -> None:
    """The error names both keys and what to give instead."""
    with pytest.raises(KeysetError) as refused:
        check_keyset(written(rows), Keyset.generate(os.urandom, NOON))
    assert sample_keyset().primary(Ring.SIGNING).id.hex() in str(refused.value)
    assert "SHOPPRIVACY_KEYS" in str(refused.value)


@pytest.mark.parametrize("rows", [1, 25])
def test_the_same_key_ids_with_other_secrets_are_refused(rows: int) -> None:
    """Another tenant makes other keys of the same roots, and so other pseudonyms."""
    other = Keyset("another-shop", [key for ring in Ring for key in sample_keyset().keys(ring)])
    with pytest.raises(KeysetError, match="another-shop"):
        check_keyset(written(rows), other)


def test_a_rotated_keyset_is_accepted() -> None:
    """Also while its new key has written nothing yet, and when the old one is disabled or destroyed."""
    old = sample_keyset()
    former = old.primary(Ring.SIGNING).id
    added = old.new(Ring.SIGNING, os.urandom, NOON)
    rotated = added.rotate(added.keys(Ring.SIGNING)[-1].id, NOON)
    disabled = rotated.disable(former, NOON)
    for keyset in (added, rotated, disabled, disabled.destroy(former, NOON)):
        check_keyset(written(), keyset)
        check_keyset(written(keyset=keyset, store=written(2)), keyset)


def test_an_edited_last_row_is_left_to_verify() -> None:
    """One good row among the last ones tells that the keyset is the right one."""
    store = written()
    store._rows[-1] = store._rows[-1]._replace(hash=bytes(32))
    check_keyset(store, sample_keyset())
