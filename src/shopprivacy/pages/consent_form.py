"""What happens when a visitor answers the banner or the preference page."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace

from shopprivacy.consent.apply_choices import Change, Chooser, Wanted, wanted_by
from shopprivacy.consent.consent_record import ConsentEvent, ConsentRecord
from shopprivacy.crypto import Keyset
from shopprivacy.errors import StoreDown
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.http.csrf import OriginCheck, check_origin, same_origin_target
from shopprivacy.http.effects import CountRefusals, Effect, Effects, RandomBytes, Record, TakeTurn
from shopprivacy.http.form import Form, UnreadableForm, read_form
from shopprivacy.http.language import choose_language
from shopprivacy.http.response import respond
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import CONSENT_PATH, Site
from shopprivacy.signals import objects

CONSENT_ID_BYTES = 16
"""Random bytes in a consent id: nobody guesses one, and no two visitors share one."""
_FORGET = (b"clear-site-data", b'"cache"')  # Clear Site Data, section 3.1


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Whose consent id and account the rows of this request are about."""

    consent_id: bytes
    account: bytes


class ConsentForm:
    """Answers the forms of the banner and of the preference page.

    Refusals and withdrawals are handled first and by themselves: nothing that goes wrong with a grant undoes them.
    """

    def __init__(self, site: Site, pages: Pages, keyset: Keyset) -> None:
        self._site = site
        self._pages = pages
        self._proof = ConsentRecord(site.policy, keyset)

    def answer(self, visit: ConsentContext, body: bytes) -> Effects:
        """Take a form. Where it ends what was live, the browser forgets the pages that it has kept of this site.

        A page from before, which it may show again without asking anybody, still has in it what was live then.
        """
        before = self._live(visit)
        reply = yield from self._take(visit, body)
        if before - self._live(visit):
            reply.raw_headers.append(_FORGET)
        return reply

    def _live(self, visit: ConsentContext) -> frozenset[str]:
        purposes = self._site.browser.purposes.items()
        return frozenset(name for name, purpose in purposes if purpose.is_allowed(visit.statuses[name]))

    def _take(self, visit: ConsentContext, body: bytes) -> Effects:
        language = choose_language(visit.head, self._site.policy.languages)
        trusted = check_origin(visit.head)
        if trusted is OriginCheck.REFUSED:
            return self._pages.problem(visit.head, language, 403, "not_counted")
        try:
            form = read_form(visit.head, body)
        except UnreadableForm as unreadable:
            return self._pages.problem(visit.head, language, unreadable.status, "unreadable")
        wanted = wanted_by(form, self._site.browser)
        if wanted is None:
            return self._pages.problem(visit.head, language, 400, "unreadable")
        return (yield from self._choose(visit, form, wanted, trusted, language))

    def _choose(
        self, visit: ConsentContext, form: Form, wanted: Wanted, trusted: OriginCheck, language: str
    ) -> Effects:
        shown = form.one("shown")
        shown_in = language if shown is None else self._site.wordings.language(shown)
        how = CollectionMethod.BANNER if visit.head.path == CONSENT_PATH else CollectionMethod.PREFERENCE_PAGE
        act = ConsentEvent(how, shown_in or language, visit.now)
        choices = visit.choices
        visitor = _Visitor(
            choices.consent_id if choices else b"", visit.account or (choices.account if choices else b"")
        )

        try:
            yield from self._narrow(visit, wanted, act, visitor)
            change = self._chooser(visit).grant(wanted)
            if change.actions:
                if trusted is not OriginCheck.FULL:
                    return self._pages.problem(visit.head, act.language, 403, "not_counted")
                if shown_in is None:  # the texts have changed since the form was shown: consent to what?
                    return self._pages.problem(visit.head, act.language, 409, "not_counted")
                # Only what writes for anybody who asks is limited, never the refusal itself: behind a proxy that
                # hides its visitors all of them are one client, and no opt-out may be lost for that.
                if not (yield TakeTurn(visit.head.client)):
                    return self._pages.later(visit.head, act.language, 429, "too_many")
                yield from self._grant(visit, change, act, visitor)
        except StoreDown:
            return self._pages.later(visit.head, act.language, 503, "store_down")
        location = same_origin_target(form.one("next"), visit.head.url("/")).encode("ascii")
        return respond(303, [(b"location", location), (b"cache-control", b"no-store")])

    def _narrow(
        self, visit: ConsentContext, wanted: Wanted, act: ConsentEvent, visitor: _Visitor
    ) -> Generator[Effect, object]:
        change = self._chooser(visit).narrow(wanted)
        if not change.actions:
            return
        entries = self._proof.entries(change, act, consent_id=visitor.consent_id, account=visitor.account)
        if entries:
            try:
                yield Record(entries)
            except StoreDown:  # nothing can keep the row: here it stands all the same
                visit.choose(change.choices)
                raise
        elif (yield TakeTurn(visit.head.client)):
            # Only a number in a table: the refusal itself stands in the cookie.
            with suppress(StoreDown):
                yield CountRefusals(tuple(change.actions))
        visit.choose(change.choices)

    def _grant(
        self, visit: ConsentContext, change: Change, act: ConsentEvent, visitor: _Visitor
    ) -> Generator[Effect, object]:
        consent_id = visitor.consent_id
        if not consent_id:
            drawn = yield RandomBytes(CONSENT_ID_BYTES)
            if not isinstance(drawn, bytes):
                raise TypeError("RandomBytes is answered with bytes")
            consent_id = drawn
        # Swapping one purpose for another in one form leaves the visitor the same, though for a moment nothing
        # was granted any more.
        choices = replace(change.choices, consent_id=consent_id, account=visitor.account)
        yield Record(self._proof.entries(change, act, consent_id=consent_id, account=visitor.account))
        visit.choose(choices)

    def _chooser(self, visit: ConsentContext) -> Chooser:
        browser = self._site.browser
        signal = objects(browser.signal_fields, visit.head.header)
        return Chooser(browser, visit.choices, visit.statuses, signal, visit.now)
