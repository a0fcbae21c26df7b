"""The reference page of what the library knows of countries, printed from its facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shopprivacy.jurisdiction import Jurisdiction, jurisdictions, transfers
from shopprivacy.lint.rules_facts import LONGEST_MONTHS

_HEAD: Final = f"""\
<!-- Written by `python -m docs._ext` from jurisdictions.toml and transfers.toml; change it there. -->

# What the library knows about countries

Each fact has its source, and the day on which it was last compared with that source, or with what the authority or a
law firm says about it. This is not legal advice: laws change between two releases, and the author of a policy is
responsible for it. `shopprivacy check` warns (`unchecked-law`) if a fact that applies to the policy was not checked for
{LONGEST_MONTHS} months.
"""
_NAMES: Final = {
    "child_age": "age from which a person can consent alone",
    "tax_term": "how long invoices, orders and payments are kept",
    "oss_term": "the same under the one-stop shop for VAT",
    "choice_kept": "how long a choice about cookies is valid",
    "cookie_law": "law that requires consent for cookies",
    "measuring": "counting visits without consent",
    "laws": "names of its laws",
    "time_zone": "time zone",
    "authority": "authority",
}
_ADEQUATE: Final = """\
## Decisions of the Commission (GDPR art. 45)

| country | safeguard | from | until | source | checked |
|---|---|---|---|---|---|"""


def page() -> str:
    """The page, in MyST Markdown."""
    countries = [line for facts in jurisdictions().values() for line in _country(facts)]
    decisions = [
        f"| {code} | {one.kind} | {one.since} | {one.until or ''} | {one.source} | {one.checked} |"
        for code, one in transfers().adequate.items()
    ]
    return "\n".join([_HEAD, *countries, _ADEQUATE, *decisions, ""])


def _country(facts: Jurisdiction) -> Iterator[str]:
    yield from (f"## {facts.code}: {facts.name}", "", "| fact | | source | checked |", "|---|---|---|---|")
    for name, what in _NAMES.items():
        value = getattr(facts, name)
        shown = ", ".join(value) if isinstance(value, tuple) else value
        yield f"| {what} | {shown} | {facts.sources[name]} | {facts.checked[name]} |"
    yield ""
