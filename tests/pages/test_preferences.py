"""The preference page: specs/cookies.md, 'Consent' ('Banner', 'Forged choices'); promise S25."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shopprivacy.policy.texts import LANGUAGES
from tests.gate.exchange import COOKIES, PURPOSES, make_policy
from tests.http.heads import HeaderFields
from tests.pages.desk import Desk, fields_of
from tests.pages.reading_html import Element, read_html

PATH = "/privacy/choices"


def _page(desk: Desk, target: str = f"{PATH}?lang=en", fields: HeaderFields | None = None) -> Element:
    return read_html(desk.get(target, fields))


def _statuses(page: Element) -> dict[str, str]:
    return {
        element.attributes["id"].removeprefix("status-"): element.text
        for element in page.all("p")
        if element.attributes.get("id", "").startswith("status-")
    }


def _checked(page: Element) -> dict[str, str]:
    return {
        radio.attributes["name"].removeprefix("answer."): radio.attributes["value"]
        for radio in page.all("input", type="radio")
        if "checked" in radio.attributes
    }


def _submit(desk: Desk, page: Element, choice: str = "save", **answers: str) -> None:
    hidden = [(f.attributes["name"], f.attributes["value"]) for f in page.all("input", type="hidden")]
    filled = {**_checked(page), **answers}
    radios = [(f"answer.{name}", answer) for name, answer in filled.items()]
    desk.post([*hidden, *radios, ("choice", choice)], page.one("form").attributes["action"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a_whole_document_in_each_language(language: str) -> None:
    """The page is valid by itself, says its language, names the shop and leads back to it."""
    desk = Desk()
    source = desk.get(f"{PATH}?lang={language}")
    assert source.startswith("<!doctype html>\n")
    page = read_html(source.partition("\n")[2])
    assert page.one("html").attributes["lang"] == language
    assert page.one("title").text.endswith(" - Shop")
    assert page.one("footer").text.startswith("Shop")
    assert page.all("a")[0].attributes["href"] == "/"
    current = page.one("a", **{"aria-current": "true"})
    assert current.attributes["hreflang"] == language


def test_it_may_not_be_framed_kept_or_made_to_load_anything() -> None:
    """frame-ancestors 'self', a closed Content-Security-Policy, and no store anywhere."""
    fields = fields_of(Desk().ask("GET", PATH))
    assert fields["cache-control"] == "no-store"
    assert fields["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    )
    assert fields["x-content-type-options"] == "nosniff"


def test_its_forms_keep_their_origin() -> None:
    """The page's referrer policy lets browsers name its origin on its own forms: no-referrer would make it null."""
    assert fields_of(Desk().ask("GET", PATH))["referrer-policy"] == "same-origin"


def test_before_any_choice_nothing_is_chosen() -> None:
    """What needs consent is neither yes nor no at first; what a law exempts is on until objected to."""
    page = _page(Desk())
    assert _checked(page) == {"counting": "allow"}
    assert _statuses(page) == {
        "statistics": "Your choice: not chosen yet",
        "ads": "Your choice: not chosen yet",
        "counting": "no consent needed (Tw 11.7a(3)(b))",
    }


def test_saving_without_an_answer_chooses_nothing() -> None:
    """A purpose that is left open stays open."""
    desk = Desk()
    _submit(desk, _page(desk))
    assert desk.choices is None


def test_each_purpose_is_chosen_by_itself_and_shows_since_when() -> None:
    """Answers are kept per purpose, and the page tells each with its day."""
    desk = Desk()
    _submit(desk, _page(desk), statistics="allow", ads="refuse", counting="refuse")
    page = _page(desk)
    assert _checked(page) == {"statistics": "allow", "ads": "refuse", "counting": "refuse"}
    assert _statuses(page) == {
        "statistics": "Your choice: agreed, on 1 March 2026",
        "ads": "Your choice: refused, on 1 March 2026",
        "counting": "Your choice: objected, on 1 March 2026",
    }
    assert [time.attributes["datetime"] for time in page.all("time")] == ["2026-03-01"] * 3


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), "30 June 2026"),
        (datetime(2026, 6, 30, 22, 1, tzinfo=UTC), "1 July 2026"),
    ],
)
def test_the_day_is_that_of_the_shops_country(at: datetime, told: str) -> None:
    """Shortly after midnight in Amsterdam a visitor does not read that they chose yesterday."""
    desk = Desk()
    desk.now = at
    _submit(desk, _page(desk), "refuse")
    assert _statuses(_page(desk))["ads"] == f"Your choice: refused, on {told}"


def test_a_withdrawal_is_as_easy_as_the_grant() -> None:
    """The same form that grants withdraws, purpose by purpose (GDPR art. 7(3))."""
    desk = Desk()
    _submit(desk, _page(desk), statistics="allow", ads="allow")
    desk.now += timedelta(days=2)
    _submit(desk, _page(desk), ads="refuse")
    assert _statuses(_page(desk)) == {
        "statistics": "Your choice: agreed, on 1 March 2026",
        "ads": "Your choice: withdrawn, on 3 March 2026",
        "counting": "no consent needed (Tw 11.7a(3)(b))",
    }
    assert desk.said() == [("statistics", "granted"), ("ads", "granted"), ("ads", "withdrawn")]


@pytest.mark.parametrize(("choice", "answer"), [("accept", "allow"), ("refuse", "refuse")])
def test_everything_can_be_answered_at_once(choice: str, answer: str) -> None:
    """Refuse all and accept all go for everything on the page."""
    desk = Desk()
    _submit(desk, _page(desk), choice)
    assert _checked(_page(desk)) == dict.fromkeys(("statistics", "ads", "counting"), answer)


def test_an_objection_can_be_taken_back() -> None:
    """What was objected to can be allowed again."""
    desk = Desk()
    _submit(desk, _page(desk), counting="refuse")
    _submit(desk, _page(desk), counting="allow")
    assert _statuses(_page(desk))["counting"] == "Your choice: agreed, on 1 March 2026"


def test_after_saving_the_page_says_so() -> None:
    """The visitor comes back to the page in the same language, with word that the choice was saved."""
    page = _page(Desk(), f"{PATH}?lang=en&saved=1")
    assert page.one("p", role="status").text == "Your choice has been saved."
    target = page.one("input", name="next").attributes["value"]
    assert target == "/privacy/choices?lang=en&saved=1"
    assert not _page(Desk()).all("p", role="status")


def test_a_lapsed_choice_is_open_again() -> None:
    """After the term nothing is chosen any more, and the page says why; an objection stands."""
    desk = Desk()
    _submit(desk, _page(desk), statistics="allow", counting="refuse")
    desk.now += timedelta(days=200)
    page = _page(desk)
    assert _statuses(page)["statistics"] == "Your choice: lapsed"
    assert _checked(page) == {"counting": "refuse"}


@pytest.mark.parametrize(("signal", "name"), [("sec-gpc", "Global Privacy Control"), ("dnt", "Do Not Track")])
def test_a_heeded_signal_is_shown_with_what_it_closed(signal: str, name: str) -> None:
    """With a signal on, the page says what it was taken to mean, and that a choice here wins."""
    desk = Desk(make_policy(signals={"gpc": "object", "dnt": "object"}))
    page = _page(desk, fields={signal: "1"})
    (note,) = [element.text for element in page.all("p") if element.attributes.get("class") == "sp-note"]
    assert name in note
    assert "Visitor statistics, Ads, Counting" in note
    assert _statuses(page)["ads"] == "Your choice: objected"
    assert _checked(page) == dict.fromkeys(("statistics", "ads", "counting"), "refuse")


def test_a_signal_that_is_not_heeded_is_not_mentioned() -> None:
    """What the policy ignores closes nothing and is not shown."""
    page = _page(Desk(), fields={"dnt": "1"})
    assert "Do Not Track" not in page.text


def test_what_the_account_withdrew_elsewhere_shows_as_withdrawn() -> None:
    """A grant that the account has withdrawn on another device is shown as withdrawn, without the grant's day."""
    desk = Desk()
    _submit(desk, _page(desk), ads="allow")
    assert desk.choices is not None
    object.__setattr__(desk.choices, "account", b"customer:1")
    desk.withdrawals = {"ads": int(desk.now.timestamp()) + 5}
    assert _statuses(_page(desk))["ads"] == "Your choice: withdrawn"


def test_each_purpose_tells_what_it_is_about() -> None:
    """Basis, data, recipients, term and cookies are told before choosing (GDPR art. 13, C-673/17)."""
    purposes: dict[str, Any] = {
        **PURPOSES,
        "statistics": {"basis": "consent", "data": ["visit"], "keep": "13 months after last_visit"},
    }
    policy = make_policy(
        purposes=purposes,
        cookies={**COOKIES, "_ga": {"purpose": "statistics", "life": "13 months", "recipients": ["counter"]}},
        data={"visit": ["Passage.page"]},
        recipients={
            "counter": {
                "role": "processor",
                "for": ["orders"],
                "country": "NL",
                "name": "Counters Ltd",
                "agreement": date(2025, 1, 1),
            },
            "host": {
                "role": "processor",
                "for": ["statistics"],
                "country": "BE",
                "agreement": date(2025, 1, 1),
            },
        },
        third_parties={
            "stats": {"purpose": "statistics", "hosts": ["stats.example.com"], "kinds": ["script"]}
        },
    )
    details = _page(Desk(policy)).all("details")
    told = [[(dt.text, dd.text) for dt, dd in zip(d.all("dt"), d.all("dd"), strict=True)] for d in details]
    assert told[0] == [
        ("Why we may do this", "your consent"),
        ("Data we use for it", "pages visited and browser"),
        ("Who receives it", "Counters Ltd (NL)host (BE)stats (stats.example.com)"),
        ("How long we keep it", "13 months after your last visit"),
        ("Cookies", "_ga (13 months)_ga_* (1 day)"),
    ]
    assert told[2][0] == ("Why we may do this", "our legitimate interest (knowing what works)")


def test_what_is_always_on_is_named() -> None:
    """The page tells what the shop cannot do without."""
    headings = [heading.text for heading in _page(Desk()).all("h2")]
    assert "Always on, because the shop does not work without it" in headings


def test_with_nothing_to_choose_the_page_says_so() -> None:
    """A shop that asks for nothing has no form."""
    page = _page(Desk(make_policy(purposes={"orders": {"basis": "contract"}}, cookies={})))
    assert not page.all("form")
    assert "There is nothing to choose here" in page.text
