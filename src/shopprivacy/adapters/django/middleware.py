"""``request.privacy``, on every request that came through the gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from shopprivacy.adapters.django.context import RequestPrivacy, visit, visiting


class PrivacyMiddleware:
    """Sets ``request.privacy``. Stands first, so that other middleware may ask it too.

    Raises PrivacyError for a request that did not come through the gate: nothing would check its cookies.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer one request."""
        request.privacy = RequestPrivacy(visit(request))
        if self._is_async:
            return self._answer(request)
        with visiting(request.privacy.visit):
            return self.get_response(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with visiting(request.privacy.visit):
            return await self.get_response(request)
