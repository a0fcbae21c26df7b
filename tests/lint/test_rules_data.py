"""Rules about data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.cases import Policy

PERMITTED = '[purposes.wages]\nbasis = "legal_obligation"\nlaw = "UAVG art. 46"\ndata = ["person"]\n'
PERMITTED += 'keep = "7 years after last_order"\npermits = ["national_id"]\n'
EYES = '[data.eyes]\nfields = ["order.lens"]\nspecial = true\n[purposes.eyes]\ndata = ["eyes"]\n'
EYES += 'keep = "1 year after last_order"\n'


def ids(more: str, folder: Path) -> list[str]:
    """What is found."""
    return [finding.id for finding in Policy(more).checked(folder).findings]


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("customer.bsn", True),
        ("customer.BSN", True),
        ("Customer.burgerservicenummer", True),
        ("Customer.customerBsn", True),
        ("customer.national_id", True),
        ("customer.nationalIdNumber", False),
        ("customer.rijksregisternummer", True),
        ("customer.ssn", True),
        ("customer.subsn", False),
        ("customer.lessons", False),
        ("bsn.name", False),
        ("customer.*", False),
    ],
)
def test_columns_of_national_numbers(tmp_path: Path, field: str, found: bool) -> None:
    """They are known by their names, however these are written, and not by what only looks like them."""
    more = f'[data.person]\nfields = ["{field}"]\n'
    more = more.replace("customer.*", "person.*")
    assert ids(more, tmp_path) == ["national-id-column"] * found
    assert ids(more + PERMITTED, tmp_path) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('basis = "contract"', ["special-data"]),
        ('basis = "consent"', ["special-data"]),
        ('basis = "consent"\nexplicit = true', []),
        ('basis = "contract"\nlaw = "UAVG art. 30"', []),
    ],
)
def test_special_data(tmp_path: Path, lines: str, expected: list[str]) -> None:
    """Health and the like need explicit consent, or a law."""
    assert ids(EYES + lines + "\n", tmp_path) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('required = ["customer.email"]\npurposes = ["newsletter"]', []),
        ('required = ["customer.email"]\npurposes = ["statistics"]', ["needless-input"]),
        ('required = ["visit.page"]\npurposes = ["statistics", "orders"]', ["needless-input"]),
        ('required = ["visit.page"]', []),
        ('optional = ["visit.page"]\npurposes = ["orders"]', []),
    ],
)
def test_inputs(tmp_path: Path, lines: str, expected: list[str]) -> None:
    """What must be filled is used for one of the form's purposes, where it names any."""
    assert ids(f"[forms.a]\n{lines}\n", tmp_path) == expected


def test_names_that_are_not_declared_are_passed_over(tmp_path: Path) -> None:
    """They are errors of their own, and nothing follows from them."""
    more = '[forms.a]\nrequired = ["customer.email"]\npurposes = ["order", "extra"]\n'
    more += '[purposes.extra]\nbasis = "contract"\ndata = ["contac", "contact"]\nkeep = "1 year after last_order"\n'
    assert ids(more, tmp_path) == ["undeclared-name", "undeclared-name"]
