"""What the policy says is sealed, against the columns that a shop's models seal."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from shopprivacy.policy.data import Category
from shopprivacy.policy.model import Policy
from shopprivacy.policy.vocabulary import covers


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
                yield column, f"data.{name} says that it is sealed, and the model keeps it in clear"
    declared = tuple(pattern for patterns in said.values() for pattern in patterns)
    for column in sorted(sealed):
        if not covers(declared, column):
            yield column, "the model seals it, and no category in [data] says so"


def _said(category: Category) -> tuple[str, ...]:
    if isinstance(category.sealed, bool):
        return category.fields if category.sealed else ()
    return category.sealed
