"""The cookie table: promises S25 and O15, printed from the same registry that the gate enforces."""

from __future__ import annotations

from tests.web.desk import Desk, fields_of
from tests.web.exchange import COOKIES, make_policy
from tests.web.reading_html import Element, read_html


def _rows(table: Element) -> list[list[str]]:
    return [[cell.text for cell in row.children] for row in table.one("tbody").all("tr")]


def test_it_lists_exactly_the_declared_cookies_and_our_own() -> None:
    """Every cookie of the policy stands there once, wildcards as they are declared, with purpose, life and basis."""
    table = read_html(Desk().get("/privacy/cookies?lang=en")).one("table")
    rows = _rows(table)
    assert [row[0] for row in rows] == ["__Host-consent", *COOKIES]
    assert rows[0][1:] == [
        "Remembers the choice you make about cookies.",
        "6 months",
        "essential, no consent needed",
    ]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["_ga_*"] == ["Visitor statistics", "1 day", "only with your consent"]
    assert by_name["lb"] == ["", "until you close your browser", "essential, no consent needed"]
    assert by_name["_pk"] == ["Counting", "30 days", "no consent needed (Tw 11.7a(3)(b))"]


def test_third_parties_stand_beside_them() -> None:
    """Who else is loaded into pages is listed with hosts and purpose; without any there is no second table."""
    parties = {
        "stats": {"purpose": "statistics", "hosts": ["a.example", "b.example"], "kinds": ["script"]},
        "video": {"purpose": "ads", "hosts": ["v.example"], "kinds": ["frame"], "title": "Video <1>"},
    }
    tables = read_html(Desk(make_policy(third_parties=parties)).get("/privacy/cookies?lang=en")).all("table")
    assert _rows(tables[1]) == [
        ["stats", "Visitor statistics", "a.example, b.example"],
        ["Video <1>", "Ads", "v.example"],
    ]
    assert len(read_html(Desk().get("/privacy/cookies")).all("table")) == 1


def test_it_is_the_same_for_everybody_of_a_language() -> None:
    """The table depends on the language only, so it names no visitor to caches."""
    fields = fields_of(Desk().ask("GET", "/privacy/cookies", fields={"accept-language": "de"}))
    assert (fields["content-language"], fields["vary"], fields["cache-control"]) == (
        "de",
        "accept-language",
        "no-cache",
    )


def test_a_narrow_screen_can_reach_all_of_it_by_keyboard() -> None:
    """The table scrolls by itself and can take the focus, so it never widens the page (WCAG 2.2, 1.4.10)."""
    frame = read_html(Desk().get("/privacy/cookies?lang=en")).one("div", role="region")
    assert frame.attributes["tabindex"] == "0"
    assert frame.attributes["aria-label"] == "Cookies"
