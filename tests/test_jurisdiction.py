"""Country facts are those of the law, each with its source."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shopprivacy.jurisdiction import jurisdiction, jurisdictions, transfers
from shopprivacy.policy.durations import Duration


@pytest.mark.parametrize(
    ("code", "age", "tax"),
    [
        ("NL", 16, "7 years"),
        ("BE", 13, "10 years"),
        ("FR", 15, "10 years"),
        ("DE", 16, "8 years"),
        ("LU", 16, "10 years"),
    ],
)
def test_ages_and_tax_terms(code: str, age: int, tax: str) -> None:
    """Each country has the child age and the tax term of its law, and ten years for the one-stop shop."""
    facts = jurisdiction(code)
    assert facts.code == code
    assert facts.child_age == age
    assert facts.tax_term == tax
    assert facts.oss_term == "10 years"
    assert facts.choice_kept == "6 months"


@pytest.mark.parametrize("code", jurisdictions())
def test_every_fact_has_a_source(code: str) -> None:
    """No fact stands there without its source, and the terms are terms of the policy."""
    facts = jurisdiction(code)
    sourced = {
        "child_age",
        "tax_term",
        "oss_term",
        "choice_kept",
        "cookie_law",
        "measuring",
        "laws",
        "authority",
        "time_zone",
    }
    assert set(facts.sources) == sourced
    assert all(facts.sources.values())
    assert set(facts.checked) == sourced
    assert all(type(day) is date for day in facts.checked.values())
    assert 13 <= facts.child_age <= 16, "GDPR art. 8(1) leaves no other choice"
    for term in (facts.tax_term, facts.oss_term, facts.choice_kept):
        assert str(Duration.parse(term)) == term
    assert facts.cookie_law
    assert facts.measuring in {"exempt", "consent"}
    assert facts.authority.name
    assert facts.authority.address
    assert facts.authority.url.startswith("https://")


def test_the_authorities_of_the_netherlands_and_belgium() -> None:
    """Customers are told the authority by its own name."""
    assert jurisdiction("NL").authority.name == "Autoriteit Persoonsgegevens"
    assert jurisdiction("BE").authority.name.startswith("Gegevensbeschermingsautoriteit")


@pytest.mark.parametrize("code", ["XX", "nl", "", "NLD"])
def test_an_unknown_country_is_refused_and_the_known_are_named(code: str) -> None:
    """A code that is not known is an error that lists those that are."""
    with pytest.raises(ValueError, match=f'unknown jurisdiction "{code}"; known are NL, BE, FR, DE, LU'):
        jurisdiction(code)


@pytest.mark.parametrize("code", jurisdictions())
@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 6, 30, 19, 0, tzinfo=timezone(timedelta(hours=-3))), date(2026, 7, 1)),
    ],
)
def test_a_moment_falls_on_a_day_of_the_country(code: str, at: datetime, day: date) -> None:
    """Midnight is an hour before that of UTC in winter and two in summer, in all five of them."""
    assert jurisdiction(code).day(at) == day


def test_where_data_may_go() -> None:
    """The EEA is the Union with Iceland, Liechtenstein and Norway, and no country with a decision is in it."""
    facts = transfers()
    assert {"NL", "BE", "GR", "HR", "IS", "LI", "NO"} <= facts.eea
    assert not {"GB", "CH", "US", "EL"} & facts.eea
    assert len(facts.eea) == 27 + 3 + 7
    assert not facts.eea & set(facts.adequate)
    assert facts.privacy_shield_ended == date(2020, 7, 16)


@pytest.mark.parametrize("code", transfers().adequate)
def test_every_decision_is_one(code: str) -> None:
    """Each has a source and holds from its first day on; all but those that end by themselves hold for good."""
    decision = transfers().adequate[code]
    assert decision.source
    assert decision.holds(decision.since)
    assert not decision.holds(date(1999, 1, 1))
    assert decision.holds(date(2100, 1, 1)) is (decision.until is None)
    assert decision.kind == ("data_privacy_framework" if code == "US" else "adequacy")


@pytest.mark.parametrize("code", jurisdictions())
def test_the_laws_of_a_country_are_known(code: str) -> None:
    """Each country has words for its laws, each once."""
    laws = jurisdiction(code).laws
    assert laws
    assert len(set(laws)) == len(laws)
