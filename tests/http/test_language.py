"""Negotiating the language of the banner and the pages: nl, fr, de, en."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.http.language import accepted_language, choose_language
from tests.http.heads import head

_ALL = ("nl", "fr", "de", "en")


@pytest.mark.parametrize(
    ("field", "language"),
    [
        ("", "nl"),
        ("de", "de"),
        ("fr-BE,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.5, de;q=0.7", "de"),
        ("EN-GB", "en"),
        ("es, pt;q=0.9, fr;q=0.1", "fr"),
        ("es, pt", "nl"),
        ("*", "nl"),
        ("*;q=0.5, en", "en"),
        ("nl;q=0, *", "fr"),
        ("de, en", "de"),
        ("en;q=0, nl;q=0, fr;q=0, de;q=0", "nl"),
        ("fr;q=0.9, fr-BE;q=0.2, de;q=0.8", "fr"),
        ("fr;q=0.2, fr-BE;q=0.9, de;q=0.8", "fr"),
        ("en;q=1.000, de", "en"),
        ("de;q=2, en;q=x, fr;q=0.3", "fr"),
        (",, ;q=1, fr\t;\tq=0.4", "fr"),
        ("x" * 2000 + ",fr", "nl"),
    ],
)
def test_accept_language_is_negotiated_with_weights(field: str, language: str) -> None:
    """The language with the greatest weight wins, of equals the earlier; what is malformed counts for nothing."""
    assert accepted_language(field, _ALL) == language


def test_the_query_is_asked_first() -> None:
    """``?lang=`` wins over the browser's preference, where the policy has that language."""
    assert choose_language(head(target="/privacy/choices?lang=de", accept_language="fr"), _ALL) == "de"


@pytest.mark.parametrize("query", ["lang=es", "lang=", "lang=de&lang=en", "language=de", "lang=%3Cscript%3E"])
def test_another_query_counts_for_nothing(query: str) -> None:
    """A language that the policy does not have, or two at once, leave the browser's preference."""
    assert choose_language(head(target=f"/privacy/choices?{query}", accept_language="fr"), _ALL) == "fr"


@given(st.text(max_size=60) | st.from_regex(r"([a-z*;q=0-9., -]|de|fr){0,40}", fullmatch=True))
def test_some_language_of_the_policy_always_comes_out(field: str) -> None:
    """Whatever the browser sends, the answer is a language of the policy."""
    assert accepted_language(field, _ALL) in _ALL
