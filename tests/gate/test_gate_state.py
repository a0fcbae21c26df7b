"""Who the visitor is to the gate: unknown, asked, asked again, signalling, signed in elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.consent.choices import Answer, Choice, Choices, ConsentStatus, SaidNo
from shopprivacy.errors import UndeclaredName
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.policy import Duration
from tests.gate.exchange import (
    COOKIES,
    KEYSET,
    NOW,
    PURPOSES,
    SHELLS,
    Browser,
    Host,
    Shop,
    choices,
    choices_of,
    consent_pair,
    elsewhere,
    make_policy,
    set_cookies,
    statuses,
)
from tests.http.heads import MadeHead, head

POLICY = make_policy()
ACCOUNT = bytes(range(20))


def visit(
    chosen: Choices | None = None, *, gate: Gate | None = None, now: datetime = NOW, **headers: str
) -> Passage:
    """Return a visit with these choices and header fields (underscores for hyphens)."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    cookies = [consent_pair(chosen)] if chosen else []
    head = MadeHead("GET", "https", "www.shop.example", "/", "", cookies, fields.get)
    return Passage(gate or Gate(POLICY, KEYSET), head, now)


def test_a_new_visitor_is_asked_about_every_consent_purpose() -> None:
    """No consent cookie: everything that needs consent is undecided, and nothing of it is allowed."""
    new = visit()
    assert new.undecided() == ("statistics", "ads")
    assert not new.allows("statistics")
    assert new.allows("counting")


def test_an_undeclared_purpose_is_an_error() -> None:
    """A literal in the shop's code that the policy does not know, or does not ask the browser about."""
    for name in ("statistic", "orders"):
        with pytest.raises(UndeclaredName, match=name):
            visit().allows(name)


@pytest.mark.parametrize("choice", list(Choice))
def test_every_choice_is_kept_six_months_and_no_longer(choice: Choice) -> None:
    """Accept and refuse alike: asked again six months after the choice, never earlier."""
    made = datetime(2026, 3, 31, 12, tzinfo=UTC)
    chosen = choices(POLICY, made, statistics=choice, ads=Choice.REFUSED)
    last = datetime(2026, 9, 30, 11, 59, 59, tzinfo=UTC)
    assert visit(chosen, now=last).undecided() == ()
    assert visit(chosen, now=last + timedelta(seconds=1)).undecided() == ("statistics", "ads")


@pytest.mark.parametrize("keep", ["20 minutes", "1 day", "1 month", "13 months", "2 years"])
def test_a_policy_may_keep_choices_for_another_term(keep: str) -> None:
    """To the second, whatever the unit."""
    gate = Gate(make_policy(choices={"keep": keep}), KEYSET)
    made = datetime(2026, 2, 28, 12, tzinfo=UTC)
    chosen = choices(POLICY, made, statistics=Choice.GRANTED)
    end = Duration.parse(keep).after(made)
    assert visit(chosen, gate=gate, now=end - timedelta(seconds=1)).allows("statistics")
    assert not visit(chosen, gate=gate, now=end).allows("statistics")


@pytest.mark.parametrize("choice", [Choice.REFUSED, Choice.WITHDRAWN])
def test_an_objection_does_not_lapse(choice: Choice) -> None:
    """What needs no consent would be allowed again without a question: its no holds while the browser keeps it."""
    objecting = choices(POLICY, NOW - timedelta(days=390), statistics=Choice.GRANTED, counting=choice)
    later = visit(objecting)
    assert not later.allows("counting")
    assert later.undecided() == ("statistics", "ads")
    deciding = visit()
    deciding.choose(choices(POLICY, statistics=Choice.REFUSED, counting=choice))
    assert b"; Max-Age=34560000; " in set_cookies(release(deciding, []))[0]


def test_a_lapsed_choice_expires_nothing() -> None:
    """After six months the visitor is unknown again: stripped, not expired."""
    browser = Browser(Host(Gate(POLICY, KEYSET)), "wsgi")
    browser.plant(b"_ga=1; Path=/; Max-Age=31536000")
    browser.choose(choices(POLICY, NOW - timedelta(days=200), statistics=Choice.REFUSED))
    browser.get(Shop())
    assert browser.names() == {"_ga"}


def test_a_new_purpose_is_the_only_one_asked_about() -> None:
    """Adding or reordering purposes shifts nothing: answers hang on tags, not on places."""
    grown = make_policy(
        purposes={"new": {"basis": "consent", "asked": "browser"}, **dict(reversed(PURPOSES.items()))}
    )
    chosen = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.REFUSED)
    later = visit(chosen, gate=Gate(grown, KEYSET))
    assert later.undecided() == ("new",)
    assert later.allows("statistics")
    assert later.statuses["ads"] is ConsentStatus.DENIED


def test_a_changed_meaning_makes_that_purpose_alone_undecided() -> None:
    """Consent was given to what the purpose said then."""
    changed = make_policy(
        data={"visit": ["Passage.page"]},
        purposes={**PURPOSES, "ads": {"basis": "consent", "data": ["visit"], "keep": "1 year after visit"}},
    )
    chosen = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED)
    later = visit(chosen, gate=Gate(changed, KEYSET))
    assert later.undecided() == ("ads",)
    assert later.allows("statistics")
    assert not later.allows("ads")


def test_a_choice_from_the_future_is_not_believed() -> None:
    """Consent given later never allows an earlier moment; a minute of clock skew between workers is forgiven."""
    chosen = choices(POLICY, NOW + timedelta(seconds=50), statistics=Choice.GRANTED)
    assert visit(chosen).allows("statistics")
    assert not visit(choices(POLICY, NOW + timedelta(minutes=2), statistics=Choice.GRANTED)).allows(
        "statistics"
    )


# Signals


def test_gpc_objects_to_the_purposes_tied_to_it() -> None:
    """Sec-GPC: 1 closes them without a question, exempt ones included, and expires what is there."""
    signalled = visit(sec_gpc="1")
    assert signalled.undecided() == ()
    assert not signalled.allows("counting")
    browser = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
    browser.plant(b"_ga=1; Path=/", b"_pk=1; Path=/")
    shop = Shop()
    browser.get(shop, headers={"Sec-GPC": "1", "Sec-Fetch-Site": "same-origin"})
    assert shop.seen is None
    assert browser.names() == set()


@pytest.mark.parametrize("site", ["cross-site", None])
def test_a_signal_alone_expires_nothing_where_the_consent_cookie_may_have_been_withheld(
    site: str | None,
) -> None:
    """A payment's return by cross-site POST comes without the choice that this visitor made: strip, do not expire."""
    browser = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
    browser.plant(b"_ga=1; Path=/")
    shop = Shop()
    browser.get(shop, headers={"Sec-GPC": "1", **({"Sec-Fetch-Site": site} if site else {})})
    assert shop.seen is None
    assert browser.names() == {"_ga"}


@pytest.mark.parametrize("value", ["0", "", "true", "0, 0", "11", "2"])
def test_only_the_value_1_is_a_signal(value: str) -> None:
    """The field is on with "1" and off with everything else."""
    assert visit(sec_gpc=value).allows("counting")


@pytest.mark.parametrize("value", ["1", "1,1", "1, 1", "0, 1"])
def test_a_signal_that_was_sent_twice_is_one(value: str) -> None:
    """A browser and its extension may both send it; the server joins the two with a comma."""
    assert not visit(sec_gpc=value).allows("counting")
    knows = Gate(make_policy(signals={"dnt": "object"}), KEYSET)
    assert not visit(gate=knows, dnt=value).allows("counting")


def test_an_explicit_later_choice_wins_over_the_signal() -> None:
    """Granted on this site while the signal was on: the visitor has decided about this site."""
    granted = choices(POLICY, statistics=Choice.GRANTED)
    assert not visit(granted, sec_gpc="1").allows("statistics")
    later = replace(granted, signalled=True)
    assert visit(later, sec_gpc="1").allows("statistics")
    # What it was not asked about stays closed: it was on then, and it is on now.
    assert visit(later, sec_gpc="1").undecided() == ()
    assert not visit(later, sec_gpc="1").allows("ads")
    assert not visit(later, sec_gpc="1").allows("counting")


def test_dnt_counts_only_where_the_policy_says_so() -> None:
    """The statement says what is done with DNT, and it is done."""
    heeding = Gate(make_policy(signals={"gpc": "ignore", "dnt": "object"}), KEYSET)
    assert visit(dnt="1").allows("counting")
    assert not visit(gate=heeding, dnt="1").allows("counting")
    assert not visit(gate=heeding, dnt="1xyz").allows("counting")  # extensions (TPE, section 5.2.1)
    assert visit(gate=heeding, sec_gpc="1").allows("counting")
    assert visit(gate=heeding, dnt="0").allows("counting")


def test_a_signal_closes_only_the_purposes_tied_to_it() -> None:
    """The policy may tie it to advertising alone."""
    only_ads = Gate(make_policy(signals={"purposes": ["ads"]}), KEYSET)
    assert visit(gate=only_ads, sec_gpc="1").undecided() == ("statistics",)


# Choices made in this request, and elsewhere


def test_the_response_that_grants_already_lets_its_cookies_pass() -> None:
    """A choice made while the request is answered counts for the response, and is written into it."""
    now = visit()
    now.choose(choices(POLICY, statistics=Choice.GRANTED))
    fields = set_cookies(release(now, [(b"set-cookie", b"_ga=1"), (b"set-cookie", b"ads=1")]))
    assert fields[0] == b"_ga=1"
    assert fields[1].startswith(b"__Host-consent=")
    assert fields[1].endswith(b"; Path=/; Secure; HttpOnly; SameSite=Lax")
    assert now.allows("statistics")


def test_the_response_that_withdraws_already_expires() -> None:
    """Cookies on other declared paths, which the browser did not send along, included."""
    browser = Browser(Host(Gate(POLICY, KEYSET)), "wsgi")
    browser.plant(b"ads=1; Path=/shop", b"_ga=1; Path=/")
    head = MadeHead(
        "POST", "https", "www.shop.example", "/privacy/consent", "", [b"_ga=1"], lambda _name: None
    )
    withdrawing = Passage(browser.host.gate, head, NOW)
    withdrawing.choose(choices(POLICY, statistics=Choice.WITHDRAWN, ads=Choice.WITHDRAWN))
    browser.plant(*set_cookies(release(withdrawing, [])))
    assert browser.names() == set()


def test_a_refusal_deletes_only_what_may_be_there() -> None:
    """What the browser sent, and what it would not have sent here: cookies on other paths."""
    deciding = visit()
    deciding.choose(choices(POLICY, statistics=Choice.REFUSED, ads=Choice.REFUSED, counting=Choice.REFUSED))
    names = {field.partition(b"=")[0] for field in set_cookies(release(deciding, []))}
    assert names == {b"__Host-consent", b"ads"}


def test_a_page_that_deletes_nothing_stays_shareable() -> None:
    """What is only hidden, because the consent cookie may have been withheld, changes no word to caches."""
    fields = [(b"cache-control", b"public, max-age=60")]
    page = Passage(Gate(POLICY, KEYSET), head(cookies=(b"_ga=1",), sec_gpc="1"), NOW)
    assert page.cookie_field is None
    assert release(page, fields) == fields


def test_the_consent_cookie_lives_as_long_as_its_youngest_choice() -> None:
    """Six months from the choice, in the cookie's own Max-Age."""
    deciding = visit()
    deciding.choose(choices(POLICY, statistics=Choice.REFUSED))
    days = (datetime(2026, 9, 1, 12, tzinfo=UTC) - NOW).days
    assert f"; Max-Age={days * 86400}; ".encode() in set_cookies(release(deciding, []))[0]


def test_a_withdrawal_elsewhere_closes_this_browser() -> None:
    """By the time, in cookies of version 1: the account withdrew after this browser granted, or before."""
    granted = replace(choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED), account=ACCOUNT)
    for seconds, live in ((-1, True), (0, False), (1, False)):
        closed_at = int(NOW.timestamp()) + seconds
        closed = {ACCOUNT: elsewhere({"ads": closed_at})}
        gate = Gate(POLICY, KEYSET, lambda account, closed=closed: closed.get(account, {}))  # type: ignore[misc]
        assert visit(granted, gate=gate).allows("ads") is live
        assert visit(granted, gate=gate).allows("statistics")
        assert visit(replace(granted, account=b""), gate=gate).allows("ads")


@given(
    st.lists(st.tuples(st.sampled_from(["ads", "statistics"]), st.integers(-3600, 3600)), max_size=6),
    st.integers(0, 6),
)
def test_the_ledgers_order_decides_and_no_clock(rows: list[tuple[str, int]], answered: int) -> None:
    """A grant stands against what the account said no to before it, and ends by what it said no to later."""
    seconds = int(NOW.timestamp())
    known = {
        bytes([number]) * 6: SaidNo(name, seconds + at) for number, (name, at) in enumerate(rows, start=1)
    }
    granted = replace(
        choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED),
        account=ACCOUNT,
        answered=bytes([answered]) * 6 + answered.to_bytes(2),
    )
    visited = visit(granted, gate=Gate(POLICY, KEYSET, lambda _account: known))
    # A row that nobody knows any more has lapsed, or was lost with the ledger: all that is known came later.
    later = rows[answered:] if answered <= len(rows) else rows
    for name in ("ads", "statistics"):
        assert visited.allows(name) is (name not in dict(later))


def test_each_policy_change_keeps_old_cookies_readable() -> None:
    """Answers under tags that a policy does not know are carried, not misread."""
    chosen = choices(POLICY, statistics=Choice.GRANTED)
    other = Gate(
        make_policy(
            purposes={"x": {"basis": "consent", "asked": "browser"}}, cookies={"cart": COOKIES["lb"]}
        ),
        KEYSET,
    )
    assert visit(chosen, gate=other).choices == chosen
    assert visit(chosen, gate=other).undecided() == ("x",)


@pytest.mark.parametrize("shell", list(SHELLS))
def test_the_clock_of_the_service_decides(shell: str) -> None:
    """The shells take the time from the service, once a request."""
    browser = Browser(Host(Gate(POLICY, KEYSET)), shell)
    browser.choose(choices(POLICY, statistics=Choice.GRANTED))
    shop = Shop(asks=["statistics"])
    browser.get(shop)
    assert shop.answers == {"statistics": True}
    browser.host.time += timedelta(days=170)
    browser.get(shop)
    assert shop.answers == {"statistics": True}


def tied_to_an_account(*granted: str) -> Choices:
    """Return choices that are tied to an account, which needs a grant."""
    answers = dict.fromkeys(("statistics", *granted), Choice.GRANTED)
    return replace(choices_of(POLICY, answers), account=bytes(20))


@pytest.mark.parametrize(
    ("withdrawals", "live"), [({}, True), ({"ads": 1}, True), ({"counting": 1}, False), (None, False)]
)
def test_an_accounts_objection_reaches_its_other_devices(
    withdrawals: dict[str, int] | None, *, live: bool
) -> None:
    """What needs no consent is not allowed there either, nor where nobody can tell; then nothing is deleted for it."""
    gate = Gate(POLICY, KEYSET, lambda _account: elsewhere(withdrawals))
    pair = consent_pair(tied_to_an_account())
    page = Passage(gate, head(cookies=(b"_pk=1; " + pair,)), NOW)
    assert (page.allows("counting"), page.cookie_field) == (live, b"_pk=1" if live else None)
    deletions = [field for field in set_cookies(release(page, [])) if field.startswith(b"_pk=;")]
    assert bool(deletions) is (withdrawals is not None and not live)


def test_a_device_may_end_what_the_account_objected_to_before() -> None:
    """The later word counts: a yes here after a no elsewhere."""
    at = int(NOW.timestamp())
    for when, live in ((at - 1, True), (at, False)):
        gate = Gate(POLICY, KEYSET, {bytes(20): elsewhere({"counting": when})}.get)
        pair = consent_pair(tied_to_an_account("counting"))
        assert Passage(gate, head(cookies=(pair,)), NOW).allows("counting") is live


@pytest.mark.parametrize(
    ("method", "fields", "live"),
    [
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}, True),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("GET", {"sec-fetch-site": "none"}, True),
        ("GET", {}, True),
    ],
)
def test_who_may_have_objected_is_left_alone(
    method: str, fields: dict[str, str | None], *, live: bool
) -> None:
    """A payment's return comes without Lax cookies: the visitor may have objected, and nothing is deleted either."""
    page = Passage(Gate(POLICY, KEYSET), head(method, "/", fields, cookies=(b"_pk=1",)), NOW)
    assert (page.allows("counting"), page.cookie_field) == (live, b"_pk=1" if live else None)
    fresh = b"_pk=2; Max-Age=60"
    assert set_cookies(release(page, [(b"set-cookie", fresh)])) == ([fresh] if live else [])


@pytest.mark.parametrize("shell", SHELLS)
def test_while_nobody_can_tell_a_tied_browser_is_stripped_and_keeps_its_cookies(shell: str) -> None:
    """What the account withdrew elsewhere may not have arrived: nothing is allowed, nothing deleted, nothing cached."""
    known: list[dict[str, int] | None] = [None]
    policy = make_policy(cache={"key_header": "ConsentKey"})
    browser = Browser(Host(Gate(policy, KEYSET, lambda _account: elsewhere(known[0]))), shell)
    browser.plant(b"_ga=1; Path=/")
    browser.choose(replace(choices(policy, statistics=Choice.GRANTED), consent_id=b"i" * 16, account=ACCOUNT))
    shop = Shop(sets=[b"_ga=2; Path=/"], asks=["statistics"])
    fields = browser.get(shop)
    assert shop.seen is None
    assert shop.answers == {"statistics": False}
    assert not set_cookies(fields)
    assert (b"cache-control", b"no-store") in fields
    assert browser.names() == {"_ga"}
    known[0] = {}
    browser.get(shop)
    assert shop.answers == {"statistics": True}


def test_what_is_hidden_does_not_hang_on_the_visit() -> None:
    """A template that prints everything it can reach prints no hidden cookie, no address and no identifier."""
    chosen = replace(choices(POLICY, statistics=Choice.GRANTED), consent_id=b"i" * 16, account=ACCOUNT)
    cookies = [consent_pair(chosen), b"debug_id=7"]
    head = MadeHead(
        "GET",
        "https",
        "shop.example",
        "/reset/token",
        "mail=an@x.nl",
        cookies,
        lambda _name: None,
        "192.0.2.1",
    )
    seen = Passage(Gate(POLICY, KEYSET), head, NOW)
    assert seen.allows("statistics")
    assert not seen.head.cookies
    for secret in ("token", "an@x.nl", "192.0.2.1", repr(b"i" * 16)[2:-1], repr(ACCOUNT)[2:-1]):
        assert secret not in f"{head!r} {seen!r} {seen.choices!r}"


def test_the_application_may_name_what_else_the_page_hangs_on() -> None:
    """The banner's language, say, when it was negotiated."""
    page = visit()
    page.varies("Accept-Language")
    assert release(page, [(b"vary", b"Cookie")]) == [(b"vary", b"Cookie"), (b"vary", b"Accept-Language")]


ages = st.one_of(
    st.integers(-90, 90),
    st.integers(0, 400 * 86400),
    # Around the end of the term: the shortest six months, and the longest.
    st.integers(160 * 86400, 186 * 86400),
)


@given(
    answers=st.dictionaries(
        st.sampled_from(["statistics", "ads", "counting"]), st.tuples(st.sampled_from(Choice), ages)
    ),
    signal=st.booleans(),
    withdrawals=st.one_of(
        st.none(), st.dictionaries(st.sampled_from(["statistics", "ads"]), st.integers(-90, 400 * 86400))
    ),
    tied=st.booleans(),
)
def test_what_is_kept_for_everybody_tells_what_each_one_chose(
    answers: dict[str, tuple[Choice, int]],
    signal: bool,
    withdrawals: dict[str, int] | None,
    tied: bool,
) -> None:
    """How purposes stand is worked out once for each shape of the consent cookie, and never differs from one's own."""
    seconds = int(NOW.timestamp())
    closed = withdrawals and {name: seconds - age for name, age in withdrawals.items()}
    gate = Gate(POLICY, KEYSET, withdrawals=lambda _account: elsewhere(closed))
    by_id = {
        POLICY.purpose_id(name): Answer(choice, seconds - age) for name, (choice, age) in answers.items()
    }
    chosen = Choices(
        gate.browser.stamp, by_id, consent_id=b"c" * 16 if tied else b"", account=ACCOUNT if tied else b""
    )
    own = statuses(gate.browser, chosen, NOW, signal=signal, withdrawals=closed if chosen.account else {})
    for _ in range(2):  # read, and as kept
        fields: dict[str, Any] = {"sec_gpc": "1"} if signal else {}
        visited = visit(chosen, gate=gate, **fields)
        assert {name: visited.statuses[name] for name in gate.browser.purposes} == {
            name: own[name] for name in gate.browser.purposes
        }


def test_what_is_kept_of_visitors_has_a_limit() -> None:
    """Whatever clients make up fills no memory."""
    gate = Gate(POLICY, KEYSET)
    for number in range(5000):
        gate.read_consent(b"%d" % number)
    kept = gate.read_consent.cache_info()
    assert (kept.currsize, kept.misses) == (4096, 5000)
    for long in (b"x" * 5000, b"x=" * 5000):  # longer than what a browser keeps, and than what was signed
        page = Passage(gate, head(cookies=(b"__Host-consent=" + long + b"; _pk=1",)), NOW)
        assert page.cookie_field == b"_pk=1"
    assert gate.read_consent.cache_info().misses == 5000
    assert gate._verdicts.cache_info().maxsize is not None


@given(
    st.dictionaries(st.sampled_from(["statistics", "ads", "counting"]), st.sampled_from(Choice)),
    st.sampled_from(["", "1", "0"]),
    st.booleans(),
    st.sampled_from([{}, {"statistics": int(NOW.timestamp()) + 1}, None]),
    st.sets(st.sampled_from(["statistics", "ads", "counting"])),
    st.sampled_from([0, 400]),
)
def test_statuses_are_what_they_say(
    chosen: dict[str, Choice],
    gpc: str,
    knows_dnt: bool,
    closed: dict[str, int] | None,
    signalled: set[str],
    days: int,
) -> None:
    """One mapping to whoever looks: ``get``, ``in``, ``len``, iteration and ``dict`` agree with ``[]`` for all."""
    policy = make_policy(
        signals={"gpc": "object", "dnt": "object" if knows_dnt else "ignore", "purposes": sorted(signalled)}
    )
    gate = Gate(policy, KEYSET, lambda _account: elsewhere(closed))
    made = replace(choices_of(policy, chosen), account=ACCOUNT)

    def look() -> Mapping[str, ConsentStatus]:
        now = NOW + timedelta(days=days)
        return visit(made if chosen else None, gate=gate, now=now, sec_gpc=gpc, dnt=gpc).statuses

    names = list(gate.browser.purposes)
    looked_up = {name: look()[name] for name in names}
    assert dict(look()) == looked_up
    assert look() == looked_up
    assert list(look()) == list(look().keys()) == names
    assert len(look()) == len(names)
    assert list(look().items()) == list(looked_up.items())
    assert list(look().values()) == list(looked_up.values())
    assert {name: look().get(name) for name in names} == looked_up
    assert all(name in look() for name in names)
    for strange in ("orders", "", None):
        assert strange not in look()
    assert look().get("orders") is None
    with pytest.raises(KeyError):
        look()["orders"]


def test_who_comes_without_a_lax_cookie_is_not_asked_anew() -> None:
    """A payment returns by POST from another site: whoever it is may have answered long ago."""
    returning = Passage(
        Gate(POLICY, KEYSET),
        head("POST", "/paid", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}),
        NOW,
    )
    assert returning.undecided() == ()
    assert returning.asked
    assert not returning.allows("ads")
    assert visit(None).undecided() == ("statistics", "ads")
