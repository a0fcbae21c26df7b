"""What an endpoint asks of the world. It decides without I/O: it yields a step, and is sent what came of it.

One driver, ``run``, runs every endpoint, synchronously; an ASGI server runs it in a worker thread. So there is
one set of stores and no asynchronous twin, and nothing is sent before the endpoint has returned its reply.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from shopprivacy.errors import StoreDown
from shopprivacy.ledger.entry import Entry

if TYPE_CHECKING:
    from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class RandomBytes:
    """Answered with ``count`` unpredictable bytes."""

    count: int


@dataclass(frozen=True, slots=True)
class Record:
    """Append ``entries`` to the ledger, then tell who listens for changes of consent. Answered with None.

    Where the ledger does not answer, entries that only narrow are kept in the journal and the step succeeds;
    a grant without a record would be no proof of anything, so with one the step raises StoreDown.
    """

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class CountRefusals:
    """Count anonymous refusals of these purposes for the day. Answered with None."""

    purposes: Sequence[str]


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """Count something that this client makes us write. Answered with whether it is within the rate limit."""

    client: str


Effect = RandomBytes | Record | CountRefusals | TakeTurn


Effects: TypeAlias = "Generator[Effect, object, Response]"


def run(effects: Effects, perform: Callable[[Effect], object]) -> Response:
    """Run an endpoint to its reply. A StoreDown from ``perform`` is raised inside it, where it can answer."""
    try:
        effect = next(effects)
        while True:
            try:
                result = perform(effect)
            except StoreDown as down:
                effect = effects.throw(down)
            else:
                effect = effects.send(result)
    except StopIteration as end:
        reply: Response = end.value
        return reply
