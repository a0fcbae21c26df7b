"""What a form says, and what it changes: from the visitor's choices so far to new ones, purpose by purpose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shopprivacy.consent.choices import Answer, AskedPurpose, BrowserPolicy, Choice, Choices, ConsentStatus
from shopprivacy.decision import Action
from shopprivacy.http.form import Form

ANSWER_FIELD = "answer."
"""Before a purpose's name: the field that holds its own answer, ``allow`` or ``refuse``."""
_MOST_ANSWERS = 240  # the cookie counts them in a byte, and signing in may add a few


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for.

    ``answers`` are purposes with whether the visitor allows them, ``strangers`` the names of others, which the policy
    does not know, that are refused. ``nothing`` says that all that the visitor was asked is refused, and so what only
    the cookie knows of.
    """

    answers: Mapping[str, bool]
    strangers: tuple[str, ...] = ()
    nothing: bool = False


def wanted_by(form: Form, browser: BrowserPolicy) -> Wanted | None:
    """Return what a form asks for; None where it says neither accept nor refuse nor save.

    ``asked`` names the purposes that the form showed; what it did not show stays as it is. A form without it
    showed every purpose that needs consent. ``accept`` and ``refuse`` go for all of them. ``save`` allows those of
    them that ``purpose`` names and refuses the others; with ``by=answer`` only the answers in ``answer.NAME`` count,
    and a purpose without one stays as it is. To names that are not declared, as in a form of another version of the
    policy, nobody can say yes here, only no.
    """
    choice = form.one("choice")
    by_consent = [name for name, purpose in browser.purposes.items() if purpose.by_consent]
    if choice == "save" and form.one("by") == "answer":
        said = {
            name.removeprefix(ANSWER_FIELD): form.one(name) == "allow"
            for name in form.names()
            if name.startswith(ANSWER_FIELD)
        }
    elif choice in {"accept", "refuse", "save"}:
        asked = form.all("asked") or by_consent
        allowed = form.all("purpose") if choice == "save" else asked if choice == "accept" else ()
        said = {name: name in allowed for name in asked}
    else:
        return None
    strangers = tuple(name for name, yes in said.items() if not yes and name not in browser.purposes)
    nothing = not any(said.values()) and (choice == "refuse" or bool(said)) and said.keys() >= {*by_consent}
    return Wanted({name: said[name] for name in browser.purposes if name in said}, strangers, nothing)


@dataclass(frozen=True, slots=True)
class Change:
    """New choices, and for each purpose that they change what happened to it. Without actions nothing changes."""

    choices: Choices
    actions: Mapping[str, Action]
    by_signal: frozenset[str] = frozenset()
    """Those of the purposes that the visitor said nothing about now: the browser's signal decided."""
    strangers: frozenset[int] = frozenset()
    """The ids of grants that are withdrawn without that this policy knows of what."""
    repeats: Mapping[str, Action] = field(default_factory=dict[str, Action])
    """What was refused before in this browser, and is refused again."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """Where a visitor stands when a form arrives. ``signal`` says whether a heeded browser signal is on."""

    browser: BrowserPolicy
    choices: Choices | None
    statuses: Mapping[str, ConsentStatus]
    signal: bool
    now: datetime

    def narrow(self, wanted: Mapping[str, bool], strangers: Collection[int] = ()) -> Change:
        """Return what refusing the purposes changes for which ``wanted`` holds False; the others stay as they are.

        ``strangers`` are ids under which the policy knows nothing, and the visitor allowed something that ends now. A
        repeat changes nothing, not even the day of the choice.
        """
        base = self._base()
        answers: dict[int, Answer] = {purpose_id: self._answer(Choice.WITHDRAWN) for purpose_id in strangers}
        ended = frozenset(answers)
        actions: dict[str, Action] = {}
        again: dict[str, Action] = {}
        for purpose in self._purposes(wanted, allowed=False):
            earlier = base.answers.get(purpose.id)
            before = earlier.choice if earlier else None
            # A grant counts as given before, whether it stands, has lapsed or is held down by a signal.
            choice = Choice.REFUSED if before in {None, Choice.REFUSED} else Choice.WITHDRAWN
            if (
                earlier is not None
                and before is choice
                and self.browser.stands(purpose.id, earlier, self.now)
            ):
                again[purpose.name] = _narrowing(purpose, choice)
                continue
            answers[purpose.id] = self._answer(choice)
            actions[purpose.name] = _narrowing(purpose, choice)
        return Change(base.with_answers(answers), actions, strangers=ended, repeats=again)

    def grant(self, wanted: Mapping[str, bool]) -> Change:
        """Return what allowing the purposes changes for which ``wanted`` holds True. The consent id is not made here.

        A purpose that needs no consent is granted only where that ends an objection. Where a signal is on, this
        choice is later than the signal and wins; grants from before the signal that are not chosen again now are
        withdrawn, because the cookie tells only once whether the signal was on.
        """
        base = self._base()
        granted = [
            purpose
            for purpose in self._purposes(wanted, allowed=True)
            if not purpose.is_allowed(self.statuses[purpose.name])
        ]
        answers = {purpose.id: self._answer(Choice.GRANTED) for purpose in granted}
        actions = {purpose.name: Action.GRANTED for purpose in granted}
        overtaken: set[str] = set()
        signalled = base.signalled
        if any(purpose.signalled for purpose in granted):
            signalled = self.signal
            if self.signal and not base.signalled:
                for purpose in self.browser.purposes.values():
                    earlier = base.answers.get(purpose.id)
                    if purpose.signalled and purpose.id not in answers and _is_grant(earlier):
                        overtaken.add(purpose.name)
                        answers[purpose.id] = self._answer(Choice.WITHDRAWN)
                        actions[purpose.name] = _narrowing(purpose, Choice.WITHDRAWN)
        choices = replace(base.with_answers(answers), signalled=signalled)
        return Change(choices, actions, frozenset(overtaken))

    def _purposes(self, wanted: Mapping[str, bool], *, allowed: bool) -> list[AskedPurpose]:
        return [self.browser.purposes[name] for name, answer in wanted.items() if answer is allowed]

    def _answer(self, choice: Choice) -> Answer:
        return Answer(choice, int(self.now.timestamp()))

    def _base(self) -> Choices:
        """Return the choices so far under our policy's version, without grants that nobody can use any more.

        Grants of purposes that are gone or mean something else now are dropped, or refusing everything would leave
        one behind, and with it an identifier. Not so where the choices were made under a newer policy: those purposes
        are known to the workers that are deployed already. A no stays, whoever knows what it is about, while it stands.
        """
        browser, choices = self.browser, self.choices
        if choices is None:
            return Choices(browser.stamp, {})
        newer = choices.stamp[:2] > browser.stamp[:2]
        strangers = [
            (purpose_id, answer)
            for purpose_id, answer in choices.answers.items()
            if purpose_id not in browser.by_id
            and (newer or not _is_grant(answer))
            and browser.stands(purpose_id, answer, self.now)
        ]
        strangers.sort(key=lambda item: (_is_grant(item[1]), -item[1].at))
        known = {i: answer for i, answer in choices.answers.items() if i in browser.by_id}
        answers = {**known, **dict(strangers[: max(0, _MOST_ANSWERS - len(browser.by_id))])}
        return replace(choices, stamp=choices.stamp if newer else browser.stamp, answers=answers)


def strangers_in(choices: Choices | None, browser: BrowserPolicy) -> frozenset[int]:
    """Return the ids of what somebody allowed and this policy does not know."""
    return frozenset(
        purpose_id
        for purpose_id, answer in (choices.answers if choices else {}).items()
        if purpose_id not in browser.by_id and _is_grant(answer)
    )


def _is_grant(answer: Answer | None) -> bool:
    return answer is not None and answer.choice is Choice.GRANTED


def _narrowing(purpose: AskedPurpose, choice: Choice) -> Action:
    if not purpose.by_consent:
        return Action.OBJECTED
    return Action.WITHDRAWN if choice is Choice.WITHDRAWN else Action.REFUSED
