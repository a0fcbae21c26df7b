"""Signing in: a no on either side narrows both, a yes is never carried over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.consent.account_merge import (
    Narrowed,
    account_of,
    denied_by,
    end_withdrawn,
    narrow,
    subject_of,
)
from shopprivacy.consent.choices import Answer, BrowserPolicy, Choice, Choices, ConsentStatus
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import CollectionMethod, Entry, Row
from tests.gate.exchange import make_policy, statuses

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
POLICY = make_policy()
BROWSER = BrowserPolicy(POLICY)
ACCOUNT = bytes(range(20))
OTHER = bytes(20)
PURPOSES = list(BROWSER.purposes)
PURPOSE_ID = BROWSER.purposes["ads"].id

times = st.integers(SECONDS - 400 * 86400, SECONDS)
browser_answers = st.dictionaries(
    st.sampled_from(PURPOSES), st.builds(Answer, st.sampled_from(Choice), times)
)
account_closed = st.dictionaries(st.sampled_from([*PURPOSES, "newsletter"]), times)


def browser_choices(answers: dict[str, Answer], account: bytes = b"") -> Choices:
    """Return a browser's choices by purpose name."""
    by_id = {BROWSER.purposes[name].id: answer for name, answer in answers.items()}
    return Choices(BROWSER.stamp, by_id, consent_id=b"c" * 16, account=account)


def rows_of(closed: dict[str, int]) -> list[Row]:
    """Return the ledger's rows of an account that said no to these, with when."""
    return [
        Row(
            number,
            said(name, Action.WITHDRAWN, datetime.fromtimestamp(at, UTC)),
            b"",
            bytes([number]) * 32,
            b"",
            b"",
        )
        for number, (name, at) in enumerate(closed.items(), start=1)
    ]


def said(purpose: str | None, action: Action, at: datetime) -> Entry:
    """Return a choice of the account."""
    proof = "a" * 64 if action is Action.GRANTED else None
    return Entry(at, subject_of(ACCOUNT), purpose, action, "v", proof, proof, CollectionMethod.ACCOUNT)


def signed_in(choices: Choices | None, closed: dict[str, int], account: bytes = ACCOUNT) -> Narrowed:
    """Return what signing in changes."""
    return narrow(BROWSER, choices, stand(choices), rows_of(closed), account, NOW)


def stand(choices: Choices | None) -> Mapping[str, ConsentStatus]:
    """Return how the purposes stand in the browser."""
    return statuses(BROWSER, choices, NOW, signal=False, withdrawals={})


@given(browser_answers, account_closed, st.sampled_from([b"", ACCOUNT, OTHER]))
def test_signing_in_never_widens(answers: dict[str, Answer], closed: dict[str, int], linked: bytes) -> None:
    """Whatever both sides said before, nothing is granted afterwards that was not granted in the browser."""
    choices = browser_choices(answers, linked)
    narrowed = signed_in(choices, closed)
    before, after = stand(choices), stand(narrowed.choices or choices)
    assert all(
        before[name] is ConsentStatus.GRANTED for name in PURPOSES if after[name] is ConsentStatus.GRANTED
    )


@given(browser_answers, account_closed)
def test_a_no_on_either_side_counts_on_both(answers: dict[str, Answer], closed: dict[str, int]) -> None:
    """Of a browser that was nobody's: what the account closed is closed here, what was refused here closes there."""
    choices = browser_choices(answers)
    narrowed = signed_in(choices, closed)
    after = stand(narrowed.choices or choices)
    assert not [name for name in closed if after.get(name) is ConsentStatus.GRANTED]
    for name, status in stand(choices).items():
        if name in answers and status is ConsentStatus.DENIED and answers[name].choice is not Choice.GRANTED:
            assert name in closed or name in narrowed.withdraw_for_account


def test_a_grant_is_never_copied_to_the_account() -> None:
    """Computers are shared: the account learns of refusals only."""
    narrowed = signed_in(browser_choices({"ads": Answer(Choice.GRANTED, SECONDS)}), {})
    assert narrowed.withdraw_for_account == ()


def test_a_grant_given_while_signed_in_stands_against_an_older_no() -> None:
    """The customer changed their mind on this browser; another account, or a younger no, closes it again."""
    granted = {"ads": Answer(Choice.GRANTED, SECONDS - 10)}
    older, at_once, younger = {"ads": SECONDS - 20}, {"ads": SECONDS - 10}, {"ads": SECONDS - 5}
    kept = signed_in(browser_choices(granted, ACCOUNT), older).choices
    assert kept is not None
    assert kept.answers == {PURPOSE_ID: granted["ads"]}
    for choices, closed in (
        (browser_choices(granted, ACCOUNT), younger),
        (browser_choices(granted, ACCOUNT), at_once),
        (browser_choices(granted, OTHER), older),
        (browser_choices(granted), older),
    ):
        narrowed = signed_in(choices, closed).choices
        assert narrowed is not None
        assert narrowed.answers == {PURPOSE_ID: Answer(Choice.WITHDRAWN, SECONDS)}
        assert stand(narrowed)["ads"] is ConsentStatus.DENIED


def test_what_is_closed_on_both_sides_is_not_closed_again() -> None:
    """A refusal stays what it was; a grant that a signal holds down is withdrawn, for the signal may go."""
    refused = browser_choices({"ads": Answer(Choice.REFUSED, SECONDS - 10)})
    assert signed_in(refused, {"ads": SECONDS - 20}) == Narrowed(None, ())
    granted = browser_choices({"ads": Answer(Choice.GRANTED, SECONDS - 10)}, ACCOUNT)
    signalled = statuses(BROWSER, granted, NOW, signal=True, withdrawals={})
    narrowed = narrow(BROWSER, granted, signalled, rows_of({"ads": SECONDS - 5}), ACCOUNT, NOW)
    assert narrowed.withdraw_for_account == ()
    assert narrowed.choices is not None
    assert narrowed.choices.answers == {PURPOSE_ID: Answer(Choice.WITHDRAWN, SECONDS)}


def test_the_browser_is_tied_to_the_account_only_where_it_granted_something() -> None:
    """The tie exists to hear of withdrawals; who granted nothing has nothing to hear of, and gets no identifier."""
    tied = signed_in(browser_choices({"ads": Answer(Choice.GRANTED, SECONDS)}), {}).choices
    assert tied is not None
    assert tied.account == ACCOUNT
    assert signed_in(browser_choices({"ads": Answer(Choice.REFUSED, SECONDS)}), {}).choices is None
    assert signed_in(None, {}).choices is None


def test_a_no_of_the_account_answers_for_a_new_browser() -> None:
    """Not asked again on every device; once it has lapsed it is asked, as in the browser itself."""
    narrowed = signed_in(None, {"ads": SECONDS - 10}).choices
    assert narrowed is not None
    assert stand(narrowed)["ads"] is ConsentStatus.DENIED
    assert narrowed == Choices(BROWSER.stamp, {PURPOSE_ID: Answer(Choice.REFUSED, SECONDS - 10)})
    assert signed_in(None, {"ads": SECONDS - 300 * 86400}).choices is None


def test_only_a_refusal_that_still_stands_reaches_the_account() -> None:
    """A lapsed one is no answer any more, and a browser's signal is not the customer's own word."""
    lapsed = browser_choices({"ads": Answer(Choice.REFUSED, SECONDS - 300 * 86400)})
    assert signed_in(lapsed, {}).withdraw_for_account == ()
    refused = browser_choices({"ads": Answer(Choice.REFUSED, SECONDS)})
    assert signed_in(refused, {}).withdraw_for_account == ("ads",)
    granted = browser_choices({"ads": Answer(Choice.GRANTED, SECONDS)})
    signalled = statuses(BROWSER, granted, NOW, signal=True, withdrawals={})
    assert narrow(BROWSER, granted, signalled, [], ACCOUNT, NOW).withdraw_for_account == ()


def test_the_last_word_of_an_account_counts() -> None:
    """Closed by a refusal, a withdrawal or an objection, opened by a later grant; restrictions are no choice."""

    def entry(purpose: str | None, action: Action, minutes: int) -> Entry:
        return said(purpose, action, NOW + timedelta(minutes=minutes))

    rows = [
        entry(None, Action.RESTRICTED, 0),
        entry("ads", Action.WITHDRAWN, 0),
        entry("ads", Action.GRANTED, 1),
        entry("counting", Action.OBJECTED, 2),
        entry("statistics", Action.GRANTED, 3),
        entry("statistics", Action.REFUSED, 4),
        entry("counting", Action.EXPIRED, 6),
    ]
    assert denied_by(rows) == {"counting": SECONDS + 120, "statistics": SECONDS + 240}


def test_an_account_has_one_name_in_cookie_and_ledger() -> None:
    """Its pseudonym, as bytes and as the ledger's subject; other kinds of subject are no account."""
    assert account_of(subject_of(ACCOUNT)) == ACCOUNT
    assert account_of("browser:" + "00" * 20) is None


def test_a_grant_of_ones_own_outlives_not_knowing() -> None:
    """While nobody can tell what the account did elsewhere, its own younger grant is held back, not refused."""
    granted = browser_choices({"ads": Answer(Choice.GRANTED, SECONDS - 10)}, ACCOUNT)
    unknown = statuses(BROWSER, granted, NOW, signal=False, withdrawals=None)
    assert unknown["ads"] is ConsentStatus.UNDECIDED
    kept = narrow(BROWSER, granted, unknown, rows_of({"ads": SECONDS - 20}), ACCOUNT, NOW).choices
    assert kept is not None
    assert stand(kept)["ads"] is ConsentStatus.GRANTED
    closed = narrow(BROWSER, granted, unknown, rows_of({"ads": SECONDS - 5}), ACCOUNT, NOW).choices
    assert closed is not None
    assert stand(closed)["ads"] is ConsentStatus.DENIED


def test_what_nobody_can_tell_is_not_live_and_not_closed() -> None:
    """A grant counts as not asked, under a signal that it is later than too; what was refused stays refused."""
    answers = {"ads": Answer(Choice.GRANTED, SECONDS), "statistics": Answer(Choice.REFUSED, SECONDS)}
    choices = browser_choices(answers, ACCOUNT)
    for signalled, signal, expected in (
        (False, False, ConsentStatus.UNDECIDED),
        (True, True, ConsentStatus.UNDECIDED),
        (False, True, ConsentStatus.DENIED),
    ):
        asked = replace(choices, signalled=signalled)
        stood = statuses(BROWSER, asked, NOW, signal=signal, withdrawals=None)
        assert stood["ads"] is expected
        assert stood["statistics"] is ConsentStatus.DENIED


def browser_rows(*said_in_turn: tuple[str, Action]) -> list[Row]:
    """Return a browser's own rows, in order."""
    entries = [
        replace(said(name, action, NOW), meaning=POLICY.purpose_fingerprint(name))
        for name, action in said_in_turn
    ]
    return [Row(number, entry, b"", bytes(32), b"", b"") for number, entry in enumerate(entries, start=1)]


def test_what_another_window_withdrew_meanwhile_does_not_come_back() -> None:
    """The last word of the browser's rows counts, whatever the cookie of a slow request says; what is given now is."""
    cookie = browser_choices({name: Answer(Choice.GRANTED, SECONDS) for name in ("statistics", "ads")})
    ids = {name: purpose.id for name, purpose in BROWSER.purposes.items()}
    both = (("statistics", Action.GRANTED), ("ads", Action.GRANTED))
    assert end_withdrawn(BROWSER, cookie, browser_rows(*both), NOW) == cookie
    rows = browser_rows(*both, ("ads", Action.WITHDRAWN), ("counting", Action.OBJECTED))
    ended = end_withdrawn(BROWSER, cookie, rows, NOW)
    assert {i: answer.choice for i, answer in ended.answers.items()} == {
        ids["statistics"]: Choice.GRANTED,
        ids["ads"]: Choice.WITHDRAWN,
        ids["counting"]: Choice.WITHDRAWN,
    }
    assert end_withdrawn(BROWSER, cookie, rows, NOW, [ids["ads"], ids["counting"]]) == cookie
    again = browser_rows(*both, ("ads", Action.WITHDRAWN), ("ads", Action.GRANTED))
    assert end_withdrawn(BROWSER, cookie, again, NOW) == cookie


def test_a_grant_that_a_restored_ledger_has_lost_ends_where_everything_was_withdrawn() -> None:
    """All that needs consent does, but for what was granted since; what is allowed unasked was not meant."""
    granted = Answer(Choice.GRANTED, SECONDS)
    ids = {name: purpose.id for name, purpose in BROWSER.purposes.items()}
    cookie = browser_choices(dict.fromkeys(PURPOSES, granted)).with_answers({0xBEEF: granted})
    everything = Row(1, said(None, Action.WITHDRAWN, NOW), b"", bytes(32), b"", b"")
    assert end_withdrawn(BROWSER, cookie, [], NOW) == cookie
    ended = end_withdrawn(BROWSER, cookie, [everything, *browser_rows(("ads", Action.GRANTED))], NOW)
    assert {i for i, answer in ended.answers.items() if answer.choice is Choice.GRANTED} == {
        ids["ads"],
        ids["counting"],
    }
    ended = end_withdrawn(BROWSER, cookie, [*browser_rows(("ads", Action.GRANTED)), everything], NOW)
    assert ended.answers[ids["ads"]].choice is Choice.WITHDRAWN
