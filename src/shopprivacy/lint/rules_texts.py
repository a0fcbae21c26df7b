"""Rules about the shop's own texts (``privacy.LANG.toml``): sentences that undo what the policy promises."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files
from typing import Final

from shopprivacy.policy import Policy
from shopprivacy.policy.texts import default_texts, placeholders

Found = tuple[tuple[str | int, ...], str]


def _patterns(text: str) -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    return {
        language: {
            kind: re.compile(_one_of(_undenied(one, kinds["denial"]) for one in patterns), re.IGNORECASE)
            for kind, patterns in kinds.items()
        }
        for language, kinds in tomllib.loads(text).items()
    }


def _undenied(pattern: str, denial: list[str]) -> str:
    """A pattern whose ellipses hold no denial, and which has none close behind it: "stimmen Sie nicht zu"."""
    if "…" not in pattern:
        return pattern
    denied = rf"{_one_of(denial)}\b"
    return pattern.replace("…", rf"(?:(?!\b{denied})[^.])*") + rf"(?!\w*(?:[^\w.]+\w+){{0,2}}[^\w.]+{denied})"


def _one_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


PHRASES: Final = _patterns(files("shopprivacy.lint").joinpath("phrases.toml").read_text(encoding="utf-8"))
"""What finds a sentence that takes browsing for consent, and one that refers elsewhere, by language."""

FACTS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("statement", "legal_obligation"): frozenset({"law"}),
    ("statement", "legitimate_interest"): frozenset({"interest"}),
    ("statement", "keep"): frozenset({"keep"}),
    ("statement", "review"): frozenset({"date"}),
    ("statement", "children"): frozenset({"age"}),
    ("ui", "effective"): frozenset({"date"}),
    ("ui", "complaint"): frozenset({"name"}),
}
"""Texts that tell what the law wants told, and the words in braces that tell it (art. 13(1)(c)-(d), 13(2)(a), (d))."""


def consent_by_browsing(policy: Policy, _today: date) -> Iterator[Found]:
    """A sentence that takes use of the site for acceptance."""
    yield from _matching(policy, "browsing", "takes use of the site for consent")


def dangling_reference(policy: Policy, _today: date) -> Iterator[Found]:
    """A sentence that points at what stands above or below."""
    yield from _matching(policy, "reference", "refers to something elsewhere")


def _matching(policy: Policy, kind: str, what: str) -> Iterator[Found]:
    for language, path, text in _own_texts(policy):
        if language in PHRASES and (found := PHRASES[language][kind].search(text)):
            yield path, f'{what}: "{found[0]}"'


def two_names(policy: Policy, _today: date) -> Iterator[Found]:
    """The name in the shop's own domain, written as words in a text, but not in the controller's name."""
    texts: list[tuple[tuple[str | int, ...], str]] = [(path, text) for _, path, text in _own_texts(policy)]
    texts += (
        (("mail", "unsubscribe_subjects", index), subject)
        for index, subject in enumerate(policy.mail.unsubscribe_subjects)
    )
    known = _squeezed(policy.controller.name)
    for trade in _domain_names(policy):
        if trade in known or known in trade:
            continue
        pattern = re.compile(
            r"\b" + r"[ '&.-]{0,3}".join(map(re.escape, trade)) + r"\b(?!\.\w)", re.IGNORECASE
        )
        for path, text in texts:
            found = next(
                (m for m in pattern.finditer(text) if not text[: m.start()].endswith(("@", "www."))), None
            )
            if found:
                yield path, f'says "{found[0]}", but the controller is called "{policy.controller.name}"'


def _domain_names(policy: Policy) -> list[str]:
    """The names in the domains of the shop and of its e-mail address: of ``info@softcactus.be``, "softcactus"."""
    domains = [*policy.sites, (policy.controller.email or "").rpartition("@")[2]]
    labels = [domain.lower().split(".") for domain in domains if "." in domain]
    return list(dict.fromkeys(_squeezed(label[-2]) for label in labels if len(label[-2]) > 3))


def _squeezed(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def dropped_fact(policy: Policy, _today: date) -> Iterator[Found]:
    """A sentence rewritten without the fact that it is there to tell."""
    for (section, key), facts in FACTS.items():
        for language, path, text in _own_texts(policy):
            if path[2:] == (section, key) and (
                dropped := facts & placeholders(default(language, section, key)) - _held(text)
            ):
                yield path, f"leaves out {', '.join(f'{{{fact}}}' for fact in sorted(dropped))}"


def default(language: str, section: str, key: str) -> str:
    """The shipped text in the place of one of the shop's own."""
    texts: Mapping[str, str] = getattr(default_texts(language), section)
    return texts[key]


def _held(text: str) -> frozenset[str]:
    try:
        return placeholders(text)
    except ValueError:  # an unclosed brace, which the loader refuses
        return frozenset()


def _own_texts(policy: Policy) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Each text of the shop's own, with its language and the steps to it."""
    for language, sections in policy.texts.items():
        for path, text in _leaves(("texts", language), sections):
            yield language, path, text


def _leaves(path: tuple[str | int, ...], node: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, entry in node.items():
            yield from _leaves((*path, key), entry)
