"""What a visitor is told about a purpose before choosing: basis, data, recipients, term, cookies (GDPR art. 13).

C-673/17 Planet49 (no. 75-81): how long each cookie lives and who can read it belong to what is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup

from shopprivacy.pages.page_context import Site, join

if TYPE_CHECKING:
    from shopprivacy.policy import Cookie

_ENTRY = Markup("<dt>{term}</dt>\n<dd>{description}</dd>")
_COOKIE = Markup("<code>{name}</code> ({life})")


class Details:
    """Tells what the policy says about a purpose."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def of(self, purpose: str, language: str) -> Markup:
        """Return the list of facts about a purpose."""
        words = self._site.words(language)
        entries = {
            "purpose_basis": self._basis(purpose, language),
            "purpose_data": self._data(purpose, language),
            "purpose_recipients": Markup("<br>").join(self._recipients(purpose)),
            "purpose_keep": self._keep(purpose, language),
            "purpose_cookies": Markup("<br>").join(self._cookies(purpose, language)),
        }
        told = join(_ENTRY.format(term=words[key], description=text) for key, text in entries.items() if text)
        return Markup("<dl>\n{}\n</dl>").format(told)

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

    def _data(self, purpose: str, language: str) -> str:
        texts = self._site.policy.text(language)
        return ", ".join(texts.category(name) for name in self._site.policy.purposes[purpose].data)

    def _keep(self, purpose: str, language: str) -> str:
        keep = self._site.policy.purposes[purpose].keep
        return self._site.policy.text(language).keep(keep) if keep else ""

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

    def _cookies(self, purpose: str, language: str) -> Iterator[Markup]:
        texts = self._site.policy.text(language)
        for name, cookie in self._cookies_of(purpose):
            yield _COOKIE.format(name=name, life=texts.term(cookie.life))

    def _cookies_of(self, purpose: str) -> Iterator[tuple[str, Cookie]]:
        for name, cookie in self._site.policy.cookies.items():
            if cookie.purpose == purpose:
                yield name, cookie
