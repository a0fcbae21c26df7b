"""A shop under the policy of every statement: it starts, and does and prints what that policy says.

The Flask shop alone: how a framework is guarded does not depend on what the policy says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from examples.shop.options import DEMO_POLICY
from examples.shop.texts import LANGUAGES

from shopprivacy.policy import Policy, load
from tests.policy.test_carried import STATEMENTS
from tests.shops.actions import new_address
from tests.shops.conftest import SHOPS
from tests.shops.expected import Expected, expected_of
from tests.shops.gate_promises import CONSENT, PROMISES
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor


@pytest.fixture(scope="module", params=STATEMENTS)
def statement(request: pytest.FixtureRequest) -> Path:
    """The policy made of a statement."""
    return DEMO_POLICY.with_name(f"{request.param}.toml")


@pytest.fixture(scope="module")
def shop(statement: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop that runs under that policy."""
    folder = tmp_path_factory.mktemp(statement.stem)
    with running(SHOPS["flask"], folder, "--policy", str(statement)) as started:
        yield started


@pytest.fixture(scope="module")
def expected(statement: Path) -> Expected:
    """Which of the shop's cookies it lets pass."""
    return expected_of(statement)


@pytest.fixture(scope="module")
def policy(statement: Path) -> Policy:
    """What the policy says."""
    return load(statement)


@pytest.mark.parametrize("promise", PROMISES)
def test_gate_keeps_promise(shop: RunningShop, expected: Expected, promise: str) -> None:
    """Each promise of the cookie gate holds, for the cookies and purposes of this policy."""
    PROMISES[promise](shop, expected)


ROW = re.compile(
    r'<tr role="row"><th scope="row"[^>]*>(?:<code>)?(.*?)(?:</code>)?</th><td [^>]*>(.*?)</td><td [^>]*>(.*?)</td>'
)
"""Name, purpose and life of a cookie, or name, purpose and hosts of a third party."""


def test_cookie_table_is_the_policys(shop: RunningShop, policy: Policy) -> None:
    """The table has the choice itself and every declared cookie, with its purpose and life, in each language."""
    visitor = Visitor(shop)
    for language in LANGUAGES:
        page = visitor.get(f"/privacy/cookies?lang={language}").text
        texts = policy.text(language)
        rows = re.findall(ROW, page)
        told = [tuple(unescape(cell) for cell in row) for row in rows]
        assert told[0][0] == CONSENT
        assert told[1 : len(policy.cookies) + 1] == [
            (name, texts.purpose(cookie.purpose).title if cookie.purpose else "", texts.term(cookie.life))
            for name, cookie in policy.cookies.items()
        ]
        parties = [(party.title or name) for name, party in policy.third_parties.items()]
        assert [row[0] for row in told[len(policy.cookies) + 1 :]] == parties


def test_preference_page_is_the_policys(shop: RunningShop, policy: Policy, expected: Expected) -> None:
    """The page asks about the purposes of cookies and embeds with consent, and of events, by their titles."""
    visitor = Visitor(shop)
    purposes = {*expected.by_purpose} | ({policy.analytics.purpose} if policy.analytics.purpose else set())
    for language in LANGUAGES:
        page = visitor.get(f"/privacy/choices?lang={language}").text
        asked = [unescape(title) for title in re.findall(r"<legend>(.*?)</legend>", page)]
        assert len(asked) == len(purposes)
        assert set(asked) == {policy.text(language).purpose(name).title for name in purposes}


def test_languages_are_the_policys(shop: RunningShop, policy: Policy) -> None:
    """The library's pages are offered in the declared languages, and in the first of them to whoever wants another."""
    visitor = Visitor(shop)
    for language in LANGUAGES:
        page = visitor.get(f"/privacy/choices?lang={language}")
        assert re.findall(r'hreflang="(..)"', page.text) == list(policy.languages)
        spoken = language if language in policy.languages else policy.languages[0]
        assert f'<html lang="{spoken}">' in page.text


def test_banner_asks_only_where_there_is_something_to_ask(shop: RunningShop, expected: Expected) -> None:
    """A shop whose policy leaves nothing to choose asks nothing; every other one asks on its first page."""
    asks = 'action="/privacy/consent"' in Visitor(shop).get("/").text
    assert asks is bool(expected.by_purpose)


def test_controller_is_printed(shop: RunningShop, policy: Policy) -> None:
    """The statement, the preference page and the cookie table say who is responsible and how to write to them."""
    visitor = Visitor(shop)
    for path in ("/privacy", "/privacy/choices", "/privacy/cookies"):
        page = unescape(visitor.get(path).text)
        for line in (policy.controller.name, policy.controller.address, policy.controller.email):
            assert line is not None
            assert line in page, (path, line)


def test_shop_bears_one_name(shop: RunningShop, policy: Policy) -> None:
    """Pages and mails of the shop bear the name of the controller: names in one shop cannot differ."""
    visitor, email, name = Visitor(shop), new_address(), policy.controller.name
    visitor.post("/newsletter", {"email": email})
    (mail,) = shop.mails(email)
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, policy.controller.email)
    assert unescape(visitor.get("/").text).count(name) == 3


def test_statement_names_every_purpose(shop: RunningShop, policy: Policy) -> None:
    """The statement tells each purpose by its title, and the day from which the policy applies."""
    page = unescape(Visitor(shop).get("/privacy").text)
    texts = policy.text("nl")
    assert all(texts.purpose(name).title in page for name in policy.purposes)
    assert texts.date(policy.effective) in page


def test_suggestions_need_their_purpose(shop: RunningShop, policy: Policy) -> None:
    """The page of personal suggestions, and the way to it, exist only where the policy has personalisation."""
    visitor = Visitor(shop)
    suggests = "personalisation" in policy.purposes
    assert visitor.get("/for-you").status == (200 if suggests else 404)
    assert ('href="/for-you"' in visitor.get("/").text) is suggests
