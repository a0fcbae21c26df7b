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
from shopprivacy.gate.cookie_rules import Blocked, BlockReason
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from tests.gate.exchange import KEYSET, NOW
from tests.http.heads import MadeHead
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
        privacy.report(seen.blocked)
    assert [item.name for item in told] == ["debug_id", "x" * 99 + "\xff"]
    assert len(caplog.messages) == 2
    assert 'cookie "debug_id" blocked in a response: undeclared' in caplog.messages[0]
    assert "secret" not in caplog.text
    assert "x" * 65 not in caplog.text


def test_a_name_is_no_command(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever pastes the command into a shell runs nothing that a client wrote."""
    names = ["$(reboot)", "-x", "a`b`", "it's", "a&b"]
    privacy.report([Blocked(name, "request", BlockReason.UNDECLARED) for name in names])
    commands = [message.partition('"shopprivacy ')[2].rpartition('" says')[0] for message in caplog.messages]
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
    privacy.report(seen.blocked)
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
    privacy.report(Passage(privacy.gate, head, NOW).blocked)
    seen = Passage(
        privacy.gate, MadeHead("GET", "https", "shop.example", "/", "", [b"_ga=1"], no_header), NOW
    )
    release(seen, [(b"set-cookie", b"tracker=1")])
    privacy.report(seen.blocked)
    assert [(item.name, item.border) for item in told[1000:]] == [("_ga", "request"), ("tracker", "response")]


def test_a_callback_that_fails_breaks_no_page(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """A visitor who brings a new name sees the page; the developer sees the log."""

    @privacy.on_blocked_cookie
    def broken(_item: Blocked) -> None:
        raise ZeroDivisionError

    seen = context(privacy)
    release(seen, [(b"set-cookie", b"debug_id=1")])
    privacy.report(seen.blocked)
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
