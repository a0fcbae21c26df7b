"""Events of a shop: ``privacy.analytics``. Page views and steps are counted at the head of each response.

What stands here is on the request path: it reads memory, asks nobody, and hands over what it saw. That a visitor's
consent was read for it does not make a page depend on consent: the page is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from shopprivacy.analytics.event_rules import event_rules
from shopprivacy.analytics.sighting import DOCUMENT, OF_NAVIGATIONS, OF_OTHERS, Allowed, RouteReader, Sighting
from shopprivacy.errors import PolicyError, Problem, UndeclaredName
from shopprivacy.http.request_head import RequestHead

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_NOTHING, _EXEMPT, _CONSENTED = Allowed
_sighting: Final = tuple.__new__  # half of what a NamedTuple's own constructor costs
_ERRORS: Final = frozenset(range(400, 600))
_FAULTS: Final = frozenset(range(500, 600))
_VIEWS: Final = frozenset({200, 304})
_STEPS: Final = frozenset(range(200, 400))
_NONE: Final = frozenset[int]()


class Asked(Protocol):
    """A purpose that a browser decides about."""

    def is_allowed(self, status: Any, /) -> bool:  # noqa: ANN401  # a consent status, which is another domain's
        """Whether it is allowed where it has this status."""
        ...


class BrowserDecides(Protocol):
    """What a browser decides about."""

    @property
    def purposes(self) -> Mapping[str, Asked]:
        """By name."""
        ...


class Visitor(Protocol):
    """Whose request it is; a ``ConsentContext`` is one."""

    @property
    def head(self) -> RequestHead:
        """The head of the request."""
        ...

    @property
    def now(self) -> datetime:
        """When it came."""
        ...

    @property
    def browser(self) -> BrowserDecides:
        """What its browser decides about."""
        ...

    @property
    def statuses(self) -> Mapping[str, Any]:
        """How each of these purposes stands."""
        ...


class Watched:
    """A request while it is answered, for one shell."""

    # What few requests change stands here once for all.
    has_left = False
    skipped = False

    def __init__(self, analytics: Analytics, visitor: Visitor, carrier: object, route: RouteReader) -> None:
        self.analytics = analytics
        self.visitor = visitor
        self.carrier = carrier
        self.route = route
        self.started = analytics.seconds()

    def left(self, status: int, fields: Iterable[tuple[bytes, bytes]]) -> None:
        """Tell that the head of the response leaves; it is told of once."""
        if self.has_left or self.skipped:
            return
        self.has_left = True
        analytics = self.analytics
        method = self.visitor.head.method
        if status in analytics.reported.get(method, _NONE):
            analytics.report(self, None, method, status, analytics.seconds() - self.started, fields)

    def failed(self) -> None:
        """Tell that the application raised: whoever is further out answers with an error, unless a head has left."""
        self.left(500, ())


_current: Final[ContextVar[Watched | None]] = ContextVar("shopprivacy.watched", default=None)


class Analytics:
    """Counts page views, steps and events.

    Args:
        policy: what the shop declares.
        put: takes what was seen, without waiting; None: nothing is counted, because there is nowhere to write it.
        now: the shop's clock.
        seconds: a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        policy: Policy,
        put: Callable[[Sighting], None] | None,
        *,
        now: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._declared = frozenset(policy.analytics.events)
        self._put = put or _drop
        self._now = now
        self.seconds = seconds
        self.rules = rules = event_rules(policy)
        """What is counted; None: nothing."""
        self._counts = rules is not None and put is not None
        if rules is not None:
            self._purpose, self._visitor = rules.purpose, rules.visitor
            self._has_campaigns = "campaign" in rules.fields
            stepping = {method for method, _ in rules.steps}
            self.reported: Mapping[str, frozenset[int]] = {
                "GET": _ERRORS | (_STEPS if "GET" in stepping else _VIEWS),
                "POST": _FAULTS | (_STEPS if "POST" in stepping else _NONE),
            }
            """What the writer is told of, by method and status: it may be a page view, a step or a failure."""

    def count(self, event: str) -> None:
        """Count an event that the policy declares: an order, a sign-up.

        In a request it is written at the level that its visitor allows; outside one, as in a webhook's job, it contains
        only its name and the hour. It never waits, and does not make the page depend on consent. Raises
        UndeclaredName for an event that ``analytics.events`` does not name.
        """
        if event not in self._declared:
            raise UndeclaredName("event", event, self._declared)
        if not self._counts:
            return
        watched = _current.get()
        if watched is None:
            self._put(Sighting(self._now(), _EXEMPT, event))
        elif not watched.skipped:
            self.report(watched, event, watched.visitor.head.method, None, None, ())

    def skip(self) -> None:
        """Do not count this request, for example of staff who look at their own shop. Outside a request it does
        nothing.
        """
        watched = _current.get()
        if watched is not None:
            watched.skipped = True

    @property
    def watch(self) -> Callable[[Visitor, object, RouteReader], Watched] | None:
        """What a shell calls when a request comes; None: nothing is counted, and nothing need be called."""
        return partial(Watched, self) if self._counts else None

    def report(
        self,
        watched: Watched,
        event: str | None,
        method: str,
        status: int | None,
        duration: float | None,
        fields: Iterable[tuple[bytes, bytes]],
    ) -> None:
        """Hand over a response, or an event that code has counted."""
        visitor = watched.visitor
        head, asked, statuses = visitor.head, visitor.browser.purposes, visitor.statuses
        name, told_apart = self._purpose, self._visitor
        allowed = _NOTHING
        if asked[name].is_allowed(statuses[name]):
            is_told = told_apart is not None and asked[told_apart].is_allowed(statuses[told_apart])
            allowed = _CONSENTED if is_told else _EXEMPT
        picked = head.picked(OF_NAVIGATIONS)
        if picked[-1] not in DOCUMENT:
            picked = [*picked, *head.picked(OF_OTHERS)]
        seen = (
            visitor.now,
            allowed,
            event,
            method,
            head.path,
            status,
            duration,
            watched.route(watched.carrier),
            head.query if self._has_campaigns else "",
            picked,
            fields,
            head.client if allowed is _CONSENTED else "",
        )
        self._put(_sighting(Sighting, seen))

    def check_funnel(self, routes: Iterable[tuple[str, str]]) -> None:
        """Raise PolicyError for a step of the funnel that is never counted.

        None of these routes (methods and templates) answers it, nothing is counted there, or it is another step in
        other words.
        """
        told = self.rules.never_counted(routes) if self.rules else []
        if told:
            raise PolicyError([Problem("analytics.funnel", message, "undeclared-name") for message in told])


def _drop(_seen: Sighting) -> None:
    """Nothing is put there."""


enter: Final = _current.set
"""Lets a request be the one that is answered in this context."""

leave: Final = _current.reset
"""Ends that, with what :func:`enter` gave."""
