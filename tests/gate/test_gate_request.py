"""The gate on requests: what the application gets to see."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shopprivacy.consent.choices import Choice
from shopprivacy.gate.cookie_rules import Blocked, BlockReason
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from tests.gate.exchange import KEYSET, NOW, SHELLS, Host, Shop, choices, consent_pair, make_policy
from tests.http.heads import head

POLICY = make_policy()
GRANTED = consent_pair(choices(POLICY, statistics=Choice.GRANTED))


@pytest.fixture(params=list(SHELLS))
def shell(request: pytest.FixtureRequest) -> str:
    """Each of the two shells."""
    return str(request.param)


def seen(shell: str, *cookies: bytes) -> bytes | None:
    """Return the Cookie field that an application behind the gate sees."""
    shop = Shop()
    SHELLS[shell](shop, Host(Gate(POLICY, KEYSET)), cookies)
    return shop.seen


def test_what_is_not_live_is_hidden(shell: str) -> None:
    """Order and the exact bytes of what remains are kept, bytes above 0x7F included."""
    assert seen(shell, b"cart=\xc3\xa9t\xe9; _ga=1; lb= a ;_pk=2") == b"cart=\xc3\xa9t\xe9; lb= a; _pk=2"


def test_crumbs_are_joined(shell: str) -> None:
    """Several Cookie fields (HTTP/2, HTTP/3) are joined with a semicolon and a space, and judged as one."""
    assert seen(shell, b"cart=1", b"_ga=2; lb=3", b"cart=4") == b"cart=1; lb=3; cart=4"


def test_the_field_disappears_when_nothing_remains(shell: str) -> None:
    """No empty Cookie field tells the application that there was one."""
    assert seen(shell, b"_ga=1; debug_id=2") is None
    assert seen(shell) is None


def test_every_duplicate_of_a_denied_name_goes(shell: str) -> None:
    """Cookies of one name on several paths and domains come several times."""
    assert seen(shell, b"_ga=1; cart=a; _ga=2; cart=b; _ga=3") == b"cart=a; cart=b"


def test_the_consent_cookie_is_hidden_from_the_application(shell: str) -> None:
    """It is the library's own, and what it allows is visible."""
    assert seen(shell, GRANTED + b"; _ga=1; cart=2") == b"_ga=1; cart=2"


@pytest.mark.parametrize(
    "planted",
    [
        [GRANTED, GRANTED[:-1]],
        [GRANTED + b"; __Host-consent=x"],
        [b"\xa0" + GRANTED],
        [GRANTED.replace(b"=", b"\xa0=", 1)],
        [GRANTED.replace(b"=", b"=\xa0", 1)],
        [GRANTED + b"\xa0"],
        [GRANTED.lower()],
        [GRANTED[:-1]],
        [GRANTED + b"A"],
        [GRANTED.replace(b"__Host-consent=", b'__Host-consent="', 1) + b'"'],
        [b"__Host-consent=" + b"A" * 3000],
        [b"__Host-consent"],
        [b"__Host-consent="],
        [b"__Host-consent=.AQ"],
        [b"__Host-consent=.A"],
    ],
)
def test_only_one_genuine_consent_cookie_counts(shell: str, planted: Sequence[bytes]) -> None:
    """Read from raw bytes with space and tab trimmed only; a look-alike, a forgery or a duplicate is unknown."""
    assert seen(shell, *planted, b"_ga=1; cart=2") == b"cart=2"


def test_a_consent_cookie_may_stand_between_spaces_and_tabs(shell: str) -> None:
    """Spaces and tabs around name and value belong to the syntax."""
    name, _, value = GRANTED.partition(b"=")
    assert seen(shell, b"_ga=1;\t" + name + b" =\t" + value + b" ; cart=2") == b"_ga=1; cart=2"
    for ours in (GRANTED + b"\t", name + b"= " + value, GRANTED + b" "):
        assert seen(shell, b"_ga=1; " + ours + b"; cart=2") == b"_ga=1; cart=2"
        assert seen(shell, ours + b"; _ga=1") == b"_ga=1"


def test_a_pair_that_parsers_read_differently_is_removed_whole(shell: str) -> None:
    """Also where its name is essential: absence beats preservation."""
    assert seen(shell, b'cart=1, _ga=2; lb="x; _pk=2"; cart=3') == b"cart=3"


def test_what_was_hidden_is_told() -> None:
    """Each with its name and the reason, and never with its value; our own is no loss."""
    cookies = (GRANTED + b'; _ga=1; ads=2; caf\xe9=3; lb="x',)
    visit = Passage(Gate(POLICY, KEYSET), head(cookies=cookies), NOW)
    assert visit.noticed == [
        Blocked("ads", "request", BlockReason.UNDECIDED),
        Blocked("caf\xe9", "request", BlockReason.UNDECLARED),
        Blocked("lb", "request", BlockReason.AMBIGUOUS),
    ]


def test_an_untouched_field_keeps_its_bytes(shell: str) -> None:
    """Nothing removed, nothing rewritten, odd spacing included."""
    assert seen(shell, b"cart=1;lb=2 ;  _pk=3") == b"cart=1;lb=2 ;  _pk=3"


def test_what_the_application_asks(shell: str) -> None:
    """Consent is asked by purpose: granted or not, and exempt purposes are allowed until objected to."""
    shop = Shop(asks=["statistics", "ads", "counting"])
    SHELLS[shell](shop, Host(Gate(POLICY, KEYSET)), [GRANTED])
    assert shop.answers == {"statistics": True, "ads": False, "counting": True}
