"""``privacy.analytics`` on the request path: what it hands over, for whom, and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from shopprivacy.analytics.building import Building
from shopprivacy.analytics.service import Analytics, Watched, enter, leave
from shopprivacy.analytics.sighting import (
    FIELD_NAMES,
    OF_NAVIGATIONS,
    ROUTE_KEY,
    Allowed,
    Sighting,
    route_left,
)
from shopprivacy.consent.choices import Choice
from shopprivacy.errors import PolicyError, UndeclaredName
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.policy import Policy
from tests.analytics.test_building import FIREFOX, HTML, policy_with, rules
from tests.gate.exchange import KEYSET, choices, consent_pair
from tests.http.heads import head
from tests.policy.files import base_with

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARRIER: dict[str, Any] = {ROUTE_KEY: ("/cart", {})}


@dataclass
class Counting:
    """An ``Analytics`` whose clock counts seconds, and what it has handed over."""

    policy: Policy
    seen: list[Sighting] = field(default_factory=list)

    def __post_init__(self) -> None:
        ticks = count()
        self.analytics = Analytics(
            self.policy, self.seen.append, now=lambda: NOW, seconds=lambda: float(next(ticks))
        )

    def passage(self, method: str = "GET", answers: dict[str, Any] | None = None, **fields: Any) -> Passage:
        """A request of a visitor who chose this."""
        cookies = (consent_pair(choices(self.policy, **answers)),) if answers else ()
        return Passage(Gate(self.policy, KEYSET), head(method, "/cart?x=1", cookies=cookies, **fields), NOW)

    def watch(self, passage: Passage) -> Watched:
        """Begin to watch it."""
        watch = self.analytics.watch
        assert watch is not None
        return watch(passage, CARRIER, route_left)


@pytest.fixture
def counting() -> Counting:
    """Counts orders, and a funnel with a form."""
    return Counting(policy_with(visitor="statistics", events=["order"], funnel=["POST /cart", "order"]))


@pytest.fixture
def watched(counting: Counting) -> Iterator[Watched]:
    """A request that is being answered."""
    begun = counting.watch(counting.passage())
    token = enter(begun)
    yield begun
    leave(token)


def test_a_response_is_handed_over_once(counting: Counting, watched: Watched) -> None:
    """An application may begin its response anew; the first head counts."""
    watched.left(200, HTML)
    watched.left(500, HTML)
    [seen] = counting.seen
    assert (seen.method, seen.path, seen.status, seen.duration) == ("GET", "/cart", 200, 1.0)
    assert (seen.route, seen.answered, seen.query, seen.client) == (("/cart", {}), HTML, "x=1", "")


def test_what_raises_has_failed(counting: Counting, watched: Watched) -> None:
    """An application that raises before it answers is answered for with an error; after a head that one counts."""
    watched.failed()
    begun = counting.watch(counting.passage())
    begun.left(200, HTML)
    begun.failed()
    assert [seen.status for seen in counting.seen] == [500, 200]


@pytest.mark.parametrize(
    ("answers", "fields", "allowed"),
    [
        (None, {}, Allowed.EXEMPT),
        ({"statistics": Choice.REFUSED}, {}, Allowed.EXEMPT),
        ({"statistics": Choice.GRANTED}, {}, Allowed.CONSENTED),
        ({"counting": Choice.WITHDRAWN}, {}, Allowed.NOTHING),
        ({"counting": Choice.WITHDRAWN, "statistics": Choice.GRANTED}, {}, Allowed.NOTHING),
        (None, {"sec_gpc": "1"}, Allowed.NOTHING),
        (None, {"dnt": "1"}, Allowed.EXEMPT),
    ],
)
def test_levels(
    counting: Counting, answers: dict[str, Any] | None, fields: dict[str, Any], allowed: Allowed
) -> None:
    """What a visitor chose, or a signal says, decides how much is written; and no page becomes theirs for it."""
    passage = counting.passage(answers=answers, **fields)
    counting.watch(passage).left(200, HTML)
    assert counting.seen[0].allowed is allowed
    assert bool(counting.seen[0].client) is (allowed is Allowed.CONSENTED)
    assert not passage.asked


def test_events_by_consent() -> None:
    """Where the purpose rests on consent, nobody is counted before they agree."""
    counting = Counting(Policy(**base_with(analytics={"purpose": "statistics"})))
    for answers in (None, {"statistics": Choice.REFUSED}, {"statistics": Choice.GRANTED}):
        counting.watch(counting.passage(answers=answers)).left(200, HTML)
    assert [seen.allowed for seen in counting.seen] == [Allowed.NOTHING, Allowed.NOTHING, Allowed.EXEMPT]


@pytest.mark.parametrize(
    ("destination", "names"), [("document", OF_NAVIGATIONS.names), ("empty", FIELD_NAMES)]
)
def test_what_is_looked_at(counting: Counting, destination: str, names: tuple[str, ...]) -> None:
    """Where a browser says that it navigates, what scripts send need not be read."""
    counting.watch(counting.passage(sec_fetch_dest=destination)).left(200, HTML)
    assert len(counting.seen[0].fields) == len(names)


@pytest.mark.parametrize("ahead", ["sec_purpose", "purpose", "x_moz", "x_purpose"])
def test_what_is_fetched_ahead(counting: Counting, ahead: str) -> None:
    """A browser that fetches a document ahead says so beside Sec-Fetch-Dest, and nobody has looked at a page."""
    sent: dict[str, Any] = {ahead: "prefetch", "sec_fetch_dest": "document"}
    counting.watch(counting.passage(**sent)).left(200, HTML)
    [seen] = counting.seen
    assert [*Building(rules())(seen._replace(fields=[*seen.fields[:1], FIREFOX, *seen.fields[2:]]))] == []


def test_what_cannot_count_is_not_handed_over(counting: Counting) -> None:
    """Methods and statuses that are neither a view, nor a step, nor an answer to somebody that failed."""
    for method, status in (("GET", 100), ("HEAD", 200), ("HEAD", 404), ("PUT", 303), ("PUT", 500)):
        counting.watch(counting.passage(method)).left(status, HTML)
    assert counting.seen == []
    counting.watch(counting.passage("POST")).left(303, ())
    assert counting.seen
    views = Counting(policy_with())
    views.watch(views.passage("POST")).left(200, HTML)
    views.watch(views.passage()).left(303, HTML)
    assert views.seen == []
    for method in ("GET", "POST"):
        views.watch(views.passage(method)).left(500, HTML)
    assert [seen.status for seen in views.seen] == [500, 500]


def test_code_counts_in_its_request(counting: Counting, watched: Watched) -> None:
    """The event stands before the response, at the level of its visitor."""
    counting.analytics.count("order")
    watched.left(200, HTML)
    assert [(seen.event, seen.status) for seen in counting.seen] == [("order", None), (None, 200)]


def test_code_counts_outside_a_request(counting: Counting) -> None:
    """A webhook's job has no visitor: the event says when, and nothing of a request."""
    counting.analytics.count("order")
    assert counting.seen == [Sighting(NOW, Allowed.EXEMPT, "order")]


@pytest.mark.parametrize("policy", [Policy(**base_with()), policy_with()])
def test_an_undeclared_event_raises(policy: Policy) -> None:
    """Whether anything is counted or not."""
    with pytest.raises(UndeclaredName, match='event "ordr"'):
        Counting(policy).analytics.count("ordr")
    with pytest.raises(UndeclaredName) as refused:
        Counting(policy).analytics.count("jan@example.nl")
    assert "jan" not in str(refused.value)


def test_nothing_is_counted_without_a_purpose_or_a_place() -> None:
    """Then there is nothing to call for a request, and counting is no error."""
    declared = Policy(**base_with(analytics={"events": ["order"]}))
    nowhere = Analytics(policy_with(events=["order"]), None, now=lambda: NOW, seconds=lambda: 0.0)
    for analytics in (Counting(declared).analytics, nowhere):
        assert analytics.watch is None
        analytics.count("order")
        analytics.skip()
        analytics.check_funnel([])


def test_staff_are_skipped(counting: Counting, watched: Watched) -> None:
    """Nothing of the request is counted: no event, no view, no number."""
    counting.analytics.skip()
    counting.analytics.count("order")
    watched.left(200, HTML)
    assert counting.seen == []


def test_the_funnel_is_checked(counting: Counting) -> None:
    """A step that no route answers is named; one with the wrong method is such, too."""
    counting.analytics.check_funnel([("GET", "/"), ("POST", "/nl/cart/")])
    with pytest.raises(PolicyError, match=r'analytics\.funnel: no route answers the step "POST /cart"'):
        counting.analytics.check_funnel([("GET", "/cart")])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"funnel": ["GET /shop/cart"], "exclude": ["/shop"]},
            'nothing is counted at the step "GET /shop/cart"',
        ),
        ({"funnel": ["GET /nl/admin/{id}"]}, 'nothing is counted at the step "GET /nl/admin/{id}"'),
        (
            {"funnel": ["GET /p/{slug}", "GET /nl/p/<slug>"]},
            'the step "GET /nl/p/<slug>" is one that stands there',
        ),
    ],
)
def test_steps_that_would_never_count(more: dict[str, Any], told: str) -> None:
    """A step below a path that is not counted, and one that is another in other words, are named at start."""
    routes = [("GET", "/shop/cart"), ("GET", "/admin/<id>"), ("GET", "/p/{slug}")]
    with pytest.raises(PolicyError, match=re.escape(told)):
        Counting(policy_with(**more)).analytics.check_funnel(routes)
