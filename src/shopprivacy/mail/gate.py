"""The mail gate: marketing goes to who may have it, with the links that it must have; order mail always goes out.

| class | rule |
|---|---|
| transactional | always goes out; held where ``requested`` is older than a restriction; marked marketing is cut out |
| marketing | one recipient; both links and the header fields for one click; the check of the address comes last |
| both | nothing that asks to send a password or an identity document; no pixel without ``mail.tracking`` |

In ``report`` mode every message goes out as it is, and what would have happened is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from shopprivacy.decision import Code, Decision
from shopprivacy.errors import LedgerBroken, PolicyError, PrivacyError, Problem, StoreDown
from shopprivacy.mail.address import bare, canonical_email
from shopprivacy.mail.body_rules import (
    has_marketing,
    has_pixel,
    without_marketing,
    without_marks,
    without_pixels,
)
from shopprivacy.mail.clearance import May
from shopprivacy.mail.draft import Draft, only_recipient
from shopprivacy.mail.footer import MailLinks, with_footer, with_list_fields
from shopprivacy.mail.links import Links
from shopprivacy.mail.outcome import Cut, Outcome, Why
from shopprivacy.mail.purpose import MailPurpose, mail_purpose, read_purpose
from shopprivacy.mail.secret_requests import asks_for_secret

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_RESTRICTED: Final = frozenset({Code.RESTRICTED, Code.STORED})


class Judged(NamedTuple):
    """A message as it may be handed over, and what became of it; one that is held must not be."""

    outcome: Outcome
    draft: Draft


class MailGate:
    """Judges messages. ``may`` decides about an address, and ``clear`` does right before marketing is handed over.

    ``tell`` hears of what was held or cut.
    """

    def __init__(
        self,
        policy: Policy,
        links: Links,
        may: May,
        clear: May,
        *,
        tell: Callable[[Outcome | Exception], object],
    ) -> None:
        self._policy = policy
        self._links = links
        self._may = may
        self._clear = clear
        self._tell = tell
        self.enforces: Final = policy.mode.mail == "enforce"
        email = policy.controller.email
        self.own_addresses: set[str] = {canonical_email(email)} if email else set()
        """The shop's own, canonical: what it writes to itself, such as error mails, is nobody's advertising."""

    def check_start(self) -> None:
        """Raise PolicyError where the policy does not say what messages are for that name no purpose.

        Whatever puts the gate in front of a shop's mail calls it at start: an error when mail is sent would break
        password resets and error mails.
        """
        if self._policy.mail.otherwise is None:
            raise PolicyError(
                [
                    Problem(
                        "mail.otherwise",
                        "is missing; the mail gate needs it: name the transactional purpose of messages that name "
                        'none, such as otherwise = "orders"',
                        "no-otherwise",
                    )
                ]
            )

    def class_of(self, purpose: str | None) -> str:
        """Return ``transactional`` or ``marketing``.

        Raises UndeclaredName for a purpose that the policy does not declare, and PrivacyError for one that sends no
        mail, and where neither message nor policy names one.
        """
        name = self.purpose_of(purpose)
        found = self._policy.purpose(name).mail
        if found is None:
            raise PrivacyError(
                f'purposes.{name}: sends no mail; write mail = "transactional" or "marketing" there, or name another'
            )
        return found

    def purpose_of(self, purpose: str | None) -> str:
        """Return the purpose of a message that names this one, or none. Raises PrivacyError where nothing names one."""
        name = self._links.marketing.today(purpose) if purpose is not None else self._policy.mail.otherwise
        if name is None:
            raise PrivacyError(
                "this message names no purpose, and mail.otherwise is missing in the policy: pass purpose=, or write it"
            )
        return name

    def named(self, said: MailPurpose | str | None, header: Iterable[str] = ()) -> MailPurpose:
        """Return what a message is for: as the call says, and where it says nothing, by the values of its header.

        Raises PrivacyError for a header that cannot be read; in ``report`` mode that is told, and it names nothing.
        """
        purpose = mail_purpose(said)
        try:
            return purpose.over(read_purpose(header))
        except PrivacyError as error:
            if self.enforces:
                raise
            self._tell(error)
            return purpose

    def judge(self, draft: Draft, purpose: MailPurpose, *, has_links: bool = False) -> Judged:
        """Return what is to be handed over, and whether. Hand it over at once: the check does not hold for long.

        ``has_links`` says that both links stand in a template that is not in sight. Raises PrivacyError for a message
        that cannot go out as it is, which is a mistake of whoever wrote it, and StoreDown where nobody knows whether a
        marketing message may; in ``report`` mode nothing.
        """
        try:
            judged = self._judge(draft, purpose, has_links=has_links)
        except (
            Exception
        ) as error:  # in a shop that only looks, whatever is wrong is no reason to lose a message
            if self.enforces:
                raise
            self._tell(error)
            return Judged(Outcome(sent=True, purpose=purpose.name), draft)
        outcome = judged.outcome
        if outcome.why is not None or outcome.cut:
            self._tell(outcome)
        return judged if self.enforces else Judged(replace(outcome, sent=True), draft)

    def links_of(self, address: str, purpose: MailPurpose) -> MailLinks:
        """Return both links for one recipient. Raises PrivacyError where policy and call name no address for one."""
        change_data = purpose.change_data or self._policy.mail.change_data
        if change_data is None:
            raise PrivacyError(
                "mail.change_data: is missing; every marketing message links to the page where customers change their "
                'details: write change_data = "https://shop.example/account" in [mail]'
            )
        return MailLinks(
            self._links.link(address, self.purpose_of(purpose.name), url=purpose.url), change_data
        )

    def may_track(self, draft: Draft, purpose: MailPurpose) -> bool:
        """Whether every recipient consents to being counted as somebody who opened a message or followed a link."""
        tracking = self._policy.mail.tracking
        try:
            return (
                tracking is not None
                and bool(draft.recipients)
                and all(self._allows(one, tracking, purpose) for one in draft.recipients)
            )
        except (StoreDown, LedgerBroken):
            return False

    def _judge(self, draft: Draft, purpose: MailPurpose, *, has_links: bool) -> Judged:
        name, is_marketing = self.purpose_of(purpose.name), self.class_of(purpose.name) == "marketing"
        if is_marketing:
            only_recipient(draft)
        elif self._is_to_itself(draft):
            return _held_or_sent(name, None, None, (), draft)
        if asks_for_secret(draft.subject, draft.bodies):
            return _held_or_sent(name, Why.ASKS_FOR_SECRET, None, (), draft)
        draft, cut = self._cut(draft, purpose, is_marketing=is_marketing)
        if is_marketing:
            draft = self._linked(draft, purpose, has_links=has_links)
            # The last thing before it is handed over.
            decision = self._clear(
                only_recipient(draft), name, customer=purpose.customer, sold_at=purpose.sold_at
            )
            return _held_or_sent(name, None if decision else Why.NOT_ALLOWED, decision, cut, draft)
        restricted = self._restricted(draft, name, purpose)
        return _held_or_sent(name, None if restricted is None else Why.RESTRICTED, restricted, cut, draft)

    def _is_to_itself(self, draft: Draft) -> bool:
        return all(canonical_email(bare(one)) in self.own_addresses for one in draft.recipients)

    def _cut(
        self, draft: Draft, purpose: MailPurpose, *, is_marketing: bool
    ) -> tuple[Draft, tuple[Cut, ...]]:
        cut: list[Cut] = []
        bodies = draft.bodies
        if any(map(has_marketing, bodies)):
            if not is_marketing:
                cut.append(Cut.MARKETING)
            bodies = tuple(map(without_marks if is_marketing else without_marketing, bodies))
        if any(map(has_pixel, bodies)) and not self.may_track(draft, purpose):
            cut.append(Cut.PIXEL)
            bodies = tuple(map(without_pixels, bodies))
        return replace(draft, bodies=bodies), tuple(cut)

    def _linked(self, draft: Draft, purpose: MailPurpose, *, has_links: bool) -> Draft:
        links = self.links_of(only_recipient(draft), purpose)
        linked = with_list_fields(draft, links, self.purpose_of(purpose.name))
        if has_links:
            return linked
        words = self._policy.text(purpose.language or self._policy.languages[0]).ui
        return with_footer(linked, links, words)

    def _restricted(self, draft: Draft, name: str, purpose: MailPurpose) -> Decision | None:
        """Return the decision that holds a transactional message: what it is about is older than a restriction.

        Only who says when that was is asked about: all else goes out without a look at the ledger, and where that does
        not answer, this does too.
        """
        requested = purpose.requested
        if requested is None or "email" not in self._policy.purpose(name).channels:
            return None
        try:
            decisions = [self._allows(one, name, purpose) for one in draft.recipients]
        except (StoreDown, LedgerBroken):
            return None
        for decision in decisions:
            if decision.code in _RESTRICTED and decision.since is not None and requested <= decision.since:
                return decision
        return None

    def _allows(self, address: str, name: str, purpose: MailPurpose) -> Decision:
        return self._may(address, name, customer=purpose.customer, sold_at=purpose.sold_at)


def _held_or_sent(
    purpose: str, why: Why | None, decision: Decision | None, cut: tuple[Cut, ...], draft: Draft
) -> Judged:
    return Judged(Outcome(why is None, purpose, why, decision, cut), draft)
