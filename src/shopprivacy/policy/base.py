"""What the parts of a policy are made of: kinds of values, frozen mappings, and one strict base class."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeVar
from unicodedata import category

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError
from pydantic.functional_serializers import WrapSerializer
from pydantic_core import PydanticCustomError

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.durations import Duration, RetentionPeriod
from shopprivacy.policy.problems import problems_of
from shopprivacy.policy.wording import printable, shown

T = TypeVar("T")

NAME_PATTERN: Final = r"^[a-z][a-z0-9_]{0,63}$"
FIELD_PATTERN: Final = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\.(\*|[A-Za-z_][A-Za-z0-9_]*)$"
_HOST_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN_PATTERN: Final = rf"^{_HOST_LABEL}(\.{_HOST_LABEL})*$"
FINDING_PATTERN: Final = r"^[a-z]+(-[a-z]+)*$"
COUNTRY_PATTERN: Final = r"^[A-Z]{2}$"
# RFC 9110 §5.6.2 allows more. But WSGI has one name for a client's X_Key and X-Key (PEP 3333): a proxy that overwrites
# the one lets the other through.
HEADER_PATTERN: Final = r"^[0-9A-Za-z]+$"
PATH_PATTERN: Final = (
    r"^/[!-:<-~]*$"  # RFC 6265 §4.1.1, path-value: no control character and no ";"; nor a blank
)
HOST_PATTERN: Final = rf"^(\*\.)?{_HOST_LABEL}(\.{_HOST_LABEL})*(:[0-9]{{1,5}})?$"


BLANKET: Final = "blanket-consent"
"""The code of a name that stands for all."""
VAGUE: Final = "vague-term"
"""The code of a term that says no number of days, months or years."""


def refuse(message: str, code: str = "invalid") -> PydanticCustomError:
    """An error for a validator to raise; ``message`` reaches the user as it stands, and ``code`` names its kind."""
    # Braces would be read as placeholders of pydantic's template.
    return PydanticCustomError("policy", "{message}", {"message": printable(message), "code": code})


def text_matching(pattern: str, what: str, code: str = "invalid") -> Callable[[str], str]:
    """A validator for text that is not free: ``what`` says in words what ``pattern`` demands."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise refuse(f"{shown(value)} is not {what}", code)
        return value

    return check


def one_line(value: str) -> str:
    """Text that is printed: not empty, and on one line, because it ends up in headers, mails and logs."""
    if not value.strip():
        raise refuse("is empty; write some text")
    if any(category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        raise refuse("contains a line break or another control character; write it on one line")
    return value


def dictionary(value: object) -> object:
    """A mapping of any kind as a dictionary, all the way down."""
    return {key: dictionary(entry) for key, entry in value.items()} if isinstance(value, Mapping) else value


def _frozen(value: Mapping[str, T]) -> Mapping[str, T]:
    return MappingProxyType(value)


def deeply_frozen(value: object) -> object:
    """Mappings and lists of any depth, so that nobody can change them."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: deeply_frozen(entry) for key, entry in value.items()})
    return tuple(deeply_frozen(entry) for entry in value) if isinstance(value, list | tuple) else value


def _thawed(value: Mapping[str, Any], handler: Callable[[Any], object]) -> object:
    return handler(dict(value))


def once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list with a duplicate."""
    if len(set(values)) != len(values):
        twice = next(value for index, value in enumerate(values) if value in values[:index])
        raise refuse(f"duplicate {shown(twice)}; write it once")
    return values


def _term(value: object) -> object:
    if isinstance(value, str):
        return _parsed(Duration.parse, value)
    if isinstance(value, Duration):
        return value
    raise refuse('is not a term; write a number and a unit in quotes, such as "13 months"', VAGUE)


def life(value: object) -> object:
    """Reads the life of a cookie: a term, or the word "session"."""
    return value if value == "session" else _term(value)


def _keep(value: object) -> object:
    if isinstance(value, str):
        return _parsed(RetentionPeriod.parse, value)
    if isinstance(value, RetentionPeriod):
        return value
    message = 'is not a term after an event; write it in quotes, such as "7 years after last_order"'
    raise refuse(message, VAGUE)


def _parsed(parse: Callable[[str], T], value: str) -> T:
    try:
        return parse(value)
    except ValueError as error:
        raise refuse(str(error), VAGUE) from None


_is_name = text_matching(
    NAME_PATTERN, "a name here; write lower-case letters, digits and underscores, at most 64"
)


def _name(value: str) -> str:
    if value == "*":
        raise refuse(
            '"*" is refused: each purpose, category and recipient is named separately (art. 5(1)(b))', BLANKET
        )
    return _is_name(value)


def empty() -> MappingProxyType[Any, Any]:
    """No entries, frozen."""
    return MappingProxyType({})


Line = Annotated[str, AfterValidator(one_line)]
Name = Annotated[
    str,
    AfterValidator(_name),
    Field(json_schema_extra={"pattern": NAME_PATTERN}),
]
FindingId = Annotated[
    str,
    AfterValidator(
        text_matching(
            FINDING_PATTERN, 'the id of a finding; write it as `check` prints it, as "no-agreement"'
        )
    ),
    Field(json_schema_extra={"pattern": FINDING_PATTERN}),
]
FieldName = Annotated[
    str,
    AfterValidator(
        text_matching(
            FIELD_PATTERN, 'the name of a field; write it as "Customer.email", or "Customer.*" for all'
        )
    ),
    Field(json_schema_extra={"pattern": FIELD_PATTERN}),
]
Domain = Annotated[
    str,
    AfterValidator(
        text_matching(
            DOMAIN_PATTERN, 'a domain; write it in lower case without dot or scheme, as "shop.example"'
        )
    ),
    Field(json_schema_extra={"pattern": DOMAIN_PATTERN}),
]
Host = Annotated[
    str,
    AfterValidator(
        text_matching(
            HOST_PATTERN,
            'a host; write it in lower case without a scheme, as "stats.example.com" or "*.example.com"',
        )
    ),
    Field(json_schema_extra={"pattern": HOST_PATTERN}),
]
Country = Annotated[
    str,
    AfterValidator(text_matching(COUNTRY_PATTERN, 'a country code; write two capitals, as "NL"')),
    Field(json_schema_extra={"pattern": COUNTRY_PATTERN}),
]
UrlPath = Annotated[
    str,
    AfterValidator(
        text_matching(PATH_PATTERN, 'a path; it begins with "/" and contains no space and no ";"')
    ),
    Field(json_schema_extra={"pattern": PATH_PATTERN}),
]
Day = Annotated[date, Strict()]
Finite = Annotated[Duration, BeforeValidator(_term)]
KeepAfter = Annotated[RetentionPeriod, BeforeValidator(_keep)]
Names = Annotated[tuple[Name, ...], AfterValidator(once)]
Fields = Annotated[tuple[FieldName, ...], AfterValidator(once)]
Lines = Annotated[tuple[Line, ...], AfterValidator(once)]
Domains = Annotated[tuple[Domain, ...], AfterValidator(once)]
Hosts = Annotated[tuple[Host, ...], AfterValidator(once)]

Paths = Annotated[tuple[UrlPath, ...], AfterValidator(once)]

Frozen = (BeforeValidator(dictionary), AfterValidator(_frozen), WrapSerializer(_thawed))
"""Put behind ``Mapping[...]`` in an ``Annotated``: any mapping is taken, a copy that nobody can change is kept."""


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
