"""Rules across the parts of a policy: every name that is used is declared, every cookie is legal, no id is double.

Only what cannot be enforced, or means nothing, is refused here; what is merely unwise or unlawful in itself (an
agreement that has run out, a safeguard that no longer holds) is for ``shopprivacy check``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.base import Declared
from shopprivacy.policy.fingerprint import link_tag_of, purpose_id_of
from shopprivacy.policy.keys import PolicyKeys
from shopprivacy.policy.texts import LANGUAGES, default_texts
from shopprivacy.policy.vocabulary import DIRECT_MARKETING, Basis, covers
from shopprivacy.policy.wording import key_path, nearest

Unread = Mapping[str, frozenset[str]]
"""Per table, the names of entries that stand in the file but could not be read: they count as declared."""

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
"""A table of entries, the key that names something, and the table that declares it."""

SINGLE_REFERENCES: Final = (
    ("signals", "purposes", "purposes"),
    ("mail", "otherwise", "purposes"),
    ("mail", "tracking", "purposes"),
    ("mail", "unsubscribe_purposes", "purposes"),
    ("analytics", "purpose", "purposes"),
    ("analytics", "visitor", "purposes"),
)
"""The same for tables that stand once."""

NOUNS: Final[Mapping[str, str]] = {
    "data": "category",
    "purposes": "purpose",
    "recipients": "recipient",
    "separate": "separate context",
}


def problems_across(policy: PolicyKeys, unread: Unread) -> Iterator[Problem]:
    """Everything that is wrong between the keys of a part and between the parts."""
    for rule in RULES:
        yield from rule(policy, unread)


def _within(policy: PolicyKeys, _unread: Unread) -> Iterator[Problem]:
    """Each part's own rules."""
    for key in type(policy).model_fields:
        part = getattr(policy, key)
        if isinstance(part, Declared):
            yield from _beneath((key,), part.faults())
        elif isinstance(part, Mapping):
            for name, entry in part.items():
                if isinstance(entry, Declared):
                    yield from _beneath((key, name), entry.faults())


def _beneath(place: tuple[str, ...], problems: Iterable[Problem]) -> Iterator[Problem]:
    for problem in problems:
        yield replace(problem, path=f"{key_path(place)}.{problem.path}")


def _references(policy: PolicyKeys, unread: Unread) -> Iterator[Problem]:
    for table, key, target in REFERENCES:
        for name, entry in getattr(policy, table).items():
            place = (table, name, key.rstrip("_"))
            yield from _undeclared(place, getattr(entry, key), target, policy, unread)
    for table, key, target in SINGLE_REFERENCES:
        yield from _undeclared((table, key), getattr(getattr(policy, table), key), target, policy, unread)
    for context, categories in policy.separate.items():
        yield from _undeclared(("separate", context), categories, "data", policy, unread)


def undeclared_in_unread(
    policy: PolicyKeys, values: Mapping[str, object], unread: Unread
) -> Iterator[Problem]:
    """Undeclared names in entries of ``values`` that cannot be read: fixing these brings up no more of them."""
    for table, key, target in REFERENCES:
        for name in sorted(unread.get(table, ())):
            entries = values.get(table)
            entry = entries.get(name) if isinstance(entries, Mapping) else None
            used = entry.get(key.rstrip("_")) if isinstance(entry, Mapping) else None
            names = used if isinstance(used, list) else [used]
            place = (table, name, key.rstrip("_"))
            yield from _undeclared(
                place, tuple(n for n in names if isinstance(n, str)), target, policy, unread
            )


def _undeclared(
    place: tuple[str, ...],
    used: str | tuple[str, ...] | None,
    target: str,
    policy: PolicyKeys,
    unread: Unread,
) -> Iterator[Problem]:
    declared = (*getattr(policy, target), *sorted(unread.get(target, ())))
    for name in (used,) if isinstance(used, str) else used or ():
        if name not in declared:
            hint = nearest(name, declared)
            message = f'{NOUNS[target]} "{name}" is not declared; {hint}'
            yield Problem(key_path(place), message, "undeclared-name")


def _cookies(policy: PolicyKeys, _unread: Unread) -> Iterator[Problem]:
    """Directive 2002/58 art. 5(3): needed for what the visitor asked for, exempt by a law, or with consent."""
    for name, cookie in policy.cookies.items():
        yield from cookie.faults_with(name)
        purpose = policy.purposes.get(cookie.purpose or "")
        if purpose and purpose.basis is not Basis.CONSENT and not cookie.essential and not cookie.exempt:
            yield Problem(
                key_path(("cookies", name, "purpose")),
                f'"{cookie.purpose}" rests on {purpose.basis}, which allows no cookie (directive 2002/58 art. 5(3)); '
                "write essential = true if the visitor asked for what needs it, name the law in exempt, "
                "or choose a purpose with basis consent",
                "cookie-without-consent",
            )


MOST_ASKED: Final = 100
"""Purposes that a browser can be asked about: more answers do not fit in the consent cookie, nor in anyone's head."""


def _asked(policy: PolicyKeys, _unread: Unread) -> Iterator[Problem]:
    """Cookies and pages follow the browser's choice: a purpose of theirs cannot be asked for in the account."""
    counted = {
        ("analytics", key): getattr(policy.analytics, key)
        for key in ("purpose", "visitor")
        if getattr(policy.analytics, key) in policy.purposes
    }
    uses = counted | {
        (table, name): entry.purpose
        for table, entries in (("cookies", policy.cookies), ("third_parties", policy.third_parties))
        for name, entry in entries.items()
        if not getattr(entry, "essential", False)
    }
    asked = {
        *uses.values(),
        *(name for name, purpose in policy.purposes.items() if purpose.asked == "browser"),
    }
    if len(asked) > MOST_ASKED:
        yield Problem("purposes", f"a browser is asked about {len(asked)} of them; at most {MOST_ASKED}")
    for (table, name), used in uses.items():
        purpose = policy.purposes.get(used or "")
        if purpose and purpose.asked == "account" and "asked" in purpose.model_fields_set:
            yield Problem(
                key_path(("purposes", str(used), "asked")),
                f'"account" leaves {key_path((table, name))} to nobody: a browser decides about cookies and pages; '
                'delete this key, or write "browser"',
            )


def _bases(policy: PolicyKeys, _unread: Unread) -> Iterator[Problem]:
    """Where a key makes sense for some legal bases only."""
    tracking = policy.purposes.get(policy.mail.tracking or "")
    if tracking and tracking.basis is not Basis.CONSENT:
        yield Problem(
            "mail.tracking",
            f'"{policy.mail.tracking}" has the basis {tracking.basis}; tracking needs consent',
        )
    if tracking and "email" not in tracking.channels:
        message = f'"{policy.mail.tracking}" is not about e-mail, so nobody can allow it there'
        yield Problem("mail.tracking", f'{message}: add "email" to its channels')
    yield from _analytics(policy)
    otherwise = policy.purposes.get(policy.mail.otherwise or "")
    if otherwise and otherwise.mail != "transactional":
        message = f'"{policy.mail.otherwise}" is not transactional; messages that name no purpose must always go out'
        yield Problem("mail.otherwise", f'{message}: write mail = "transactional" there, or name another')
    for name in policy.signals.purposes:
        purpose = policy.purposes.get(name)
        if purpose and not purpose.objectable:
            yield Problem(
                "signals.purposes",
                f'nobody can object to "{name}", whose basis is {purpose.basis} (art. 21(1))',
            )


def _analytics(policy: PolicyKeys) -> Iterator[Problem]:
    """Events need a purpose that somebody can say no to, and a visitor in them needs a yes."""
    counted = policy.purposes.get(policy.analytics.purpose or "")
    if counted and not counted.objectable:
        message = (
            f'nobody can object to "{policy.analytics.purpose}", whose basis is {counted.basis} (art. 21(1))'
        )
        yield Problem(
            "analytics.purpose", f"{message}; choose a purpose with basis consent or legitimate_interest"
        )
    told_apart = policy.purposes.get(policy.analytics.visitor or "")
    if told_apart and told_apart.basis is not Basis.CONSENT:
        message = (
            f'"{policy.analytics.visitor}" rests on {told_apart.basis}; telling visitors apart needs consent'
        )
        yield Problem("analytics.visitor", message)


def _purpose_ids(policy: PolicyKeys, _unread: Unread) -> Iterator[Problem]:
    """A consent cookie names a purpose by 16 bits: no two may be the same."""
    seen: dict[int, str] = {}
    for name, purpose in policy.purposes.items():
        if all(category in policy.data for category in purpose.data):
            id_ = purpose_id_of(policy, name)
            if id_ in seen:
                yield Problem(
                    key_path(("purposes", name)),
                    f'has by chance the same id ({id_:#06x}) as "{seen[id_]}"; give one of them another name',
                    "purpose-id-collision",
                )
            seen[id_] = name


def _link_tags(policy: PolicyKeys, _unread: Unread) -> Iterator[Problem]:
    """An unsubscribe link names a purpose by 16 bits: no two marketing purposes may have the same."""
    seen = {link_tag_of(DIRECT_MARKETING): "all direct marketing"}
    for name, purpose in policy.purposes.items():
        if purpose.mail != "marketing":
            continue
        for known in (name, *purpose.formerly):
            tag = link_tag_of(known)
            if tag in seen:
                key = key_path(("purposes", name) if known == name else ("purposes", name, "formerly"))
                message = (
                    f'"{known}" has the tag of "{seen[tag]}" in unsubscribe links ({tag.hex()}); rename it'
                )
                yield Problem(key, message, "link-tag-collision")
            seen[tag] = known


def _data(policy: PolicyKeys, unread: Unread) -> Iterator[Problem]:
    """Fields in two categories, and fields named elsewhere that are not assigned to any."""
    yield from _one_category_each(policy)
    if not unread.get("data"):  # else a field may well belong to the category that could not be read
        yield from _declared_fields(policy)
        yield from _within_their_categories(policy)


def _one_category_each(policy: PolicyKeys) -> Iterator[Problem]:
    homes: dict[str, str] = {}
    everything = [(name, category.fields) for name, category in policy.data.items()]
    for name, fields in [*everything, ("not_personal", policy.not_personal)]:
        for field in fields:
            if field in homes:
                yield Problem(
                    key_path(("data", name)),
                    f'"{field}" is in {homes[field]} as well; a field belongs to one category',
                )
            homes.setdefault(field, name)


def _declared_fields(policy: PolicyKeys) -> Iterator[Problem]:
    personal = tuple(field for category in policy.data.values() for field in category.fields)
    known = (*personal, *policy.not_personal)
    for name, form in policy.forms.items():
        yield from _outside(("forms", name, "required"), form.required, known)
        yield from _outside(("forms", name, "optional"), form.optional, known)
    for name, zone in policy.zones.items():
        yield from _outside(("zones", name, "fields"), zone.fields, known)
    for name, category in policy.data.items():
        for index, condition in enumerate(category.only):
            place = key_path(("data", name, "only", index, "field"))
            for problem in _outside((), [condition.field], known):
                yield replace(problem, path=place)
    for name, purpose in policy.purposes.items():
        if purpose.flag:
            yield from _outside(("purposes", name, "flag"), [purpose.flag], known)


def _within_their_categories(policy: PolicyKeys) -> Iterator[Problem]:
    for name, purpose in policy.purposes.items():
        own = _fields_of(policy, purpose.data)
        yield from _outside(("purposes", name, "frozen"), purpose.frozen, own, "one of its data categories")
    for name, recipient in policy.recipients.items():
        own = _fields_of(policy, recipient.data)
        yield from _outside(
            ("recipients", name, "fields"), recipient.fields, own, "one of its data categories"
        )


def _fields_of(policy: PolicyKeys, categories: Iterable[str]) -> tuple[str, ...]:
    return tuple(field for name in categories if name in policy.data for field in policy.data[name].fields)


def _outside(
    place: tuple[str, ...], fields: Iterable[str], known: tuple[str, ...], where: str = "a data category"
) -> Iterator[Problem]:
    for field in fields:
        if not covers(known, field):
            message = f'field "{field}" is not assigned to {where}'
            yield Problem(key_path(place), message, "undeclared-name")


def _texts(policy: PolicyKeys, unread: Unread) -> Iterator[Problem]:
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


RULES: Final[tuple[Callable[[PolicyKeys, Unread], Iterator[Problem]], ...]] = (
    _within,
    _references,
    _data,
    _cookies,
    _asked,
    _bases,
    _purpose_ids,
    _link_tags,
    _texts,
)
