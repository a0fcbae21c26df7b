"""The gate over random policies, choices and raw header bytes, through both shells and four parsers.

What is asked of the gate is written a second time, from the policy alone: `allowed` says which names a visitor with
these choices may have, and the jar says what a browser makes of the answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import assume, given
from hypothesis import strategies as st

from shopprivacy.consent.choices import Choice
from shopprivacy.cookies.request import plain_names
from shopprivacy.gate.cookie_rules import Blocked
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.policy import Policy
from tests.browser_jar import Jar
from tests.cookies.parsers import PARSERS
from tests.cookies.test_request import fields as hard_fields
from tests.gate.exchange import (
    KEYSET,
    NOW,
    SHELLS,
    URL,
    Browser,
    Host,
    Shop,
    choices_of,
    consent_pair,
    set_cookies,
)
from tests.gate.promised import allowed, declaration
from tests.http.heads import head
from tests.strategies import FEWER, policies

_STRANGERS = ["debug_id", "_ga", "_ga_X1", "session", "sessionid", "A", "__Host-x", "__Secure-x", "_"]


def enforcing(policy: Policy) -> bool:
    """Whether cookies are enforced under this policy."""
    return policy.mode.cookies == "enforce"


@st.composite
def situations(draw: st.DrawFn) -> tuple[Policy, dict[str, Choice], list[str]]:
    """A policy that is enforced, a visitor's choices under it, and names of cookies to try."""
    policy = draw(policies().filter(enforcing))
    browser = Gate(policy, KEYSET).browser
    given_choices = {name: draw(st.sampled_from(Choice)) for name in browser.purposes if draw(st.booleans())}
    declared = [n.replace("*", draw(st.sampled_from(["", "X1", "."]))) for n in policy.cookies]
    names = draw(st.lists(st.sampled_from([*declared, *declared, *_STRANGERS]), max_size=6))
    return policy, given_choices, names


def consent(policy: Policy, given_choices: dict[str, Choice]) -> list[bytes]:
    """Return the Cookie field with the consent cookie, if there is one to send."""
    return [consent_pair(choices_of(policy, given_choices))] if given_choices else []


@FEWER
@given(situations(), hard_fields)
def test_no_parser_finds_a_name_that_is_not_live(situation: Any, field: bytes) -> None:
    """Whatever a browser sends, through each shell, no parser finds a name that the visitor has not allowed."""
    policy, given_choices, names = situation
    sent = b"; ".join([field, *(name.encode() + b"=1" for name in names)])
    seen = []
    for exchange in SHELLS.values():
        shop = Shop()
        exchange(shop, Host(Gate(policy, KEYSET)), [sent, *consent(policy, given_choices)])
        seen.append(shop.seen)
        for parser, parse in PARSERS.items():
            found = parse((shop.seen or b"").decode("latin-1"))
            assert all(allowed(policy, given_choices, name) for name in found), parser
    assert seen[0] == seen[1]


@FEWER
@given(situations(), st.one_of(st.just(b""), hard_fields), st.integers(0, 6), st.integers(1, 2))
def test_what_is_read_at_once_is_decided_as_pair_by_pair(
    situation: Any, odd: bytes, place: int, often: int
) -> None:
    """The way that nearly every request takes admits, tells and reports what the thorough one does."""
    policy, given_choices, names = situation
    pairs = [name.encode() + b"=1" for name in names] + ([odd] if odd else [])
    for _ in range(often):
        pairs[place:place] = consent(policy, given_choices)
    gate = Gate(policy, KEYSET)
    made = []
    for reading in (plain_names, lambda _field: None):
        with patch("shopprivacy.gate.request_filter.plain_names", reading):
            visit = Passage(gate, head(cookies=(b"; ".join(pairs),)), NOW)
        statuses = {name: visit.statuses[name] for name in gate.browser.purposes}
        blocked = {(item.name, item.why) for item in visit.noticed if isinstance(item, Blocked)}
        made.append((visit.cookie_field, visit.choices, statuses, blocked, set_cookies(release(visit, []))))
    assert made[0] == made[1]


@FEWER
@given(situations())
def test_an_allowed_cookie_reaches_the_shop_as_it_came(situation: Any) -> None:
    """Plain cookies that are allowed arrive, each of them, in order, and nothing else does."""
    policy, given_choices, names = situation
    pairs = [f"{name}={number}" for number, name in enumerate(names)]
    for exchange in SHELLS.values():
        shop = Shop()
        sent = "; ".join(pairs).encode()
        exchange(shop, Host(Gate(policy, KEYSET)), [*consent(policy, given_choices), sent])
        kept = [p for p in pairs if allowed(policy, given_choices, p.partition("=")[0])]
        assert (shop.seen or b"").decode() == "; ".join(kept)


@FEWER
@given(
    situations(),
    st.lists(st.tuples(hard_fields, st.sampled_from(["", "; Path=/", "; Max-Age=60"])), max_size=4),
)
def test_no_browser_keeps_a_cookie_that_is_not_live(situation: Any, noise: Any) -> None:
    """Whatever the application sets, through each shell, an RFC 6265bis jar ends up with allowed cookies only."""
    policy, given_choices, names = situation
    sets = [name.encode() + b"=1; Path=/; Secure" for name in names]
    sets += [text.replace(b"\r", b"").replace(b"\n", b"") + attributes.encode() for text, attributes in noise]
    jars = []
    for exchange in SHELLS.values():
        jar = Jar()
        fields = exchange(Shop(sets=sets), Host(Gate(policy, KEYSET)), consent(policy, given_choices))
        jar.store(set_cookies(fields), URL, NOW)
        for name in jar.names(NOW):
            assert allowed(policy, given_choices, name.decode("latin-1"))
        for name in names:
            if allowed(policy, given_choices, name) and not name.lower().startswith("__host-"):
                assert name.encode() in jar.names(NOW)
        jars.append(jar.names(NOW))
    assert jars[0] == jars[1]


@FEWER
@given(
    situations(),
    st.sampled_from(["https://www.shop.example/", "https://shop.co.uk/shop/x", "https://example/shop"]),
)
def test_after_refusal_the_jar_holds_no_declared_denied_cookie(situation: Any, url: str) -> None:
    """Host-only and parent domains, declared paths, prefixes, partitioned: after a few pages they are gone."""
    policy, given_choices, names = situation
    assume(given_choices)
    for shell in SHELLS:
        browser = Browser(Host(Gate(policy, KEYSET)), shell)
        plant_everywhere(browser, policy, names, url)
        browser.plant(consent(policy, given_choices)[0] + b"; Path=/; Secure", url=url)
        for step in range(4):
            browser.host.time = NOW + timedelta(seconds=step)
            browser.get(Shop(), url)
        sent = browser.jar.cookie_header(url, browser.host.time) or b""
        still_there = {pair.partition(b"=")[0].decode() for pair in sent.split(b"; ")}
        assert not [name for name in still_there if closed(policy, given_choices, name)]


@FEWER
@given(situations(), st.binary(max_size=60))
def test_a_forged_consent_cookie_grants_nothing(situation: Any, noise: bytes) -> None:
    """A consent cookie that we have not signed leaves the visitor unknown: nothing optional passes."""
    policy, _, names = situation
    sent = b"__Host-consent=" + noise + b"; " + "; ".join(f"{n}=1" for n in names).encode()
    for exchange in SHELLS.values():
        shop = Shop()
        exchange(shop, Host(Gate(policy, KEYSET)), [sent])
        found = PARSERS["django"]((shop.seen or b"").decode("latin-1"))
        assert all(allowed(policy, {}, name) for name in found)


def plant_everywhere(browser: Browser, policy: Policy, names: list[str], url: str) -> None:
    """Plant each name wherever its declaration says that the shop may have set it."""
    for name in names:
        cookie = declaration(policy, name)
        if cookie is None:
            continue
        attributes = (
            "; Secure; Partitioned" if cookie.partitioned else "; Secure" if name.startswith("__") else ""
        )
        for path in cookie.paths:
            for domain in ("", *(f"; Domain={d}" for d in cookie.domains)):
                browser.plant(f"{name}=1; Path={path}{domain}{attributes}".encode(), url=url)


def closed(policy: Policy, given_choices: dict[str, Choice], name: str) -> bool:
    """Whether the visitor said no to this name."""
    cookie = declaration(policy, name)
    return (
        cookie is not None
        and not cookie.essential
        and given_choices.get(str(cookie.purpose)) in {Choice.REFUSED, Choice.WITHDRAWN}
    )
