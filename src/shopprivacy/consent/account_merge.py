"""What happens to choices when somebody signs in: a no on either side counts on both, a yes on neither.

Computers are shared. A browser's grant may be somebody else's, so it never becomes the account's; a refusal may
be too, but believing it harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shopprivacy.consent.choices import Answer, BrowserPolicy, Choice, Choices, ConsentStatus
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import Entry
from shopprivacy.ledger.validity import WITHDRAWING

ACCOUNT_KIND = "customer"
"""The kind of subject that an account's pseudonym names (see ``shopprivacy.crypto.pseudonym``)."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What signing in changes: the browser's choices (None: nothing), and purposes to withdraw for the account."""

    choices: Choices | None
    withdraw_for_account: tuple[str, ...]


def account_of(subject: str) -> bytes | None:
    """Return an account's pseudonym as the consent cookie carries it; None for another kind of subject."""
    kind, _, digest = subject.partition(":")
    return bytes.fromhex(digest) if kind == ACCOUNT_KIND else None


def subject_of(account: bytes) -> str:
    """Return the ledger's subject for an account as the consent cookie carries it."""
    return f"{ACCOUNT_KIND}:{account.hex()}"


def withdrawals(entries: Iterable[Entry]) -> dict[str, int]:
    """Return the purposes that an account said no to by its last word, each with when (POSIX seconds)."""
    denied: dict[str, int] = {}
    for entry in entries:
        if entry.purpose is None:
            continue
        if entry.action in WITHDRAWING:
            denied[entry.purpose] = int(entry.at.timestamp())
        elif entry.action is Action.GRANTED:
            denied.pop(entry.purpose, None)
    return denied


def narrow(
    policy: BrowserPolicy,
    choices: Choices | None,
    statuses: Mapping[str, ConsentStatus],
    denied: Mapping[str, int],
    account: bytes,
    now: datetime,
) -> Narrowed:
    """Return what signing in to ``account`` changes.

    ``statuses`` is how the purposes stand in the browser, ``denied`` what the account said no to (see
    ``withdrawals``). A grant stands against an older no of the account only where it was made in this browser
    while the same account was signed in.
    """
    answers: dict[int, Answer] = {}
    withdraw: list[str] = []
    for name, purpose in policy.purposes.items():
        answered = choices.answers.get(purpose.id) if choices else None
        no = denied.get(name)
        if (
            answered is not None
            and no is not None
            and _granted(policy, purpose.id, answered, statuses[name], now)
        ):
            own = choices is not None and choices.account == account and answered.at > no
            if not own:
                answers[purpose.id] = Answer(Choice.WITHDRAWN, int(now.timestamp()))
        elif statuses[name] is ConsentStatus.UNDECIDED and no is not None:
            refusal = Answer(Choice.REFUSED, no)
            # A no that has lapsed is asked for again, as in the browser itself.
            if policy.stands(purpose.id, refusal, now):
                answers[purpose.id] = refusal
        elif statuses[name] is ConsentStatus.DENIED and no is None and _refused(answered):
            withdraw.append(name)
    base = choices or Choices(policy.stamp, {})
    narrowed = replace(base.with_answers(answers), account=account)
    return Narrowed(narrowed if narrowed != choices and narrowed.answers else None, tuple(withdraw))


def _granted(
    policy: BrowserPolicy, purpose_id: int, answered: Answer, status: ConsentStatus, now: datetime
) -> bool:
    """Whether a grant stands here, be it that nobody knows yet what the account did elsewhere."""
    withheld = status is ConsentStatus.UNDECIDED and answered.choice is Choice.GRANTED
    return status is ConsentStatus.GRANTED or (withheld and policy.stands(purpose_id, answered, now))


def _refused(answered: Answer | None) -> bool:
    """Whether the visitor said no here; a signal, or a withdrawal elsewhere, denies a purpose too."""
    return answered is not None and answered.choice is not Choice.GRANTED
