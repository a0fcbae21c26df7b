"""Views that run only with consent: what every adapter's ``requires_consent`` does, and which purposes a view names.

The names stand on the views themselves, so that an adapter can hold them against its policy before it serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, wraps
from inspect import Signature, getmembers, isawaitable, isclass, iscoroutinefunction, signature
from typing import Any, NamedTuple, Never, ParamSpec, TypeVar, cast

from shopprivacy.errors import PrivacyError

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[..., Any]

_NEEDS = "__shopprivacy_needs__"


def as_async(view: View) -> View:
    """Return ``view`` as one that can be awaited, whether it is a coroutine function or not."""

    async def awaited(*args: object, **kwargs: object) -> object:
        answer = view(*args, **kwargs)
        return await answer if isawaitable(answer) else answer

    return awaited


def consent_decorator(
    purpose: str,
    *,
    otherwise: View | None,
    allows: Callable[[str], bool],
    forbid: Callable[[], Never],
    to_sync: Callable[[View], View],
    to_async: Callable[[View], View] = as_async,
    is_async: Callable[[View], bool] = iscoroutinefunction,
    by_name: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that lets a view run only where ``allows(purpose)``; else ``otherwise``, or ``forbid``.

    ``otherwise`` may be sync where the view is async and the other way round: ``to_sync`` and ``to_async`` are the
    framework's ways across, and ``is_async`` tells whether it awaits what a view returns. ``by_name`` says of a
    framework that it passes every argument, by its name. The view keeps its signature and its kind. Raises PrivacyError
    where ``otherwise`` can never be called as the view is.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        if otherwise is not None:
            _check_otherwise(otherwise, view, by_name=by_name)
        if is_async(view):
            awaited: View = view

            @wraps(view)
            async def gated_async(*args: P.args, **kwargs: P.kwargs) -> object:
                if allows(purpose):
                    return await awaited(*args, **kwargs)
                return await to_async(otherwise)(*args, **kwargs) if otherwise else forbid()

            gated: View = gated_async
        else:

            @wraps(view)
            def gated_sync(*args: P.args, **kwargs: P.kwargs) -> object:
                if allows(purpose):
                    return view(*args, **kwargs)
                return to_sync(otherwise)(*args, **kwargs) if otherwise else forbid()

            gated = gated_sync
        return cast("Callable[P, R]", note_purpose(gated, purpose, forbids=otherwise is None))

    return decorate


def _check_otherwise(otherwise: View, view: View, *, by_name: bool) -> None:
    """Find a wrong list of arguments at start: else those who refuse would find it, and nobody before them.

    A type checker cannot: it would take the arguments from ``otherwise``, and refuse one that takes more than the
    view is given. What another decorator put in front is not looked through, for it may change what is passed.
    """
    try:
        taken, passed = (signature(called, follow_wrapped=False) for called in (otherwise, view))
    except (TypeError, ValueError):  # nothing that is written in Python
        return
    parameters = passed.parameters.values()
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters):
        return
    needed = [one.name for one in parameters if by_name or one.default is one.empty]
    by_position = () if by_name else range(len(needed), 0, -1)  # any number of them
    problems = [_problem(taken, needed[:count], needed[count:]) for count in (*by_position, 0)]
    if all(problems):
        names = [getattr(called, "__qualname__", type(called).__qualname__) for called in (otherwise, view)]
        raise PrivacyError(f"{names[0]} cannot replace {names[1]}: {problems[-1]}")


def _problem(taken: Signature, positional: list[str], named: list[str]) -> str:
    try:
        taken.bind(*positional, **dict.fromkeys(named))
    except TypeError as error:
        return str(error)
    return ""


class Need(NamedTuple):
    """A purpose that something needs, and whether it forbids where that is not allowed, or does something else."""

    purpose: str
    forbids: bool


def note_purpose(view: View, purpose: str, *, forbids: bool = True) -> View:
    """Note on a view, or on anything else that is called for a request, that it needs ``purpose``."""
    setattr(view, _NEEDS, (*needs(view), Need(purpose, forbids)))
    return view


def needs(view: object) -> tuple[Need, ...]:
    """Return the purposes that a view names; for a class-based one, those of its methods.

    For an object that is called, those of its ``__call__``; for a partial, those of its function.
    """
    while isinstance(view, partial):
        view = view.func
    methods = (
        [method for _, method in getmembers(view, callable)]
        if isclass(view)
        else [view, getattr(type(view), "__call__", None)]  # noqa: B004  # not whether, but which
    )
    return tuple(need for method in methods for need in getattr(method, _NEEDS, ()))


def check_purposes(views: Iterable[object], declared: Callable[[str], object]) -> None:
    """Hold the purposes that views name against a policy. Raises what ``declared`` raises: UndeclaredName."""
    for view in views:
        for need in needs(view):
            declared(need.purpose)
