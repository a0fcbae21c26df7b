"""The library's own addresses in a shop, and what answers at each.

Only these paths are ours: the shop's own pages below ``/privacy``, the statement among them, reach the shop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from shopprivacy.consent.context import ConsentContext
from shopprivacy.consent.routes import ConsentForm
from shopprivacy.crypto import Keyset
from shopprivacy.errors import StoreDown
from shopprivacy.gate.gate import Gate
from shopprivacy.http.csrf import OriginCheck, check_origin
from shopprivacy.http.effects import Effect
from shopprivacy.http.form import LIMIT
from shopprivacy.http.language import choose_language
from shopprivacy.http.origin_fault import OriginFault, origin_fault
from shopprivacy.http.page import ErrorPage, Page, Reply, later
from shopprivacy.http.request_head import RequestHead
from shopprivacy.http.response import respond
from shopprivacy.http.routes import Route, Routes, RouteTable, at_once
from shopprivacy.ledger.effects import LedgerWorld
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.pages.banner import Banner
from shopprivacy.pages.cookie_table import CookieTable
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import (
    CHOICES_PATH,
    CONSENT_PATH,
    COOKIES_PATH,
    GPC_PATH,
    UNDECIDED_PATH,
    Site,
    raise_it,
)
from shopprivacy.pages.preferences import Preferences
from shopprivacy.pages.static_files import STATIC_FILES, StaticFile
from shopprivacy.signals import GPC_FIELD

if TYPE_CHECKING:
    from starlette.responses import Response

    from shopprivacy.policy import Policy

Table = Routes[ConsentContext, LedgerWorld]
"""The routes of a domain, or of the library's own pages."""

_SAFE = frozenset({"GET", "HEAD"})
_HIDDEN = {
    b"cache-control": b"no-store",
    b"referrer-policy": b"no-referrer",
    b"x-robots-tag": b"noindex",
}
"""On every reply of a route that is open to all: there is a token in its address."""
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a request. A shell reads at most ``body_limit`` bytes of body and then runs ``answer``;
    where there is more, or more is declared, it sends ``too_large`` and reads nothing further; where the connection
    is lost before the end of the body, ``cut_off``, and nothing of the body counts.
    """

    answer: Callable[[ConsentContext, bytes], Generator[Effect[LedgerWorld], object, Response]]
    too_large: Callable[[ConsentContext], Response]
    cut_off: Callable[[ConsentContext], Response]
    body_limit: int = LIMIT
    declares_too_much: bool = False
    """Whether the head of the request declares a longer body: then not even its first byte is waited for."""
    open_to_all: bool = False
    """See ``Route``: where the body is too long or cut off, ``answer`` is given an empty one; no cookie is set or
    deleted."""


class Endpoints:
    """The endpoints of one shop: the library's own pages, and ``tables``, the routes of each domain.

    ``templates`` and ``failed`` are those of its ``Site``. ``misplaced`` is told what is wrong where the shop is
    served, as a request shows that changes a choice.
    """

    def __init__(
        self,
        policy: Policy,
        gate: Gate,
        keyset: Keyset,
        tables: Iterable[Table] = (),
        templates: str | PathLike[str] | None = None,
        failed: Callable[[Exception], object] = raise_it,
        misplaced: Callable[[OriginFault, RequestHead], object] = lambda _fault, _head: None,
    ) -> None:
        self._misplaced = misplaced
        self._site = site = Site(policy, gate.browser, templates, failed)
        self.pages = self._pages = Pages(site)
        self._pages_alone = Pages(site)
        self._preferences = Preferences(site)
        self._cookie_table = CookieTable(site)
        self.banner = Banner(site)
        """Renders the banner into the shop's own pages."""
        form = ConsentForm(policy, gate.browser, site.wordings, keyset)
        own = Table(
            {
                CHOICES_PATH: Route(
                    {
                        "GET": at_once(self._show_choices),
                        "POST": form.answers(CollectionMethod.PREFERENCE_PAGE),
                    }
                ),
                CONSENT_PATH: Route({"POST": form.answers(CollectionMethod.BANNER)}),
                COOKIES_PATH: Route({"GET": at_once(self._show_cookies)}),
                **{file.path: Route({"GET": at_once(_show_file(file))}) for file in STATIC_FILES.values()},
                UNDECIDED_PATH: Route({"GET": at_once(_show_undecided)}),
                GPC_PATH: Route({"GET": at_once(self._show_gpc)}),
            }
        )
        self._table = table = RouteTable([own, *tables])
        self._exact, self._initials = table.exact, table.initials

    def find(self, head: RequestHead) -> Endpoint | None:
        """Return what answers a request; None where the path is not ours."""
        path = head.path
        # Asked for every request of the shop: what is not ours must cost nearly nothing.
        if path not in self._exact and not (self._initials and path[1:2] in self._initials):
            return None
        route = self._table.find(path, head.mount)
        if route is None:
            return None
        # Where more is declared than we take, nothing of it is read.
        declared = head.header("content-length") or ""
        too_much = _DIGITS.fullmatch(declared) is not None and int(declared[:20]) > route.body_limit
        answer = route.endpoint(head.method) or at_once(_not_allowed(route.allowed()))
        changes = not (route.open_to_all or head.method in _SAFE)
        if changes:
            if fault := origin_fault(head):
                self._misplaced(fault, head)
            if check_origin(head) is OriginCheck.REFUSED:
                answer = at_once(_not_counted)
        respond_to = self._response_to_anybody if route.open_to_all else self._response
        return Endpoint(
            self._rendered(answer, respond_to),
            lambda consent: respond_to(consent, (route.too_large or _too_large)(consent)),
            lambda consent: respond_to(consent, (route.cut_off or _cut_off)(consent)),
            route.body_limit,
            too_much,
            route.open_to_all,
        )

    def _rendered(
        self,
        answer: Callable[[ConsentContext, bytes], Generator[Effect[LedgerWorld], object, Reply]],
        respond_to: Callable[[ConsentContext, Reply], Response],
    ) -> Callable[[ConsentContext, bytes], Generator[Effect[LedgerWorld], object, Response]]:
        def rendered(
            consent: ConsentContext, body: bytes
        ) -> Generator[Effect[LedgerWorld], object, Response]:
            try:
                reply = yield from answer(consent, body)
            except StoreDown:
                reply = later("store_down", 503)
            return respond_to(consent, reply)

        return rendered

    def _response(self, consent: ConsentContext, reply: Reply) -> Response:
        return self._shown(self._pages, consent, reply)

    def _response_to_anybody(self, consent: ConsentContext, reply: Reply) -> Response:
        response = self._shown(self._pages_alone, consent, reply)
        response.raw_headers = [
            *(field for field in response.raw_headers if field[0] not in _HIDDEN),
            *_HIDDEN.items(),
        ]
        return response

    def _shown(self, pages: Pages, consent: ConsentContext, reply: Reply) -> Response:
        if isinstance(reply, ErrorPage):
            language = reply.language or self._language(consent)
            return pages.problem(consent.head, language, reply.status, reply.what, reply.fields)
        if isinstance(reply, Page):
            return pages.render(reply, consent.head, reply.language or self._language(consent))
        return reply

    def _show_choices(self, consent: ConsentContext) -> Page:
        return self._preferences.page(consent, self._language(consent))

    def _show_cookies(self, consent: ConsentContext) -> Page:
        return self._cookie_table.page(self._language(consent))

    def _show_gpc(self, _consent: ConsentContext) -> Response:
        """Say whether this site heeds Global Privacy Control (GPC working draft, section 4)."""
        policy = self._site.policy
        statement = {
            "gpc": GPC_FIELD in self._site.browser.signal_fields,
            "lastUpdate": policy.effective.isoformat(),
        }
        fields = [(b"content-type", b"application/json"), (b"cache-control", b"max-age=3600")]
        return respond(200, fields, json.dumps(statement).encode("ascii"))

    def _language(self, consent: ConsentContext) -> str:
        return choose_language(consent.head, self._site.policy.languages)


def _show_file(file: StaticFile) -> Callable[[ConsentContext], Response]:
    def show(consent: ConsentContext) -> Response:
        # During a roll-out a worker may be asked for another version than its own: that must not be kept for a year.
        is_ours = ("v", file.version) in parse_qsl(consent.head.query)
        fields = [
            (b"content-type", f"{file.media_type}; charset=utf-8".encode("ascii")),
            (b"cache-control", b"public, max-age=31536000, immutable" if is_ours else b"no-cache"),
            (b"x-content-type-options", b"nosniff"),
        ]
        return respond(200, fields, file.content)

    return show


def _show_undecided(consent: ConsentContext) -> Response:
    """Say what this visitor would be asked now: for the script on a page that the browser had kept."""
    fields = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    return respond(200, fields, json.dumps({"undecided": consent.undecided()}).encode("utf-8"))


def _not_allowed(allowed: Iterable[str]) -> Callable[[ConsentContext], ErrorPage]:
    page = ErrorPage("unreadable", 405, fields=[(b"allow", ", ".join(allowed).encode("ascii"))])
    return lambda _consent: page


def _not_counted(_consent: ConsentContext) -> ErrorPage:
    return ErrorPage("not_counted", 403)


def _too_large(_consent: ConsentContext) -> ErrorPage:
    return ErrorPage("too_large", 413)


def _cut_off(_consent: ConsentContext) -> ErrorPage:
    return ErrorPage("unreadable", 400)
