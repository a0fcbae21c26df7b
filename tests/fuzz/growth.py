"""Whether the gate takes time in proportion to what it is sent: what takes four times as long a field takes four times
the time, not sixteen times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from random import Random
from time import process_time

from tests.cookies.fragments import HARD, PIECES
from tests.fuzz.case import Case, Front
from tests.fuzz.grammar import Grammar
from tests.gate.exchange import COOKIES, SHELLS, Host, Shop

MOST = 9.0
"""Four for what grows in proportion, sixteen for a square."""
_BYTES = 16 * 1024
_FEWEST_ROUNDS = 3
_MOST_ROUNDS = 30
_UNITS = [
    *HARD,
    *PIECES,
    b"a=1; ",
    b"_ga=1; ",
    b'a="x; ',
    b'a="x"; ',
    b'a=b="x; ',
    b'a="\\',
    b"=",
    b"a",
    b"a =\\; ",
]
_UNITS += [b"a=1 ", b"; ", b"a= ", b"Path=/; ", b"Max-Age=0; ", b"Expires=1 Jan 1970 0:0:0; ", b"1:", b"1 "]


def growths() -> Iterator[tuple[str, float]]:
    """Yield what was made four times as long, and how many times as long it took."""
    case = _plain_case()
    for unit in _UNITS:
        yield f"a Cookie field of {unit!r}", _growth(partial(_with_cookie, case, unit))
        yield f"a Set-Cookie field of {unit!r}", _growth(partial(_with_set_cookie, case, unit))
    yield (
        "the number of Cookie fields",
        _growth(lambda n: replace(case, cookies=(b"_ga_X=1; cart=2",) * (n // 32))),
    )
    yield "the number of names", _growth(lambda n: replace(case, cookies=(_names(n // 16),)))
    yield (
        "the number of Set-Cookie fields",
        _growth(lambda n: replace(case, fields=((b"set-cookie", b"_ga=1; Max-Age=60"),) * (n // 32))),
    )


def _growth(make: Callable[[int], Case]) -> float:
    """The cheapest of several rounds each: what the machine does beside it only ever adds, so more rounds help."""
    small, large = make(_BYTES), make(4 * _BYTES)
    once, four = float("inf"), float("inf")
    for done in range(_MOST_ROUNDS):
        once, four = min(once, _time(small)), min(four, _time(large))
        growth = four / max(once, 1e-4)  # below a tenth of a millisecond a clock says nothing
        if growth <= MOST and done >= _FEWEST_ROUNDS:
            break
    return growth


def _time(case: Case) -> float:
    begin = process_time()
    for exchange in SHELLS.values():
        exchange(Shop(fields=case.response), Host(case.front.gate), case.cookies)
    return process_time() - begin


def _plain_case() -> Case:
    case = Grammar(Random(0)).case(Front.of({}))
    return replace(case, cookies=(), fields=(), headers={}, withdrawals={})


def _with_cookie(case: Case, unit: bytes, size: int) -> Case:
    return replace(case, cookies=(_filled(unit, size),))


def _with_set_cookie(case: Case, unit: bytes, size: int) -> Case:
    return replace(case, fields=((b"set-cookie", b"cart=1; " + _filled(unit, size)),))


def _filled(unit: bytes, size: int) -> bytes:
    return unit * (size // len(unit))


def _names(count: int) -> bytes:
    names = [*(name.rstrip("*") for name in COOKIES), "debug"]
    return b"; ".join(b"%s%d=1" % (names[n % len(names)].encode(), n) for n in range(count))
