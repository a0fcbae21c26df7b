"""From a form to new choices: specs/cookies.md, 'Consent', 'Cookie' and 'Who decides what'."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.consent.apply_choices import Change, Chooser, wanted_by
from shopprivacy.consent.choices import Answer, BrowserPolicy, Choice, Choices, ConsentStatus
from shopprivacy.decision import Action
from shopprivacy.http.form import Form
from tests.gate.exchange import NOW, make_policy, statuses

_POLICY = make_policy()
_BROWSER = BrowserPolicy(_POLICY)
_LATER = NOW + timedelta(days=1)


def _form(**fields: str | tuple[str, ...]) -> Form:
    return Form(
        {
            name.replace("__", "."): (value,) if isinstance(value, str) else value
            for name, value in fields.items()
        }
    )


def _chooser(
    choices: Choices | None = None,
    *,
    signal: bool = False,
    now: datetime = _LATER,
    browser: BrowserPolicy = _BROWSER,
    withdrawals: dict[str, int] | None = None,
) -> Chooser:
    stand = statuses(browser, choices, now, signal=signal, withdrawals=withdrawals or {})
    return Chooser(browser, choices, stand, signal, now)


def _choices(at: datetime = NOW, *, signalled: bool = False, **answers: Choice) -> Choices:
    given = {
        _POLICY.purpose_id(name): Answer(choice, int(at.timestamp())) for name, choice in answers.items()
    }
    return Choices(_BROWSER.stamp, given, signalled=signalled, consent_id=b"i" * 16, account=b"account")


def _answers(change: Change) -> dict[str, Choice]:
    found = change.choices.answers
    return {name: found[p.id].choice for name, p in _BROWSER.purposes.items() if p.id in found}


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (_form(choice="accept"), {"statistics": True, "ads": True}),
        (_form(choice="refuse"), {"statistics": False, "ads": False}),
        (_form(choice="save"), {"statistics": False, "ads": False}),
        (_form(choice="save", purpose="ads"), {"statistics": False, "ads": True}),
        (_form(choice="save", purpose=("ads", "statistics")), {"statistics": True, "ads": True}),
        (_form(choice="accept", asked="ads"), {"ads": True}),
        (_form(choice="refuse", asked="ads"), {"ads": False}),
        (_form(choice="save", asked="ads", purpose="statistics"), {"ads": False}),
        (_form(choice="accept", purpose="ads"), {"statistics": True, "ads": True}),
        (_form(choice="refuse", purpose="ads"), {"statistics": False, "ads": False}),
        (_form(choice="refuse", asked=("ads", "counting")), {"ads": False, "counting": False}),
        (_form(choice="accept", asked="gone"), {}),
        (_form(choice="save", by="answer"), {}),
        (_form(choice="save", by="answer", answer__ads="allow"), {"ads": True}),
        (
            _form(choice="save", by="answer", answer__ads="refuse", answer__counting="allow"),
            {"ads": False, "counting": True},
        ),
        (_form(choice="save", by="answer", answer__ads=("allow", "refuse")), {"ads": False}),
        (_form(choice="save", by="answer", answer__ads="yes"), {"ads": False}),
        (_form(choice="save", by="answer", answer__orders="allow"), {}),
        (_form(choice="refuse", by="answer", answer__ads="allow"), {"statistics": False, "ads": False}),
    ],
)
def test_a_form_says_what_is_wanted_per_purpose(form: Form, wanted: dict[str, bool]) -> None:
    """Accept and refuse go for what was asked, save per purpose; what was not asked is not touched."""
    found = wanted_by(form, _BROWSER)
    assert found is not None
    assert found.answers == wanted


@pytest.mark.parametrize(
    "form",
    [_form(), _form(choice=""), _form(choice="yes"), _form(choice=("accept", "refuse")), _form(by="answer")],
)
def test_a_form_without_a_clear_choice_says_nothing(form: Form) -> None:
    """No choice, an unknown one or two at once are no choice."""
    assert wanted_by(form, _BROWSER) is None


def test_refusing_is_remembered_as_refused_and_after_a_grant_as_withdrawn() -> None:
    """Who granted before withdraws; who did not refuses."""
    change = _chooser(_choices(statistics=Choice.GRANTED)).narrow({"statistics": False, "ads": False})
    assert _answers(change) == {"statistics": Choice.WITHDRAWN, "ads": Choice.REFUSED}
    assert change.actions == {"statistics": Action.WITHDRAWN, "ads": Action.REFUSED}


def test_a_repeat_changes_nothing_not_even_its_day() -> None:
    """A repeat of the same choice is no change."""
    before = _choices(statistics=Choice.REFUSED, ads=Choice.WITHDRAWN)
    change = _chooser(before).narrow({"statistics": False, "ads": False})
    assert not change.actions
    assert change.choices.answers == before.answers
    granted = _choices(statistics=Choice.GRANTED)
    again = _chooser(granted).grant({"statistics": True})
    assert not again.actions
    assert again.choices == granted


def test_a_choice_after_the_term_is_a_new_one() -> None:
    """Once the six months are over the same answer is given anew, with a new day."""
    before = _choices(statistics=Choice.REFUSED, ads=Choice.GRANTED)
    later = NOW + timedelta(days=200)
    refused = _chooser(before, now=later).narrow({"statistics": False})
    assert refused.actions == {"statistics": Action.REFUSED}
    granted = _chooser(before, now=later).grant({"ads": True})
    assert granted.actions == {"ads": Action.GRANTED}
    assert granted.choices.answers[_POLICY.purpose_id("ads")].at == int(later.timestamp())


def test_an_exempt_purpose_is_objected_to_and_granted_only_to_end_that() -> None:
    """What needs no consent is allowed until objected to; allowing it ends the objection, before it does nothing."""
    allowed = _chooser().grant({"counting": True})
    assert not allowed.actions
    objected = _chooser().narrow({"counting": False})
    assert objected.actions == {"counting": Action.OBJECTED}
    assert _answers(objected) == {"counting": Choice.REFUSED}
    ended = _chooser(objected.choices).grant({"counting": True})
    assert ended.actions == {"counting": Action.GRANTED}
    again = _chooser(ended.choices).narrow({"counting": False})
    assert again.actions == {"counting": Action.OBJECTED}


def test_a_grant_that_the_account_closed_elsewhere_can_be_given_again() -> None:
    """After a withdrawal on another device the visitor may choose anew on this one."""
    withdrawals = {"ads": int(NOW.timestamp()) + 60}
    change = _chooser(_choices(ads=Choice.GRANTED), withdrawals=withdrawals).grant({"ads": True})
    assert change.actions == {"ads": Action.GRANTED}
    assert _chooser(change.choices, withdrawals=withdrawals).statuses["ads"] is ConsentStatus.GRANTED


def test_an_explicit_choice_is_later_than_the_signal_and_wins() -> None:
    """With Sec-GPC on, a purpose granted on this site is allowed."""
    change = _chooser(signal=True).grant({"ads": True})
    assert change.choices.signalled
    assert _chooser(change.choices, signal=True).statuses["ads"] is ConsentStatus.GRANTED


def test_granting_one_under_a_signal_does_not_revive_the_others() -> None:
    """Grants from before the signal that are not chosen again are withdrawn, on the signal's account."""
    before = _choices(statistics=Choice.GRANTED, counting=Choice.GRANTED)
    change = _chooser(before, signal=True).grant({"ads": True})
    assert change.actions == {
        "ads": Action.GRANTED,
        "statistics": Action.WITHDRAWN,
        "counting": Action.OBJECTED,
    }
    assert change.by_signal == {"statistics", "counting"}
    after = _chooser(change.choices, signal=True).statuses
    assert after["statistics"] is after["counting"] is ConsentStatus.DENIED


def test_grants_under_the_signal_stay_when_another_is_added_under_it() -> None:
    """Two choices made while the signal is on both count."""
    first = _chooser(signal=True).grant({"ads": True})
    second = _chooser(first.choices, signal=True).grant({"statistics": True})
    assert second.actions == {"statistics": Action.GRANTED}
    assert _chooser(second.choices, signal=True).statuses["ads"] is ConsentStatus.GRANTED


def test_a_grant_from_without_the_signal_does_not_outlive_a_later_signal() -> None:
    """A signal that comes after a choice is the later word."""
    under = _choices(signalled=True, ads=Choice.GRANTED)
    change = _chooser(under, signal=False).grant({"statistics": True})
    assert not change.choices.signalled
    assert _chooser(change.choices, signal=True).statuses["statistics"] is ConsentStatus.DENIED


def test_a_purpose_outside_the_signal_leaves_it_alone() -> None:
    """Granting a purpose that the signal does not object to says nothing about the signal."""
    policy = make_policy(signals={"gpc": "object", "purposes": ["ads"]})
    browser = BrowserPolicy(policy)
    change = _chooser(browser=browser, signal=True).grant({"statistics": True})
    assert not change.choices.signalled


def test_answers_to_what_is_gone_are_dropped() -> None:
    """An answer whose purpose or meaning the policy no longer has leaves no grant, and so no identifier, behind."""
    older = b"\0\0" + _BROWSER.stamp[2:]
    old = Choices(older, {1: Answer(Choice.GRANTED, int(NOW.timestamp()))}, consent_id=b"i" * 16)
    change = _chooser(old).narrow({"ads": False})
    assert change.choices.stamp == _BROWSER.stamp
    assert _answers(change) == {"ads": Choice.REFUSED}
    assert 1 not in change.choices.answers
    assert change.choices.consent_id == b""


def test_answers_under_a_newer_policy_are_kept_for_the_workers_that_know_it() -> None:
    """During a roll-out an older worker keeps the answers it cannot read, while they stand, and their stamp."""
    at = int(NOW.timestamp())
    answers = {1: Answer(Choice.GRANTED, at), 2: Answer(Choice.GRANTED, at - 400 * 86400)}
    newer = Choices(b"\xff\xff\x00\x00", answers)
    change = _chooser(newer).narrow({"ads": False})
    assert set(change.choices.answers) == {1, _POLICY.purpose_id("ads")}
    assert change.choices.stamp == newer.stamp


_WANTED = st.dictionaries(st.sampled_from(sorted(_BROWSER.purposes)), st.booleans())
_FORMS = st.lists(st.tuples(_WANTED, st.booleans(), st.integers(0, 100)), max_size=8)


@given(_FORMS)
def test_after_any_forms_what_was_last_refused_is_denied_and_granted_allowed(
    forms: list[tuple[dict[str, bool], bool, int]],
) -> None:
    """Whatever came before, the last form holds: refused is denied, accepted is granted, and the rest only narrows."""
    choices: Choices | None = None
    now = NOW
    for wanted, signal, days in forms:
        now += timedelta(days=days, seconds=1)
        before = _chooser(choices, signal=signal, now=now).statuses
        choices = _chooser(choices, signal=signal, now=now).narrow(wanted).choices
        choices = _chooser(choices, signal=signal, now=now).grant(wanted).choices
        after = _chooser(choices, signal=signal, now=now).statuses
        for name, purpose in _BROWSER.purposes.items():
            if name not in wanted:
                assert after[name] is before[name] or after[name] is not ConsentStatus.GRANTED
            elif not wanted[name]:
                assert after[name] is ConsentStatus.DENIED
            else:
                assert after[name] is ConsentStatus.GRANTED or (
                    not purpose.by_consent and before[name] is after[name]
                )
