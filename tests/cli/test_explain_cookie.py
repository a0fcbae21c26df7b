"""Why a cookie passes or is blocked: the same answer as the gate's, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shopprivacy.cli.explain_cookie import Explanation, Verdict, explain
from shopprivacy.consent.choices import Choice
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.policy import CONSENT_COOKIE, Policy
from tests.gate.exchange import KEYSET, NOW, choices, consent_pair, make_policy
from tests.http.heads import head
from tests.strategies import FEWER, cookie_names, policies


def reasons(name: str, **changes: Any) -> str:
    """All that is said of a name under the small shop's policy."""
    explanation = explain(make_policy(**changes), name)
    return "\n".join([*explanation.reasons, *explanation.warnings])


def passing(verdict: Verdict, choice: Choice | None) -> bool:
    """Whether a cookie with this verdict passes for a visitor who made this choice for its purpose."""
    if verdict is Verdict.EXEMPT:
        return choice in {None, Choice.GRANTED}
    return verdict is Verdict.ESSENTIAL or (verdict is Verdict.CONSENT and choice is Choice.GRANTED)


def test_an_essential_cookie() -> None:
    """An essential cookie passes without asking, and its purpose is named."""
    explanation = explain(make_policy(), "cart")
    assert (explanation.verdict, explanation.declared) == (Verdict.ESSENTIAL, "cart")
    assert (explanation.purpose, explanation.advice) == ("orders", None)
    assert 'It serves the purpose "orders".' in explanation.reasons[1]


def test_an_essential_cookie_without_a_purpose() -> None:
    """Of a load balancer's cookie no purpose is named."""
    assert "serves" not in reasons("lb")
    assert "Max-Age and Expires are cut off" in reasons("lb")


def test_a_cookie_of_a_preset() -> None:
    """The preset that declares a cookie is named, but not where the shop's own declaration stands in its place."""
    assert 'by the preset "flask"' in reasons("session", presets=["aws", "flask"])
    own = {"session": {"essential": True, "life": "1 hour"}}
    assert "declared in the policy" in reasons("session", presets=["flask"], cookies=own)


def test_a_cookie_with_consent() -> None:
    """For a cookie with consent it is said what the visitor must choose, and what happens before and after."""
    explanation = explain(make_policy(), "_ga")
    assert (explanation.verdict, explanation.purpose) == (Verdict.CONSENT, "statistics")
    said = "\n".join(explanation.reasons)
    assert 'once the visitor has agreed to the purpose "statistics"' in said
    assert "Before any choice" in said
    assert "deleted from the browser" in said
    assert "13 months" in said


def test_a_wildcard() -> None:
    """The most specific wildcard that covers a name is told; an exact declaration beats it."""
    covered = explain(make_policy(), "_ga_X1")
    assert (covered.declared, covered.verdict) == ("_ga_*", Verdict.CONSENT)
    assert 'as "_ga_*", which covers it' in covered.reasons[0]
    assert explain(make_policy(), "_ga_cart").verdict is Verdict.ESSENTIAL


def test_an_exempt_cookie() -> None:
    """An exempt cookie passes until the visitor objects; the law that exempts it is named."""
    explanation = explain(make_policy(), "_pk")
    assert explanation.verdict is Verdict.EXEMPT
    assert explanation.reasons[1].startswith("Tw 11.7a(3)(b) exempts it")
    assert 'objects to the purpose "counting"' in explanation.reasons[2]


def test_signals() -> None:
    """The signals that close the purpose are named, and only those the policy heeds for it."""
    assert "sends Sec-GPC: 1 closes" in reasons("_ga")
    assert "sends Sec-GPC: 1 or DNT: 1 closes" in reasons("_ga", signals={"dnt": "object"})
    assert "closes" not in reasons("_ga", signals={"gpc": "ignore"})
    assert "closes" not in reasons("_ga", signals={"purposes": ["ads"]})
    assert "closes" not in reasons("cart")


def test_an_undeclared_cookie() -> None:
    """What is not declared is blocked, and there is advice on how to declare it."""
    explanation = explain(make_policy(), "debug_id")
    assert (explanation.verdict, explanation.declared) == (Verdict.UNDECLARED, None)
    assert "never deleted from the browser" in explanation.reasons[1]
    assert explanation.advice is not None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it has no name"),
        ("=x", "it has no name"),
        ("Path", "name of a cookie attribute"),
        ("$x", "RFC 2965"),
        ("a b", "cannot be the name"),
        ("é", "cannot be the name"),
        ("*", "would allow every cookie"),
        ("__Host-*", "belongs to the library"),
        ("\ud800", "cannot be the name"),
    ],
)
def test_names_that_no_policy_can_declare(name: str, why: str) -> None:
    """Where a name cannot be declared, it is said why, and nothing is advised that would not help."""
    explanation = explain(make_policy(), name)
    assert explanation.verdict is Verdict.UNDECLARED
    assert why in "\n".join(explanation.reasons)
    assert explanation.advice is None


def test_our_own_cookie() -> None:
    """The consent cookie is ours: the application neither sees nor sets it."""
    explanation = explain(make_policy(), CONSENT_COOKIE)
    assert (explanation.verdict, explanation.advice) == (Verdict.OURS, None)
    assert explanation.warnings == ()


def test_a_look_alike_of_our_own_cookie() -> None:
    """A name that differs from the consent cookie's in case alone is another cookie."""
    assert explain(make_policy(), "__host-Consent").verdict is Verdict.UNDECLARED
    assert "case-sensitive" in reasons("__host-Consent")


def test_a_control_character() -> None:
    """A name with a control character is no cookie to any browser, even where a wildcard would cover it."""
    explanation = explain(make_policy(), "_ga_\x00")
    assert (explanation.verdict, explanation.declared) == (Verdict.MALFORMED, None)
    assert explanation.advice is None


def test_prefixes() -> None:
    """What browsers demand of a prefixed or partitioned cookie is said."""
    assert "Path=/ and no Domain" in reasons("__Host-ad")
    assert "unless it has Secure." in reasons("__Secure-ad")
    assert "Partitioned cookie without Secure" in reasons("__Secure-ad")
    assert "Browsers refuse" not in reasons("_ga")


def test_names_that_a_wildcard_covers_but_that_are_unwise() -> None:
    """A wildcard may cover names that frameworks refuse, and it is said; names that parsers misread it does not."""
    wild = {"pa*": {"essential": True, "life": "session"}}
    assert "The policy does not declare it" in reasons("pa@x", cookies=wild)
    assert "Another name would be wiser" in reasons("pa*h", cookies=wild)


def test_the_name_of_an_attribute_cannot_be_declared() -> None:
    """No wildcard covers it, and the reason is said."""
    assert "It cannot be declared either" in reasons(
        "path", cookies={"pa*": {"essential": True, "life": "session"}}
    )


def test_report_mode() -> None:
    """Where the gate only reports, that is said."""
    assert not explain(make_policy(mode={"cookies": "report"}), "x").enforced
    assert "nothing is changed yet" in reasons("x", mode={"cookies": "report"})


@pytest.mark.parametrize(
    ("name", "enforce", "report"),
    [
        ("x", "blocked: not declared", "would be blocked: not declared"),
        ("_ga", "passes only with consent", "would pass only with consent"),
        ("cart", "passes: essential", "passes: essential"),
    ],
)
def test_the_headline_heeds_the_mode(name: str, enforce: str, report: str) -> None:
    """Where the gate only reports, nothing is blocked, and nothing is said to be."""
    for mode, told in (("enforce", enforce), ("report", report)):
        assert explain(make_policy(mode={"cookies": mode}), name).headline == told
    assert explain(make_policy(), "x").enforced


def test_a_value_is_not_kept() -> None:
    """Whoever passes a whole cookie gets an answer about its name; its value stands nowhere in it."""
    explanation = explain(make_policy(), " _ga = GA1.2.secret; Path=/")
    assert explanation.name == "_ga"
    assert "secret" not in repr(explanation)


@FEWER
@given(
    policies(),
    st.one_of(cookie_names(), st.sampled_from(["_ga_X1", "sessionid", "AWSALBAPP-0", "path"])),
    st.data(),
)
def test_it_says_what_the_gate_does(policy: Policy, name: str, data: st.DataObject) -> None:
    """For any policy, name and choice, the explanation agrees with what the gate lets out and in."""
    policy = policy.changed(mode={"cookies": "enforce"})
    if data.draw(st.booleans()) and policy.cookies:
        name = data.draw(st.sampled_from([*policy.cookies])).replace("*", "X")
    explanation = explain(policy, name)
    choice = data.draw(st.sampled_from([None, *Choice]))
    purpose = explanation.purpose
    gate = Gate(policy, KEYSET)
    assume(choice is None or purpose in gate.browser.purposes)
    pair = f"{name}=1".encode()
    chosen = () if choice is None else (consent_pair(choices(policy, **{str(purpose): choice})),)
    visit = Passage(gate, head(cookies=(pair, *chosen)), NOW)
    released = release(visit, [(b"set-cookie", pair)])
    assert ((b"set-cookie", pair) in released) is passing(explanation.verdict, choice)
    assert (visit.cookie_field == pair) is passing(explanation.verdict, choice)


@FEWER
@given(policies(), st.text())
def test_any_name_is_explained(policy: Policy, name: str) -> None:
    """Whatever is asked, there is an answer, and what is advised for it is possible."""
    explanation = explain(policy, name)
    assert isinstance(explanation, Explanation)
    assert explanation.reasons
    assert explanation.advice is None or explanation.verdict is Verdict.UNDECLARED
