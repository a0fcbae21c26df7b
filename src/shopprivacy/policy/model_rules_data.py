"""Rules about fields: each belongs to one category, and whoever names a field stays within what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from shopprivacy.errors import Problem
from shopprivacy.policy.model_keys import PolicyKeys
from shopprivacy.policy.vocabulary import covers
from shopprivacy.policy.wording import key_path

Unread = Mapping[str, frozenset[str]]


def rules_of_data(policy: PolicyKeys, unread: Unread) -> Iterator[Problem]:
    """Fields that stand in two categories, and fields named elsewhere that stand in none."""
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
                    f'"{field}" stands in {homes[field]} as well; a field belongs to one category',
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
        yield from _outside(("purposes", name, "frozen"), purpose.frozen, own, "its data")
    for name, recipient in policy.recipients.items():
        own = _fields_of(policy, recipient.data)
        yield from _outside(("recipients", name, "fields"), recipient.fields, own, "its data")


def _fields_of(policy: PolicyKeys, categories: Iterable[str]) -> tuple[str, ...]:
    return tuple(field for name in categories if name in policy.data for field in policy.data[name].fields)


def _outside(
    place: tuple[str, ...], fields: Iterable[str], known: tuple[str, ...], where: str = "data"
) -> Iterator[Problem]:
    for field in fields:
        if not covers(known, field):
            message = f'field "{field}" stands in no category of {where}'
            yield Problem(key_path(place), message, "undeclared-name")
