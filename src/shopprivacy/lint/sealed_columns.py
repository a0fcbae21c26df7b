"""What the policy says is sealed, against the columns that a shop's models seal, and copies of those in clear."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from shopprivacy.errors import Problem
from shopprivacy.policy.data import Category
from shopprivacy.policy.model import Policy
from shopprivacy.policy.vocabulary import covers

_COPIES: Final = frozenset(
    {
        "ascii", "canonical", "clean", "clear", "copy", "crc", "crc32", "digest", "domain", "folded", "fulltext",
        "hash", "hashed", "idx", "index", "key", "lower", "lowercase", "md5", "metaphone", "normalised", "normalized",
        "plain", "raw", "search", "searchable", "sha", "sha1", "sha256", "slug", "soundex", "text", "trigrams",
        "tsvector", "upper",
    }
)  # fmt: skip
"""What stands before or after the name of a column in the name of one that is derived from it."""
_SEARCHED: Final = frozenset({"fulltext", "search", "searchable", "tsvector"})
"""Such words in the name of a column that several others are derived into."""


class Columns(NamedTuple):
    """The columns of a shop's tables, as ``table.column``."""

    sealed: frozenset[str]
    clear: frozenset[str]
    texts: frozenset[str] = frozenset()
    """Those of the clear ones that hold text or bytes."""
    followed: Mapping[str, str] = {}
    """Those of the clear ones whose values a sealed one follows, which is named behind it."""
    belonging: Mapping[str, str] = {}
    """Those of the clear ones that hold e-mail addresses of owners who have a sealed one, which is named behind it."""


def sealed_differences(
    policy: Policy, sealed: Collection[str], clear: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield each column, as ``table.column``, that is not as ``sealed`` in ``[data]`` says, and what is wrong.

    A policy that says nothing of it promises nothing, and has no differences.
    """
    said = {name: _said(category) for name, category in policy.data.items()}
    if not any(said.values()):
        return
    for column in sorted(clear):
        for name, patterns in said.items():
            if covers(patterns, column):
                yield column, f"data.{name} says that it is sealed, but the model stores it plain"
    declared = tuple(pattern for patterns in said.values() for pattern in patterns)
    for column in sorted(sealed):
        if not covers(declared, column):
            yield column, "the model seals it, and no category in [data] says so"


def clear_copies(columns: Columns) -> Iterator[tuple[str, str]]:
    """Yield each column that holds what a sealed one does in clear, by the models or by its name, and what it copies.

    ``sealed verify`` looks at the values: it finds those that have another name, too.
    """
    for column, by in sorted(columns.followed.items()):
        yield (
            column,
            f"contains an unencrypted copy of {by}: drop it when `sealed backfill` has nothing to do",
        )
    for column, of in sorted(columns.belonging.items()):
        yield (
            column,
            f"contains unencrypted e-mail addresses of the owners of {of}: seal it, or delete its rows with their keys",
        )
    for column in sorted(columns.texts - columns.followed.keys() - columns.belonging.keys()):
        table, _, name = column.rpartition(".")
        beside = [one for one in sorted(columns.sealed) if one.rpartition(".")[0] == table]
        copied = [one for one in beside if _is_derived(name, one.rpartition(".")[2])]
        if copied or (beside and _SEARCHED & {*_words(name)}):
            yield column, f"contains, by its name, an unencrypted copy of {', '.join(copied or beside)}"


def shop_problems(policy: Policy | None, columns: Columns) -> Iterator[Problem]:
    """Yield what is wrong with the columns of a shop: against what the policy says, and in themselves."""
    for column, what in () if policy is None else sealed_differences(policy, columns.sealed, columns.clear):
        yield Problem(column, what, "sealed-column")
    for column, what in clear_copies(columns):
        yield Problem(column, what, "clear-copy")


def keys_beside(setting: str, what: str) -> Problem:
    """Return what is wrong where keys stand in the folder or database of the data; ``setting`` names their place."""
    return Problem(
        setting,
        f"{what} is stored with the data: anybody who copies that folder or database, or has its backup, can read all",
        "keys-beside-data",
    )


def _is_derived(name: str, sealed: str) -> bool:
    words, own = _words(name), _words(sealed.removesuffix("_sealed"))
    size = len(own)
    rest = words[size:] if words[:size] == own else words[:-size] if words[-size:] == own else []
    return bool(rest) and {*rest} <= _COPIES


def _words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


def _said(category: Category) -> tuple[str, ...]:
    if isinstance(category.sealed, bool):
        return category.fields if category.sealed else ()
    return category.sealed
