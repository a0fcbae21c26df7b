"""``requires_consent`` for views, sync and async."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Never

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpResponseBase

from shopprivacy.adapters.consent_decorator import P, R, View, consent_decorator
from shopprivacy.adapters.django.context import current_consent
from shopprivacy.adapters.django.root import get_browser_policy
from shopprivacy.errors import PolicyError

DjangoView = Callable[..., HttpResponseBase | Awaitable[HttpResponseBase]]


def requires_consent(
    purpose: str, *, otherwise: DjangoView | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    ``otherwise`` is a view with the same arguments; like the view, it may be a coroutine function. For a class-based
    view, ``method_decorator(requires_consent("statistics"), name="dispatch")``.

    Raises UndeclaredName at once for a purpose that the policy does not let a browser decide about.
    """
    check_purpose(purpose)
    return consent_decorator(
        purpose,
        otherwise=otherwise,
        allows=lambda name: current_consent().allows(name),
        forbid=_forbid,
        to_sync=_to_sync,
        to_async=_to_async,
        is_async=_is_async,
    )


def check_purpose(purpose: str) -> None:
    """Raise UndeclaredName for a purpose that a browser does not decide about.

    Where there is no policy that could say so, the system checks tell that, with more to help than a view could.
    """
    try:
        browser = get_browser_policy()
    except (ImproperlyConfigured, PolicyError, OSError):
        return
    browser.check(purpose)


def _forbid() -> Never:
    raise PermissionDenied


def _is_async(view: View) -> bool:
    """Whether Django awaits what the view returns.

    For a class-based view the class says so; its ``dispatch``, bound or decorated, is no coroutine function.
    """
    if iscoroutinefunction(view):
        return True
    layer: object = view
    while layer is not None:
        method = layer.func if isinstance(layer, partial) else layer  # what method_decorator passes
        if getattr(getattr(method, "__self__", None), "view_is_async", False):
            return True
        layer = getattr(layer, "__wrapped__", None)
    return False


def _to_sync(view: View) -> View:
    return async_to_sync(view) if iscoroutinefunction(view) else view


def _to_async(view: View) -> View:
    return view if iscoroutinefunction(view) else sync_to_async(view)
