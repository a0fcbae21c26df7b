"""What an endpoint asks of the world. It decides without I/O: it yields an effect, and is sent what came of it.

``run`` runs every endpoint, synchronously; an ASGI server runs it in a worker thread. So there is one set of stores and
no asynchronous twin, and nothing is sent before the endpoint has returned its reply.

A domain has effects of its own: a small class whose ``perform`` acts on the store that the class was given.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from shopprivacy.errors import StoreDown

if TYPE_CHECKING:
    from shopprivacy.http.page import Reply

Kind = Literal["grants", "refusals", "links"]
"""What turns are counted of: each has a rate limit of its own, so that no flood of one stops another."""

T = TypeVar("T")
W = TypeVar("W")
W_contra = TypeVar("W_contra", contravariant=True)


class World(Protocol):
    """What the edge lends to an effect while one request is answered."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...

    def random_bytes(self, count: int, /) -> bytes:
        """Return unpredictable bytes."""
        ...

    def take_turn(self, kind: Kind, client: str, /) -> bool:
        """Count something that this client makes us write; whether it is within the rate limit."""
        ...


class Effect(Protocol[W_contra]):
    """Something that an endpoint asks for. ``World`` is what it needs; ``LedgerWorld`` lends more."""

    def perform(self, world: W_contra, /) -> object:
        """Do it; what is returned is sent to the endpoint. A StoreDown is raised inside the endpoint."""
        ...


Effects: TypeAlias = "Generator[Effect[W], object, Reply]"
"""An endpoint at work."""


@dataclass(frozen=True, slots=True)
class RandomBytes:
    """Answered with ``count`` unpredictable bytes."""

    count: int

    def perform(self, world: World, /) -> bytes:
        """Draw them."""
        return world.random_bytes(self.count)


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """Count what this client makes us write. Answered with whether it is within the rate limit of its kind."""

    kind: Kind
    client: str

    def perform(self, world: World, /) -> bool:
        """Count it."""
        return world.take_turn(self.kind, self.client)


def run(effects: Generator[Effect[W], object, T], world: W) -> T:
    """Run an endpoint to its reply. A StoreDown from an effect is raised inside it, where it can answer."""
    try:
        effect = next(effects)
        while True:
            try:
                result = effect.perform(world)
            except StoreDown as down:
                effect = effects.throw(down)
            else:
                effect = effects.send(result)
    except StopIteration as end:
        reply: T = end.value
        return reply
