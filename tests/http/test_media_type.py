"""Content-Type as RFC 9110, section 8.3.1 has it: the spellings of its grammar, and what hurts a parser of mail."""

from __future__ import annotations

from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.http.media_type import MediaType, read_disposition, read_media_type


@pytest.mark.parametrize(
    ("value", "name", "parameters"),
    [
        ("text/html;charset=utf-8", "text/html", {"charset": "utf-8"}),
        ('Text/HTML;Charset="utf-8"', "text/html", {"charset": "utf-8"}),
        ('text/html; charset="utf-8"', "text/html", {"charset": "utf-8"}),
        (r'multipart/form-data; boundary="a\"b; c\\"', "multipart/form-data", {"boundary": r'a"b; c\\'[:-1]}),
        (" text/plain ; a=1;; ;b=2; ", "text/plain", {"a": "1", "b": "2"}),
        ("a/b;x=1;X=1", "a/b", {"x": "1"}),
        ("a/b; charset*=utf-8''a", "a/b", {"charset*": "utf-8''a"}),
    ],
)
def test_what_the_grammar_has_is_read(value: str, name: str, parameters: dict[str, str]) -> None:
    """RFC 9110's own spellings of one field, empty parameters, quoted pairs, and names that mean nothing in HTTP."""
    assert read_media_type(value) == MediaType(name, parameters)


NO_TYPE = ("", ";", "text", "text/", "/html", "text/html,", "tëxt/html", "a/b c")
NO_PARAMETER = (
    "; a",
    "; a =1",
    '; c="',
    '; c="\\"',
    "; c=d e",
    "; c=\x00",
    '; c="\n"',
    "; c=1; c=2",
    "; c=1; C=2",
)


@pytest.mark.parametrize("value", [*NO_TYPE, *(f"a/b{tail}" for tail in NO_PARAMETER)])
def test_what_is_no_media_type_is_none(value: str) -> None:
    """What breaks the grammar, or says two things at once."""
    assert read_media_type(value) is None


@pytest.mark.parametrize(
    "tail", ["; charset*=utf-8''a; charset*0=b", '; a="' + ";" * 120_000, "; a=b" * 20_000]
)
def test_what_hurts_a_mail_parser_hurts_nobody(tail: str) -> None:
    """Continued parameters of RFC 2231, and long fields: one pass and no error."""
    kind = read_media_type("application/x-www-form-urlencoded" + tail)
    assert kind is None or kind.name == "application/x-www-form-urlencoded"


def test_a_part_of_a_body_is_read_by_the_same_grammar() -> None:
    """What RFC 2231 would continue is a parameter of another name, and two names are none."""
    assert read_disposition('form-data; name="a;b"') == MediaType("form-data", {"name": "a;b"})
    encoded = read_disposition("form-data; name*=utf-8''a; name*0=b")
    assert encoded == MediaType("form-data", {"name*": "utf-8''a", "name*0": "b"})
    assert read_disposition('form-data; name="a"; name="b"') is None


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_text_raises(tail: str) -> None:
    """Whatever a client sends behind the kind is read or refused."""
    read_media_type(f"a/b{tail}")


@given(st.from_regex(r"\A[a-z]{1,8}/[a-z]{1,8}( ?; ?[a-z]{1,3}=([a-z]{1,4}|\"[a-z;= ]{0,6}\")){0,3}\Z"))
def test_it_agrees_with_the_standard_library(value: str) -> None:
    """On fields without anything of RFC 2231, the standard library's reader of MIME finds the same."""
    peer = Message()
    peer["content-type"] = value
    kind = read_media_type(value)
    assert kind is None or kind.name == peer.get_content_type()
    for name, said in kind.parameters.items() if kind else ():
        assert peer.get_param(name) == said
