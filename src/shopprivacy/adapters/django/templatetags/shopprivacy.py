"""``{% consent "marketing" %} … {% else %} … {% endconsent %}`` and ``{% privacy_banner %}``.

The purpose is a literal, so it is checked when the template is compiled: a name that the policy does not let a
browser decide about is an error then, not a part of the page that never shows.

The context needs the request: ``django.template.context_processors.request``, or ``render(request, …)``.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template import Library, Node, NodeList, TemplateSyntaxError
from django.template.base import Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from markupsafe import Markup

from shopprivacy.adapters.django import request_privacy
from shopprivacy.adapters.django.request_privacy import RequestPrivacy, check_purpose, current_consent
from shopprivacy.consent.context import ConsentContext
from shopprivacy.errors import UndeclaredName

register = Library()


class ConsentNode(Node):
    """What is shown with consent, and what without."""

    child_nodelists = ("granted", "otherwise")

    def __init__(self, purpose: str, granted: NodeList, otherwise: NodeList) -> None:
        self.purpose = purpose
        self.granted = granted
        self.otherwise = otherwise

    def render(self, context: Context) -> SafeString:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Render one of the two."""
        allowed = _consent(context).allows(self.purpose)
        shown: SafeString = (self.granted if allowed else self.otherwise).render(context)
        return shown


@register.tag
def consent(parser: Parser, token: Token) -> ConsentNode:
    """``{% consent "marketing" %} … {% else %} … {% endconsent %}``: the first part for visitors who allow it."""
    words = token.split_contents()
    quoted = words[1] if len(words) == 2 else ""  # the tag and its purpose
    if len(quoted) < 3 or quoted[0] not in "\"'" or quoted[-1] != quoted[0]:
        raise TemplateSyntaxError('consent takes one purpose in quotes: {% consent "marketing" %}')
    purpose = quoted[1:-1]
    try:
        check_purpose(purpose)
    except UndeclaredName as error:
        raise TemplateSyntaxError(str(error)) from error
    granted = parser.parse(("else", "endconsent"))
    otherwise = NodeList()
    if parser.next_token().contents == "else":
        otherwise = parser.parse(("endconsent",))
        parser.delete_first_token()
    return ConsentNode(purpose, granted, otherwise)


@register.simple_tag(takes_context=True)  # pyright: ignore[reportUntypedFunctionDecorator]
def privacy_banner(context: Context, language: str | None = None) -> Markup:
    """``{% privacy_banner %}``: the banner, for the start of a page's body; empty for a visitor who need not be asked.

    ``{% privacy_banner "nl" %}`` names the page's language; by default it is negotiated with the browser.
    """
    return RequestPrivacy(_consent(context)).banner(language)


def _consent(context: Context) -> ConsentContext:
    request: Any = context.get("request")
    return request_privacy.consent(request) if isinstance(request, HttpRequest) else current_consent()
