"""What the policy says about logs becomes rules."""

from __future__ import annotations

from shopprivacy.analytics import LogRules, Text, rules_of
from shopprivacy.policy import Policy
from tests.policy.files import base_with


def test_a_policy_that_says_nothing_has_the_default_rules() -> None:
    """The rules without a policy are those of a policy that says nothing about logs."""
    assert rules_of(Policy(**base_with())) == LogRules()


def test_where_the_shops_own_links_stand() -> None:
    """What unsubscribe links begin with is known, also below a prefix; what stands there goes."""
    rules = rules_of(Policy(**base_with(mail={"url": "https://shop.example/winkel/afmelding/"})))
    text = Text(rules)
    for path in ("/winkel/afmelding/", "/afmelding/", "/privacy/confirm/"):
        assert text.clean(f"GET {path}abcdef?page=2 and https://shop.example{path}zomer/done") == (
            f"GET {path}- and https://shop.example{path}-/done"
        )
    assert text.clean("GET /afmelding/ /u/zomer") == "GET /afmelding/ /u/zomer"


def test_where_the_shops_older_links_stand() -> None:
    """A link in an older mail works, in capitals too, so its token goes as well: under each prefix and mount."""
    older = ["https://shop.example/u/", "https://old.example/shop/nl/stop/"]
    policy = Policy(**base_with(mail={"url": "https://shop.example/afmelding/", "formerly": older}))
    text = Text(rules_of(policy))
    for path in ("/u/", "/shop/nl/stop/", "/nl/stop/", "/stop/", "/shop/nl/privacy/confirm/", "/AFMELDING/"):
        assert text.clean(f"POST {path}abcdef/x") == f"POST {path}-/x"


def test_nothing_stands_before_tokens() -> None:
    """Rules that name no path leave words in all of them."""
    assert Text(LogRules(before_tokens=frozenset())).clean("GET /summer/sale") == "GET /summer/sale"


def test_rules_of_a_policy() -> None:
    """Bits, parameters, kinds and patterns come from the policy."""
    rules = rules_of(
        Policy(
            **base_with(
                analytics={"ipv4": 16, "ipv6": 32, "query": ["page"]}, logs={"keep": ["hex", "/ORD-[0-9]+/"]}
            )
        )
    )
    assert (rules.ipv4, rules.ipv6, rules.query, rules.keep) == (
        16,
        32,
        frozenset({"page"}),
        frozenset({"hex"}),
    )
    assert rules.patterns[0].fullmatch("ORD-17")
