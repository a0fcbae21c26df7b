"""What a browser decides about, and for how long its answers stand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shopprivacy.consent.choices import (
    Answer,
    AskedPurpose,
    BrowserPolicy,
    Choice,
    Choices,
    SaidNo,
    answered_by,
    choice_term,
)
from shopprivacy.errors import UndeclaredName
from shopprivacy.policy import Duration
from tests.gate.exchange import COOKIES, make_policy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
TICK = timedelta(microseconds=1)
STAMP = "4fe64cb0"
ASKED = make_policy().purpose_id("statistics")


def granted(at: datetime = NOON) -> Answer:
    """A yes of that moment."""
    return Answer(Choice.GRANTED, int(at.timestamp()))


def browser(**changes: object) -> BrowserPolicy:
    """The small shop's policy with changes to it, as a browser decides about it."""
    return BrowserPolicy(make_policy(**changes))


def test_a_browser_decides_about_consent_and_about_what_a_law_exempts() -> None:
    """Contracts are none of its business; each purpose knows its id and what a signal means to it."""
    policy = make_policy()
    compiled = BrowserPolicy(policy)
    assert compiled.purposes == {
        "statistics": AskedPurpose(
            "statistics", policy.purpose_id("statistics"), by_consent=True, signalled=True
        ),
        "ads": AskedPurpose("ads", policy.purpose_id("ads"), by_consent=True, signalled=True),
        "counting": AskedPurpose("counting", policy.purpose_id("counting"), by_consent=False, signalled=True),
    }
    assert compiled.by_id == {purpose.id: purpose for purpose in compiled.purposes.values()}
    some = browser(signals={"purposes": ["ads"]}).purposes
    assert [name for name, purpose in some.items() if purpose.signalled] == ["ads"]


@pytest.mark.parametrize(
    ("signals", "fields"),
    [
        ({}, ("sec-gpc",)),
        ({"gpc": "ignore"}, ()),
        ({"dnt": "object"}, ("sec-gpc", "dnt")),
        ({"gpc": "ignore", "dnt": "object"}, ("dnt",)),
    ],
)
def test_the_signals_that_the_policy_heeds(signals: dict[str, str], fields: tuple[str, ...]) -> None:
    """Only a signal that is to count as an objection is looked for."""
    assert browser(signals=signals).signal_fields == fields


def test_a_purpose_the_browser_does_not_decide_about_is_named() -> None:
    """Asking about it is a mistake of the shop's code; the error says which there are."""
    compiled = browser()
    compiled.check("ads")
    with pytest.raises(UndeclaredName) as refused:
        compiled.check("orders")
    assert str(refused.value) == (
        'purpose of the browser "orders" is not declared in the policy; declared are: statistics, ads, counting'
    )


def test_the_stamp_never_moves() -> None:
    """It stands in consent cookies: days since 1970 in two bytes, then two of what a browser decides about."""
    assert browser().stamp.hex() == STAMP
    assert browser(effective=date(2026, 1, 2)).stamp.hex() == "4fe7" + STAMP[4:]


@pytest.mark.parametrize(
    "cookie",
    [
        {"purpose": "ads", "life": "13 months"},
        {"purpose": "statistics", "essential": True, "life": "13 months"},
        {"purpose": "statistics", "exempt": "Tw 11.7a(3)(b)", "life": "13 months"},
        {"essential": True, "life": "13 months"},
    ],
)
def test_what_cookies_hang_on_makes_another_stamp(cookie: dict[str, object]) -> None:
    """Which purpose a cookie serves, and whether it needs consent, is what an older worker must not undo."""
    assert browser(cookies=COOKIES | {"_ga": cookie}).stamp[2:] != browser().stamp[2:]


def test_what_a_browser_does_not_decide_about_leaves_the_stamp() -> None:
    """An address, and the order in which cookies are written, make no other version of it."""
    moved = {"name": "Shop", "address": "Street 2", "email": "p@shop.example"}
    assert browser(controller=moved).stamp == browser().stamp
    assert browser(cookies=dict(reversed(COOKIES.items()))).stamp == browser().stamp


def test_a_choice_is_kept_for_the_shops_term_or_the_countrys() -> None:
    """Six months in the Netherlands, unless the policy says another."""
    assert choice_term(make_policy()) == Duration(6, "months")
    assert choice_term(make_policy(choices={"keep": "3 months"})) == Duration(3, "months")
    assert browser().kept == Duration(6, "months")


@pytest.mark.parametrize("months", range(1, 13))
def test_an_answer_stands_to_the_end_of_its_term(months: int) -> None:
    """On the calendar, to the moment, whatever month it was given in; from then on it is asked for again."""
    compiled = browser()
    at = datetime(2026, months, 28, 12, tzinfo=UTC)
    end = compiled.kept.after(at)
    for moment in (at, at + TICK, at + timedelta(days=150), end - timedelta(days=1), end - TICK):
        assert compiled.stands(ASKED, granted(at), moment)
    for moment in (end, end + TICK, end + timedelta(days=10)):
        assert not compiled.stands(ASKED, granted(at), moment)


def test_an_answer_stands_through_a_short_month() -> None:
    """A month from 1 February is 28 days, and an answer is not believed a moment longer."""
    compiled = browser(choices={"keep": "1 month"})
    at = datetime(2026, 2, 1, tzinfo=UTC)
    assert compiled.stands(ASKED, granted(at), datetime(2026, 3, 1, tzinfo=UTC) - TICK)
    assert not compiled.stands(ASKED, granted(at), datetime(2026, 3, 1, tzinfo=UTC))
    assert compiled.stands(ASKED, granted(NOON), NOON + timedelta(days=30, hours=23))


def test_an_answer_from_the_future_is_not_believed() -> None:
    """But for a minute, by which the clocks of two workers may differ."""
    compiled = browser()
    assert compiled.stands(ASKED, granted(), NOON - timedelta(seconds=60))
    assert not compiled.stands(ASKED, granted(), NOON - timedelta(seconds=60) - TICK)
    assert not compiled.stands(ASKED, granted(), NOON - timedelta(days=300))


@pytest.mark.parametrize("choice", [Choice.REFUSED, Choice.WITHDRAWN])
def test_an_objection_stands_for_as_long_as_a_browser_keeps_it(choice: Choice) -> None:
    """Nobody would be asked before a purpose is allowed again that needs no consent: its no never lapses."""
    compiled = browser()
    purpose_id = compiled.purposes["counting"].id
    answer = Answer(choice, SECONDS)
    assert compiled.stands(purpose_id, answer, NOON + timedelta(days=4000))
    assert compiled.stands(purpose_id, answer, NOON - timedelta(days=4000))
    assert not compiled.stands(purpose_id, granted(), NOON + timedelta(days=4000))
    assert not compiled.stands(ASKED, answer, NOON + timedelta(days=4000))
    chosen = Choices(compiled.stamp, {ASKED: answer, purpose_id: answer})
    assert compiled.seconds_left(chosen, NOON) == 400 * 86400
    assert compiled.kept_at_most == Duration(400, "days")
    asked_only = {name: cookie for name, cookie in COOKIES.items() if name != "_pk"}
    assert browser(cookies=asked_only).kept_at_most == Duration(6, "months")


def test_the_cookie_lives_as_long_as_its_youngest_answer() -> None:
    """To the second, rounded up; nothing is left of what is over."""
    compiled = browser()
    chosen = Choices(
        compiled.stamp, {1: Answer(Choice.REFUSED, SECONDS - 86400), 2: Answer(Choice.REFUSED, SECONDS)}
    )
    end = datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert compiled.seconds_left(chosen, NOON) == (end - NOON).total_seconds()
    assert compiled.seconds_left(chosen, end - timedelta(seconds=1)) == 1
    assert compiled.seconds_left(chosen, end - TICK) == 1
    assert compiled.seconds_left(chosen, end) == 0
    assert compiled.seconds_left(chosen, end + timedelta(days=1)) == 0
    assert compiled.seconds_left(Choices(compiled.stamp, {}), NOON) == 0


def test_only_what_is_not_newer_than_the_policy_deletes() -> None:
    """Choices made under the same version or an older one; of one day's two versions nobody knows which is newer."""
    compiled = browser(effective=date(2026, 1, 2))
    for stamp, expected in (
        (compiled.stamp, True),
        (browser(effective=date(2026, 1, 1)).stamp, True),
        (browser(effective=date(2026, 1, 3)).stamp, False),
        (compiled.stamp[:2] + b"\0\0", False),
    ):
        assert compiled.may_delete(Choices(stamp, {})) is expected


def test_what_choices_come_after_is_known_by_its_row_and_their_number() -> None:
    """A lapsed row in front changes nothing; one that a restore has put in front makes all of them count again."""
    first, second, third = (bytes([number]) * 6 for number in (1, 2, 3))
    known = {mark: SaidNo(name, 0) for mark, name in ((first, "a"), (second, "b"), (third, "c"))}
    yes = Choices(b"\0" * 4, {1: granted()}).tied_to(
        b"an", answered_by({first: known[first], second: known[second]})
    )

    def ended(*marks: bytes) -> str:
        return "".join(no.purpose for no in yes.ended_by({mark: known[mark] for mark in marks}))

    assert ended(first, second, third) == "c"
    assert ended(second, third) == "c"
    assert ended(first, third, second) == "acb"
    assert ended(first, third) == "ac"
    assert ended() == ""
    many = {number.to_bytes(6): SaidNo("a", 0) for number in range(70_000)}
    assert answered_by(many)[6:] == b"\xff\xff"
    assert answered_by({}) == bytes(8)
