"""What all pages of one shop have in common, compiled once: its policy, its words, its addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup, escape

from shopprivacy.consent.choices import BrowserPolicy
from shopprivacy.consent.consent_record import Wordings
from shopprivacy.http.request_head import RequestHead
from shopprivacy.pages.static_files import BANNER_STYLE, PAGE_STYLE
from shopprivacy.policy.texts import PurposeText, placeholders

if TYPE_CHECKING:
    from jinja2 import Environment

    from shopprivacy.policy import Policy

BANNER = "banner.html"
CHOICES_PATH = "/privacy/choices"
CONSENT_PATH = "/privacy/consent"
COOKIES_PATH = "/privacy/cookies"
UNDECIDED_PATH = "/privacy/undecided"
"""Beside the banner's script, which asks there."""
GPC_PATH = "/.well-known/gpc.json"


def raise_it(error: Exception) -> None:
    """Raise what a shop's own template or layout raised: what a ``Site`` does unless it is told otherwise."""
    raise error


class Site:
    """A shop's policy as its pages need it. ``templates`` is a folder of the shop's own, searched before ours.

    ``failed`` is told what a template of the shop's, or its layout, raised. Where it returns, ours is shown in its
    place: nobody shall be kept from refusing by an error in a header.

    Raises PageError where the folder is none, or has something in it that takes the place of nothing.
    """

    def __init__(
        self,
        policy: Policy,
        browser: BrowserPolicy,
        templates: str | PathLike[str] | None = None,
        failed: Callable[[Exception], object] = raise_it,
    ) -> None:
        self.policy = policy
        self.browser = browser
        self.templates = templates
        self.failed = failed
        self._environment = None if templates is None else _environment(templates)
        self.wordings = Wordings(policy, browser.purposes)
        self._words: dict[str, Mapping[str, str]] = {
            language: {
                key: text.format() for key, text in policy.text(language).ui.items() if not placeholders(text)
            }
            for language in policy.languages
        }

    def render(self, template: str, head: RequestHead, language: str, **values: object) -> Markup:
        """Return a template filled in with ``values`` and with what every template may use.

        That is: ``language``, its ``words`` (the texts of the section ``ui``), ``say(key, …)`` for texts with words in
        braces, the ``controller``, and the addresses ``stylesheet``, ``front_url``, ``choices_url``, ``cookies_url``.
        """
        names = dict(
            values,
            language=language,
            words=self.words(language),
            say=partial(self.say, language),
            controller=self.policy.controller,
            stylesheet=head.url((BANNER_STYLE if template == BANNER else PAGE_STYLE).url),
            front_url=head.url("/"),
            choices_url=in_language(head.url(CHOICES_PATH), language),
            cookies_url=in_language(head.url(COOKIES_PATH), language),
        )
        if self._environment is not None:
            try:
                return _filled(self._environment, template, names)
            except Exception as error:  # the shop's code, which may raise anything
                self.failed(error)
        return _filled(_environment(), template, names)

    def raising(self) -> Site:
        """Return the same, with the same templates, which raises what they raise."""
        made = copy(self)
        made.failed = raise_it
        return made

    def without_templates(self) -> Site:
        """Return the same as it is where the shop has no templates of its own."""
        made = copy(self)
        made.templates = made._environment = None  # noqa: SLF001  # its own kind
        return made

    def words(self, language: str) -> Mapping[str, str]:
        """Return the texts of the section ``ui`` in which nothing is to be filled in. Not escaped."""
        return self._words[language]

    def say(self, language: str, key: str, **words: object) -> Markup:
        """Return a text of the section ``ui`` with its words in braces filled in, all of it escaped."""
        return escape(self.policy.text(language).ui[key]).format(**words)

    def purpose(self, language: str, name: str) -> PurposeText:
        """Return a purpose's title and explanation. Not escaped."""
        return self.policy.text(language).purpose(name)

    def titles(self, language: str, names: Iterable[str]) -> str:
        """Return the titles of purposes, in a row. Not escaped."""
        return ", ".join(self.purpose(language, name).title for name in names)


def in_language(url: str, language: str, **query: str) -> str:
    """Return the address of a page in a language."""
    return f"{url}?{urlencode({'lang': language, **query})}"


def _environment(folder: str | PathLike[str] | None = None) -> Environment:
    from shopprivacy.pages.environment import (
        environment,
    )  # Jinja, which a process that shows nothing need not import

    return environment(folder)


def _filled(templates: Environment, name: str, values: Mapping[str, object]) -> Markup:
    return Markup(templates.get_template(name).render(values))  # noqa: S704  # the engine has escaped it
