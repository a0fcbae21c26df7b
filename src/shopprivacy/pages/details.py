"""What a visitor is told about a purpose before choosing: basis, data, recipients, term, cookies (GDPR art. 13).

C-673/17 Planet49 (no. 75-81): how long each cookie lives and who can read it belong to what is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopprivacy.pages.page_context import Site

if TYPE_CHECKING:
    from shopprivacy.policy import Cookie


@dataclass(frozen=True, slots=True)
class CookieFact:
    """A cookie's name, and in words for how long it is kept."""

    name: str
    life: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policy says about a purpose, in words; empty where it says nothing."""

    basis: str
    data: str
    recipients: Sequence[str]
    keep: str
    cookies: Sequence[CookieFact]


class Details:
    """Tells what the policy says about a purpose."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def of(self, purpose: str, language: str) -> Facts:
        """Return the facts about a purpose."""
        declared, texts = self._site.policy.purposes[purpose], self._site.policy.text(language)
        return Facts(
            basis=self._basis(purpose, language),
            data=", ".join(texts.category(name) for name in declared.data),
            recipients=[*self._recipients(purpose)],
            keep=texts.keep(declared.keep) if declared.keep else "",
            cookies=[CookieFact(name, texts.term(cookie.life)) for name, cookie in self._cookies_of(purpose)],
        )

    def always_on(self) -> tuple[str, ...]:
        """Return the purposes for which essential cookies are set."""
        cookies = self._site.policy.cookies.values()
        needed = {cookie.purpose for cookie in cookies if cookie.essential}
        return tuple(name for name in self._site.policy.purposes if name in needed)

    def exempting_law(self, purpose: str) -> str:
        """Return the laws that exempt a purpose's cookies from consent."""
        return ", ".join(
            dict.fromkeys(cookie.exempt for _, cookie in self._cookies_of(purpose) if cookie.exempt)
        )

    def _basis(self, purpose: str, language: str) -> str:
        declared = self._site.policy.purposes[purpose]
        basis = self._site.policy.text(language).bases[declared.basis]
        reasons = [reason for reason in (declared.law, declared.interest) if reason]
        return f"{basis} ({', '.join(reasons)})" if reasons else basis

    def _recipients(self, purpose: str) -> Iterator[str]:
        """Yield those who receive data for it or read its cookies, and the third parties that its pages load."""
        policy = self._site.policy
        readers = {name for _, cookie in self._cookies_of(purpose) for name in cookie.recipients}
        for name, recipient in policy.recipients.items():
            if purpose in recipient.for_ or name in readers:
                yield f"{recipient.name or name} ({recipient.country})"
        for name, party in policy.third_parties.items():
            if party.purpose == purpose:
                yield f"{party.title or name} ({', '.join(party.hosts)})"

    def _cookies_of(self, purpose: str) -> Iterator[tuple[str, Cookie]]:
        for name, cookie in self._site.policy.cookies.items():
            if cookie.purpose == purpose:
                yield name, cookie
