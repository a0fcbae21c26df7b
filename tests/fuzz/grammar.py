"""Making cases up: fast, from one source of random numbers, so that a seed, or a guided fuzzer's bytes, fix them.

What is drawn leans towards trouble: names that are declared, prefixes of them and strangers; whole fields that parsers
are known to differ on, and good fields with a byte put in, left out or changed; the attributes that browsers and
frameworks read differently; consent cookies that are genuine, doubled, planted, cut or of another shop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from shopprivacy.consent.choices import Answer, Choice, Choices
from shopprivacy.consent.cookie import encode
from shopprivacy.crypto import Keyset
from shopprivacy.errors import PolicyError
from tests.cookies.fragments import HARD, PIECES, TOKENS
from tests.fuzz.case import NOW_SECONDS, Case, Front, Given
from tests.fuzz.vocabulary import (
    AGES,
    ATTRIBUTES,
    DATES,
    DENIED,
    ENDINGS,
    EQUALS,
    HOSTS,
    LIVES,
    MAX_AGES,
    NEARLY_SEPARATORS,
    OTHER_FIELDS,
    PATHS,
    PLAIN_VALUES,
    PREFIXES,
    PURPOSES,
    SEPARATORS,
    SET_COOKIE,
    SIGNALS,
    SITES,
    STEMS,
    STRANGERS,
    VALUES,
)
from tests.gate.exchange import KEYSET, NOW
from tests.strategies import TOKEN

T = TypeVar("T")

_OTHER_SHOP = Keyset.generate(Random("another shop").randbytes, NOW)


class Grammar:
    """Makes up shops and cases from one source of random numbers."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def front(self) -> Front:
        """A shop with a valid policy."""
        while True:
            try:
                return Front.of(self._policy())
            except PolicyError:  # a name that no cookie may have, or two purposes with the same id by chance
                continue

    def case(self, front: Front) -> Case:
        """A visitor of a shop, what the browser sends, and what the shop's code sets."""
        browser = front.gate.browser
        answers = {
            name: Given(self._one([Choice.GRANTED, *Choice]), self._one(AGES))
            for name in browser.purposes
            if self._chance(0.7)
        }
        signalled, tied = self._chance(0.3), self._chance(0.3)
        withdrawals: Mapping[str, int] | None = {}
        if tied:
            withdrawals = {name: self._one(DENIED) for name in browser.purposes if self._chance(0.3)}
            withdrawals = None if self._chance(0.2) else withdrawals
        genuine = self._consent(front, answers, signalled=signalled, tied=tied)
        names = self._names(front)
        return Case(
            front,
            answers,
            signalled,
            tied,
            withdrawals,
            genuine,
            self._cookies(front, names, genuine),
            tuple(self._response(names)),
            {**self._one(SIGNALS), **({"Sec-Fetch-Site": site} if (site := self._one(SITES)) else {})},
            f"https://{self._one(HOSTS)}{self._one(PATHS)}",
            tuple(browser.purposes) if self._chance(0.5) else (),
        )

    # The shop

    def _policy(self) -> dict[str, Any]:
        purposes = dict(self._random.sample(PURPOSES, self._random.randint(2, len(PURPOSES))))
        values: dict[str, Any] = {
            "purposes": purposes,
            "signals": {
                "gpc": self._one(["object", "object", "ignore"]),
                "dnt": self._one(["object", "ignore"]),
            },
            "mode": {"cookies": "report" if self._chance(0.1) else "enforce"},
            "presets": [name for name in ("flask", "django", "aws") if self._chance(0.15)],
            "cookies": {self._name(): self._cookie(purposes) for _ in range(self._random.randint(1, 9))},
        }
        if self._chance(0.2):
            values["cache"] = {"key_header": "X-Consent"}
        for name, cookie in values["cookies"].items():
            if name.lower().startswith("__host-"):
                cookie.pop("domains"), cookie.pop("paths")
        return values

    def _name(self) -> str:
        stem = self._one(STEMS) if self._chance(0.8) else "".join(self._one(TOKEN) for _ in range(4))
        return self._one(PREFIXES) + stem + self._one(ENDINGS)

    def _cookie(self, purposes: Mapping[str, Any]) -> dict[str, Any]:
        purpose = self._one([*purposes])
        cookie: dict[str, Any] = {
            "purpose": purpose,
            "life": self._one(LIVES),
            "partitioned": self._chance(0.2),
        }
        if purposes[purpose]["basis"] != "consent" or self._chance(0.2):
            cookie |= {"exempt": "Tw 11.7a(3)(b)"} if self._chance(0.4) else {"essential": True}
        cookie["domains"] = self._some(["shop.example", "www.shop.example", "shop.co.uk"], 0.2)
        cookie["paths"] = self._some(["/", "/shop", "/shop/"], 0.4) or ["/"]
        return cookie

    # The visitor

    def _consent(self, front: Front, answers: Mapping[str, Given], *, signalled: bool, tied: bool) -> bytes:
        tagged = {
            front.policy.purpose_id(name): Answer(given.choice, NOW_SECONDS - given.age)
            for name, given in answers.items()
        }
        chosen = Choices(front.gate.browser.stamp, tagged, signalled, b"i" * 16, b"a" * 20 if tied else b"")
        return encode(chosen, KEYSET).encode()

    def _planted(self, front: Front, genuine: bytes) -> list[bytes]:
        """The consent cookie as it comes, or what somebody made of it."""
        pair = b"__Host-consent=" + genuine
        kind = self._random.randrange(16)
        if kind < 8:
            return [pair]
        if kind < 11:
            return []
        if kind == 11:
            return [
                pair,
                self._one([pair, pair.lower(), b"__Host-consent=x", b"__Host-consent", b"\xa0" + pair]),
            ]
        if kind == 12:
            wanted = Choices(
                front.gate.browser.stamp,
                {
                    front.policy.purpose_id(n): Answer(Choice.GRANTED, NOW_SECONDS)
                    for n in front.gate.browser.purposes
                },
            )
            return [b"__Host-consent=" + encode(wanted, _OTHER_SHOP).encode()]
        if kind == 13:
            space = self._one([b"\xa0", b"\x85", b" ", b"\t", b"\x0b", b"\xe2\x80\x83"])
            return [
                self._one(
                    [
                        space + pair,
                        pair + space,
                        pair.replace(b"=", space + b"=", 1),
                        pair.replace(b"=", b"=" + space, 1),
                    ]
                )
            ]
        return [self._mutated(pair)]

    # What is sent and set

    def _names(self, front: Front) -> list[bytes]:
        declared = [
            name.replace("*", self._one(["", "X1", ".", "cart"])).encode() for name in front.policy.cookies
        ]
        return [
            self._one(declared if self._chance(0.75) else STRANGERS)
            for _ in range(self._random.randint(0, 6))
        ]

    def _cookies(self, front: Front, names: Sequence[bytes], genuine: bytes) -> tuple[bytes, ...]:
        if self._chance(0.3):
            return (self._nearly_plain([*names, *self._planted(front, genuine)]),)
        pairs = [self._pair(name) for name in names] + [
            self._odd() for _ in range(self._random.randint(0, 2))
        ]
        pairs += self._planted(front, genuine)
        self._random.shuffle(pairs)
        if front.gate.enforcing and self._chance(0.2):
            at = self._random.randint(0, len(pairs))
            crumbs = [self._joined(pairs[:at]), self._joined(pairs[at:])]
        else:
            crumbs = [self._joined(pairs)]
        if self._chance(0.25):
            crumbs = [self._mutated(crumb) for crumb in crumbs]
        return tuple(crumbs) if pairs or self._chance(0.5) else ()

    def _nearly_plain(self, names: Sequence[bytes]) -> bytes:
        """As browsers send it, but for a space or so: what looks plain is read in a way of its own."""
        field = b""
        for name in names:
            pair = name if b"=" in name else name + self._one(EQUALS) + self._one(PLAIN_VALUES)
            field += (self._one(NEARLY_SEPARATORS) if field else b"") + pair
        return field

    def _joined(self, pairs: Sequence[bytes]) -> bytes:
        if self._chance(0.7):
            return b"; ".join(pairs)
        return b"".join(part for pair in pairs for part in (pair, self._one(SEPARATORS)))

    def _pair(self, name: bytes) -> bytes:
        around = self._one([b"=", b"=", b"=", b"=", b" =", b"= ", b"\t=\t", b"\xa0=", b""])
        return name + around + self._value()

    def _odd(self) -> bytes:
        if self._chance(0.3):
            return self._one(HARD)
        if self._chance(0.1):
            return self._random.randbytes(self._random.randint(0, 20))
        return b"".join(self._one(self._one([TOKENS, PIECES])) for _ in range(self._random.randint(1, 8)))

    def _value(self) -> bytes:
        if self._chance(0.7):
            return self._one(VALUES)
        return b"".join(self._one(PIECES) for _ in range(self._random.randint(1, 4)))

    def _response(self, names: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        fields = [(self._one(SET_COOKIE), self._set_cookie(name)) for name in names if self._chance(0.7)]
        fields += [self._one(OTHER_FIELDS) for _ in range(self._random.randint(0, 2))]
        self._random.shuffle(fields)
        return fields

    def _set_cookie(self, name: bytes) -> bytes:
        name = (
            self._one([b"__Host-consent", b"__host-consent", b"\xa0" + name, b""])
            if self._chance(0.05)
            else name
        )
        field = self._one([b"", b"", b"", b" ", b"\t"]) + self._pair(name)
        for _ in range(self._random.randint(0, 5)):
            kind = self._random.randrange(3)
            if kind == 0:
                attribute = self._one(ATTRIBUTES)
            elif kind == 1:
                attribute = self._one([b"Max-Age=", b"max-age=", b"Max-Age =", b"MAX-AGE= "]) + self._one(
                    MAX_AGES
                )
            else:
                attribute = self._one([b"Expires=", b"expires=", b"EXPIRES = "]) + self._one(DATES)
            field += self._one([b"; ", b"; ", b";", b" ; ", b";\t"]) + attribute
        return self._mutated(field) if self._chance(0.15) else field

    def _mutated(self, field: bytes) -> bytes:
        for _ in range(self._random.randint(1, 3)):
            at = self._random.randint(0, len(field))
            kind = self._random.randrange(4)
            if kind == 0:
                field = field[:at] + self._one(PIECES) + field[at:]
            elif kind == 1:
                field = field[:at] + field[at + self._random.randint(1, 4) :]
            elif kind == 2:
                field = field[:at] + bytes([self._random.randrange(256)]) + field[at + 1 :]
            else:
                field = field[:at] + field[: self._random.randint(0, 30)] + field[at:]
        return field

    # Drawing

    def _one(self, things: Sequence[T]) -> T:
        return things[self._random.randrange(len(things))]

    def _some(self, things: Sequence[T], share: float) -> list[T]:
        return [thing for thing in things if self._chance(share)]

    def _chance(self, share: float) -> bool:
        return self._random.randrange(1000) < share * 1000
