"""The library's own addresses in a shop, and what answers at each.

Only these paths are ours: the shop's own pages below ``/privacy``, the statement among them, reach the shop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Never
from urllib.parse import parse_qsl

from shopprivacy.crypto import Keyset
from shopprivacy.policy import Policy
from shopprivacy.signals import GPC_FIELD
from shopprivacy.web.answering import Answering
from shopprivacy.web.banner import Banner
from shopprivacy.web.cookie_table import CookieTable
from shopprivacy.web.form import LIMIT
from shopprivacy.web.gate import Gate
from shopprivacy.web.head import RequestHead
from shopprivacy.web.language import choose_language
from shopprivacy.web.pages import Pages
from shopprivacy.web.preferences import Preferences
from shopprivacy.web.site import (
    CHOICES_PATH,
    CONSENT_PATH,
    COOKIES_PATH,
    GPC_PATH,
    STYLESHEET_PATH,
    Site,
    stylesheet,
    stylesheet_version,
)
from shopprivacy.web.steps import Reply, Steps
from shopprivacy.web.visit import Visit

_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a request. A shell reads at most ``body_limit`` bytes of body and then runs ``answer``;
    where there is more, or more is declared, it sends ``too_large`` and reads nothing further; where the connection
    is lost before the end of the body, ``cut_off``, and nothing of the body counts.
    """

    answer: Callable[[Visit, bytes], Steps]
    too_large: Callable[[Visit], Reply]
    cut_off: Callable[[Visit], Reply]
    body_limit: int = LIMIT


class Endpoints:
    """The endpoints of one shop."""

    def __init__(self, policy: Policy, gate: Gate, keyset: Keyset) -> None:
        self._site = Site(policy, gate.browser)
        self._pages = Pages(self._site)
        self._preferences = Preferences(self._site, self._pages)
        self._cookie_table = CookieTable(self._site, self._pages)
        self.banner = Banner(self._site)
        """Renders the banner into the shop's own pages."""
        take = Answering(self._site, self._pages, keyset).answer
        self._answers: dict[str, dict[str, Callable[[Visit, bytes], Steps]]] = {
            CHOICES_PATH: {**dict.fromkeys(_READING, _at_once(self._show_choices)), "POST": take},
            CONSENT_PATH: {"POST": take},
            COOKIES_PATH: dict.fromkeys(_READING, _at_once(self._show_cookies)),
            STYLESHEET_PATH: dict.fromkeys(_READING, _at_once(_show_stylesheet)),
            GPC_PATH: dict.fromkeys(_READING, _at_once(self._show_gpc)),
        }

    def find(self, head: RequestHead) -> Endpoint | None:
        """Return what answers a request; None where the path is not ours."""
        methods = self._answers.get(head.path)
        if methods is None:
            return None
        answer = methods.get(head.method) or _at_once(lambda visit: self._not_allowed(visit, sorted(methods)))
        # Where more is declared than we take, nothing of it is read.
        declared = head.header("content-length") or ""
        too_much = re.fullmatch(r"[0-9]+", declared) is not None and int(declared[:20]) > LIMIT
        return Endpoint(answer, self._too_large, self._cut_off, 0 if too_much else LIMIT)

    def _show_choices(self, visit: Visit) -> Reply:
        return self._preferences.reply(visit, self._language(visit))

    def _show_cookies(self, visit: Visit) -> Reply:
        return self._cookie_table.reply(visit.head, self._language(visit))

    def _show_gpc(self, _visit: Visit) -> Reply:
        """Say whether this site heeds Global Privacy Control (GPC working draft, section 4)."""
        policy = self._site.policy
        statement = {
            "gpc": GPC_FIELD in self._site.browser.signal_fields,
            "lastUpdate": policy.effective.isoformat(),
        }
        fields = [(b"content-type", b"application/json"), (b"cache-control", b"max-age=3600")]
        return Reply(200, fields, json.dumps(statement).encode("ascii"))

    def _not_allowed(self, visit: Visit, allowed: list[str]) -> Reply:
        fields = [(b"allow", ", ".join(allowed).encode("ascii"))]
        return self._pages.problem(visit.head, self._language(visit), 405, "unreadable", fields)

    def _too_large(self, visit: Visit) -> Reply:
        return self._pages.problem(visit.head, self._language(visit), 413, "too_large")

    def _cut_off(self, visit: Visit) -> Reply:
        return self._pages.problem(visit.head, self._language(visit), 400, "unreadable")

    def _language(self, visit: Visit) -> str:
        return choose_language(visit.head, self._site.policy.languages)


def _show_stylesheet(visit: Visit) -> Reply:
    # During a roll-out a worker may be asked for another version than its own: that must not be kept for a year.
    is_ours = ("v", stylesheet_version()) in parse_qsl(visit.head.query)
    fields = [
        (b"content-type", b"text/css; charset=utf-8"),
        (b"cache-control", b"public, max-age=31536000, immutable" if is_ours else b"no-cache"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return Reply(200, fields, stylesheet())


def _at_once(show: Callable[[Visit], Reply]) -> Callable[[Visit, bytes], Steps]:
    """Return an endpoint's answer that asks nothing of the world and reads no body."""

    def answer(visit: Visit, _body: bytes) -> Generator[Never, object, Reply]:
        yield from ()
        return show(visit)

    return answer
