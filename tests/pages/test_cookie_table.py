"""The cookie table: promises S25 and O15, printed from the same registry that the gate enforces."""

from __future__ import annotations

from importlib.resources import files

from tests.gate.exchange import COOKIES, make_policy
from tests.pages.desk import Desk, fields_of
from tests.pages.reading_html import Element, read_html


def _rows(table: Element) -> list[list[str]]:
    return [[cell.text for cell in row.children] for row in table.one("tbody").all("tr")]


def test_it_lists_exactly_the_declared_cookies_and_our_own() -> None:
    """Every cookie of the policy stands there once, wildcards as they are declared, with purpose, life and basis."""
    table = read_html(Desk().get("/privacy/cookies?lang=en")).one("table")
    rows = _rows(table)
    assert [row[0] for row in rows] == ["__Host-consent", *COOKIES]
    assert rows[0][1:] == [
        "Remembers the choice you make about cookies.",
        "400 days",  # an objection to what is counted without consent
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


def test_on_a_narrow_screen_each_cell_says_its_column() -> None:
    """What is laid out as cards there stays a table for screen readers, and each cell names its head (1.3.1)."""
    table = read_html(Desk().get("/privacy/cookies?lang=en")).one("table", role="table")
    assert table.attributes["aria-label"] == "Our cookies"
    heads = [head.text for head in table.all("th", role="columnheader")]
    for row in table.one("tbody").all("tr", role="row"):
        assert row.children[0].attributes["role"] == "rowheader"
        assert [cell.attributes["data-head"] for cell in row.all("td", role="cell")] == heads[1:]


def test_a_french_head_has_a_space_before_its_colon() -> None:
    """French typography wants a no-break space there, in the cards as in the texts."""
    css = (files("shopprivacy.pages") / "static" / "page.css").read_text()
    assert r'td:lang(fr)::before { content: attr(data-head) "\a0:\a0" }' in css
