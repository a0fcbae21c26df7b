"""Looking a cookie's name up among the declared ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.gate.cookie_rules import NameTable

_NAMES = st.text(alphabet="ab_.*", min_size=1, max_size=6).map(lambda t: t.replace("*", ""))


@given(st.sets(_NAMES.filter(bool), max_size=5), st.sets(_NAMES.filter(bool), max_size=5), _NAMES)
def test_the_most_specific_declaration_wins(exact: set[str], prefixes: set[str], asked: str) -> None:
    """The exact name wins, else the longest prefix, else nothing is declared."""
    table = NameTable({name: name for name in [*exact, *(p + "*" for p in prefixes)]})
    fitting = sorted((p for p in prefixes if asked.startswith(p)), key=len)
    expected = asked if asked in exact else (fitting[-1] + "*" if fitting else None)
    assert table.find(asked.encode()) == expected


def test_of_two_wildcards_the_longer_one_declares() -> None:
    """In whatever order they stand in the policy, and whichever comes first by the alphabet."""
    for names in (["a_*", "a_x*", "b*", "b_*"], ["b_*", "b*", "a_x*", "a_*"]):
        table = NameTable({name: name for name in names})
        assert [table.find(name) for name in (b"a_x1", b"a_y", b"b_1", b"b1")] == ["a_x*", "a_*", "b_*", "b*"]


def test_names_are_compared_byte_for_byte() -> None:
    """Case counts, and a full stop in a prefix stands for itself."""
    table = NameTable({"Lang": 1, "a.*": 2})
    assert table.find(b"lang") is None
    assert table.find(b"axb") is None
    assert table.find(b"a.b") == 2
    assert list(table.exact.items()) == [(b"Lang", 1)]


def test_a_wildcard_stands_for_tokens_only() -> None:
    """Of other names (RFC 9110, section 5.6.2) parsers make different things: nobody can declare them."""
    table = NameTable({"a_*": 1})
    assert table.find(b"a_") == table.find(b"a_b") == 1
    assert table.find(b"a_[0]") is table.find(b"a_\xe9") is None


@pytest.mark.parametrize("name", [b"path", b"Path", b"SECURE", b"max-age", b"expires"])
def test_no_wildcard_covers_the_name_of_an_attribute(name: bytes) -> None:
    """Where it comes first, http.cookies forgets the whole field for it; later it is lost to the cookie before it."""
    table = NameTable({name[:1].decode() + "*": 1, name[:1].decode() + "a": 2})
    assert table.find(name) is None
    assert table.find(name + b"s") == 1
