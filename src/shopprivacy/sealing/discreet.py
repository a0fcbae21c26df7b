"""Errors that carry no value along: what a traceback with locals, of a debug page or an error tracker, would print."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from sys import exception
from traceback import clear_frames
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def hush(error: BaseException, handled: BaseException | None) -> None:
    """Take what the frames below the caller hold out of an error's traceback; their lines stay.

    ``handled`` is what the shop was handling when it called: that, and what came before it, keeps what it holds.
    For what is called so often that `discreet` would cost too much: the caller forgets its own values and raises again.
    """
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and link is not handled and id(link) not in seen:
        seen.add(id(link))
        clear_frames(link.__traceback__)
        link = link.__context__


def discreet(function: Callable[P, R]) -> Callable[P, R]:
    """Let what ``function`` raises name the lines it came by, and hold nothing of what it was given or had found.

    The frames of whoever calls it are the shop's own, and keep what they hold.
    """

    @wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        handled = exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            hush(error, handled)
            raise

    return door
