"""The fuzz command finds what is broken: each sabotage here is one that it must see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from shopprivacy.consent.choices import ConsentStatuses
from shopprivacy.cookies.request import Pairs, read_pairs
from shopprivacy.cookies.response import SetCookie, emptied, parse_set_cookie
from shopprivacy.gate.cookie_rules import ESSENTIAL
from tests import forked
from tests.fuzz import growth
from tests.fuzz.case import Case, Front
from tests.fuzz.grammar import Grammar
from tests.fuzz.growth import MOST
from tests.fuzz.oracle import Broken, check
from tests.fuzz.searching import cases
from tests.fuzz.shrinking import shrunk
from tests.shops.running import REPOSITORY


def _as_django_reads(field: bytes) -> Pairs:
    return _all_sound([piece.strip(b" \t") for piece in field.split(b";") if piece.strip(b" \t")])


def _undivided(field: bytes) -> Pairs:
    return read_pairs(field) if b'"' in field else _all_sound(field.split(b"; "))


def _all_sound(pieces: list[bytes]) -> Pairs:
    return pieces, [piece.partition(b"=")[0].strip() for piece in pieces], [False] * len(pieces)


def _with_its_space(field: bytes) -> SetCookie | None:
    read = parse_set_cookie(field)
    return read and replace(read, name=field.partition(b"=")[0])


def _always_named(field: bytes) -> bytes:
    pair, _, attributes = field.partition(b";")
    return emptied(pair.partition(b"=")[0] + b"=;" + attributes)


def _without_withdrawals(
    policy: Any, choices: Any, header: Any, _closings: Any, now: Any, *, withheld: bool
) -> ConsentStatuses:
    return ConsentStatuses(policy, choices, header, lambda _account: {}, now, withheld=withheld)


def _failing(field: bytes, *_rest: object) -> bytes:
    return b"%d" % int(field.partition(b"9" * 900)[0] == field or "no number")


def _deaf(_head: object, _name: str) -> None:
    return None


def _admit_all(names: Any, _name: bytes) -> Any:
    return next((found for found in names.values() if getattr(found, "basis", found) is ESSENTIAL), None)


SABOTAGES: dict[str, tuple[str, Callable[..., Any], str]] = {
    "one parser": (
        "shopprivacy.gate.request_filter.read_pairs",
        _as_django_reads,
        "no parser finds a denied name",
    ),
    "separators": (
        "shopprivacy.gate.request_filter.read_pairs",
        _undivided,
        "no parser finds a denied name",
    ),
    "leading space": (
        "shopprivacy.gate.response_filter.parse_set_cookie",
        _with_its_space,
        "an allowed cookie is set as it was",
    ),
    "nameless": (
        "shopprivacy.gate.response_filter.emptied",
        _always_named,
        "an allowed cookie is set as it was",
    ),
    "withdrawals": (
        "shopprivacy.gate.request_filter.ConsentStatuses",
        _without_withdrawals,
        "no parser finds a denied name",
    ),
    "error": ("shopprivacy.gate.response_filter.clamp", _failing, "nothing is raised"),
    "clamp": (
        "shopprivacy.gate.response_filter.clamp",
        lambda field, *_rest: field,
        "an allowed cookie is set as it was",
    ),
    "shells": ("shopprivacy.asgi._Head.header", _deaf, "both shells answer byte for byte alike"),
    "names": (
        "shopprivacy.gate.cookie_rules._Names.__missing__",
        _admit_all,
        "no browser keeps a denied cookie",
    ),
}


def _first(promise: str, count: int = 6000) -> Case | None:
    return next((case for case in cases("sabotage", count) if _breaks(case, promise)), None)


def _breaks(case: Case, promise: str) -> bool:
    try:
        check(case)
    except Broken as broken:
        return broken.promise.startswith(promise)
    return False


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_each_sabotage_is_found(monkeypatch: pytest.MonkeyPatch, sabotage: str) -> None:
    """A gate that is broken in one of the ways that gates are breaks the promise that it should."""
    target, instead, promise = SABOTAGES[sabotage]
    monkeypatch.setattr(target, instead)
    assert _first(promise) is not None


def test_parsers_that_agree_by_chance_promise_nothing() -> None:
    """One finds the value inside another cookie's, which is not allowed, and does not read the pair that is left."""
    front = Front.of({"cookies": {"a": {"essential": True, "life": "session"}}})
    cookies = (b'A=\ta="\\303\\251"', b"a=\xc3\xa9")
    check(replace(Grammar(Random(0)).case(front), cookies=cookies, fields=()))


def test_a_finding_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is a case of a few bytes that still breaks the same promise."""
    monkeypatch.setattr("shopprivacy.gate.request_filter.read_pairs", _as_django_reads)
    promise = "no parser finds a denied name"
    case = _first(promise)
    assert case is not None
    small = shrunk(case, promise)
    assert _breaks(small, promise)
    assert sum(map(len, small.cookies)) < 30
    assert small.fields == ()
    assert str(small).startswith("{'policy': ")


def test_a_seed_fixes_its_cases() -> None:
    """Whoever is told a seed meets the same cases, in any process."""
    assert [str(case) for case in cases("x", 60)] == [str(case) for case in cases("x", 60)]
    assert [str(case) for case in cases("x", 3)] != [str(case) for case in cases("y", 3)]


def test_cases_are_of_every_kind() -> None:
    """Visitors known and unknown, granting and refusing, report mode and enforcement, one field and several."""
    seen = list(cases("kinds", 1500))
    assert {case.front.policy.mode.cookies for case in seen} == {"report", "enforce"}
    assert {len(case.cookies) for case in seen} == {0, 1, 2}
    assert {case.withdrawals is None for case in seen} == {True, False}
    genuine = sum(case.genuine in b"; ".join(case.cookies) for case in seen)
    assert 500 < genuine < 1400


def test_squares_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes sixteen times as long for four times as much is more than the command accepts."""
    front, work = Front.of({}), 0

    def square(case: Case) -> float:
        nonlocal work
        work = sum(map(len, case.cookies)) ** 2
        return work / 1e9

    monkeypatch.setattr(growth, "_time", square)
    case = replace(Grammar(Random(0)).case(front), fields=())
    assert growth._growth(lambda n: replace(case, cookies=(b"a" * n,))) > MOST
    monkeypatch.setattr(growth, "_time", lambda case: sum(map(len, case.cookies)) / 1e6)
    assert growth._growth(lambda n: replace(case, cookies=(b"a" * n,))) == pytest.approx(4)


def test_the_command_says_what_it_tried() -> None:
    """A run that finds nothing ends with 0 and says how many cases that was."""
    command = ["-m", "tests.fuzz", "--cases", "300", "--processes", "1", "--no-growth"]
    run = forked.run(command, cwd=REPOSITORY)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("300 cases through ")
    assert "0 promises broken" in run.stdout
