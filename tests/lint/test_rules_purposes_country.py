"""Rules about the country."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopprivacy.jurisdiction import jurisdictions
from tests.lint.cases import Policy
from tests.policy.files import HEAD


def found(policy: Policy, folder: Path) -> list[tuple[str, str]]:
    """Id and place of each finding."""
    return [(finding.id, finding.path) for finding in policy.checked(folder).findings]


@pytest.mark.parametrize(
    ("country", "law", "foreign"),
    [
        ("NL", "AWR art. 52", False),
        ("NL", "Wet op iets nieuws", False),
        ("BE", "AWR art. 52", True),
        ("BE", "WIB 92 art. 315", False),
        ("NL", "WIB 92 art. 315", True),
        ("NL", "BW 2:10", False),
        ("BE", "BW art. 2262bis", False),
        ("LU", "Code de commerce art. 16", False),
        ("FR", "Code de commerce art. L123-22", False),
        ("NL", "Code de commerce art. 16", True),
        ("NL", "AO § 147", True),
        ("NL", "KAO art. 1", False),
    ],
)
def test_laws(tmp_path: Path, country: str, law: str, foreign: bool) -> None:
    """A law that only other countries know is not the shop's; one that nobody knows is left alone."""
    more = f'[purposes.x]\nbasis = "legal_obligation"\nlaw = "{law}"\n'
    expected = [("foreign-law", "purposes.x.law")] * foreign
    assert found(Policy(more, head=HEAD.replace("NL", country)), tmp_path) == expected


def test_the_law_of_an_exempt_cookie(tmp_path: Path) -> None:
    """It belongs to the country as well."""
    more = '[cookies.count]\npurpose = "orders"\nexempt = "Tw 11.7a(3)(b)"\nlife = "1 day"\n'
    assert found(Policy(more), tmp_path) == []
    assert found(Policy(more, head=HEAD.replace("NL", "BE")), tmp_path) == [
        ("foreign-law", "cookies.count.exempt")
    ]


@pytest.mark.parametrize("country", jurisdictions())
def test_every_country_knows_its_own_tax_law(tmp_path: Path, country: str) -> None:
    """So the first policy that ``shopprivacy init`` writes is right in each."""
    facts = jurisdictions()[country]
    more = f'[purposes.accounting]\nbasis = "legal_obligation"\nlaw = "{facts.sources["tax_term"]}"\n'
    more += f'data = ["contact"]\nkeep = "{facts.tax_term} after fiscal_year_end"\n'
    assert found(Policy(more, head=HEAD.replace("NL", country)), tmp_path) == []


@pytest.mark.parametrize(
    ("country", "address", "vat", "expected"),
    [
        ("NL", "Dorp, Nederland", "NL123456789B01", []),
        ("BE", "Antwerpen, België", "BE 0123.456.789", []),
        ("NL", "Antwerpen, België", "", ["controller.address"]),
        ("NL", "1000 Bruxelles, Belgique", "BE0123456789", ["controller.address", "controller.vat"]),
        ("FR", "Rue de France 1, Paris", "", []),
        ("NL", "Belgiëlaan 1, Dorp", "", []),
        ("NL", "Dorp", "BE", []),
    ],
)
def test_addresses(tmp_path: Path, country: str, address: str, vat: str, expected: list[str]) -> None:
    """An address or VAT number of another known country does not go with the law that is named."""
    head = HEAD.replace('"NL"', f'"{country}"').replace("Street 1", address)
    head = head.replace(" }", f', vat = "{vat}" }}') if vat else head
    assert found(Policy(head=head), tmp_path) == [("other-country", path) for path in expected]
