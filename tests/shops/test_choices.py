"""The banner, the preference page and the cookie table, as a visitor without JavaScript meets them."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from examples.shop.options import DEMO_POLICY

from tests.shops.actions import (
    answer_banner,
    from_every_worker,
    log_in,
    move_clock,
    new_address,
    register,
)
from tests.shops.conftest import Restarted, StartShop
from tests.shops.gate_promises import (
    ADVERTISING,
    ASKED,
    CONSENT,
    ESSENTIAL,
    PERSONALISATION,
    STATISTICS,
    UNDECLARED,
)
from tests.shops.running import NOON, RunningShop
from tests.shops.visitor import Reply, Visitor

BANNER = "/privacy/consent"
CHOICES = "/privacy/choices"
_BETWEEN_LOOKS = 0.05
"""Seconds, so that waiting for a shop does not keep it busy."""
QUESTIONS = {"nl": "weigeren", "fr": "refuser", "de": "ablehnen", "en": "refuse"}


def _asks(page: Reply) -> bool:
    return f'action="{BANNER}"' in page.text


def test_banner_is_on_every_page_until_answered(visitor: Visitor) -> None:
    """Every page asks, also the one that says a page does not exist, and none does after an answer."""
    pages = ("/", "/products/vaas-delta", "/cart", "/contact", "/nothing")
    assert all(_asks(visitor.get(path)) for path in pages)
    page = visitor.submit(visitor.get("/cart").form(BANNER), ("choice", "refuse"))
    assert page.url.endswith("/cart")
    assert not any(_asks(visitor.get(path)) for path in pages)


def test_banner_weighs_both_answers_alike(visitor: Visitor) -> None:
    """Accepting and refusing are one press of a button in the same form, and nothing is ticked beforehand."""
    form = visitor.get("/").form(BANNER)
    assert {("choice", "accept"), ("choice", "refuse"), ("choice", "save")} <= set(form.offered)
    assert form.method == "post"
    assert not form.pressed


@pytest.mark.parametrize(("language", "word"), QUESTIONS.items())
def test_banner_speaks_the_shops_language(visitor: Visitor, language: str, word: str) -> None:
    """The banner follows the language that was chosen in the shop."""
    visitor.post("/language", {"lang": language, "next": "/"})
    page = visitor.get("/").text
    assert word in page[page.index(f'action="{BANNER}"') :].lower()


def test_banner_lets_each_purpose_be_ticked(visitor: Visitor) -> None:
    """Saving with one purpose ticked allows that one and refuses the others."""
    form = visitor.get("/products/lamp-boog").form(BANNER)
    page = visitor.submit(form, ("purpose", "advertising"), ("choice", "save"))
    assert page.url.endswith("/products/lamp-boog")
    visitor.get("/products/lamp-boog")
    assert visitor.cookies - ESSENTIAL == ADVERTISING | {CONSENT}


def test_every_page_leads_to_the_preference_page(visitor: Visitor) -> None:
    """The choice can be changed from every page, also after it was made."""
    answer_banner(visitor, "accept")
    for path in ("/", "/cart", "/checkout?cart=lamp-boog:1", "/nothing"):
        assert f'href="{CHOICES}?lang=nl"' in visitor.get(path).text


def test_withdrawing_on_the_preference_page(visitor: Visitor) -> None:
    """One purpose can be withdrawn by itself; its cookies leave with that very answer, the others stay."""
    answer_banner(visitor, "accept")
    visitor.get("/products/lamp-boog")
    assert visitor.cookies >= ASKED - {"registered"}
    form = visitor.get(CHOICES).form(CHOICES)
    visitor.post(CHOICES, form.filled([("answer.statistics", "refuse"), ("choice", "save")], {}))
    assert not visitor.cookies & STATISTICS
    assert visitor.cookies >= ADVERTISING
    visitor.get("/")
    assert not visitor.cookies & STATISTICS


def test_allowing_on_the_preference_page(visitor: Visitor) -> None:
    """Who refused can allow something later."""
    answer_banner(visitor, "refuse")
    form = visitor.get(CHOICES).form(CHOICES)
    visitor.submit(form, ("answer.personalisation", "allow"), ("choice", "save"))
    visitor.get("/products/lamp-boog")
    assert visitor.cookies - ESSENTIAL - {CONSENT} <= PERSONALISATION
    assert "recently_viewed" in visitor.get("/").seen


@pytest.mark.parametrize(("language", "menu"), [("nl", "Offerte"), ("en", "Quotation")])
def test_librarys_pages_wear_the_shops_header(visitor: Visitor, language: str, menu: str) -> None:
    """Preference page and cookie table stand in the shop's own frame, in their language, with its style sheet."""
    for path in (CHOICES, "/privacy/cookies"):
        page = visitor.get(f"{path}?lang={language}")
        assert f'<html lang="{language}">' in page.text
        assert f'<a href="/quotes">{menu}</a>' in page.text
        assert '<link rel="stylesheet" href="/static/shop.css">' in page.text
        assert page.text.count('<div class="sp-page"') == 1
        assert BANNER not in page.text
        assert "; script-src 'self'; form-action 'self'; frame-ancestors 'self'" in str(
            page.header("Content-Security-Policy")
        )


def test_the_error_page_wears_it_too(visitor: Visitor) -> None:
    """What the library says of a form that does not count stands in the shop's frame."""
    page = visitor.post(BANNER, {"choice": "maybe"})
    assert page.status == 400
    assert '<link rel="stylesheet" href="/static/shop.css">' in page.text


def test_cookie_table_lists_what_is_declared(visitor: Visitor) -> None:
    """The table names every cookie that the shop may set, and not the one that nobody declared."""
    page = visitor.get("/privacy/cookies").text
    assert all(name in page for name in ESSENTIAL | ASKED)
    assert UNDECLARED not in page


def test_forged_answer_does_not_count(visitor: Visitor) -> None:
    """Another site's page cannot accept on a visitor's behalf."""
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    visitor.post(BANNER, {"choice": "accept", "next": "/"}, headers=headers)
    visitor.get("/products/lamp-boog")
    assert visitor.cookies <= ESSENTIAL | {CONSENT}


def test_answer_leads_only_into_the_shop(visitor: Visitor) -> None:
    """Nobody is sent to another site after answering."""
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        reply = visitor.post(BANNER, {"choice": "refuse", "next": target})
        assert (reply.status, reply.header("Location")) == (303, "/")


def test_personal_page_needs_consent(visitor: Visitor) -> None:
    """Who has not allowed personalisation sees the best sellers; who has, what he looked at first."""
    before = visitor.get("/for-you").text
    visitor.get("/products/schrift-lijn")
    assert visitor.get("/for-you").text == before
    answer_banner(visitor, "save", "personalisation")
    visitor.get("/products/schrift-lijn")
    after = visitor.get("/for-you").text
    assert after.index("/products/schrift-lijn") < after.index("/products/vaas-delta")


@pytest.mark.parametrize("choice", ["accept", "refuse"])
@pytest.mark.stateful
def test_choice_is_asked_again_after_six_months(patient_shop: RunningShop, choice: str) -> None:
    """A choice holds for six months, accepted or refused alike; then the banner asks again, and not earlier."""
    visitor, chosen_at = Visitor(patient_shop), patient_shop.now
    answer_banner(visitor, choice)
    move_clock(patient_shop, chosen_at + timedelta(days=180))
    assert not _asks(visitor.get("/"))
    assert visitor.get("/").sets >= STATISTICS if choice == "accept" else not visitor.get("/").sets
    move_clock(patient_shop, chosen_at + timedelta(days=184))
    page = visitor.get("/")
    assert _asks(page)
    assert not page.seen
    assert not page.sets


@pytest.mark.stateful
def test_objection_holds_where_nobody_asks(start_shop: StartShop, tmp_path: Path) -> None:
    """What a law exempts from consent is counted unasked, until the visitor objects: for good, at every entrance."""
    policy = tmp_path / "privacy.toml"
    exempt = _with_statistics_exempt(DEMO_POLICY.read_text(encoding="utf-8"))
    policy.write_text(exempt, encoding="utf-8")
    shop = start_shop("--policy", str(policy))
    visitor = Visitor(shop)
    assert visitor.get("/").sets >= STATISTICS
    form = visitor.get(CHOICES).form(CHOICES)
    visitor.post(CHOICES, form.filled([("answer.counting", "refuse"), ("choice", "save")], {}))
    assert not visitor.cookies & STATISTICS
    move_clock(shop, NOON + timedelta(days=390))
    assert not visitor.get("/").sets & STATISTICS
    # A payment's return comes without Lax cookies: whoever it is may have objected.
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://pay.example"}
    assert not Visitor(shop).post("/", headers=elsewhere).sets & STATISTICS
    assert Visitor(shop).post("/").sets >= STATISTICS


def _with_statistics_exempt(policy: str) -> str:
    purpose = """
[purposes.counting]
basis    = "legitimate_interest"
interest = "to know which pages are read"
data     = ["visit"]
keep     = "13 months after last_visit"
"""
    exempted = 'purpose = "counting"\nexempt = "Tw 11.7a(3)(b)"\n'
    cookies = re.compile(r'(\[cookies\.(?:_ga|"_ga_\*"|_gid)\]\n)purpose +=.*\n')
    changed, count = cookies.subn(lambda found: found[1] + exempted, policy)
    assert count == 3
    return changed + purpose


@pytest.mark.stateful
def test_choice_counts_in_every_worker(shop_of_three: RunningShop) -> None:
    """The workers agree at once about what a visitor chose."""
    visitor = Visitor(shop_of_three)
    answer_banner(visitor, "accept")
    assert all(reply.sets >= STATISTICS for reply in from_every_worker(visitor))
    answer_banner(visitor, "refuse")
    assert not any(reply.sets for reply in from_every_worker(visitor))


@pytest.mark.stateful
def test_withdrawal_reaches_the_accounts_other_devices(shop_of_three: RunningShop) -> None:
    """Within five seconds a withdrawal on one device closes the account's other devices, and their cookies leave."""
    home, work = Visitor(shop_of_three), Visitor(shop_of_three)
    answer_banner(home, "accept")
    email = new_address()
    register(home, email)
    answer_banner(work, "accept")
    log_in(work, email)
    assert home.get("/").sets >= STATISTICS
    answer_banner(work, "refuse")
    deadline = time.monotonic() + 5
    closed = 0
    while closed < 10 and time.monotonic() < deadline:
        closed = closed + 1 if not home.get("/").sets & ASKED else 0
        time.sleep(_BETWEEN_LOOKS)
    assert closed == 10
    assert not home.cookies & ASKED


@pytest.mark.stateful
def test_withdrawal_reaches_workers_that_the_account_never_met(restarted: Restarted) -> None:
    """After a restart no worker has seen this account; within five seconds all of them know of its withdrawal."""
    answer_banner(restarted.work, "refuse")
    restarted.home.plant(*STATISTICS)
    until = time.monotonic() + 5
    while True:
        asked_in_time = time.monotonic() < until
        if not any((reply.sets | reply.seen) & ASKED for reply in from_every_worker(restarted.home)):
            break
        assert asked_in_time
        time.sleep(0.1)  # waiting is not to keep the shop busy


@pytest.mark.stateful
def test_grant_is_not_copied_to_other_browsers(shop: RunningShop, visitor: Visitor) -> None:
    """A grant is never copied: who accepts at home and logs in elsewhere is asked there again."""
    email = new_address()
    answer_banner(visitor, "accept")
    register(visitor, email)
    library = Visitor(shop)
    log_in(library, email)
    assert _asks(library.get("/"))
    assert not library.cookies & ASKED


def test_blocked_cookies_are_reported_to_the_developer(shop: RunningShop, visitor: Visitor) -> None:
    """The log names the cookie that nobody declared, once per worker, and the visitor's pages do not."""
    for _ in range(3):
        assert UNDECLARED not in visitor.get("/").text
    lines = [
        line for line in shop.log("app.log").splitlines() if f'"{UNDECLARED}" blocked in a response' in line
    ]
    assert 1 <= len(lines) <= shop.workers


def test_statement_names_the_purposes(visitor: Visitor) -> None:
    """The statement tells who is responsible and every purpose, in the visitor's language."""
    page = visitor.get("/privacy?lang=en").text
    assert "Dorpsstraat 1" in page
    assert "Visitor statistics" in page
    assert "Advertising" in page
