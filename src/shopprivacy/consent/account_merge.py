"""What happens to choices when somebody signs in: a no on either side counts on both, a yes on neither.

Computers are shared. A browser's grant may be somebody else's, so it never becomes the account's; a refusal may
be too, but believing it harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shopprivacy.consent.choices import (
    MARK_BYTES,
    Answer,
    BrowserPolicy,
    Choice,
    Choices,
    ConsentStatus,
    SaidNo,
    Withdrawals,
    answered_by,
)
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import Entry, Row
from shopprivacy.ledger.validity import WITHDRAWING, kind_of
from shopprivacy.policy.fingerprint import id_of_meaning, id_of_name

ACCOUNT_KIND = "customer"
"""The kind of subject that an account's pseudonym names (see ``shopprivacy.crypto.pseudonym``)."""


_ALLOWED_UNASKED = Answer(Choice.GRANTED, 0)


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


def mark_of(digest: bytes) -> bytes:
    """Return the mark of a row with this digest."""
    return digest[:MARK_BYTES]


def said_no(purpose: str, at: datetime) -> SaidNo:
    """Return what an account said no to, as it is compared with a browser's choices."""
    return SaidNo(purpose, int(at.timestamp()))


def withdrawals(rows: Iterable[Row]) -> Withdrawals:
    """Return all that an account said no to, by its rows in order."""
    return {
        mark_of(row.digest): said_no(entry.purpose, entry.at)
        for row in rows
        if (entry := row.entry) and entry.purpose is not None and entry.action in WITHDRAWING
    }


def denied_by(entries: Iterable[Entry]) -> dict[str, int]:
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


def names_in(rows: Iterable[Row]) -> dict[int, tuple[str, str]]:
    """Return by purpose id the names and meanings of all purposes that rows are about, known to our policy or not."""
    named: dict[int, tuple[str, str]] = {}
    for row in rows:
        entry = row.entry
        if entry is not None and entry.purpose is not None and entry.meaning is not None:
            for purpose_id in (id_of_meaning(entry.meaning), id_of_name(entry.purpose)):
                named[purpose_id] = (entry.purpose, entry.meaning)
    return named


def may_end_grants(policy: BrowserPolicy, entry: Entry) -> bool:
    """Whether a no of an account ends what its browsers have been granted: it counts each time that it is said.

    What a browser was granted since the last time is no row of the account's.
    """
    return (
        entry.action in WITHDRAWING
        and kind_of(entry.subject) == ACCOUNT_KIND
        and entry.purpose not in policy.elsewhere
    )


def end_withdrawn(
    policy: BrowserPolicy, choices: Choices, rows: Sequence[Row], now: datetime, given: Iterable[int] = ()
) -> Choices:
    """Return choices without what was withdrawn in this same browser since, by the browser's own ``rows``.

    A request brings the cookie of the moment when it was sent. Where its answer gives the browser another one, somebody
    may have said no meanwhile by a form in another window. What stands under the ids in ``given`` is allowed now.
    """
    entries = [row.entry for row in rows if row.entry]
    denied = denied_by(entries)
    names = {purpose_id: name for purpose_id, (name, _) in names_in(rows).items()}
    told = {*names.values()}
    names |= {purpose.id: name for name, purpose in policy.purposes.items() if name in told}
    objected = {p.id for name, p in policy.purposes.items() if name in denied and not p.by_consent}
    allowed = {
        purpose_id
        for purpose_id in {*choices.answers, *objected} - {*given}
        if choices.answers.get(purpose_id, _ALLOWED_UNASKED).choice is Choice.GRANTED
    }
    ended = {purpose_id for purpose_id in allowed if names.get(purpose_id) in denied}
    if any(_is_all(entry) for entry in entries):  # by a worker that had no name for some of it
        since = _granted_since(entries)
        asked = {purpose.id for purpose in policy.purposes.values() if purpose.by_consent}
        ended |= {i for i in allowed if names.get(i) not in since and (i in asked or i not in policy.by_id)}
    return choices.with_answers(dict.fromkeys(ended, Answer(Choice.WITHDRAWN, int(now.timestamp()))))


def _is_all(entry: Entry) -> bool:
    return entry.purpose is None and entry.action in WITHDRAWING


def _granted_since(entries: Sequence[Entry]) -> set[str | None]:
    """Return what was granted after everything was withdrawn for the last time."""
    granted: set[str | None] = set()
    for entry in entries:
        if _is_all(entry):
            granted.clear()
        elif entry.action is Action.GRANTED:
            granted.add(entry.purpose)
    return granted


def answer_withdrawals(
    policy: BrowserPolicy, choices: Choices, known: Withdrawals, now: datetime, given: Iterable[int] = ()
) -> Choices:
    """Return choices, tied to an account, that come after all in ``known`` that the account said no to.

    What these rows ended is denied in the answers themselves, but for those under the ids in ``given``, which are given
    now. Where the account said no to a purpose that no browser decides about here, any grant under an unknown id may
    have been meant: none of them stays.
    """
    answers: dict[int, Answer] = {}
    for no in choices.ended_by(known):
        for purpose_id in _ids_of(policy, choices, no.purpose) - {*given}:
            answer = choices.answers.get(purpose_id)
            if answer is None:  # what is allowed without asking
                answers[purpose_id] = Answer(Choice.REFUSED, no.at)
            elif answer.choice is Choice.GRANTED and (choices.answered is not None or no.at >= answer.at):
                stood = policy.stands(purpose_id, answer, now)  # else it is asked for again
                at = int(now.timestamp()) if stood else answer.at
                answers[purpose_id] = Answer(Choice.WITHDRAWN, at)
    return choices.with_answers(answers).tied_to(choices.account, answered_by(known))


def _ids_of(policy: BrowserPolicy, choices: Choices, purpose: str) -> set[int]:
    """Return the ids under which a browser may hold what an account said no to.

    A newer policy may allow a purpose that we do not know without asking.
    """
    known = policy.purposes.get(purpose)
    if known is not None:
        return {known.id} if known.id in choices.answers or not known.by_consent else set()
    ids = choices.answers.keys() - policy.by_id.keys()
    may_be_allowed = purpose not in policy.elsewhere and not policy.may_delete(choices)
    return {*ids, id_of_name(purpose)} if may_be_allowed else {*ids}


def narrow(
    policy: BrowserPolicy,
    choices: Choices | None,
    statuses: Mapping[str, ConsentStatus],
    rows: Sequence[Row],
    account: bytes,
    now: datetime,
) -> Narrowed:
    """Return what signing in to ``account`` changes.

    ``statuses`` is how the purposes stand in the browser, ``rows`` all that the ledger has of the account. A grant
    stands against a no of the account only where it was made in this browser while the same account was signed in, and
    after that no.
    """
    denied = denied_by(row.entry for row in rows if row.entry)
    base = choices or Choices(policy.stamp, {})
    known = withdrawals(rows)
    if base.account == account:
        settled = answer_withdrawals(policy, base, known, now)
    else:
        allowed_again = [purpose.id for name, purpose in policy.purposes.items() if name not in denied]
        settled = answer_withdrawals(policy, base.tied_to(account), known, now, allowed_again)
    answers: dict[int, Answer] = {}
    withdraw: list[str] = []
    for name, purpose in policy.purposes.items():
        answered = settled.answers.get(purpose.id)
        no = denied.get(name)
        if no is None:
            if statuses[name] is ConsentStatus.DENIED and _refused(answered):
                withdraw.append(name)
        elif statuses[name] is ConsentStatus.UNDECIDED:
            refusal = Answer(Choice.REFUSED, no)
            # A no that has lapsed is asked for again, as in the browser itself.
            if policy.stands(purpose.id, refusal, now) and not (
                answered and policy.stands(purpose.id, answered, now)
            ):
                answers[purpose.id] = refusal
    narrowed = settled.with_answers(answers)
    return Narrowed(narrowed if narrowed != choices and narrowed.answers else None, tuple(withdraw))


def _refused(answered: Answer | None) -> bool:
    """Whether the visitor said no here; a signal, or a withdrawal elsewhere, denies a purpose too."""
    return answered is not None and answered.choice is not Choice.GRANTED
