"""The unsubscribe link's endpoint and the page that confirms a sign-up (RFC 8058; docs/formats/unsubscribe-link.md).

Looking at a link does nothing, posting to it ends what it names: whatever the body is, whoever sends it, without
cookie, session or redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shopprivacy.crypto import Keyset
from shopprivacy.http.effects import Effects, TakeTurn
from shopprivacy.http.form import Form, UnreadableForm, read_form
from shopprivacy.http.language import choose_language
from shopprivacy.http.page import Page, later
from shopprivacy.http.request_head import RequestHead
from shopprivacy.http.routes import Route, Routes, at_once
from shopprivacy.ledger.effects import LedgerWorld, RecordChoices
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.mail.address import bare, read_address, subject_of_key
from shopprivacy.mail.asked import Asked, Do, Sender
from shopprivacy.mail.confirmation import Confirmation, read_confirmation
from shopprivacy.mail.link import Link, read_token
from shopprivacy.mail.model import ALL, Marketing
from shopprivacy.mail.pages import ADDRESS, ONE_CLICK, RESUME, SHOWN, STOP, YES, MailPages

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

UNSUBSCRIBE_PATH: Final = "/u/"
CONFIRM_PATH: Final = "/privacy/confirm/"
BODY_LIMIT: Final = 64 * 1024
"""Bytes of a body that are read at most; the token counts whatever they are."""


def confirm_link(prefix: str) -> str:
    """Return what links that confirm begin with, beside an unsubscribe link's prefix."""
    return prefix.removesuffix("/").rpartition("/")[0] + CONFIRM_PATH


class MailRoutes:
    """Makes the routes of one shop."""

    def __init__(self, policy: Policy, keyset: Keyset, marketing: Marketing, sender: Sender) -> None:
        self._policy = policy
        self._keyset = keyset
        self._marketing = marketing
        self._sender = sender
        self._within = policy.choices.confirm_within
        self._pages = MailPages(policy, marketing, lambda: self._can_mail)

    def table(self) -> Routes[Asked, LedgerWorld]:
        """Return them; none where the policy has no marketing and no ``mail.url``: then the paths are the shop's."""
        url = self._policy.mail.url
        if url is None and not self._marketing.purposes:
            return Routes()
        urls = (*([url] if url else []), *self._policy.mail.formerly)
        paths = [urlsplit(one).path for one in urls] or [UNSUBSCRIBE_PATH]
        # Whoever types the whole link in capitals means it, too.
        written = [form for path in paths for form in (path, path.upper())]
        confirm = {confirm_link(path) for path in paths} - {CONFIRM_PATH}
        return Routes(
            prefixes={CONFIRM_PATH: self._confirm},
            linked={**dict.fromkeys(written, self._unsubscribe), **dict.fromkeys(confirm, self._confirm)},
        )

    # The unsubscribe link

    def _unsubscribe(self, text: str) -> Route[Asked, LedgerWorld]:
        link = read_token(self._keyset, text)
        if link is None:

            def unknown(context: Asked, body: bytes) -> Effects[LedgerWorld]:
                return (yield from self._unknown(context, body, _fixed(context.head, text)))

            return _open({"GET": unknown, "POST": unknown})

        def end(context: Asked, body: bytes) -> Effects[LedgerWorld]:
            return (yield from self._end(context, body, link))

        return _open({"GET": at_once(lambda context: self._ask_to_end(context, link)), "POST": end})

    def _ask_to_end(self, context: Asked, link: Link) -> Page:
        """Say what would end; one button ends it."""
        head = context.head
        return self._pages.ask_to_end(head, self._language(head), self._marketing.purpose_of(link.tag))

    def _end(self, context: Asked, body: bytes, link: Link) -> Effects[LedgerWorld]:
        form, language = _form_in(context.head, body), self._language(context.head)
        resumed = form.one(RESUME)
        resumes = resumed in self._marketing.by("email")
        named = self._marketing.purpose_of(link.tag)
        stopped = [name for name in form.all(STOP) if name == ALL or name in self._marketing.by("email")]
        purposes = [None if name == ALL else name for name in stopped]
        if not purposes and not (resumes and ONE_CLICK[0] not in form.values):
            purposes = [named]
        if purposes:
            yield RecordChoices(self._rows(subject_of_key(self._keyset, link.key), purposes, context))
        if resumes:
            return (yield from self._resume(context.head, form, link, str(resumed), language))
        return self._pages.ended(context.head, language, purposes)

    def _rows(self, subject: str, purposes: Sequence[str | None], context: Asked) -> Sequence[Entry]:
        how = CollectionMethod.ONE_CLICK_MAIL
        rows = {
            entry.purpose: entry
            for purpose in purposes
            for entry in self._marketing.opt_out(subject, "email", purpose, at=context.now, how=how)
        }
        return [*rows.values()]

    def _resume(
        self, head: RequestHead, form: Form, link: Link, purpose: str, language: str
    ) -> Effects[LedgerWorld]:
        """Mail the link's own address one to confirm, if it was typed. The answer tells nobody whether it was."""
        if not (yield TakeTurn("links", head.client)):
            return later("too_many", 429, language)
        address = _address_in(form)
        if address is not None and self._can_mail:
            yield Do(lambda: self._sender.ask_owner(link.key, address, purpose, language=language))
        return self._pages.sent(head, language)

    def _unknown(self, context: Asked, body: bytes, path: str) -> Effects[LedgerWorld]:
        """A link that nobody can read: the same page for all, which mails somebody their own."""
        head, language = context.head, self._language(context.head)
        if not (yield TakeTurn("links", head.client)):
            return later("too_many", 429, language)
        address = _address_in(_form_in(head, body)) if head.method == "POST" else None
        if address is not None and self._can_mail:
            yield Do(lambda: self._sender.mail_link(address, language))
            return self._pages.sent(head, language, path)
        return self._pages.unknown(head, language, path)

    # The link that confirms a sign-up

    def _confirm(self, text: str) -> Route[Asked, LedgerWorld]:
        said = read_confirmation(self._keyset, text)

        def show(context: Asked, _body: bytes) -> Effects[LedgerWorld]:
            return (yield from self._confirmed(context, said, None, text))

        def confirm(context: Asked, body: bytes) -> Effects[LedgerWorld]:
            return (yield from self._confirmed(context, said, _form_in(context.head, body), text))

        return _open({"GET": show, "POST": confirm})

    def _confirmed(
        self, context: Asked, said: Confirmation | None, form: Form | None, token: str
    ) -> Effects[LedgerWorld]:
        head, language = context.head, self._language(context.head)
        purpose = self._marketing.purpose_of(said.tag) if said else None
        if said is None or purpose is None:
            if not (yield TakeTurn("links", head.client)):
                return later("too_many", 429, language)
            return self._pages.void(language, _fixed(head, token))
        late = not timedelta(minutes=-1) <= context.now - said.at or context.now >= self._within.after(
            said.at
        )
        if late or (yield Do(lambda: self._sender.ended_since(said, purpose))):
            return self._pages.void(language, _fixed(head, token))
        if (
            form is None
            or form.one(YES) != "1"
            or form.one(SHOWN) != self._pages.disclosed(language, purpose)
        ):
            return self._pages.confirmation(head, language, purpose, asked_again=form is not None)
        subjects = [subject_of_key(self._keyset, said.key)]
        subjects += [f"customer:{said.account.hex()}"] if said.account else []
        how = CollectionMethod.PREFERENCE_PAGE
        yield RecordChoices(
            [
                self._marketing.sign_up(subject, purpose, at=context.now, how=how, language=language)
                for subject in subjects
            ]
        )
        return self._pages.confirmed(language, purpose)

    @property
    def _can_mail(self) -> bool:
        return self._sender.transport is not None and self._policy.mail.url is not None

    def _language(self, head: RequestHead) -> str:
        return choose_language(head, self._policy.languages)


def _open(
    methods: Mapping[str, Callable[[Asked, bytes], Effects[LedgerWorld]]],
) -> Route[Asked, LedgerWorld]:
    return Route(methods, body_limit=BODY_LIMIT, open_to_all=True)


def _fixed(head: RequestHead, token: str) -> str:
    """Return a path that has the same page for every token that cannot be read, of which none stands in it."""
    return f"{head.path.removesuffix(token)}-"


def _form_in(head: RequestHead, body: bytes) -> Form:
    """Return the fields of our own form; none of anything else, which is read no further."""
    try:
        return read_form(head, body, multipart=True)
    except UnreadableForm:
        return Form({})


def _address_in(form: Form) -> str | None:
    """Return the address that somebody typed, if mail can be sent to it."""
    address = read_address(bare(form.one(ADDRESS) or ""))
    return None if address is None else address.normalized
