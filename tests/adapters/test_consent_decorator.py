"""What stands in for a view takes the view's arguments, or that is said before anybody refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, Never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy import PrivacyError
from shopprivacy.adapters.consent_decorator import View, consent_decorator

ONE = st.sampled_from(["a", "b", "c", "a=0", "b=0", "c=0", "*_a", "*, d", "*, d=0", "**_k"])
LISTS = st.lists(ONE, max_size=4).map(", ".join)


def function(parameters: str) -> View:
    """Return a function with these parameters that returns its name."""
    try:
        made: View = eval(f"lambda {parameters}: 'called'")
    except SyntaxError:
        return function("")
    return made


def refused(view: View, otherwise: View, *, by_name: bool = False) -> View:
    """Return the view as a visitor without consent meets it."""

    def forbid() -> Never:
        raise AssertionError

    decorate: Callable[[View], View] = consent_decorator(
        "ads",
        otherwise=otherwise,
        allows=lambda _purpose: False,
        forbid=forbid,
        to_sync=lambda called: called,
        by_name=by_name,
    )
    return decorate(view)


@given(LISTS, LISTS)
def test_what_can_be_called_is_never_refused(view: str, otherwise: str) -> None:
    """However a framework passes what the view must have, by position or by name."""
    needed = [one for one in signature(function(view)).parameters.values() if one.default is one.empty]
    ways = [
        (needed[:count], needed[count:])
        for count in range(len(needed) + 1)
        if not any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in needed)
    ]
    callable_somehow = not ways
    for positional, named in ways:
        try:
            function(otherwise)(*positional, **{one.name: 0 for one in named})
        except TypeError:
            continue
        callable_somehow = True
    try:
        refused(function(view), function(otherwise))
    except PrivacyError:
        assert not callable_somehow
    else:
        assert callable_somehow


@given(LISTS, LISTS)
def test_by_name_what_is_let_through_can_be_called(view: str, otherwise: str) -> None:
    """With every argument of the view; where the view itself takes any, nobody can tell."""
    parameters = signature(function(view)).parameters.values()
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters):
        refused(function(view), function(otherwise), by_name=True)
        return
    arguments = {one.name: 0 for one in parameters}
    try:
        gated = refused(function(view), function(otherwise), by_name=True)
    except PrivacyError:
        with pytest.raises(TypeError):
            function(otherwise)(**arguments)
    else:
        assert gated(**arguments) == "called"


def test_the_message_names_both_and_what_is_wrong() -> None:
    """So that it can be fixed without a request."""

    def view(request: object, number: int) -> None: ...

    def best_sellers(request: object) -> None: ...

    with pytest.raises(PrivacyError, match=r"best_sellers cannot replace .*view: .*'number'"):
        refused(view, best_sellers)


class Sellers:
    """Something to call that is no function."""

    def __call__(self) -> str:
        return "called"


def test_objects_can_stand_in_too() -> None:
    """They are named by their class."""
    assert refused(lambda: None, Sellers())() == "called"
    with pytest.raises(PrivacyError, match="Sellers cannot replace"):
        refused(lambda request: None, Sellers())


def test_another_decorator_is_not_looked_through() -> None:
    """It may pass other arguments than it gets."""

    def with_customer(view: View) -> View:
        @wraps(view)
        def called(request: object) -> Any:
            return view(request, "customer")

        return called

    @with_customer
    def view(request: object, customer: object) -> None: ...

    assert refused(view, lambda request: "called")("request") == "called"


class WithoutSignature:
    """Something to call that does not say with what, as much that is written in C."""

    __signature__ = 3  # no signature

    def __call__(self, number: str) -> str:
        return f"called with {number}"


def test_what_has_no_signature_may_stand_in() -> None:
    """Nobody can tell that it cannot."""
    assert refused(lambda _number: None, WithoutSignature())("3") == "called with 3"
    with pytest.raises(TypeError, match="__signature__"):
        signature(WithoutSignature())
