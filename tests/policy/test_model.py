"""The policy as Python objects: frozen, equal, copyable, and refused by name when wrong."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from shopprivacy.errors import PolicyError, UndeclaredName
from shopprivacy.policy import (
    Basis,
    Category,
    Cookie,
    Duration,
    Mode,
    Policy,
    Purpose,
    Recipient,
    RetentionPeriod,
    Signals,
    load,
)
from tests.policy.files import BASE, DEMO, base_with, problems_in
from tests.strategies import FEWER, policies


def _demo() -> Policy:
    return load(DEMO)


def test_the_demo_policy_loads() -> None:
    """The policy of the demo shop declares what that shop does, and not the cookie it must lose."""
    policy = _demo()
    assert {"cart", "lang", "compare", "wishlist", "recently_viewed", "registered", "_ga", "_ga_*"} <= set(
        policy.cookies
    )
    assert {"session", "_gid", "_fbp", "muc_ads", "personalisation"} <= set(policy.cookies)
    assert "debug_id" not in policy.cookies
    assert policy.asked_in_browser() == ("statistics", "advertising", "personalisation", "video")
    assert policy.asked_in_account() == (
        "newsletter",
        "promotions",
        "cart_reminder",
        "mail_statistics",
        "review_name",
    )
    assert (policy.mode.cookies, policy.mode.page) == ("enforce", "report")


def test_the_demo_policy_has_words_for_every_purpose() -> None:
    """In each language of the demo every purpose, category and event has words of its own."""
    policy = _demo()
    for language in policy.languages:
        for name in policy.purposes:
            text = policy.text(language).purpose(name)
            assert text.title != text.explanation, (language, name)
        assert set(policy.data) <= set(policy.text(language).categories)
        events = {purpose.keep.event for purpose in policy.purposes.values() if purpose.keep} - {None}
        assert events <= set(policy.text(language).events)


@pytest.mark.parametrize(
    "path",
    [
        "purposes",
        "cookies",
        "data",
        "recipients",
        "third_parties",
        "separate",
        "forms",
        "roles",
        "zones",
        "texts",
    ],
)
def test_tables_cannot_be_changed(path: str) -> None:
    """Nobody can put an entry into a table of a policy."""
    table: Any = getattr(_demo().changed(texts={"nl": {"ui": {"accept_all": "Ja"}}}), path)
    with pytest.raises(TypeError):
        table["x"] = 1


def test_texts_are_frozen_all_the_way_down() -> None:
    """The tables in the shop's own texts cannot be changed either."""
    texts: Any = _demo().changed(texts={"nl": {"ui": {"accept_all": "Ja"}}}).texts
    with pytest.raises(TypeError):
        texts["nl"]["ui"]["accept_all"] = "Nee"


def test_keys_cannot_be_changed() -> None:
    """Nor a key of the policy or of one of its parts."""
    policy: Any = _demo()
    for part, key in (
        (policy, "effective"),
        (policy.purposes["orders"], "basis"),
        (policy.cookies["cart"], "life"),
    ):
        with pytest.raises((TypeError, ValueError), match="frozen"):
            setattr(part, key, None)


def test_what_goes_in_can_change_without_harm() -> None:
    """A policy keeps copies: changing the dictionary it was made of changes nothing."""
    values = {**BASE, "purposes": dict(BASE["purposes"])}
    policy = Policy(**values)
    values["purposes"]["extra"] = {"basis": "consent"}
    assert "extra" not in policy.purposes


@FEWER
@given(policies())
def test_copies_are_equal(policy: Policy) -> None:
    """A policy survives pickle, deepcopy and being rebuilt from its parts."""
    for twin in (
        pickle.loads(pickle.dumps(policy)),
        copy.deepcopy(policy),
        copy.copy(policy),
        policy.changed(),
    ):
        assert twin == policy
        assert twin.version == policy.version
        assert twin.asked_in_browser() == policy.asked_in_browser()


def test_parts_raise_our_error() -> None:
    """A part made in Python raises PolicyError with the key, never pydantic's own error."""
    with pytest.raises(PolicyError, match=r'basis: unknown basis "toestemming"'):
        Purpose(basis="toestemming")
    incomplete: dict[str, Any] = {"purpose": "orders"}
    with pytest.raises(PolicyError, match="life: is missing"):
        Cookie(**incomplete)
    unknown: dict[str, Any] = {
        "purposes": ["orders"],
        "role": "processor",
        "country": "NL",
        "for_": ["orders"],
    }
    with pytest.raises(PolicyError, match='purposes: unknown key "purposes"'):
        Recipient(**unknown)


def test_values_may_be_objects() -> None:
    """Terms, bases and categories may be given as the objects they become."""
    purpose = Purpose(basis=Basis.CONTRACT, keep=RetentionPeriod(Duration(7, "years"), "last_order"))
    assert purpose == Purpose(basis="contract", keep="7 years after last_order")
    assert Cookie(purpose="a", life=Duration(1, "days")) == Cookie(purpose="a", life="1 day")
    assert Cookie(essential=True, life="session").life == "session"
    values = base_with(data={"extra": Category(fields=["order.*"])})
    assert Policy(**values) == Policy(**base_with(data={"extra": ["order.*"]}))
    assert Policy(**base_with(recipients={"x": _recipient()})).recipients["x"].for_ == ("orders",)


def _recipient() -> Recipient:
    return Recipient(role="processor", for_=["orders"], country="NL")


def test_changed_is_checked() -> None:
    """A changed copy is validated like any policy, and derives its defaults anew."""
    policy = Policy(**BASE)
    assert policy.changed(mode=Mode(cookies="report")).mode.cookies == "report"
    assert policy.asked_in_browser() == ()
    grown = policy.changed(cookies={"_ga": Cookie(purpose="statistics", life="1 day")})
    assert grown.asked_in_browser() == ("statistics",)
    assert grown.changed(cookies={}).asked_in_browser() == ()
    with pytest.raises(PolicyError, match=r"cookies\.a\.purpose"):
        policy.changed(cookies={"a": Cookie(purpose="nowhere", life="1 day")})


def test_who_is_asked() -> None:
    """The browser is asked where a cookie or a third party serves the purpose, unless the policy says otherwise."""
    party = {"purpose": "newsletter", "hosts": ["a.example"], "kinds": ["img"]}
    policy = Policy(**base_with(third_parties={"pixel": party}))
    assert policy.asked_in_browser() == ("newsletter",)
    assert policy.asked_in_account() == ("statistics",)
    assert policy.purposes["orders"].asked is None
    told = base_with(purposes={"newsletter": {"basis": "consent", "asked": "browser"}})
    assert Policy(**told).asked_in_browser() == ("newsletter",)
    assert Policy(**told).asked_in_account() == ("statistics",)


def test_what_signals_object_to() -> None:
    """A signal objects to what the browser is asked for and to exempt cookies' purposes, unless the policy says."""
    cookies = {
        "_ga": {"purpose": "statistics", "life": "1 day"},
        "seen": {"purpose": "visits", "exempt": "Tw 11.7a(3)(b)", "life": "1 day"},
    }
    visits = {"visits": {"basis": "legitimate_interest", "interest": "counting"}}
    policy = Policy(**base_with(cookies=cookies, purposes=visits))
    assert policy.signals.purposes == ("statistics", "visits")
    fewer = policy.changed(purposes={"visits": policy.purposes["visits"]}, cookies={"seen": cookies["seen"]})
    assert fewer.signals.purposes == ("visits",)
    told = policy.changed(signals=Signals(purposes=["newsletter"]))
    assert told.signals.purposes == ("newsletter",)


def test_who_is_asked_does_not_hang_on_signals() -> None:
    """A policy that says itself what a signal objects to still asks in the account what no cookie hangs on."""
    policy = Policy(**{**BASE, "signals": {"purposes": ["statistics"]}})
    assert policy.asked_in_account() == ("statistics", "newsletter")


def test_undeclared_names() -> None:
    """Asking for a purpose that is not declared names those that are."""
    policy = Policy(**BASE)
    assert policy.purpose("orders").basis is Basis.CONTRACT
    for ask in (policy.purpose, policy.purpose_fingerprint, policy.purpose_id):
        with pytest.raises(UndeclaredName) as refused:
            ask("nowhere")
        assert str(refused.value) == (
            'purpose "nowhere" is not declared in the policy; declared are: orders, statistics, newsletter'
        )


def test_languages_fall_back() -> None:
    """A language with a region is that language; one that is not declared is the first of the policy."""
    policy = Policy(**BASE, texts={"en": {"purposes": {"orders": {"title": "Buying"}}}})
    assert policy.text("en-GB").purpose("orders").title == "Buying"
    assert policy.text("EN").language == "en"
    assert policy.text("fr").language == "nl"
    assert policy.text("").language == "nl"


def test_not_personal_stands_in_data() -> None:
    """Columns that are not personal are given under data, as in the file, or by their own name."""
    policy = Policy(**base_with(data={"not_personal": ["product.*"]}))
    assert policy.not_personal == ("product.*",)
    assert "not_personal" not in policy.data
    assert policy == Policy(**base_with(not_personal=["product.*"]))
    assert problems_in(base_with(not_personal="product.*")) == [
        'data.not_personal: "product.*" is not of the right kind; write a list, such as ["..."]'
    ]


def test_absolute_objection() -> None:
    """An objection to direct marketing is absolute, whether by mail or otherwise (art. 21(3))."""
    assert Purpose(basis="consent", mail="marketing").absolute_objection
    assert Purpose(basis="consent", direct_marketing=True).absolute_objection
    assert not Purpose(basis="consent", mail="transactional").absolute_objection


def test_version_names_the_day() -> None:
    """The version is the effective date and the beginning of the fingerprint."""
    policy = Policy(**BASE)
    assert policy.version == f"2026-01-01.{policy.fingerprint[:8]}"
    assert policy.changed(effective=date(2027, 1, 1)).version == f"2027-01-01.{policy.fingerprint[:8]}"
