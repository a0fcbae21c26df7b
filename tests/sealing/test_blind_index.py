"""Blind indexes: what counts as equal, and what gets no index."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import Any

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import MissingExtra, SealRefused
from shopprivacy.sealing.blind_index import normalised

FIELD = "customer.email"


def equal(normaliser: str, one: Any, other: Any) -> bool:
    """Whether the normaliser holds the two for the same."""
    return normalised(one, normaliser, FIELD, "NL") == normalised(other, normaliser, FIELD, "NL")


SAME = [
    ("folded", " Anna ", "ANNA"),
    ("folded", "straße", "STRASSE"),
    ("folded", "A\N{COMBINING RING ABOVE}", "\N{ANGSTROM SIGN}"),
    ("email", "Anna@x.nl", "anna@X.NL"),
    ("email", " a@bücher.example", "a@XN--BCHER-KVA.example"),
    ("email", "a@FAẞ.de", "a@faß.de"),
    ("email", "a@x.nl", "a@x\N{IDEOGRAPHIC FULL STOP}nl"),
    ("email", "A@Ü..nl", "a@ü..NL"),
    ("phone", "030 123 4567", "+31-30-1234567"),
    ("phone", "no number", "NONUMBER"),
    ("compact", "1234 ab", "1234AB"),
    ("compact", "\N{FULLWIDTH DIGIT ONE}234\N{NO-BREAK SPACE}ab", "1234AB"),
    ("last_word", "Jan van den Berg", "BERG"),
    ("last_word", " ", ""),
]
OTHER = [
    ("exact", "Anna", "anna"),
    ("exact", "", " "),
    ("exact", "7", 7),
    ("email", "a@faß.de", "a@fass.de"),
    ("email", "a@a_b.nl", "a@ab.nl"),
    ("email", "a@b@c.nl", "b@c.nl"),
    ("phone", "030 123 4567", "+32 30 1234567"),
    ("last_word", "Jan Berg", "Jan van den Bergh"),
]


@pytest.mark.parametrize(("normaliser", "one", "other"), SAME)
def test_what_counts_as_equal(normaliser: str, one: str, other: str) -> None:
    """Spellings of one thing have one index value."""
    assert equal(normaliser, one, other)


@pytest.mark.parametrize(("normaliser", "one", "other"), OTHER)
def test_what_does_not(normaliser: str, one: Any, other: Any) -> None:
    """Different things have different ones."""
    assert not equal(normaliser, one, other)


@given(st.text(st.characters(codec="ascii"), max_size=70))
def test_ascii_domains_need_no_table(domain: str) -> None:
    """For a domain in ASCII the short way gives what UTS 46 does, and what folding does where that refuses."""
    try:
        expected = idna.encode(domain, uts46=True, transitional=False).decode()
    except (idna.IDNAError, UnicodeError):
        expected = domain.lower()
    if domain == domain.strip() and "@" not in domain and "\x85" not in domain:
        assert normalised(f"a@{domain}", "email", FIELD, None) == f"\x01a@{expected}".encode()


FEW: tuple[Any, ...] = (True, date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), {}, [], 0.5)
NO_INDEX: list[tuple[Any, str]] = [
    *((value, "exact") for value in FEW),
    *((7, "email"), (b"canary", "folded"), ("canary", "soundex"), ("canary\ud800", "exact")),
]


@pytest.mark.parametrize(("value", "normaliser"), NO_INDEX, ids=ascii)
def test_what_gets_no_index(value: Any, normaliser: str) -> None:
    """Few possible values, none at all, and normalisers that are not for them are refused without a quotation."""
    with pytest.raises(SealRefused, match=r"^customer\.email: ") as refusal:
        normalised(value, normaliser, FIELD, None)
    assert "canary" not in str(refusal.value)


def test_telephone_numbers_need_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its package the normaliser names the extra."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(MissingExtra, match=r"shopprivacy\[phone\]"):
        normalised("030", "phone", FIELD, "NL")
