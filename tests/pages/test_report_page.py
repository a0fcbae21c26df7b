"""The report as a page: no script, nothing loaded, every number in words of its language."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from shopprivacy.analytics.report import Consent, Counted, Period, read_month, read_week, report_of
from shopprivacy.pages.document import read_document
from shopprivacy.pages.report_page import LANGUAGES, report_page
from tests.analytics.test_report import NOVEMBER, policy

SHOP = policy(campaigns=["spring"], events=["order"], funnel=["POST /cart", "order"])
DAY = NOVEMBER.first
MUCH = Counted(
    frozenset([DAY, NOVEMBER.last]),
    {DAY: 12_345, NOVEMBER.last: 3},
    {DAY: 50_000},
    {DAY: 20},
    {DAY: 50},
    pages={"/<b>": 40, "/": 60},
    referrers={"": 50, "search.example": 30},
    devices={"phone": 30, "other": 20},
    browsers={"Firefox": 30},
    languages={"nl": 30, "pl": 20},
    campaigns={"spring": 30},
    events={"order": 20, "POST /cart": 30},
    consent={"visits": Consent(10, 10)},
    without_event=70,
    failures={("-", 404): 40, ("/cart", 500): 20},
    dropped=11,
    unread=2,
)


def page(counted: Counted = MUCH, language: str = "en", period: Period = NOVEMBER) -> str:
    """A report of what was counted."""
    return report_page(report_of(counted, period, SHOP), SHOP, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("counted", [MUCH, Counted(), Counted(frozenset([DAY]))])
def test_nothing_is_loaded_and_nothing_runs(counted: Counted, language: str) -> None:
    """One file: no script, no address, a policy that allows neither; and well-formed."""
    html = page(counted, language)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert not re.search(
        r"<script|<link|<img|<iframe|\bsrc=|\bhref=|\bon[a-z]+=|https?:|@import|url\((?!#small-)", html
    )
    read_document(html)
    assert f'<html lang="{language}">' in html


def test_every_language_says_the_same() -> None:
    """Each has all texts, with the same words in braces."""
    words = tomllib.loads(
        files("shopprivacy.pages.report_page").joinpath("texts.toml").read_text(encoding="utf-8")
    )
    assert set(words) == set(LANGUAGES)
    for language in LANGUAGES:
        assert words[language].keys() == words["en"].keys()
        for name, text in words[language].items():
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", words["en"][name]), (language, name)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["12,350", "1 November 2026", "40.0\u00a0%"]),
        ("nl", ["12.350", "november 2026", "40,0\u00a0%"]),
    ],
)
def test_numbers_and_days_as_a_language_writes_them(language: str, shown: list[str]) -> None:
    """Thousands, decimals and dates."""
    for text in shown:
        assert text in page(language=language)


def test_what_is_small_is_said_to_be() -> None:
    """A day with three visits is hatched; names are escaped; a table without rows says why."""
    html = page()
    assert 'class="small"' in html
    assert '<td class="number">fewer than 10</td>' in html
    assert 'class="unknown"' in html
    assert "/&lt;b&gt;" in html
    assert "too few" in page(Counted(frozenset([DAY]), pages={"/": 3})).lower()


def test_visitors_and_failures() -> None:
    """Visitors of the day have a chart where there are any, and never called anonymous; what failed has a table."""
    html = page()
    assert html.count('<svg class="columns"') == 2
    assert len(set(re.findall(r'<pattern id="([^"]+)"', html))) == 2
    assert "Visitors by day" in html
    for shown in ("no such page \u00b7 404", "/cart \u00b7 500"):
        assert shown in html
    without = page(Counted(frozenset([DAY]), {DAY: 50}))
    assert "Visitors" not in without
    assert "Answers that failed" not in without
    for language, word in (("en", "anonym"), ("nl", "anoniem"), ("fr", "anonym"), ("de", "anonym")):
        assert word not in page(language=language).lower()


def test_without_entries() -> None:
    """Where the policy keeps no entry, the report says so and shows page views: it never says that nobody came."""
    shop = policy(fields=["route", "device"])
    counted = Counted(frozenset([DAY]), views={DAY: 40}, pages={"/": 40})
    html = report_page(report_of(counted, NOVEMBER, shop), shop, "en")
    assert "Visits are not known" in html
    assert "Page views by day" in html
    assert "Where visits came from" not in html
    assert "<dd>40</dd>" in html
    assert "Visits are not known" not in page()


def test_headings() -> None:
    """A month is named, a week has its number."""
    assert "<h1>November 2026</h1>" in page()
    assert "<h1>Week 53, 2026</h1>" in page(period=read_week("2026-W53"))
    assert "<h1>mars 2026</h1>" in page(period=read_month("2026-03"), language="fr")


def test_notes() -> None:
    """What was not written or not read is told by its number, where there is any."""
    for note in (
        "asked yet, of whom nothing else is written: 70",
        "not be written: 10",
        "not be read: fewer than 10",
    ):
        assert note in page(), note
    assert "not be written" not in page(Counted(frozenset([DAY])))
