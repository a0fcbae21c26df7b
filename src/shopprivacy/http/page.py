"""A page of the library's own, before it is rendered: what a domain's routes return where they show something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopprivacy.http.request_head import Fields


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
