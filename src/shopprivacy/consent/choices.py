"""What a visitor answered, purpose by purpose, and how long the answer stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum, IntEnum
from hashlib import sha256
from math import ceil, inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from shopprivacy.cookies.response import LONGEST_LIFE
from shopprivacy.errors import UndeclaredName
from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.policy import Duration
from shopprivacy.signals import DNT_FIELD, GPC_FIELD, objects

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_EPOCH = date(1970, 1, 1)
# Workers' clocks may differ; an answer from further ahead than this is not believed.
_SKEW_SECONDS = 60


class Choice(IntEnum):
    """An answer as it stands in the consent cookie. The numbers are part of its format."""

    GRANTED = 1
    REFUSED = 2
    WITHDRAWN = 3


class ConsentStatus(Enum):
    """What an answer amounts to now: nobody asked, granted, or denied (refused, withdrawn or objected).

    Unknown: nobody can tell now whether the visitor objected. Then the purpose is not allowed, and nothing is deleted.
    """

    UNDECIDED = "undecided"
    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


# Looking a member up in its class costs more than all that is done with it here, on every request.
_UNDECIDED, _GRANTED, _DENIED, _UNKNOWN = ConsentStatus
_YES = Choice.GRANTED


class Answer(NamedTuple):
    """One choice and when it was made (POSIX seconds)."""

    choice: Choice
    at: int


class SaidNo(NamedTuple):
    """What an account refused, withdrew or objected to with one row of the ledger, and when (POSIX seconds)."""

    purpose: str
    at: int


Withdrawals = Mapping[bytes, SaidNo]
"""All that an account said no to, in the ledger's order, each under the mark of its row.

A mark is the first `MARK_BYTES` of the row's digest. It stays when a restored ledger is brought up to date and the row
gets another number.
"""
MARK_BYTES: Final = 6
_COUNT_BYTES: Final = 2
ANSWERED_BYTES: Final = MARK_BYTES + _COUNT_BYTES
NOTHING_ANSWERED: Final = bytes(ANSWERED_BYTES)
"""Every no of the account came after these choices."""


def answered_by(withdrawals: Withdrawals) -> bytes:
    """Return which of an account's withdrawals choices come after that come after all of these."""
    last = next(reversed([*withdrawals]), bytes(MARK_BYTES))
    return last + min(len(withdrawals), 0xFFFF).to_bytes(_COUNT_BYTES)


@dataclass(slots=True)
class Choices:
    """All that the consent cookie says: answers by purpose id, 16 bits of a hash of the purpose's name and meaning.

    Made on every request, and therefore not frozen, which would cost more than reading it; never changed.

    ``stamp`` is the policy version they were given under. ``signalled`` says that the browser was sending a
    signal such as Sec-GPC when the visitor chose, so that the choice is later than the signal.
    ``consent_id`` exists only where something was granted: refusing must not create an identifier.
    ``account`` ties the browser to the account that is signed in on it, as a pseudonym. ``answered`` is the mark of the
    last row by which that account had said no when something was granted here, and how many such rows there were: what
    it says no to with a later row, ends these grants. None in a cookie of version 1: then times are compared.
    """

    stamp: bytes
    answers: Mapping[int, Answer]
    signalled: bool = False
    consent_id: bytes = field(default=b"", repr=False)
    account: bytes = field(default=b"", repr=False)
    answered: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.consent_id or self.account) and not self.any_granted:
            self.consent_id = self.account = b""
        if not self.account:
            self.answered = None

    @property
    def any_granted(self) -> bool:
        """Whether at least one purpose is granted."""
        for answer in self.answers.values():  # noqa: SIM110  # on every request; a generator costs twice as much
            if answer.choice is _YES:
                return True
        return False

    def tied_to(self, account: bytes, answered: bytes = NOTHING_ANSWERED) -> Choices:
        """Return these choices as those of a browser on which ``account`` is signed in."""
        return replace(self, account=account, answered=answered)

    def ended_by(self, withdrawals: Withdrawals) -> Sequence[SaidNo]:
        """Return what the account that these choices are tied to said no to after them.

        All of it, where the row that they came after is not there, or more rows stand before it than did then: then the
        ledger was restored, and several journals have brought it up to date. In a cookie of version 1 each of its
        answers has to be compared with the time.
        """
        nos = [*withdrawals.values()]
        if self.answered is None or self.answered[:MARK_BYTES] not in withdrawals:
            return nos
        after = [*withdrawals].index(self.answered[:MARK_BYTES]) + 1
        return nos[after:] if after <= int.from_bytes(self.answered[MARK_BYTES:]) else nos

    def with_answers(self, answers: Mapping[int, Answer]) -> Choices:
        """Return these choices with ``answers`` in the place of earlier ones for the same purposes."""
        return replace(self, answers={**self.answers, **answers})


@dataclass(frozen=True, slots=True)
class AskedPurpose:
    """A purpose that the browser decides about.

    ``by_consent`` is False for a purpose whose cookies a law exempts from consent: it is allowed until the visitor
    objects. ``signalled`` says whether Sec-GPC or DNT object to it.
    """

    name: str
    id: int
    by_consent: bool
    signalled: bool

    def is_allowed(self, status: ConsentStatus) -> bool:
        """Whether the purpose is allowed where it has this status."""
        return status is _GRANTED or (status is _UNDECIDED and not self.by_consent)


def choice_term(policy: Policy) -> Duration:
    """Return how long a choice is kept before the visitor is asked again (CNIL 2020-092, no. 36: six months)."""
    return policy.choices.keep or Duration.parse(jurisdiction(policy.jurisdiction).choice_kept)


def _digest(policy: Policy, ids: Iterable[int]) -> bytes:
    cookies = sorted(
        (name, cookie.purpose or "", cookie.essential, cookie.exempt is not None)
        for name, cookie in policy.cookies.items()
    )
    return sha256(repr((sorted(ids), cookies)).encode()).digest()[:2]


class BrowserPolicy:
    """The part of a policy that a browser decides about, compiled once at start."""

    def __init__(self, policy: Policy) -> None:
        signals = policy.signals
        self.signal_fields: tuple[str, ...] = tuple(
            name for name, mode in ((GPC_FIELD, signals.gpc), (DNT_FIELD, signals.dnt)) if mode == "object"
        )
        """The request fields that count as an objection."""
        asked = {*policy.asked_in_browser()}
        objected_to = {*policy.objected_to_in_browser()}
        self.purposes = {
            name: AskedPurpose(
                name, policy.purpose_id(name), by_consent=name in asked, signalled=name in signals.purposes
            )
            for name in policy.purposes
            if name in asked or name in objected_to
        }
        """What the browser is asked about, or may object to, in declared order."""
        self.elsewhere = policy.purposes.keys() - self.purposes.keys()
        """The purposes that are declared, and no browser decides about."""
        self.may_object = bool(objected_to)
        """Whether a visitor who was asked nothing may have objected to something all the same."""
        self.by_id = {purpose.id: purpose for purpose in self.purposes.values()}
        days = min(max((policy.effective - _EPOCH).days, 0), 0xFFFF)
        self.stamp = days.to_bytes(2) + _digest(policy, self.by_id)
        """Policy version as the cookie carries it: days of ``effective`` since 1970, and 16 bits of what a browser
        decides about and of the cookies that hang on it. A corrected address makes no other version of those."""
        self.kept = choice_term(policy)
        # The shortest month has 28 days and January 31: for most answers the calendar need not be asked.
        january = datetime(1970, 1, 1, tzinfo=UTC)
        self._surely_kept = (self.kept.after(january) - january).total_seconds() * 28 / 31

    @property
    def kept_at_most(self) -> Duration:
        """For how long at most a browser keeps choices: an objection, as long as browsers keep any cookie."""
        return Duration(LONGEST_LIFE.days, "days") if self.may_object else self.kept

    def check(self, purpose: str) -> None:
        """Raise UndeclaredName for a purpose that the policy does not let a browser decide about."""
        if purpose not in self.purposes:
            raise UndeclaredName("purpose of the browser", purpose, self.purposes)

    def is_objection(self, purpose_id: int, answer: Answer) -> bool:
        """Whether an answer under this purpose id is an objection to what no law makes us ask about.

        It holds for as long as the browser keeps it (GDPR art. 21): nobody would be asked before the purpose is allowed
        again.
        """
        purpose = self.by_id.get(purpose_id)
        return purpose is not None and not purpose.by_consent and answer.choice is not _YES

    def stands(self, purpose_id: int, answer: Answer, now: datetime) -> bool:
        """Whether an answer under this purpose id still counts: once its term is over the visitor is asked again, never
        earlier.
        """
        if self.is_objection(purpose_id, answer):
            return True
        age = now.timestamp() - answer.at
        if -_SKEW_SECONDS <= age < self._surely_kept:
            return True
        return age > 0 and now < self.kept.after(datetime.fromtimestamp(answer.at, UTC))

    def surely_stand(self, given: Sequence[int]) -> tuple[float, float]:
        """Return from when until when (POSIX seconds, the end excluded) answers stand that were given then.

        Whatever the calendar says; no moment, where they lie too far apart.
        """
        if not given:
            return -inf, inf
        ordered = sorted(given)
        return ordered[-1] - _SKEW_SECONDS, ordered[0] + self._surely_kept

    def statuses_of(self, granted: Mapping[int, bool]) -> Mapping[str, ConsentStatus]:
        """Return how purposes stand by what was granted or not, by purpose id, while all answers stand."""
        statuses = {purpose_id: _GRANTED if yes else _DENIED for purpose_id, yes in granted.items()}
        by_name = {name: statuses.get(purpose.id, _UNDECIDED) for name, purpose in self.purposes.items()}
        return MappingProxyType(by_name)  # many visitors share it, and handlers get it

    def seconds_left(self, choices: Choices, now: datetime) -> int:
        """Return for how many seconds from ``now`` the youngest of these answers stands.

        For an objection, as long as a browser keeps any cookie.
        """
        if any(self.is_objection(purpose_id, answer) for purpose_id, answer in choices.answers.items()):
            return int(LONGEST_LIFE.total_seconds())
        youngest = max((answer.at for answer in choices.answers.values()), default=0)
        end = self.kept.after(datetime.fromtimestamp(youngest, UTC))
        return max(0, ceil((end - now).total_seconds()))

    def may_delete(self, choices: Choices) -> bool:
        """Whether cookies may be deleted on the strength of these choices.

        Not when they were made under a policy newer than ours: during a rolling deploy an older worker would
        delete what the newer one has just allowed. Two versions of one day cannot be ordered.
        """
        return choices.stamp == self.stamp or choices.stamp[:2] < self.stamp[:2]


class ConsentStatuses(Mapping[str, ConsentStatus]):
    """How the purposes that the browser decides about stand, each worked out when it is first looked up.

    ``header`` looks a request's field up by its lower-case name, for the signals that the policy heeds: one denies the
    purposes that the policy ties to it, unless the visitor granted them on this site while it was on. ``withdrawals``
    returns those of the account that is signed in here, and one that came after the choices, by the ledger's order,
    ends a grant. None: nobody can tell now. What was granted then counts as undecided, so that it is
    not allowed and nothing is deleted for it. ``withheld`` says that the browser may have choices that did not come
    along.
    """

    __slots__ = ("_choices", "_header", "_known", "_now", "_policy", "_withdrawals", "_withheld")

    def __init__(
        self,
        policy: BrowserPolicy,
        choices: Choices | None,
        header: Callable[[str], str | None],
        withdrawals: Callable[[bytes], Withdrawals | None],
        now: datetime,
        *,
        withheld: bool = False,
    ) -> None:
        self._policy = policy
        self._choices = choices
        self._header = header
        self._withdrawals = withdrawals
        self._now = now
        self._withheld = withheld
        self._known: dict[str, ConsentStatus] = {}

    def __getitem__(self, name: str) -> ConsentStatus:
        known = self._known.get(name)
        if known is not None:
            return known
        purpose = self._policy.purposes[name]
        status, granted = self._chosen(purpose)
        if purpose.signalled and objects(self._policy.signal_fields, self._header):
            choices = self._choices
            if not (granted and choices is not None and choices.signalled):
                status = _DENIED
        self._known[name] = status
        return status

    def __iter__(self) -> Iterator[str]:
        return iter(self._policy.purposes)

    def __len__(self) -> int:
        return len(self._policy.purposes)

    def __contains__(self, name: object) -> bool:
        return name in self._policy.purposes

    def _chosen(self, purpose: AskedPurpose) -> tuple[ConsentStatus, bool]:
        """Return how a purpose stands by what was chosen here and elsewhere, and whether it was granted here."""
        choices = self._choices
        unknown = _UNDECIDED if purpose.by_consent else _UNKNOWN
        if choices is None:
            return unknown if self._withheld else _UNDECIDED, False
        status, since = _UNDECIDED, -inf
        answer = choices.answers.get(purpose.id)
        if answer is not None and self._policy.stands(purpose.id, answer, self._now):
            status, since = (_GRANTED if answer.choice is _YES else _DENIED), answer.at
        granted = status is _GRANTED
        if choices.account and purpose.is_allowed(status):
            withdrawals = self._withdrawals(choices.account)
            if withdrawals is None:
                status = unknown
            elif any(
                no.purpose == purpose.name and (choices.answered is not None or no.at >= since)
                for no in choices.ended_by(withdrawals)
            ):
                status, granted = _DENIED, False
        return status, granted
