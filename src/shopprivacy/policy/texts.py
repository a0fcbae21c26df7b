"""What customers read, per language: shipped defaults in ``texts/LANG.toml``, replaced key by key by the shop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, Literal

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.durations import Duration, RetentionPeriod

LANGUAGES: Final = ("nl", "fr", "de", "en")
"""The languages for which every text is shipped."""

Strings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PurposeText:
    """What customers read of one purpose: a short title and a sentence or two of explanation."""

    title: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts in one language. Frozen; two are equal when every text is."""

    language: str
    purposes: Mapping[str, PurposeText]
    categories: Strings
    """Titles of data categories (``contact`` = "e-mail address and telephone number")."""
    bases: Strings
    """Names of the legal bases of GDPR art. 6(1)."""
    decision: Strings
    """What happened, by decision code."""
    statement: Strings
    """The sentences on which decisions rest: the statement prints them, decisions quote them."""
    units: Strings
    events: Strings
    """Events as they stand behind "after" (``last_order`` = "your last order")."""
    dates: Strings
    ui: Strings
    """Buttons, headings and messages of the banner, the preference page and the error pages."""
    fields: Strings
    """The consequence of leaving an input empty, by field (GDPR art. 13(2)(e)); none is shipped."""

    def purpose(self, name: str) -> PurposeText:
        """Title and explanation of a purpose; where nobody wrote any, its name made readable."""
        return self.purposes.get(name) or PurposeText(readable(name), readable(name))

    def purpose_hash(self, name: str) -> str:
        """SHA-256, in hexadecimal, of the text that asks for a purpose: title, line feed, explanation."""
        text = self.purpose(name)
        return sha256(f"{text.title}\n{text.explanation}".encode()).hexdigest()

    def category(self, name: str) -> str:
        """The title of a data category; where nobody wrote one, its name made readable."""
        return self.categories.get(name, readable(name).lower())

    def event(self, name: str) -> str:
        """An event as it stands behind "after"."""
        return self.events.get(name) or self.events["other_event"].format(event=readable(name).lower())

    def term(self, term: Duration | Literal["session"]) -> str:
        """A term in words: "13 maanden"; the life of a session cookie: "tot u uw browser sluit"."""
        if isinstance(term, str):
            return self.ui["cookie_session"]
        form = "one" if term.count == 1 else "other"
        return self.units[f"{term.unit.replace(' ', '_')}_{form}"].format(count=term.count)

    def keep(self, keep: RetentionPeriod) -> str:
        """A keep in words: "7 jaar na uw laatste bestelling", or "13 maanden"."""
        if keep.event is None:
            return self.term(keep.term)
        return self.events["keep"].format(term=self.term(keep.term), event=self.event(keep.event))

    def date(self, day: date) -> str:
        """A day in words: "1er janvier 2026"."""
        number = self.dates["first_day"] if day.day == 1 else str(day.day)
        month = self.dates[f"month_{day.month}"]
        return self.dates["date"].format(day=number, month=month, year=day.year)

    def merged(self, overrides: Mapping[str, Any]) -> Texts:
        """These texts with some replaced, as a ``privacy.LANG.toml`` gives them: one table per section.

        Purposes, data categories, events and fields may be new; every other key must be one that is shipped, and
        a replacement may leave out words in braces but use no others.

        Raises:
            PolicyError: an unknown key, a value that is not text, or an unknown word in braces; all of them.
        """
        problems: list[Problem] = []
        changed: dict[str, Any] = {}
        for section, entries in overrides.items():
            if section not in _SECTIONS:
                problems.append(Problem(section, f"unknown section; one of {', '.join(_SECTIONS)}"))
            elif not isinstance(entries, Mapping):
                problems.append(Problem(section, "is not a table"))
            elif section == "purposes":
                changed[section] = MappingProxyType(_merged_purposes(self.purposes, entries, problems))
            else:
                known: Strings = getattr(self, section)
                problems.extend(_problems(section, entries, known))
                changed[section] = MappingProxyType({**known, **entries})
        if problems:
            raise PolicyError(problems, source=f"privacy.{self.language}.toml")
        return replace(self, **changed)


_SECTIONS: Final = tuple(field.name for field in fields(Texts) if field.name != "language")
_OPEN_SECTIONS: Final = frozenset({"categories", "events", "fields"})


@cache
def default_texts(language: str) -> Texts:
    """The texts that are shipped for a language.

    Raises:
        ValueError: none are shipped for it.
    """
    if language not in LANGUAGES:
        raise ValueError(
            f'no texts are shipped for the language "{language}"; there are {", ".join(LANGUAGES)}'
        )
    import tomllib

    source = files("shopprivacy.policy").joinpath("texts", f"{language}.toml")
    sections = tomllib.loads(source.read_text(encoding="utf-8"))
    purposes = {name: PurposeText(**texts) for name, texts in sections.pop("purposes").items()}
    return Texts(
        language=language,
        purposes=MappingProxyType(purposes),
        fields=MappingProxyType({}),
        **{name: MappingProxyType(entries) for name, entries in sections.items()},
    )


def readable(name: str) -> str:
    """A name from the policy as words: ``cart_reminder`` is "Cart reminder"."""
    words = re.sub(r"[_\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def placeholders(template: str) -> frozenset[str]:
    """The words in braces of a text.

    Raises:
        ValueError: a brace is not closed, or what stands in it is more than a word.
    """
    found = set()
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError("braces contain one word each; write a literal brace twice")
        found.add(name)
    return frozenset(found)


def _merged_purposes(
    known: Mapping[str, PurposeText], entries: Mapping[str, Any], problems: list[Problem]
) -> dict[str, PurposeText]:
    merged = dict(known)
    for name, texts in entries.items():
        path = f"purposes.{name}"
        if not isinstance(texts, Mapping):
            problems.append(Problem(path, 'is not a table; write title = "…" and explanation = "…" in it'))
            continue
        wrong = [
            Problem(f"{path}.{key}", "unknown key; one of title, explanation")
            if key not in {"title", "explanation"}
            else Problem(f"{path}.{key}", "is not text")
            for key, text in texts.items()
            if key not in {"title", "explanation"} or not isinstance(text, str)
        ]
        problems.extend(wrong)
        if not wrong:
            base = known.get(name) or PurposeText(readable(name), texts.get("title", readable(name)))
            merged[name] = replace(base, **texts)
    return merged


def _problems(section: str, entries: Mapping[str, Any], known: Strings) -> list[Problem]:
    problems = []
    for key, text in entries.items():
        path = f"{section}.{key}"
        if key not in known and section not in _OPEN_SECTIONS:
            problems.append(Problem(path, f"there is no such text; this section has {', '.join(known)}"))
        elif not isinstance(text, str):
            problems.append(Problem(path, "is not text"))
        else:
            problems.extend(_template_problems(path, text, known.get(key, "")))
    return problems


def _template_problems(path: str, text: str, shipped: str) -> list[Problem]:
    allowed = placeholders(shipped)
    try:
        unknown = placeholders(text) - allowed
    except ValueError as error:
        return [Problem(path, str(error))]
    offered = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
    return [
        Problem(path, f"unknown word in braces {{{name}}}; allowed: {offered}") for name in sorted(unknown)
    ]
