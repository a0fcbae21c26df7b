"""Rules about recipients: which agreements and safeguards carry data on which day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.lint.cases import HOST, Policy

PARTY = '[third_parties.count]\npurpose = "statistics"\nhosts = ["stats.example.com"]\nkinds = ["script"]\n'
OFFICE = (
    '[recipients.office]\nrole = "authority"\nfor = ["orders"]\ncountry = "NL"\nneeds = "legal_reference"\n'
)
BANK = '[recipients.bank]\nrole = "controller"\nfor = ["orders"]\ncountry = "NL"\n'
NEWS = '[purposes.news]\nbasis = "consent"\nmail = "marketing"\n'
MAIL = '[purposes.contact]\nbasis = "contract"\nmail = "transactional"\n'


def host(lines: str) -> Policy:
    """A shop with one recipient beside its host."""
    return Policy(f'[recipients.host]\nfor = ["orders"]\n{lines}{HOST}')


def ids(policy: Policy, folder: Path, today: str = "2026-11-24") -> list[str]:
    """What is found on a day, but for what the library itself should look up again by then."""
    found = [finding.id for finding in policy.checked(folder, date.fromisoformat(today)).findings]
    return [id_ for id_ in found if id_ != "unchecked-law"]


@pytest.mark.parametrize(
    ("role", "agreement", "expected"),
    [
        ("processor", "", ["no-agreement"]),
        ("joint_controller", "", ["no-agreement"]),
        ("joint_controller", "agreement = 2025-01-01", []),
        ("processor", "agreement = 2026-11-25", ["no-agreement"]),
        ("processor", "agreement = 2026-11-24", []),
        ("controller", "", []),
        ("controller", "agreement_until = 2026-11-23", ["agreement-ended"]),
    ],
)
def test_agreements(tmp_path: Path, role: str, agreement: str, expected: list[str]) -> None:
    """Processors and joint controllers need one from its first day to its last; whoever has one must not outlive it."""
    assert ids(host(f'role = "{role}"\ncountry = "NL"\n{agreement}\n'), tmp_path) == expected


@pytest.mark.parametrize(
    ("country", "safeguard", "today", "expected"),
    [
        ("NO", "", "2026-11-24", []),
        ("RE", "", "2026-11-24", []),
        ("CH", "", "2026-11-24", ["no-safeguard"]),
        ("CH", 'kind = "adequacy"', "2026-11-24", []),
        ("CH", 'kind = "data_privacy_framework"', "2026-11-24", ["no-adequacy"]),
        ("US", 'kind = "adequacy"', "2026-11-24", ["no-adequacy"]),
        ("US", 'kind = "data_privacy_framework"', "2026-11-24", []),
        ("US", 'kind = "data_privacy_framework"', "2023-07-09", ["no-adequacy"]),
        ("US", 'kind = "data_privacy_framework"', "2023-07-10", []),
        ("US", 'kind = "privacy_shield"', "2020-07-15", []),
        ("US", 'kind = "privacy_shield"', "2020-07-16", ["privacy-shield"]),
        ("US", 'kind = "standard_clauses", since = 2026-11-25', "2026-11-24", ["safeguard-ended"]),
        ("US", 'kind = "standard_clauses", since = 2026-11-24', "2026-11-24", []),
        ("US", 'kind = "standard_clauses", until = 2026-11-23', "2026-11-24", ["safeguard-ended"]),
        ("GB", 'kind = "adequacy"', "2031-12-27", []),
        ("GB", 'kind = "adequacy"', "2031-12-28", ["no-adequacy"]),
        ("XX", 'kind = "adequacy"', "2026-11-24", ["no-adequacy"]),
        ("NL", 'kind = "privacy_shield"', "2026-11-24", ["privacy-shield"]),
        ("IE", 'kind = "privacy_shield"', "2020-07-16", ["privacy-shield"]),
        ("IE", 'kind = "privacy_shield"', "2020-07-15", []),
        ("IE", 'kind = "standard_clauses"', "2026-11-24", []),
    ],
)
def test_transfers(tmp_path: Path, country: str, safeguard: str, today: str, expected: list[str]) -> None:
    """Outside the EEA something must carry the transfer, on a day on which it holds; nowhere can the Privacy Shield."""
    lines = f'role = "controller"\ncountry = "{country}"\n' + (
        f"safeguard = {{ {safeguard} }}\n" if safeguard else ""
    )
    assert ids(host(lines), tmp_path, today) == expected


def test_counts_of_groups_are_no_transfer(tmp_path: Path) -> None:
    """Who receives no person's data needs no safeguard, and may not name an annulled one."""
    lines = 'role = "controller"\ncountry = "US"\naggregate = true\n'
    assert ids(host(lines), tmp_path) == []
    shield = 'safeguard = { kind = "privacy_shield" }\n'
    assert ids(host(lines + shield), tmp_path) == ["privacy-shield"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (PARTY, ["no-recipients"]),
        (PARTY + OFFICE, ["no-recipients"]),
        (PARTY + HOST, []),
        (MAIL, ["no-recipients"]),
        (NEWS, ["no-recipients"]),
        (MAIL + "[recipients]\n", ["no-recipients"]),
        (MAIL + OFFICE, ["no-recipients"]),
        (MAIL + BANK, ["no-recipients"]),
        (MAIL + HOST, []),
        (MAIL + BANK + HOST, []),
        ("", []),
        (OFFICE, ["no-recipients"]),
        (BANK, ["no-recipients"]),
        ("[recipients]\n", ["no-recipients"]),
        (PARTY + MAIL + BANK, ["no-recipients"]),
        (PARTY + MAIL + BANK + HOST, []),
    ],
)
def test_never_to_third_parties(tmp_path: Path, more: str, expected: list[str]) -> None:
    """A processor is named where mail goes out, and where a file that names recipients, or says none, keeps data."""
    assert ids(Policy(more), tmp_path) == expected


def test_a_shop_that_keeps_nothing_needs_no_processor(tmp_path: Path) -> None:
    """Where no purpose uses data and none sends mail, nobody need be behind the shop."""
    assert ids(Policy("[recipients]\n", body='[purposes.statistics]\nbasis = "consent"\n'), tmp_path) == []
