"""Making a failing case small: hypothesis drops declarations, answers, fields and bytes while it still fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress
from typing import TypeVar

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from shopprivacy.errors import PolicyError
from tests.fuzz.case import Case
from tests.fuzz.oracle import Broken, check

T = TypeVar("T")
Cut = Callable[[bytes], list[bytes]]

_PATIENT = settings(
    max_examples=500,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
_MOSTLY_KEPT = st.integers(0, 15)
"""0: dropped. Few are, so that what is drawn first still fails; and hypothesis shrinks towards 0."""


def shrunk(case: Case, promise: str) -> Case:
    """Return a small part of a case that breaks the same promise; the case itself where no part of it does."""
    for cut in (_between_semicolons, _between_bytes):  # the large pieces first: then there are few small ones
        case = _smaller(case, promise, cut)
    return case


def _smaller(case: Case, promise: str, cut: Cut) -> Case:
    size = _size(case, cut)
    try:
        kept = find(
            st.lists(_MOSTLY_KEPT, min_size=size, max_size=size),
            lambda kept: _breaks(_part(case, kept, cut), promise),
            settings=_PATIENT,
        )
    except NoSuchExample:
        return case
    return _part(case, kept, cut) or case


def _between_semicolons(text: bytes) -> list[bytes]:
    return re.findall(rb"[^;]*;|[^;]+", text)


def _between_bytes(text: bytes) -> list[bytes]:
    return [text[at : at + 1] for at in range(len(text))]


def _breaks(case: Case | None, promise: str) -> bool:
    if case is None:
        return False
    try:
        check(case)
    except Broken as broken:
        return broken.promise == promise
    return False


def _size(case: Case, cut: Cut) -> int:
    """How many things there are to drop."""
    texts = [*case.cookies, *(value for _, value in case.fields)]
    parts = [case.front.values["cookies"], case.answers, case.headers, case.asks, *map(cut, texts)]
    return sum(map(len, parts))


def _part(case: Case, kept: Sequence[int], cut: Cut) -> Case | None:
    """Return what is kept of a case; None where its policy would no longer be valid."""
    places = iter(kept)

    def some(things: Sequence[T]) -> list[T]:
        return list(compress(things, [next(places) for _ in things]))

    declared = dict(some([*case.front.values["cookies"].items()]))
    try:
        smaller = case if len(declared) == len(case.front.values["cookies"]) else case.with_cookies(declared)
    except PolicyError:
        return None
    answers, headers = dict(some([*case.answers.items()])), dict(some([*case.headers.items()]))
    asks = tuple(name for name in some(case.asks) if name in smaller.front.gate.browser.purposes)
    cookies = tuple(field for text in case.cookies if (field := b"".join(some(cut(text)))))
    fields = tuple((name, field) for name, text in case.fields if (field := b"".join(some(cut(text)))))
    return replace(smaller, answers=answers, headers=headers, asks=asks, cookies=cookies, fields=fields)
