"""The language in which a visitor is addressed: asked for in the URL, else negotiated (RFC 9110, section 12.5.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from shopprivacy.http.request_head import RequestHead

_LONGEST = 1024
# RFC 9110 section 12.5.4 and 12.4.2: a language range with an optional weight of at most three decimals.
_RANGE = re.compile(
    r"([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)


def choose_language(head: RequestHead, languages: Sequence[str]) -> str:
    """Return one of ``languages``: the one that ``?lang=`` names, else the best for the browser, else the first."""
    return asked_language(head, languages) or accepted_language(
        head.header("accept-language") or "", languages
    )


def asked_language(head: RequestHead, languages: Sequence[str]) -> str | None:
    """Return the language that the query asks for, if it is one of ``languages``."""
    asked = [value for name, value in parse_qsl(head.query) if name == "lang"]
    return asked[0] if len(asked) == 1 and asked[0] in languages else None


def accepted_language(field: str, languages: Sequence[str]) -> str:
    """Return the best of ``languages`` for an Accept-Language field; the first where none is acceptable.

    ``nl-BE`` accepts ``nl``: lookup as in RFC 4647 section 3.4, cut to the primary subtag, as our texts have no
    regional variants. Of equal weights the earlier range wins, as browsers order them; ``*`` is the first language
    not ruled out by a weight of 0.
    """
    weights: dict[str, float] = {}
    for part in field[:_LONGEST].lower().split(","):
        match = _RANGE.fullmatch(part.strip(" \t"))
        if match is not None:
            language = match[1].partition("-")[0]
            weight = float(match[2] or 1)
            weights[language] = max(weight, weights.get(language, 0))
    rest = weights.pop("*", 0)
    for language in languages:
        weights.setdefault(language, rest)
    candidates = [(weight, language) for language, weight in weights.items() if language in languages]
    # max keeps the first of equals.
    weight, best = max(candidates, key=lambda candidate: candidate[0])
    return best if weight > 0 else languages[0]
