"""Addresses of mail that several words hide, or groups of digits."""

# ruff: noqa: E501  # tables
from __future__ import annotations

from random import Random

import pytest

from shopprivacy.analytics import Text

TEXT = Text()
MAIL = b"an@example.nl"
FINGERPRINT = Random(1).randbytes(32).hex(":")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (MAIL.hex(" "), "-"),
        (f"sent {MAIL.hex(' ').upper()} x", "sent - x"),
        (f"b'{MAIL.hex(':')}' {MAIL.hex('-')}", "b'-' -"),
        (f"({MAIL.hex(' ', 2)}) [{MAIL.hex(' ', 4)}]", "(-) [-]"),
        (f"{MAIL.decode().encode('utf-16-le').hex(' ')}", "-"),
        ("0000  61 6e 40 65 78 61 6d 70  6c 65 2e 6e 6c  |an@example.nl|", "-  |-|"),
        (f"got 16 03 ff {MAIL.hex(' ')} 00 fe, 40 times", "got -, 40 times"),
        ("got 16 03 01 2e 40 fe, 2e", "got 16 03 01 2e 40 fe, 2e"),
        (f"commit 2e41 {FINGERPRINT} {FINGERPRINT.upper()} 00:1B:44:11:3A:B7", f"commit 2e41 {FINGERPRINT} {FINGERPRINT.upper()} 00:1B:44:11:3A:B7"),
    ],
)  # fmt: skip
def test_a_dump_hides_no_address(text: str, cleaned: str) -> None:
    """However the digits of a dump are grouped, with an address of mail in it it is a hyphen; fingerprints stay."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("to an (at) example.nl, an[AT]example.nl and an {at} example (dot) nl.", "to -, - and -."),
        ("an.jansen+x(at)mail.example[punt]nl ok", "- ok"),
        ("look (at) this.png (at) noon [at] order 5 at example.nl", "look (at) this.png (at) noon [at] order 5 at example.nl"),
        ('a{at} f(at)sign.call() "x": "(at)"', 'a{at} f(at)sign.call() "x": "(at)"'),
    ],
)  # fmt: skip
def test_an_at_sign_that_is_spelled_hides_no_address(text: str, cleaned: str) -> None:
    """With the word in brackets in place of the sign, an address of mail goes; without a host behind it the word stays."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned
