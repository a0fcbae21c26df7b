"""Cookies that are held back are told to the developer, once for each name."""

from __future__ import annotations

import shlex
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from random import Random

import pytest

from shopprivacy import Privacy
from shopprivacy.consent.choices import Choice
from shopprivacy.consent.cookie import encode
from shopprivacy.crypto import Ring
from shopprivacy.gate.cookie_rules import Blocked, BlockReason, Misplaced, Noticed, Shortened
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.request_head import Fields
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import KEYSET, NOW, consent_pair, make_policy
from tests.http.heads import MadeHead, head
from tests.privacy.shop import context, granted, no_header


def test_blocked_cookies_are_told_once_for_each_name(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log and to callbacks; names are cut and cleaned, values never appear."""
    told: list[Blocked] = []
    privacy.on_blocked_cookie(told.append)
    for value in (b"secret1", b"secret2"):
        seen = context(privacy)
        release(seen, [(b"set-cookie", b"debug_id=" + value), (b"set-cookie", b"x" * 99 + b"\xff=" + value)])
        privacy.report(seen.noticed)
    assert [item.name for item in told] == ["debug_id", "x" * 99 + "\xff"]
    assert len(caplog.messages) == 2
    assert 'cookie "debug_id" blocked in a response: undeclared' in caplog.messages[0]
    assert "secret" not in caplog.text
    assert "x" * 65 not in caplog.text


def test_a_name_is_no_command(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever pastes the command into a shell, to the end of the line, runs nothing that a client wrote."""
    names = ["$(reboot)", "-x", "a`b`", "it's", "a&b"]
    privacy.report([Blocked(name, "request", BlockReason.UNDECLARED) for name in names])
    commands = [message.partition("; what to do: shopprivacy ")[2] for message in caplog.messages]
    parsed = [shlex.split(command) for command in commands]
    assert parsed == [["explain", *(["--"] if name.startswith("-") else []), name] for name in names]
    assert "explain $(" not in caplog.text


def test_a_stream_that_asks_too_late_is_told_once(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """The developer must see it: everybody gets what is meant for those who said no."""
    for _ in range(2):
        asking = context(privacy)
        release(asking, [])
        assert not asking.allows("statistics")
    (message,) = caplog.messages
    assert "Cache-Control: private" in message


def test_a_flood_of_names_does_not_fill_memory(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """After a thousand names no further one is told, but once that it is so."""
    told: list[Blocked] = []
    privacy.on_blocked_cookie(told.append)
    seen = context(privacy)
    release(seen, [(b"set-cookie", b"n%d=1" % number) for number in range(1500)])
    privacy.report(seen.noticed)
    assert len(told) == 1000
    messages = [record.message for record in caplog.records if record.name == "shopprivacy.cookies"]
    assert len(messages) == 1001
    assert "are not, until" in messages[-1]


def test_made_up_names_do_not_silence_the_rest(privacy: Privacy) -> None:
    """What browsers bring uses up neither what the shop's own responses need nor what declared cookies need."""
    told: list[Blocked] = []
    privacy.on_blocked_cookie(told.append)
    made_up = b"; ".join(b"n%d=1" % number for number in range(1500))
    head = MadeHead("GET", "https", "shop.example", "/", "", [made_up], no_header)
    privacy.report(Passage(privacy.gate, head, NOW).noticed)
    seen = Passage(
        privacy.gate, MadeHead("GET", "https", "shop.example", "/", "", [b"_ga=1"], no_header), NOW
    )
    release(seen, [(b"set-cookie", b"tracker=1")])
    privacy.report(seen.noticed)
    assert [(item.name, item.border) for item in told[1000:]] == [("_ga", "request"), ("tracker", "response")]


def test_a_callback_that_fails_breaks_no_page(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """A visitor who brings a new name sees the page; the developer sees the log."""

    @privacy.on_blocked_cookie
    def broken(_item: Blocked) -> None:
        raise ZeroDivisionError

    seen = context(privacy)
    release(seen, [(b"set-cookie", b"debug_id=1")])
    privacy.report(seen.noticed)
    assert "on_blocked_cookie failed: ZeroDivisionError" in caplog.text


def test_a_key_that_is_not_ours_is_told_once(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """With its id, however many visitors come with it; made-up ids do not fill the log, and a forgery is none."""
    newer = KEYSET.new(Ring.SIGNING, Random("key").randbytes, NOW)
    new = next(key.id for key in newer.keys(Ring.SIGNING) if key.id != KEYSET.primary(Ring.SIGNING).id)
    chosen = granted(ads=Choice.GRANTED)
    for consent_id in (b"a" * 16, b"b" * 16):
        value = encode(replace(chosen, consent_id=consent_id), newer.rotate(new, NOW))
        privacy.gate.read_consent(value.encode())
    messages = [record.message for record in caplog.records if record.name == "shopprivacy.cookies"]
    assert len(messages) == 1
    assert new.hex() in messages[0]
    shape, _, text = encode(chosen, KEYSET).partition(".")
    body = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for number in range(100):
        made_up = body[:1] + number.to_bytes(4) + body[5:]
        privacy.gate.read_consent(f"{shape}.{urlsafe_b64encode(made_up).decode().rstrip('=')}".encode())
    privacy.gate.read_consent(f"{shape}.{text[:-2]}AA".encode())
    assert len([record for record in caplog.records if record.name == "shopprivacy.cookies"]) == 10


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Shortened("cart", 31_536_000, 2_592_000), ["cut from 365 days to 30 days", 'life = "365 days"']),
        (Shortened("cart", 5400, None), ["cut from 90 minutes to the browser session"]),
        (Misplaced("_ga", "paths"), ["on a path", "Path=/"]),
        (Misplaced("_ga", "partitioned"), ["partition", "partitioned = true"]),
        (Blocked("_fbp", "response", BlockReason.UNDECLARED, 7_776_000), ["explain _fbp --life '90 days'"]),
    ],
)
def test_what_is_cut_or_out_of_reach_is_told_with_its_fix(
    privacy: Privacy, caplog: pytest.LogCaptureFixture, item: Noticed, told: list[str]
) -> None:
    """One line for each name says what became of it, and what to declare or change; callbacks hear of blocks alone."""
    heard: list[Blocked] = []
    privacy.on_blocked_cookie(heard.append)
    privacy.report([item, item])
    (message,) = caplog.messages
    assert all(words in message for words in told)
    assert heard == ([item] if isinstance(item, Blocked) else [])


def test_the_consent_cookie_is_dropped_in_report_mode_too(caplog: pytest.LogCaptureFixture) -> None:
    """One that the shop sets, and the line says that it is, not that it would be."""
    privacy = _shop("report")
    seen = Passage(privacy.gate, head(), NOW)
    released = release(seen, [(b"set-cookie", b"__Host-consent=1"), (b"set-cookie", b"x=1")])
    assert [value for name, value in released if name == b"set-cookie"] == [b"x=1"]
    privacy.report(seen.noticed)
    privacy.close()
    assert [message.partition(" in a")[0] for message in caplog.messages] == [
        'cookie "__Host-consent" blocked',
        'cookie "x" would be blocked',
    ]


PAGE = [(b"content-type", b"text/html; charset=utf-8")]


def _leave(privacy: Privacy, pages: int, fields: Fields = PAGE, method: str = "GET") -> Passage:
    """Let pages go out to visitors who have chosen nothing; gives one more visitor."""
    for _ in range(pages):
        release(Passage(privacy.gate, head(method), NOW), fields)
    return Passage(privacy.gate, head(), NOW)


@pytest.mark.parametrize("mode", ["report", "enforce"])
def test_an_application_without_a_banner_is_told_once(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """In both modes, after fifty pages that asked nobody: what is no page, and what reads nothing, does not count."""
    privacy = _shop(mode)
    _leave(privacy, 49)
    _leave(privacy, 60, [(b"content-type", b"application/json")])
    _leave(privacy, 60, method="POST")
    assert caplog.messages == []
    _leave(privacy, 80)
    privacy.close()
    [told] = caplog.messages
    assert "none of the first 50 pages showed them a banner" in told
    assert "{% privacy_banner %}" in told
    assert ('when you change mode to "enforce"' in told) is (
        mode == "report"
    )  # a banner there promises too much


@pytest.mark.parametrize("seen", ["a banner", "a choice", "a consent cookie"])
def test_an_application_that_asks_is_not_told(seen: str, caplog: pytest.LogCaptureFixture) -> None:
    """One banner, or one visitor who was asked somewhere, is enough."""
    privacy = _shop("enforce")
    visitor = _leave(privacy, 49)
    if seen == "a banner":
        privacy.banner(visitor, "en")
    elif seen == "a choice":
        visitor.choose(granted(statistics=Choice.GRANTED))
        release(visitor, PAGE)
    else:
        cookie = (consent_pair(granted(statistics=Choice.GRANTED)),)
        release(Passage(privacy.gate, head(cookies=cookie), NOW), PAGE)
    _leave(privacy, 80)
    privacy.close()
    assert caplog.messages == []


def test_a_policy_that_asks_nobody_needs_no_banner(caplog: pytest.LogCaptureFixture) -> None:
    """Where all cookies are essential, pages without one are as they should be."""
    policy = make_policy(purposes={}, cookies={"cart": {"essential": True, "life": "session"}})
    privacy = Privacy(policy, keyset=KEYSET, store=MemoryStore())
    _leave(privacy, 80)
    privacy.close()
    assert caplog.messages == []


def _shop(mode: str) -> Privacy:
    return Privacy(make_policy(mode={"cookies": mode}), keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW)
