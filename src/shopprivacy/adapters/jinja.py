"""``{% consent "marketing" %} … {% else %} … {% endconsent %}`` for Jinja templates.

The purpose is a literal, so it is checked when the template is compiled: a name that the policy does not let a
browser decide about is an error then, not a part of the page that never shows.
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

ALLOWS = "consent_allows"
"""The template global that answers for the visitor of the page being rendered."""


class ConsentExtension(Extension):
    """Adds the tag. ``install`` is the way in; an environment without it has no tag."""

    tags = {"consent"}  # noqa: RUF012  # as Jinja declares it
    check: Callable[[str], object]

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn the tag into an ``if``. Raises UndeclaredName for a purpose that is not a browser's to decide."""
        line = next(parser.stream).lineno
        purpose = parser.stream.expect("string").value
        self.check(purpose)
        shown = parser.parse_statements(("name:endconsent", "name:else"))
        otherwise: list[nodes.Node] = []
        if next(parser.stream).value == "else":
            otherwise = parser.parse_statements(("name:endconsent",), drop_needle=True)
        question = nodes.Call(nodes.Name(ALLOWS, "load"), [nodes.Const(purpose)], [], None, None)
        return nodes.If(question, shown, [], otherwise, lineno=line)


def install(environment: Environment, check: Callable[[str], object], allows: Callable[[str], bool]) -> None:
    """Add the tag to an environment; ``allows`` answers for the visitor whose page is being rendered."""
    bound = type("ConsentExtension", (ConsentExtension,), {"check": staticmethod(check)})
    environment.add_extension(bound)
    environment.globals[ALLOWS] = allows


def check_templates(environment: Environment) -> None:
    """Compile every template that uses the tag, so that an undeclared purpose fails at start.

    Templates without it are left alone: they may not compile for reasons of their own. Those of a loader that cannot
    list them are checked when they are first used.
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
        if _uses_tag(environment, source):
            environment.get_template(name)


def _uses_tag(environment: Environment, source: str) -> bool:
    """Whether the tag stands in a template, rather than the word."""
    before = ""
    try:
        for _, kind, value in environment.lex(source):
            if before == "block_begin" and kind == "name" and value == "consent":
                return True
            if kind != "whitespace":
                before = kind
    except TemplateSyntaxError:
        return False
    return False
