"""The shop's own document around the library's pages, by Django's engine and without a request."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError
from django.template.loader import render_to_string
from django.utils import translation
from markupsafe import Markup

from shopprivacy.adapters.django.conf import Conf
from shopprivacy.pages.look import Layout, Look


def look_of(conf: Conf, unanswered: Callable[[DatabaseError], object] = lambda _error: None) -> Look:
    """Return what the setting says of the layout. Raises PageError where it names an origin that is none.

    ``unanswered`` is told what the layout raises where it reads a database that does not answer.
    """
    if conf.layout is None:
        return Look()
    layout = _layout_of(conf.layout) if isinstance(conf.layout, str) else conf.layout

    def laid_out(content: Markup, title: str, language: str) -> str:
        try:
            # What the layout translates is in the language of the page.
            with translation.override(language):
                return layout(content, title, language)
        except DatabaseError as error:
            unanswered(error)
            raise

    return Look(laid_out, conf.assets)


def _layout_of(template: str) -> Layout:
    """Return a layout by the name of its template, which is given ``content``, ``title`` and ``language``.

    Context processors are not run: there is no request.
    """

    def laid_out(content: Markup, title: str, language: str) -> str:
        html: str = render_to_string(template, {"content": content, "title": title, "language": language})
        return html

    return laid_out
