"""A page of the library's own, before it is rendered: what a domain's routes return where they show something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from shopprivacy.http.request_head import Fields

if TYPE_CHECKING:
    from starlette.responses import Response

RETRY_AFTER = 60
"""Seconds after which somebody who was sent away may come back."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a template is filled in with, and how the page is sent.

    ``values`` have the ``title`` among them. ``path`` is where the same page stands in the other languages, where it is
    not that of the request. Nobody keeps the page unless ``fields`` say so with a Cache-Control.
    """

    template: str
    values: Mapping[str, object]
    status: int = 200
    fields: Fields = field(default_factory=list)
    path: str | None = None
    language: str | None = None
    """None: the one that the visitor asks for."""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The short page that says what went wrong.

    ``what`` is the name of its texts in the section ``ui``: ``not_counted`` stands for ``error_not_counted`` and its
    title. ``language`` is that of the form that was answered; None: the one that the visitor asks for.
    """

    what: str
    status: int
    language: str | None = None
    fields: Fields = field(default_factory=list)


Reply: TypeAlias = "Response | Page | ErrorPage"
"""What an endpoint returns."""


def later(what: str, status: int, language: str | None = None) -> ErrorPage:
    """Return the page that asks to come back in a while (Retry-After, RFC 9110 section 10.2.3)."""
    return ErrorPage(what, status, language, [(b"retry-after", b"%d" % RETRY_AFTER)])
