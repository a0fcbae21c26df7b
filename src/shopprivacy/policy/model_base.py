"""What every part of the policy has in common: closed, strict, frozen, and its errors in the words of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.load_problems import problems_of
from shopprivacy.policy.model_values import dictionary

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _Type
else:

    class _Type(type(BaseModel)):
        """Makes ``Purpose(...)`` in Python raise what loading the file raises: PolicyError, never pydantic's own."""

        def __call__(cls, *args: object, **values: object) -> object:
            try:
                return super().__call__(*args, **values)
            except ValidationError as error:
                raise PolicyError(cls.problems(error, values)) from None


class Declared(BaseModel, metaclass=_Type):
    """A part of the policy. Frozen all the way down; an unknown key is an error.

    Raises:
        PolicyError: something is missing, unknown or of the wrong kind.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        defer_build=True,
    )

    @classmethod
    def problems(cls, error: ValidationError, _values: Mapping[str, object]) -> list[Problem]:
        """All that is wrong with ``_values``, in the words of the file."""
        return problems_of(error, cls)

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys; the whole policy asks each of its parts."""
        yield from ()

    def changed(self, **changes: object) -> Self:
        """A copy with other values for some keys, validated afresh.

        Raises:
            PolicyError: the copy would not be valid.
        """
        return type(self)(**{**self._stated(), **changes})

    def _stated(self) -> dict[str, object]:
        """The keys that were given, not those that were left to their defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Nothing in it can change, so it is its own copy."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """For pickle, which cannot read a mapping proxy: workers that are spawned get the policy this way."""
        return _restored, (type(self), {name: dictionary(value) for name, value in self._stated().items()})


def _restored(part: type[Declared], stated: dict[str, object]) -> Declared:
    return part(**stated)
