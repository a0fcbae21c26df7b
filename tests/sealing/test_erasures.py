"""What an erasure must hold against: stores that come and go, other threads, and who keeps a key in his hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shopprivacy.errors import KeysetError
from shopprivacy.sealing import Erased
from tests.sealing.shop import AN, BO, Keys, Shop


@pytest.fixture
def shop() -> Shop:
    """A shop that has sealed nothing yet."""
    return Shop()


def after(monkeypatch: pytest.MonkeyPatch, method: str, then: Callable[[], object]) -> None:
    """Let another thread do something once, when the store has done this and has not answered yet."""
    done = getattr(Keys, method)

    def slow(self: Keys, *given: Any) -> Any:
        answer = done(self, *given)
        monkeypatch.undo()
        then()
        return answer

    monkeypatch.setattr(Keys, method, slow)


@pytest.mark.parametrize("foreign", [False, True])
def test_a_store_that_is_gone_erases_nobody(shop: Shop, foreign: bool) -> None:
    """Where the data's store is not there, or another one is, an erasure fails loudly and is not taken for done."""
    shop.seal()
    mine, other = shop.keys.copy(), Shop(seed="other")
    if foreign:
        other.seal(subject=BO)
    shop.keys.restore(other.keys.copy())
    with pytest.raises(KeysetError):
        shop.sealing.erase_keys(*AN)
    shop.keys.restore(mine)
    assert shop.sealing.erase_keys(*AN) == 1


@pytest.mark.parametrize("method", ["add", "bind"])
def test_a_key_erased_while_it_is_stored_opens_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Made or bound by one thread and erased by another in between, it is not known afterwards."""
    shop.seal(subject=BO)

    def erase() -> None:
        assert shop.sealing.erase_keys(*AN) == 1
        shop.run_jobs()

    if method == "add":
        after(monkeypatch, method, erase)
        stored = shop.seal()
    else:
        new = shop.sealing.new_subject("customer")
        stored = shop.seal(subject=new)
        after(monkeypatch, method, erase)
        new.bind(AN[1])
    assert shop.open(stored) is Erased


def test_every_batch_of_a_replay_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that looks between two batches of another one's replay looks once more after the second."""
    for number in range(501):
        shop.seal(subject=("customer", number))
    older = shop.keys.copy()
    for number in range(501):
        shop.sealing.erase_keys("customer", number)
    shop.keys.restore(older)
    revisions: list[str] = []
    erase = Keys.erase

    def noted(self: Keys, handles: Any, at: Any, revision: str) -> int:
        revisions.append(revision)
        return erase(self, handles, at, revision)

    monkeypatch.setattr(Keys, "erase", noted)
    shop.wait(6)
    shop.run_jobs()
    assert len(set(revisions)) == len(revisions) == 2
