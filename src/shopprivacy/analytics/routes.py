"""Templates of routes in one spelling, whichever framework they come from: ``/products/{slug}``.

Flask writes ``/products/<string:slug>``, Starlette ``/products/{slug:path}``, Django ``products/<slug:slug>`` without
the first slash, or a regular expression. A language that stands first, by itself or as a parameter, goes: the same page
in Dutch and in French is one page.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

NO_ROUTE: Final = "-"
"""What stands for a request that no route was found for."""

_ANGLES: Final = re.compile(r"<(?:[^<>:]*(?:\([^<>]*\))?:)?([A-Za-z_][A-Za-z0-9_]*)>")
_CURLY: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::[^{}]*)?\}")
_NAMED: Final = re.compile(r"\?P<([A-Za-z_][A-Za-z0-9_]*)>")
_LANGUAGE_PARAMETER: Final = re.compile(r"/\{(?:lang|language|locale)(?:_code)?\}(?=/|$)")
# A language alone or with a region (RFC 5646 §2.2.4): "/de-makers" is a page in Dutch.
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2})(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?")
# Ends and options of a regular expression, and characters that stand for themselves.
_ANCHORS: Final = re.compile(r"\\[AZz]|[\^$]")
_OPTIONAL_END: Final = re.compile(r"/?\?$")
_ESCAPED: Final = re.compile(r"\\([^A-Za-z0-9])")
_UNREADABLE: Final = re.compile(r"[\\\[\]()|*+?]")


@lru_cache(4096)
def template(route: str, languages: Collection[str] = frozenset()) -> str:
    """Return the template of a route as its framework writes it; ``languages`` are those that a path may begin with."""
    if "(" in route or "^" in route:
        route = _from_regular_expression(route)
    path = "/" + _CURLY.sub(r"{\1}", _ANGLES.sub(r"{\1}", route)).strip("/")
    return without_language(
        _LANGUAGE_PARAMETER.sub("", path, count=1) if path.startswith("/{") else path, languages
    )


def without_language(path: str, languages: Collection[str]) -> str:
    """Return a path without the language that stands first; ``/nl-BE/cart`` is ``/cart`` where ``nl`` is one."""
    first, slash, rest = path[1:].partition("/")
    tag = _LANGUAGE.fullmatch(first)
    if tag is not None and tag[1].lower() in languages:
        return f"/{rest}"
    return f"/{first}{slash}{rest}" if first else "/"


def _from_regular_expression(route: str) -> str:
    """A regular expression with its groups as parameters, those without a name as ``{}``."""
    written, depth, name = [], 0, ""
    at = 0
    while at < len(route):
        sign = route[at]
        if sign == "\\" and depth:
            at += 2
            continue
        if sign == "(":
            if not depth:
                named = _NAMED.match(route, at + 1)
                name = named[1] if named else ""
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            if not depth:
                written.append(f"{{{name}}}" if name else "{}")
        elif not depth:
            written.append(sign)
        at += 1
    plain = _ESCAPED.sub(r"\1", _OPTIONAL_END.sub("", _ANCHORS.sub("", "".join(written))))
    return "/".join("{}" if _UNREADABLE.search(part) else part for part in plain.split("/"))
