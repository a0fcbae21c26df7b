"""The library's own addresses in a shop, and what answers at each.

Only these paths are ours: the shop's own pages below ``/privacy``, the statement among them, reach the shop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Never
from urllib.parse import parse_qsl

from shopprivacy.crypto import Keyset
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.gate.gate import Gate
from shopprivacy.http.effects import Effects
from shopprivacy.http.form import LIMIT
from shopprivacy.http.language import choose_language
from shopprivacy.http.request_head import RequestHead
from shopprivacy.http.response import respond
from shopprivacy.pages.banner import Banner
from shopprivacy.pages.consent_form import ConsentForm
from shopprivacy.pages.cookie_table import CookieTable
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import (
    CHOICES_PATH,
    CONSENT_PATH,
    COOKIES_PATH,
    GPC_PATH,
    STYLESHEET_PATH,
    Site,
    raise_it,
    stylesheet,
    stylesheet_version,
)
from shopprivacy.pages.preferences import Preferences
from shopprivacy.policy import Policy
from shopprivacy.signals import GPC_FIELD

if TYPE_CHECKING:
    from starlette.responses import Response

_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a request. A shell reads at most ``body_limit`` bytes of body and then runs ``answer``;
    where there is more, or more is declared, it sends ``too_large`` and reads nothing further; where the connection
    is lost before the end of the body, ``cut_off``, and nothing of the body counts.
    """

    answer: Callable[[ConsentContext, bytes], Effects]
    too_large: Callable[[ConsentContext], Response]
    cut_off: Callable[[ConsentContext], Response]
    body_limit: int = LIMIT


class Endpoints:
    """The endpoints of one shop. ``templates`` and ``failed`` are those of its ``Site``."""

    def __init__(
        self,
        policy: Policy,
        gate: Gate,
        keyset: Keyset,
        templates: str | PathLike[str] | None = None,
        failed: Callable[[Exception], object] = raise_it,
    ) -> None:
        self._site = Site(policy, gate.browser, templates, failed)
        self.pages = self._pages = Pages(self._site)
        self._preferences = Preferences(self._site, self._pages)
        self._cookie_table = CookieTable(self._site, self._pages)
        self.banner = Banner(self._site)
        """Renders the banner into the shop's own pages."""
        take = ConsentForm(self._site, self._pages, keyset).answer
        self._answers: dict[str, dict[str, Callable[[ConsentContext, bytes], Effects]]] = {
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

    def _show_choices(self, visit: ConsentContext) -> Response:
        return self._preferences.reply(visit, self._language(visit))

    def _show_cookies(self, visit: ConsentContext) -> Response:
        return self._cookie_table.reply(visit.head, self._language(visit))

    def _show_gpc(self, _visit: ConsentContext) -> Response:
        """Say whether this site heeds Global Privacy Control (GPC working draft, section 4)."""
        policy = self._site.policy
        statement = {
            "gpc": GPC_FIELD in self._site.browser.signal_fields,
            "lastUpdate": policy.effective.isoformat(),
        }
        fields = [(b"content-type", b"application/json"), (b"cache-control", b"max-age=3600")]
        return respond(200, fields, json.dumps(statement).encode("ascii"))

    def _not_allowed(self, visit: ConsentContext, allowed: list[str]) -> Response:
        fields = [(b"allow", ", ".join(allowed).encode("ascii"))]
        return self._pages.problem(visit.head, self._language(visit), 405, "unreadable", fields)

    def _too_large(self, visit: ConsentContext) -> Response:
        return self._pages.problem(visit.head, self._language(visit), 413, "too_large")

    def _cut_off(self, visit: ConsentContext) -> Response:
        return self._pages.problem(visit.head, self._language(visit), 400, "unreadable")

    def _language(self, visit: ConsentContext) -> str:
        return choose_language(visit.head, self._site.policy.languages)


def _show_stylesheet(visit: ConsentContext) -> Response:
    # During a roll-out a worker may be asked for another version than its own: that must not be kept for a year.
    is_ours = ("v", stylesheet_version()) in parse_qsl(visit.head.query)
    fields = [
        (b"content-type", b"text/css; charset=utf-8"),
        (b"cache-control", b"public, max-age=31536000, immutable" if is_ours else b"no-cache"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return respond(200, fields, stylesheet())


def _at_once(show: Callable[[ConsentContext], Response]) -> Callable[[ConsentContext, bytes], Effects]:
    """Return an endpoint's answer that asks nothing of the world and reads no body."""

    def answer(visit: ConsentContext, _body: bytes) -> Generator[Never, object, Response]:
        yield from ()
        return show(visit)

    return answer
