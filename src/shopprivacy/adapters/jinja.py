"""``{% consent "marketing" %} … {% else %} … {% endconsent %}`` for Jinja, and ``consent.allows("marketing")``.

A purpose that is written out is checked when the template is compiled: a name that the policy does not let a browser
decide about is an error then, not a part of the page that never shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from markupsafe import Markup

from shopprivacy.errors import UndeclaredName
from shopprivacy.pages.look import Layout

ALLOWS = "consent_allows"
"""The template global that answers for the visitor of the page being rendered."""

_QUESTION = ("name", "dot", "name", "lparen", "string", "rparen")


class ConsentExtension(Extension):
    """Adds the tag. ``install`` is the way in; an environment without it has no tag."""

    tags = {"consent"}  # noqa: RUF012  # as Jinja declares it
    check: Callable[[str], object]

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Check ``consent.allows("…")`` as it comes by. Raises UndeclaredName, as the tag does."""
        last: deque[Token] = deque(maxlen=len(_QUESTION))
        for token in stream:
            last.append(token)
            if token.type == "rparen" and tuple(one.type for one in last) == _QUESTION:
                consent, _, allows, _, purpose, _ = (one.value for one in last)
                if (consent, allows) == ("consent", "allows"):
                    self._check(purpose, token.lineno, stream.name)
            yield token

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn the tag into an ``if``. Raises UndeclaredName for a purpose that is not a browser's to decide."""
        line = next(parser.stream).lineno
        purpose = parser.stream.expect("string").value
        self._check(purpose, line, parser.name)
        shown = parser.parse_statements(("name:endconsent", "name:else"))
        otherwise: list[nodes.Node] = []
        if next(parser.stream).value == "else":
            otherwise = parser.parse_statements(("name:endconsent",), drop_needle=True)
        question = nodes.Call(nodes.Name(ALLOWS, "load"), [nodes.Const(purpose)], [], None, None)
        return nodes.If(question, shown, [], otherwise, lineno=line)

    def _check(self, purpose: str, line: int, template: str | None) -> None:
        try:
            self.check(purpose)
        except UndeclaredName as error:
            error.add_note(f"in the template {template or 'that has no name'}, line {line}")
            raise


class AllowsPurposes(Protocol):
    """What ``consent`` is in templates: the consent of the visitor whose page is being rendered."""

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is allowed for this visitor."""
        ...


def install(
    environment: Environment,
    check: Callable[[str], object],
    consent: AllowsPurposes,
    privacy_banner: Callable[..., Markup],
) -> None:
    """Add the tag to an environment, and ``consent`` and ``privacy_banner()`` beside it."""
    environment.add_extension(type("ConsentExtension", (ConsentExtension,), {"check": staticmethod(check)}))
    offer(environment, consent, privacy_banner)


def offer(environment: Environment, consent: AllowsPurposes, privacy_banner: Callable[..., Markup]) -> None:
    """Add ``consent`` and ``privacy_banner()`` to an environment that has the tag."""
    offered: dict[str, Any] = {
        ALLOWS: lambda purpose: consent.allows(purpose),
        "consent": consent,
        "privacy_banner": privacy_banner,
    }
    environment.globals.update(offered)


@dataclass(frozen=True)
class TemplateLayout:
    """A layout that is a template of an environment. It is read once: what is reviewed at start is what is shown."""

    environment: Environment
    template: str

    def __call__(self, content: Markup, title: str, language: str) -> str:
        """Return the document."""
        return self._read_once.get_template(self.template).render(
            content=content, title=title, language=language
        )

    @cached_property
    def _read_once(self) -> Environment:
        return self.environment.overlay(auto_reload=False)


def layout_of(environment: Environment, layout: str | Layout) -> Layout:
    """Return a layout by the name of its template in an environment; a function is one as it is.

    The template is given ``content``, ``title`` and ``language``, and the environment's globals.
    """
    return TemplateLayout(environment, layout) if isinstance(layout, str) else layout


def check_templates(environment: Environment) -> None:
    """Compile every template that asks for consent, so that an undeclared purpose fails at start."""
    for name in consent_templates(environment):
        environment.get_template(name)


def consent_templates(environment: Environment) -> Iterator[str]:
    """Yield the names of the templates that ask for consent.

    The others are left alone: they may not compile for reasons of their own. Those of a loader that cannot list
    them are checked when they are first used.
    """
    loader = environment.loader
    if loader is None:
        return
    try:
        names = environment.list_templates()
    except TypeError:
        return
    for name in names:
        try:
            source, _, _ = loader.get_source(environment, name)
        except (TemplateNotFound, UnicodeDecodeError):
            continue  # a picture beside the templates, or a file that went away meanwhile
        if _asks(environment, source):
            yield name


def _asks(environment: Environment, source: str) -> bool:
    """Whether a template says ``consent`` to Jinja, rather than to its readers."""
    try:
        return any(kind == "name" and value == "consent" for _, kind, value in environment.lex(source))
    except TemplateSyntaxError:
        return False
