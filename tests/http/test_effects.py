"""Endpoints at work: each effect acts on what the edge lends, and the endpoint goes on with what came of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from shopprivacy.errors import StoreDown
from shopprivacy.http.effects import Effect, Kind, RandomBytes, TakeTurn, World, run


@dataclass
class Lent:
    """A world whose clock stands still."""

    turns: list[tuple[Kind, str]] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def random_bytes(self, count: int) -> bytes:
        return b"r" * count

    def take_turn(self, kind: Kind, client: str) -> bool:
        self.turns.append((kind, client))
        return len(self.turns) < 2


@dataclass
class Store:
    """A domain's own store."""

    up: bool = True
    rows: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass(frozen=True)
class Keep:
    """A domain's own effect, which acts on the store that it was given."""

    store: Store
    row: str

    def perform(self, world: World) -> int:
        if not self.store.up:
            raise StoreDown("the store does not answer")
        self.store.rows.append((self.row, world.now()))
        return len(self.store.rows)


def test_a_domain_has_effects_of_its_own() -> None:
    """They hold the domain's store, and take time from the world; what they return is sent to the endpoint."""
    store = Store()

    def endpoint() -> Generator[Effect[World], object, tuple[object, ...]]:
        first = yield Keep(store, "a")
        return (
            first,
            (yield RandomBytes(2)),
            (yield TakeTurn("links", "c")),
            (yield TakeTurn("links", "c")),
            (yield Keep(store, "b")),
        )

    world = Lent()
    assert run(endpoint(), world) == (1, b"rr", True, False, 2)
    assert store.rows == [("a", world.now()), ("b", world.now())]
    assert world.turns == [("links", "c"), ("links", "c")]


def test_an_endpoint_answers_for_a_store_that_is_down() -> None:
    """StoreDown is raised where the effect was asked for; an endpoint that does not expect it lets it through."""
    down = Store(up=False)

    def careful() -> Generator[Effect[World], object, object]:
        try:
            return (yield Keep(down, "a"))
        except StoreDown as error:
            return str(error), (yield RandomBytes(1))

    def careless() -> Generator[Effect[World], object, object]:
        return (yield Keep(down, "a"))

    assert run(careful(), Lent()) == ("the store does not answer", b"r")
    with pytest.raises(StoreDown):
        run(careless(), Lent())
