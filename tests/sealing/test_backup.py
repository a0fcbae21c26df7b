"""Copies of the store of subject keys: what comes back, what stays erased, and what is no copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import PrivacyError, SealBroken
from shopprivacy.sealing import Erased
from shopprivacy.sealing.backup import backup_lines, restore
from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyRow
from shopprivacy.sealing.wrap import written
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import NOON, sample_keyset
from tests.sealing.shop import AN, BO, Keys, Shop


def lines_of(shop: Shop) -> list[str]:
    """A backup."""
    return list(backup_lines(shop.keys, NOON))


def test_a_copy_comes_back_whole() -> None:
    """Restored into an empty store, everything opens that opened before, and what was erased does not."""
    shop = Shop()
    mine, theirs = shop.seal(), shop.seal(subject=BO)
    shop.sealing.erase_keys(*AN)
    restored = Keys()
    assert restore(restored, lines_of(shop), "02" * 16, NOON, ()) == 2
    again = shop.again(keys=restored)
    assert (again.open(mine), again.open(theirs, subject=BO)) == (Erased, "Anna")
    assert sorted(restored.rows()) == sorted(shop.keys.rows())


def test_what_stands_there_stays() -> None:
    """Restored over a newer store of the same id, only what is missing is added, and nothing erased comes back."""
    shop = Shop()
    stored = shop.seal()
    backup = lines_of(shop)
    later = shop.seal(subject=BO)
    shop.sealing.erase_keys(*AN)
    assert restore(shop.keys, backup, "02" * 16, NOON, ()) == 0
    assert shop.again().open(stored) is Erased
    assert shop.again().open(later, subject=BO) == "Anna"


def test_an_erasure_in_the_copy_holds() -> None:
    """A store that is older than the copy learns from it who was erased."""
    shop = Shop()
    stored = shop.seal()
    older = shop.keys.copy()
    shop.sealing.erase_keys(*AN)
    backup = lines_of(shop)
    shop.keys.restore(older)
    restore(shop.keys, backup, "02" * 16, NOON + timedelta(days=1), ())
    assert shop.keys.row(stored[1:17]).wrapped is None


def test_whose_a_key_is_comes_back() -> None:
    """A key that the store has without an owner gets the one that it has in the copy, unless it was erased."""
    shop = Shop()
    new, gone = shop.sealing.new_subject("customer"), shop.sealing.new_subject("customer")
    stored, erased = shop.seal(subject=new), shop.seal(subject=gone)
    older = shop.keys.copy()
    new.bind(AN[1])
    gone.bind(BO[1])
    backup = lines_of(shop)
    shop.keys.restore(older)
    assert restore(shop.keys, backup, "02" * 16, NOON, [erased[1:17]]) == 1
    again = shop.again()
    assert (again.open(stored), again.open(erased, subject=BO)) == ("Anna", Erased)


def test_what_the_journal_names_is_never_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was erased since comes back without what opens, and one that stands in the store is erased."""
    shop = Shop()
    mine, theirs = shop.seal(), shop.seal(subject=BO)
    handles = [mine[1:17], theirs[1:17]]
    store, added = Keys(), list[SubjectKeyRow]()
    store.begin(StoreState(shop.note.read() or "", "01" * 16))
    store.add([shop.keys.row(handles[1])])
    monkeypatch.setattr(store, "add", added.extend)
    assert restore(store, lines_of(shop), "02" * 16, NOON, handles) == 1
    assert [(row.handle, row.wrapped, row.erased_at) for row in added] == [(handles[0], None, written(NOON))]
    assert store.row(handles[1]).wrapped is None


def test_another_shops_copy() -> None:
    """It is refused, and nothing is added."""
    shop, other = Shop(), Shop(seed="other")
    shop.seal()
    other.seal()
    before = shop.keys.copy()
    with pytest.raises(PrivacyError, match="name another place"):
        restore(shop.keys, lines_of(other), "02" * 16, NOON, ())
    assert shop.keys.copy() == before


def test_nothing_to_copy() -> None:
    """Where nothing was sealed there is no store to copy."""
    with pytest.raises(PrivacyError, match="no store"):
        lines_of(Shop())


def test_no_secret_is_in_it() -> None:
    """Without the keyset it opens nothing."""
    shop = Shop()
    shop.seal()
    text = "\n".join(lines_of(shop))
    assert json.loads(sample_keyset().to_json())["rings"]["data"][0]["secret"] not in text


def test_many_keys() -> None:
    """More than one batch of them."""
    shop = Shop()
    for number in range(501):
        shop.seal(subject=("customer", number))
    restored = Keys()
    assert restore(restored, lines_of(shop), "02" * 16, NOON, ()) == 501
    assert len(list(restored.rows())) == 501
    assert (
        restored.asked.count("add") == 1
    )  # or what ends in between would leave a part of them, and nobody notice


@given(st.data())
def test_what_is_not_as_it_was_written(data: st.DataObject) -> None:
    """A copy that is cut off, or in which a line is missing, doubled or changed in form, is refused whole."""
    shop = Shop()
    for number in range(3):
        shop.seal(subject=("customer", number))
    lines = lines_of(shop)
    at = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["cut", "lost", "doubled", "torn", "changed", "none"]))
    changed = {
        "cut": lines[:at],
        "lost": lines[:at] + lines[at + 1 :],
        "doubled": [*lines[: at + 1], *lines[at:]],
        "torn": [*lines[:at], lines[at][:-3], *lines[at + 1 :]],
        "changed": [*lines[:at], lines[at].replace('": "', '": "x'), *lines[at + 1 :]],
        "none": [*lines[:at], "canary", *lines[at + 1 :]],
    }[how]
    if changed == lines:  # the last line has no such text
        changed = ["{}", *lines[1:]]
    elif how == "changed" and at == 0:
        changed = [lines[0].replace("shopprivacy-subject-keys", "canary"), *lines[1:]]
    restored = Keys()
    with pytest.raises(SealBroken) as refusal:
        restore(restored, changed, "02" * 16, NOON, ())
    assert "canary" not in str(refusal.value)
    assert restored.copy() == (None, {})


def test_a_file_that_is_no_text() -> None:
    """Readers of text raise an error of their own, before the first line of such a file is seen."""

    def lines() -> Iterator[str]:
        yield b"\xff".decode()

    with pytest.raises(SealBroken, match="UTF-8"):
        restore(Keys(), lines(), "02" * 16, NOON, ())


def test_the_copy_of_another_store_than_the_datas() -> None:
    """It is refused before a store is made."""
    shop, restored = Shop(), Keys()
    shop.seal()
    with pytest.raises(PrivacyError, match="the data was sealed with"):
        restore(restored, lines_of(shop), "02" * 16, NOON, (), "ab" * 16)
    assert restored.copy() == (None, {})
    assert restore(restored, lines_of(shop), "02" * 16, NOON, (), shop.note.read()) == 1


@pytest.mark.parametrize("change", [("T12", "t12"), ("00001", "0_0001"), ("}", ', "more": 1}')])
def test_other_spellings(change: tuple[str, str]) -> None:
    """A line that says the same in another way, or more, is refused; and so is one behind the end."""
    shop = Shop()
    shop.seal()
    head, row, end = lines_of(shop)
    for changed in ([head, row.replace(*change), end], [head, row, end, row], [head, "[]", end]):
        if changed[1] != row or len(changed) > 3:
            with pytest.raises(SealBroken):
                restore(Keys(), changed, "02" * 16, NOON, ())


def test_the_note_is_the_datas() -> None:
    """A restored store is the one that the data's database names, so the shop starts."""
    shop = Shop()
    stored = shop.seal()
    restored = Keys()
    restore(restored, lines_of(shop), "02" * 16, NOON, ())
    assert shop.again(keys=restored).open(stored) == "Anna"
    fresh = shop.again(keys=restored, note=MemoryStore().store_for(SubjectKeyNote))
    assert fresh.note.read() == shop.note.read()
