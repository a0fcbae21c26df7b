"""Rules about the country: Belgian facts in a Dutch policy, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from shopprivacy.jurisdiction import Jurisdiction, jurisdiction, jurisdictions
from shopprivacy.policy import Policy

Found = tuple[tuple[str, ...], str]


def foreign_law(policy: Policy, _today: date) -> Iterator[Found]:
    """A law that is known in another country, and not in the shop's own."""
    named = [
        *((("purposes", name, "law"), purpose.law) for name, purpose in policy.purposes.items()),
        *((("cookies", name, "exempt"), cookie.exempt) for name, cookie in policy.cookies.items()),
    ]
    own = jurisdiction(policy.jurisdiction)
    for place, law in named:
        if law and not _of(own, law):
            elsewhere = [code for code, facts in jurisdictions().items() if _of(facts, law)]
            if elsewhere:
                yield place, f'"{law}" is a law of {" or ".join(elsewhere)}, not of {policy.jurisdiction}'


def _of(country: Jurisdiction, law: str) -> bool:
    return any(_stands_in(word, law) for word in country.laws)


def other_country(policy: Policy, _today: date) -> Iterator[Found]:
    """An address or a VAT number of another country that the library knows."""
    others = [facts for code, facts in jurisdictions().items() if code != policy.jurisdiction]
    address, vat = policy.controller.address, policy.controller.vat or ""
    for facts in others:
        if any(_stands_in(name, address) for name in facts.name.split(" / ")):
            yield (
                ("controller", "address"),
                f"lies in {facts.code}, but jurisdiction is {policy.jurisdiction}",
            )
        if re.match(rf"{facts.code}[ .]?[A-Z0-9]", vat):
            yield ("controller", "vat"), f"is of {facts.code}, but jurisdiction is {policy.jurisdiction}"


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
