"""One case: a shop's policy, a visitor, what the browser sends and what the shop's code sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pprint import pformat
from typing import Any

from shopprivacy.consent.choices import Choice
from shopprivacy.gate.gate import Gate
from shopprivacy.http.request_head import Fields
from shopprivacy.policy import Policy
from tests.gate.exchange import KEYSET, NOW, make_policy

NOW_SECONDS = int(NOW.timestamp())


@dataclass(frozen=True, slots=True)
class Front:
    """A shop: what stands in its policy, and the gate that is compiled from it."""

    values: Mapping[str, Any]
    policy: Policy
    gate: Gate

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Front:
        """Compile a policy. Raises PolicyError."""
        policy = make_policy(**values)
        return cls(values, policy, Gate(policy, KEYSET))


@dataclass(frozen=True, slots=True)
class Given:
    """One answer of the visitor: what, and how many seconds ago."""

    choice: Choice
    age: int


@dataclass(frozen=True, slots=True)
class Case:
    """A request and its response.

    ``genuine`` is the value of the consent cookie that the gate once gave this visitor; what of it is in ``cookies``
    is another matter. ``withdrawals`` are what the account withdrew elsewhere: purpose to seconds ago, None where
    nobody can tell.
    """

    front: Front
    answers: Mapping[str, Given]
    signalled: bool
    tied: bool
    withdrawals: Mapping[str, int] | None
    genuine: bytes
    cookies: tuple[bytes, ...]
    fields: tuple[tuple[bytes, bytes], ...]
    headers: Mapping[str, str]
    url: str
    asks: tuple[str, ...]

    @property
    def sets(self) -> list[bytes]:
        """The Set-Cookie fields of the shop's code."""
        return [value for name, value in self.fields if name.lower() == b"set-cookie"]

    @property
    def response(self) -> Fields:
        """The header fields of the shop's code."""
        return list(self.fields)

    def with_cookies(self, declared: Mapping[str, Any]) -> Case:
        """Return the case under a policy that declares other cookies. Raises PolicyError."""
        return replace(self, front=Front.of({**self.front.values, "cookies": dict(declared)}))

    def __str__(self) -> str:
        parts = {name: getattr(self, name) for name in self.__slots__ if name != "front"}
        return pformat({"policy": self.front.values, **parts}, width=110, sort_dicts=False)
