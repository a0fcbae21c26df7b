"""Rules across the parts of a policy: every name that is used is declared, and every cookie is legal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from shopprivacy.errors import Problem
from shopprivacy.policy.load_problems import key_path, nearest
from shopprivacy.policy.meaning import meaning_of, tag_of
from shopprivacy.policy.model_purpose import Basis

if TYPE_CHECKING:
    from shopprivacy.policy.model import Policy

# (where the names stand, the key that holds them, the table that declares them)
REFERENCES: Final = (
    ("purposes", "data", "data"),
    ("purposes", "combines", "separate"),
    ("recipients", "for_", "purposes"),
    ("recipients", "data", "data"),
    ("cookies", "purpose", "purposes"),
    ("cookies", "recipients", "recipients"),
    ("third_parties", "purpose", "purposes"),
    ("third_parties", "recipient", "recipients"),
    ("zones", "purposes", "purposes"),
    ("forms", "purposes", "purposes"),
    ("roles", "purposes", "purposes"),
)
# The same for tables that stand once.
SINGLE_REFERENCES: Final = (
    ("signals", "purposes", "purposes"),
    ("mail", "tracking", "purposes"),
    ("mail", "unsubscribe_purposes", "purposes"),
    ("analytics", "purpose", "purposes"),
)
NOUNS: Final = {
    "data": "category",
    "purposes": "purpose",
    "recipients": "recipient",
    "separate": "separate context",
}


def problems_across(
    policy: Policy, declared: Mapping[str, frozenset[str]] | None = None
) -> Iterator[Problem]:
    """Everything that is wrong between the parts.

    ``declared`` adds names that stand in the file but could not be read, so that one mistake is told once.
    """
    for rule in RULES:
        yield from rule(policy, declared or {})


def _names(policy: Policy, table: str, declared: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(getattr(policy, table)) | declared.get(table, frozenset())


def _references(policy: Policy, declared: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    for table, key, target in REFERENCES:
        for name, entry in getattr(policy, table).items():
            yield from _undeclared(
                (table, name, key.rstrip("_")), getattr(entry, key), target, _names(policy, target, declared)
            )
    for table, key, target in SINGLE_REFERENCES:
        used = getattr(getattr(policy, table), key)
        yield from _undeclared((table, key), used, target, _names(policy, target, declared))
    for context, categories in policy.separate.items():
        yield from _undeclared(("separate", context), categories, "data", _names(policy, "data", declared))


def _undeclared(
    path: tuple[str, ...], used: str | Sequence[str] | None, target: str, known: frozenset[str]
) -> Iterator[Problem]:
    for name in (used,) if isinstance(used, str) else used or ():
        if name not in known:
            hint = nearest(name, sorted(known))
            yield Problem(key_path(path), f'{NOUNS[target]} "{name}" is not declared; {hint}')


def _cookies(policy: Policy, _declared: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Directive 2002/58 art. 5(3): needed for what the visitor asked for, exempt by a law, or with consent."""
    for name, cookie in policy.cookies.items():
        for problem in cookie.problems_with_name(name):
            yield Problem(key_path(("cookies", name)), problem.message)
        purpose = policy.purposes.get(cookie.purpose or "")
        if purpose and purpose.basis is not Basis.CONSENT and not cookie.essential and not cookie.exempt:
            yield Problem(
                key_path(("cookies", name, "purpose")),
                f'"{cookie.purpose}" rests on {purpose.basis}, which allows no cookie (directive 2002/58 art. 5(3)); '
                "write essential = true if the visitor asked for what needs it, name the law in exempt, "
                "or choose a purpose with basis consent",
            )


def _tags(policy: Policy, _declared: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """A consent cookie names a purpose by 16 bits: no two may be the same."""
    seen: dict[int, str] = {}
    for name, purpose in policy.purposes.items():
        if any(category not in policy.data for category in purpose.data):
            continue
        tag = tag_of(meaning_of(policy, name))
        if tag in seen:
            yield Problem(
                key_path(("purposes", name)),
                f'has the same tag ({tag:#06x}) as purpose "{seen[tag]}"; rename one of them',
            )
        seen.setdefault(tag, name)


RULES: Final[tuple[Callable[..., Iterator[Problem]], ...]] = (_references, _cookies, _tags)
