"""Cookies of a framework under the names that its settings give them; presets declare them under the usual ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shopprivacy.cookies.response import LONGEST_LIFE
from shopprivacy.gate.cookie_rules import ESSENTIAL, NameTable, declared_cookies
from shopprivacy.policy import Duration
from shopprivacy.policy.wording import key_path

if TYPE_CHECKING:
    from shopprivacy.policy import Policy


@dataclass(frozen=True, slots=True)
class FrameworkCookie:
    """A cookie that a framework sets by itself, as its settings have it."""

    name: str
    setting: str
    """What names it, such as ``SESSION_COOKIE_NAME``."""
    life: timedelta | None
    """How long it is set for; None: for the browser session."""
    preset: str
    usual: str
    """The preset, and the name under which it declares this cookie."""

    @property
    def is_renamed(self) -> bool:
        """Whether the shop calls it otherwise than its framework does."""
        return self.name != self.usual


@dataclass(frozen=True, slots=True)
class Undeclared:
    """What is wrong with a cookie, and the fix."""

    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


def undeclared(policy: Policy, cookies: Iterable[FrameworkCookie]) -> Iterator[Undeclared]:
    """Yield what the policy does not declare as essential of these cookies."""
    find = NameTable(declared_cookies(policy)).find
    would = "is" if policy.mode.cookies == "enforce" else 'would be, in mode = { cookies = "enforce" },'
    for cookie in cookies:
        rule = find(cookie.name.encode("utf-8"))
        if rule is None or rule.basis is not ESSENTIAL:
            yield Undeclared(
                f'{cookie.setting} is "{cookie.name}", a cookie that the policy does not declare as essential: '
                f"it {would} blocked",
                _hint(cookie, None if rule is None else rule.declared),
            )


def _hint(cookie: FrameworkCookie, declared: str | None) -> str:
    if declared is not None:
        key = key_path(("cookies", declared))
        return f"write essential = true at {key} in the policy, in the place of a purpose"
    if not cookie.is_renamed:
        return f'add "{cookie.preset}" to the list presets in the policy'
    from shopprivacy.policy.presets import PRESETS  # pydantic comes with it, which takes long to import

    # The life of a cookie is declared as it is set; browsers keep none for longer than 400 days.
    seconds = 0 if cookie.life is None else round(min(cookie.life, LONGEST_LIFE).total_seconds())
    life = Duration.covering(seconds) if seconds > 0 else "session"
    use = PRESETS[cookie.preset][cookie.usual]["use"]
    in_place = f' in the place of the preset "{cookie.preset}"' if len(PRESETS[cookie.preset]) == 1 else ""
    name = key_path((cookie.name,))
    return f'declare it{in_place}: [cookies.{name}] with essential = true, life = "{life}" and use = "{use}"'
