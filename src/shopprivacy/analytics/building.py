"""Events from what was seen: which responses are page views and steps, and what may be said of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from shopprivacy.analytics.addresses import NOTHING, Addresses
from shopprivacy.analytics.event import FAILURE, PAGE, ConsentedEvent, Event, ExemptEvent, Hour, Minute
from shopprivacy.analytics.event_rules import EventRules
from shopprivacy.analytics.hosts import without_addresses, without_marked
from shopprivacy.analytics.routes import NO_ROUTE, template
from shopprivacy.analytics.sighting import FIELD_NAMES, Allowed, Sighting
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.user_agent import OTHER, reduced
from shopprivacy.http.language import accepted_language

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""What browsers take for an IPv4 address: a host whose last label is a number (WHATWG URL, "ends in a number")."""
_PARAMETER: Final = re.compile(r"[A-Za-z0-9._~-]+")
_HTML: Final = (b"text/html", b"application/xhtml+xml")
_LONGEST_QUERY: Final = 2048
_LONGEST_FIELD: Final = 1024
"""No browser writes more into what is read here. The rest would be searched, and remembered by every cache below."""
_LONGEST_PARAMETER: Final = 100
_MOST_ROUTES: Final = 1000
_PREFETCH: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz", "x-sec-purpose", "hx-preloaded")

VisitorOf = Callable[[date, str, str, str, str], str | None]
"""The visitor of a day by address, browser, device and site; None: nobody can be told from others now."""


class ViewWithoutEvent(NamedTuple):
    """A page view of somebody who said no, or was to be asked first: one number goes up."""

    day: date


class Building:
    """Builds the events of one shop.

    Args:
        rules: what the policy says.
        visitor_of: tells the visitor of a consented event.
    """

    def __init__(self, rules: EventRules, visitor_of: VisitorOf = lambda *_: None) -> None:
        self.rules = rules
        self._visitor_of = visitor_of
        self._is_plain = lru_cache(1024)(partial(_is_plain, Text(rules.logs)))
        self._html_routes: set[str] = set()
        """Routes that have answered with HTML: a 304 says no type."""

    def __call__(self, seen: Sighting) -> Iterator[Event | ViewWithoutEvent]:
        """Yield what is written of a response, or of an event that code has counted."""
        if not seen.fields:  # outside a request
            yield ExemptEvent(Hour.of(seen.at.timestamp()), seen.event or PAGE)
            return
        said = {
            name: (value.decode("latin-1") if isinstance(value, bytes) else value)[:_LONGEST_FIELD]
            for name, value in zip(FIELD_NAMES, seen.fields, strict=False)  # of a navigation, the first
            if value is not None
        }
        agent = reduced(said.get("user-agent", ""))
        if seen.event is not None and _is_program(seen.method, agent, said):
            if seen.allowed is not Allowed.NOTHING:
                yield ExemptEvent(Hour.of(seen.at.timestamp()), seen.event)
            return
        if not said.get("user-agent") or agent.endswith(" robot") or _is_prefetch(said):
            return
        route = template(seen.route[0], self.rules.languages) if seen.route else NO_ROUTE
        names = [*self._names(seen, said, route)]
        if not names:
            return
        if seen.allowed is Allowed.NOTHING:
            if PAGE in names:
                yield ViewWithoutEvent(Hour.of(seen.at.timestamp()).day)
            return
        told = self._told(seen, said, route, agent)
        parts = str(told["browser"]), str(told["device"]), str(told["site"])
        told = {name: value for name, value in told.items() if name in self.rules.fields}
        for name in names:
            yield self._event(name, seen, told, parts)

    def _names(self, seen: Sighting, said: Mapping[str, str], route: str) -> Iterator[str]:
        if seen.event is not None:
            yield seen.event
            return
        if self.rules.is_excluded(seen.path):
            return
        status = seen.status or 0
        if status >= (500 if seen.method == "POST" else 400):  # a form with mistakes has not failed
            if _is_navigation(said):
                yield FAILURE
            return
        if seen.method == "GET" and _is_navigation(said) and self._is_page(status, seen.answered, route):
            yield PAGE
        step = self.rules.steps.get((seen.method, route))
        if step and (300 if seen.method == "POST" else 200) <= status < 400:
            yield step

    def _is_page(self, status: int, answered: Iterable[tuple[bytes, bytes]], route: str) -> bool:
        if status == 304:
            return route in self._html_routes
        if status != 200:
            return False
        kind = next((value for name, value in answered if name.lower() == b"content-type"), b"")
        if not kind.lower().startswith(_HTML):
            return False
        if len(self._html_routes) < _MOST_ROUTES and route != NO_ROUTE:
            self._html_routes.add(route)
        return True

    def _told(self, seen: Sighting, said: Mapping[str, str], route: str, agent: str) -> dict[str, Any]:
        """All that an event of this response says but its name, its time and its visitor."""
        rules = self.rules
        browser, _, device = agent.partition(" ")
        site = _host(f"//{said.get('host', '')}")
        came_from = _host(said["referer"]) if said.get("referer") else None
        entry = self._is_entry(said, site, came_from)
        parameters = seen.route[1] if seen.route else {}
        kept = {
            name: value if len(value) <= _LONGEST_PARAMETER and self._is_plain(value) else NOTHING
            for name in rules.parameters
            if (value := str(parameters.get(name, "")))
        }
        return {
            "site": site,
            "route": route,
            "parameters": kept or None,
            "status": seen.status,
            "duration": None if seen.duration is None else int(seen.duration * 1000),
            "entry": entry,
            "referrer": came_from if entry else None,
            "campaign": self._campaign(seen.query),
            "browser": browser if "/" in browser else OTHER,
            "device": device or OTHER,
            "language": _language(said.get("accept-language", ""), rules.languages),
        }

    def _is_entry(self, said: Mapping[str, str], site: str, came_from: str | None) -> bool:
        if came_from is not None and self.rules.is_no_entry(came_from):
            return False
        fetched = said.get("sec-fetch-site")
        if fetched is not None:
            return fetched in {"none", "cross-site"}
        return came_from != site

    def _campaign(self, query: str) -> Mapping[str, str] | None:
        if "utm_" not in query:
            return None
        known = self.rules.campaigns
        given = dict(parse_qsl(query[:_LONGEST_QUERY]))
        campaign = {
            name: value if value in known else OTHER
            for name in ("source", "medium", "campaign")
            if (value := given.get(f"utm_{name}"))
        }
        return campaign or None

    def _event(self, name: str, seen: Sighting, told: dict[str, Any], parts: tuple[str, str, str]) -> Event:
        moment = seen.at.timestamp()
        if seen.allowed is not Allowed.CONSENTED:
            return ExemptEvent(Hour.of(moment), name, **told)
        minute = Minute.of(moment)
        visitor = None
        if self.rules.tells_visitors_apart:
            visitor = self._visitor_of(minute.day, seen.client, *parts)
        return ConsentedEvent(minute, name, **told, visitor=visitor)


def _is_plain(text: Text, value: str) -> bool:
    """Whether a parameter is a word in which a log's cleaning finds nobody: a client may write anything into a path."""
    return _PARAMETER.fullmatch(value) is not None and text.clean(value) == value


@lru_cache(1024)
def _language(field: str, languages: tuple[str, ...]) -> str:
    return accepted_language(field, languages)


def _is_program(method: str, agent: str, said: Mapping[str, str]) -> bool:
    """Whether nobody's browser has sent this form: a payment provider calls a webhook, and code counts the order."""
    return method == "POST" and "sec-fetch-site" not in said and "/" not in agent


def _is_prefetch(said: Mapping[str, str]) -> bool:
    """Whether a browser, or a script, fetches what a visitor may never look at."""
    return not said.keys().isdisjoint(_PREFETCH) and (
        "hx-preloaded" in said or any("pre" in said.get(name, "").lower() for name in _PREFETCH)
    )


def _is_navigation(said: Mapping[str, str]) -> bool:
    """Whether a page takes another's place: by the browser, or by Turbo or htmx, and no part of one by these."""
    swapped = "x-turbo-request-id" in said or said.get("hx-boosted") == "true"
    in_part = "turbo-frame" in said or ("hx-request" in said and not swapped) or "x-requested-with" in said
    destination = said.get("sec-fetch-dest")
    if destination == "empty":
        return swapped and not in_part
    return destination in {None, "document"} and not in_part


@lru_cache(1024)
def _host(url: str) -> str:
    """The host of a URL in lower case; ``-`` where that is an address, is named after one, or is no host name."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return NOTHING
    if _HOST.fullmatch(host) is None or _NUMBER.fullmatch(host):
        return NOTHING
    return host if without_marked(without_addresses(host), Addresses().find) == host else NOTHING
