"""What happens when a visitor answers the banner or the preference page."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shopprivacy.consent.account_merge import (
    answer_withdrawals,
    end_withdrawn,
    names_in,
    subject_of,
    withdrawals,
)
from shopprivacy.consent.apply_choices import Change, Chooser, Wanted, strangers_in, wanted_by
from shopprivacy.consent.choices import BrowserPolicy
from shopprivacy.consent.consent_record import ConsentEvent, ConsentRecord, Wordings
from shopprivacy.consent.context import ConsentContext
from shopprivacy.consent.cookie import CONSENT_ID_BYTES
from shopprivacy.crypto import Keyset
from shopprivacy.errors import StoreDown
from shopprivacy.http.csrf import OriginCheck, check_origin, same_origin_target
from shopprivacy.http.effects import Effect, Effects, RandomBytes, TakeTurn
from shopprivacy.http.form import Form, UnreadableForm, read_form
from shopprivacy.http.language import choose_language
from shopprivacy.http.page import ErrorPage, Page, Reply, later
from shopprivacy.http.request_head import Fields
from shopprivacy.http.response import respond
from shopprivacy.ledger.effects import CountRefusals, LedgerWorld, RecordChoices, read_rows
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.signals import objects

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_FORGET: Fields = [(b"clear-site-data", b'"cache"')]  # Clear Site Data, section 3.1


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Whose consent id and account the rows of this request are about."""

    consent_id: bytes
    account: bytes


class ConsentForm:
    """Answers the forms of the banner and of the preference page.

    Refusals and withdrawals are handled first and by themselves: nothing that goes wrong with a grant undoes them.
    """

    def __init__(self, policy: Policy, browser: BrowserPolicy, wordings: Wordings, keyset: Keyset) -> None:
        self._languages = policy.languages
        self._browser = browser
        self._wordings = wordings
        self._record = ConsentRecord(policy, keyset)

    def answers(self, how: CollectionMethod) -> Callable[[ConsentContext, bytes], Effects[LedgerWorld]]:
        """Return the endpoint that takes a form which collects choices in this way.

        Where it ends what was allowed, the browser forgets the pages that it has kept of this site. A page from before,
        which it may show again without asking anybody, still has in it what was allowed then.
        """

        def answer(consent: ConsentContext, body: bytes) -> Effects[LedgerWorld]:
            before = self._allowed(consent)
            reply = yield from self._take(consent, body, how)
            return _with_fields(reply, _FORGET) if before - self._allowed(consent) else reply

        return answer

    def _allowed(self, consent: ConsentContext) -> frozenset[str]:
        purposes = self._browser.purposes.items()
        return frozenset(name for name, purpose in purposes if purpose.is_allowed(consent.statuses[name]))

    def _take(self, consent: ConsentContext, body: bytes, how: CollectionMethod) -> Effects[LedgerWorld]:
        try:
            form = read_form(consent.head, body)
        except UnreadableForm as unreadable:
            return ErrorPage("unreadable", unreadable.status)
        wanted = wanted_by(form, self._browser)
        if wanted is None:
            return ErrorPage("unreadable", 400)
        return (yield from self._choose(consent, form, wanted, how))

    def _choose(
        self,
        consent: ConsentContext,
        form: Form,
        wanted: Wanted,
        how: CollectionMethod,
    ) -> Effects[LedgerWorld]:
        shown = form.one("shown")
        language = choose_language(consent.head, self._languages)
        shown_in = language if shown is None else self._wordings.language(shown)
        event = ConsentEvent(how, shown_in or language, consent.now)
        choices, claim = consent.choices, consent.claim
        tied = choices or (claim.choices if claim else None)  # a tie only narrows
        visitor = _Visitor(
            choices.consent_id if choices else b"", consent.account or (tied.account if tied else b"")
        )

        try:
            told = yield from self._narrow(consent, wanted, event, visitor)
            # What narrows has been done in the browser, and not all of it where somebody else has to hear of it.
            if not told or consent.account is None:
                return later("store_down", 503, event.language)
            change = self._chooser(consent).grant(wanted.answers)
            if change.actions:
                if check_origin(consent.head) is not OriginCheck.FULL:
                    return ErrorPage("not_counted", 403, event.language)
                if shown_in is None:  # the texts have changed since the form was shown: consent to what?
                    return ErrorPage("not_counted", 409, event.language)
                if not (yield TakeTurn("grants", consent.head.client)):
                    return later("too_many", 429, event.language)
                yield from self._grant(consent, change, event, visitor)
        except StoreDown:
            return later("store_down", 503, event.language)
        location = same_origin_target(form.one("next"), consent.head.url("/")).encode("ascii")
        return respond(303, [(b"location", location), (b"cache-control", b"no-store")])

    def _narrow(
        self, consent: ConsentContext, wanted: Wanted, event: ConsentEvent, visitor: _Visitor
    ) -> Generator[Effect[LedgerWorld], object, bool]:
        """Do what the visitor refuses; gives whether all that it is about could be told to whoever has to hear."""
        claim = None if consent.choices else consent.claim
        if (
            claim is not None
        ):  # made up, or signed by a worker with another keyset: it may say whose no this is
            visitor = _Visitor(claim.choices.consent_id, visitor.account or claim.choices.account)
        before = claim.choices if claim else consent.choices
        whose = {"consent_id": visitor.consent_id, "account": visitor.account}
        ids, named = strangers_in(before, self._browser), dict[int, tuple[str, str]]()
        again = frozenset[int]()
        if before and visitor.account:  # whose other browsers may have been granted it since
            again = frozenset(before.answers.keys() - self._browser.by_id.keys() - ids)
        if wanted.strangers or (wanted.nothing and (ids or again)):
            # What another version of the policy asked about stands in the ledger with its name and its meaning.
            for subject in self._record.subjects(**whose):
                with suppress(StoreDown):
                    named.update(names_in((yield from read_rows(subject))))
        if not wanted.nothing:
            asked = {i for i, (name, _) in named.items() if name in wanted.strangers}
            ids, again = ids & asked, again & asked
        change = self._chooser(consent).narrow(wanted.answers, ids)
        reached = {named[i][0] for i in (before.answers if before else ()) if i in named}
        told = reached.issuperset(wanted.strangers) and (not visitor.account or ids <= named.keys())
        entries = [
            *self._record.entries(change, event, **whose),
            *self._record.strangers(ids, named, event, **whose),
            *self._record.strangers(
                again & named.keys(), named, event, consent_id=b"", account=visitor.account
            ),
        ]
        # Only what writes for anybody who asks is limited, never the refusal itself: behind a proxy that hides its
        # visitors all of them are one client, and no opt-out may be lost for that.
        limited = claim is not None or not (change.actions or ids)
        if entries and limited and not (yield TakeTurn("refusals", consent.head.client)):
            entries, told = [], False
        if change.actions or ids:
            consent.choose(change.choices)  # whatever can keep the rows: here it stands
        if entries:
            yield RecordChoices(entries)
        elif change.actions and told and (yield TakeTurn("refusals", consent.head.client)):
            # Only a number in a table: the refusal itself stands in the cookie.
            with suppress(StoreDown):
                yield CountRefusals(tuple(change.actions))
        return told

    def _grant(
        self, consent: ConsentContext, change: Change, event: ConsentEvent, visitor: _Visitor
    ) -> Generator[Effect[LedgerWorld], object]:
        consent_id, base = visitor.consent_id, change.choices
        given = [self._browser.purposes[name].id for name in change.actions]
        if consent_id:
            [browser] = self._record.subjects(consent_id=consent_id, account=b"")
            base = end_withdrawn(self._browser, base, (yield from read_rows(browser)), consent.now, given)
        else:
            drawn = yield RandomBytes(CONSENT_ID_BYTES)
            if not isinstance(drawn, bytes):
                raise TypeError("RandomBytes is answered with bytes")
            consent_id = drawn
        # Swapping one purpose for another in one form leaves the visitor the same, though for a moment nothing
        # was granted any more.
        choices = replace(base, consent_id=consent_id)
        if visitor.account:
            # What the account said no to until now the visitor knew, or has been told; what it says later ends this.
            for account in dict.fromkeys(filter(None, (choices.account, visitor.account))):
                if choices.account != account:
                    choices = choices.tied_to(account)
                known = withdrawals((yield from read_rows(subject_of(account))))
                if account != visitor.account:  # a ledger that was just restored may have lost some of it
                    known = {**(consent.withdrawals(account) or {}), **known}
                choices = answer_withdrawals(self._browser, choices, known, consent.now, given)
        yield RecordChoices(
            self._record.entries(change, event, consent_id=consent_id, account=visitor.account)
        )
        consent.choose(choices)

    def _chooser(self, consent: ConsentContext) -> Chooser:
        browser = self._browser
        signal = objects(browser.signal_fields, consent.head.header)
        return Chooser(browser, consent.believed, consent.statuses, signal, consent.now)


def _with_fields(reply: Reply, fields: Fields) -> Reply:
    if isinstance(reply, (Page, ErrorPage)):
        return replace(reply, fields=[*reply.fields, *fields])
    reply.raw_headers += fields
    return reply
