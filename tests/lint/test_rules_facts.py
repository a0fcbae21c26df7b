"""The rule about facts that were not looked at for long, by an injected day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shopprivacy.jurisdiction import jurisdiction, jurisdictions, transfers
from shopprivacy.lint.rules_facts import unchecked_law
from tests.lint.cases import HOST, Policy

NL = jurisdiction("NL").checked


def told(folder: Path, today: date, more: str = "") -> dict[str, str]:
    """What the rule says on a day, by path."""
    found = Policy(more).checked(folder, today).findings
    return {finding.path: finding.message for finding in found if finding.id == "unchecked-law"}


def later(day: date, months: int, days: int = 0) -> date:
    """A day so many months after another, and so many days from there."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, day.day + days)


def test_a_fact_is_trusted_for_eighteen_months(tmp_path: Path) -> None:
    """On the day before nothing is said, from that day on the fact is named with the day on which it was checked."""
    first = min(NL.values())
    assert told(tmp_path, later(first, 18, -1)) == {}
    (message,) = told(tmp_path, later(first, 18)).values()
    assert "what the library knows of NL may be outdated: " in message
    assert all((f"{name} (checked on {day})" in message) == (day == first) for name, day in NL.items())


@pytest.mark.parametrize("code", jurisdictions())
def test_each_country_has_its_own(code: str) -> None:
    """Only the facts of the policy's country count, all of them after long enough."""
    facts = jurisdiction(code)
    policy: Any = SimpleNamespace(jurisdiction=code, recipients={})
    ((path, message),) = unchecked_law(policy, date(2100, 1, 1))
    assert path == ("jurisdiction",)
    assert all(name in message for name in facts.checked)
    assert [*unchecked_law(policy, max(facts.checked.values()))] == []


def test_a_decision_counts_where_a_recipient_rests_on_it(tmp_path: Path) -> None:
    """One that nobody needs is nobody's finding; one of another kind is not rested on."""
    checked = transfers().adequate["CH"].checked
    swiss = f'[recipients.host]\nfor = ["orders"]\nrole = "controller"\ncountry = "CH"\n{HOST}'
    after, path = later(checked, 18), "recipients.host.safeguard.kind"
    assert path not in told(tmp_path, after)
    rests = f'{swiss}[recipients.host.safeguard]\nkind = "adequacy"\n'
    assert "CH (Decision 2000/518/EC) was checked on" in told(tmp_path, after, rests)[path]
    assert path not in told(tmp_path, later(checked, 18, -1), rests)
    other = f'{swiss}[recipients.host.safeguard]\nkind = "standard_clauses"\nsince = 2025-01-01\n'
    assert path not in told(tmp_path, after, other)
