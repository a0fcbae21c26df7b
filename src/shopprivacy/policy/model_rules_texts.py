"""Rules about the shop's own texts: a known language, known names, and nothing the shipped texts do not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.model_keys import PolicyKeys
from shopprivacy.policy.texts import LANGUAGES, default_texts
from shopprivacy.policy.wording import key_path, nearest

Unread = Mapping[str, frozenset[str]]


def rules_of_texts(policy: PolicyKeys, unread: Unread) -> Iterator[Problem]:
    """Texts in a language that is not declared, for purposes and categories that are not, or that do not fit."""
    for language, sections in policy.texts.items():
        place = key_path(("texts", language))
        if language not in LANGUAGES or language not in policy.languages:
            yield Problem(
                place, f'"{language}" is not one of languages; it has {", ".join(policy.languages)}'
            )
            continue
        try:
            default_texts(language).merged(sections)
        except PolicyError as error:
            yield from (replace(problem, path=f"{place}.{problem.path}") for problem in error.problems)
        for section, table, noun in (("purposes", "purposes", "purpose"), ("categories", "data", "category")):
            declared = getattr(policy, table)
            for name in sections.get(section, ()):
                if name not in declared and name not in unread.get(table, ()):
                    hint = nearest(name, tuple(declared))
                    message = f'{noun} "{name}" is not declared; {hint}'
                    yield Problem(f"{place}.{section}.{name}", message, "undeclared-name")
