"""Reading the Cookie field: what is left of it holds nothing that a parser could read otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from starlette.responses import Response as StarletteResponse
from werkzeug.http import dump_cookie

from shopprivacy.cookies.request import TOKEN, cut_out, join_fields, plain_names, read_pairs
from tests.cookies.fragments import HARD, PIECES, TOKENS
from tests.cookies.parsers import PARSERS

Property = Callable[[bytes], None]
DENIED = {b"_ga", b"_gid", b"debug_id", b"x"}
fields = st.one_of(
    st.lists(st.sampled_from(TOKENS + PIECES), max_size=14).map(b"".join),
    st.lists(
        st.tuples(st.sampled_from(TOKENS), st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join)).map(
            lambda p: p[0] + b"=" + p[1]
        ),
        max_size=5,
    ).map(b"; ".join),
    st.binary(max_size=40),
)


def gated(field: bytes) -> bytes:
    """Return what a gate leaves of a field that allows every token but DENIED."""
    return b"; ".join(
        raw
        for raw, name, ambiguous in zip(*read_pairs(field), strict=True)
        if not ambiguous and name not in DENIED and re.fullmatch(TOKEN, name)
    )


def with_examples(test: Property) -> Property:
    """Run a property on the strings that are known to be hard, whatever hypothesis draws."""
    for field in HARD:
        test = example(field)(test)
    return test


@with_examples
@given(fields)
def test_no_parser_finds_a_denied_name(field: bytes) -> None:
    """For each parser P: P(gated) holds no denied name, always."""
    left = gated(field).decode("latin-1")
    for name, parse in PARSERS.items():
        assert not {n.encode("latin-1") for n in parse(left)} & DENIED, name


@with_examples
@given(fields)
def test_no_pair_is_read_otherwise_for_those_beside_it(field: bytes) -> None:
    """In what is left, each parser reads of a pair what it reads of it alone, if it reads so far."""
    left = gated(field).decode("latin-1")
    for parser, parse in PARSERS.items():
        alone = [parse(pair) for pair in left.split("; ") if pair]
        for name, values in parse(left).items():
            # A parser may stop early and read nothing; what it does read is what stands there.
            assert all([value] in [pair.get(name) for pair in alone] for value in values), parser


@with_examples
@given(fields)
def test_no_two_parsers_read_another_name(field: bytes) -> None:
    """A pair in which some parser finds another name is removed whole: in what is left, the names are the same."""
    pairs = [pair for pair in gated(field).decode("latin-1").split("; ") if pair]
    for pair in pairs:
        names = {tuple(parse(pair)) for parse in PARSERS.values()} - {()}
        assert names <= {(pair.partition("=")[0].rstrip(" \t"),)}


def _werkzeug(name: str, value: str) -> str:
    return dump_cookie(name, value).partition(";")[0]


def _starlette(name: str, value: str) -> str:
    response = StarletteResponse()
    response.set_cookie(name, value)
    return response.headers["set-cookie"].partition("; Path")[0]


def _django(name: str, value: str) -> str:
    return SimpleCookie({name: value})[name].OutputString()  # what its set_cookie writes


@example("Köln")
@example('{"city": "Köln", "n": 1}')
@example("\xff;\xa0, =")
@given(st.text(st.characters(max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=12))
@pytest.mark.parametrize(
    ("write", "parser"),
    [(_werkzeug, "werkzeug"), (_starlette, "starlette"), (_django, "django"), (_django, "http.cookies")],
)
def test_what_a_framework_sets_comes_back_to_it(
    write: Callable[[str, str], str], parser: str, value: str
) -> None:
    """Whatever the others make of that value: its name is the same for all."""
    sent = f"first=1; {write('city', value)}; last=1"
    left = gated(sent.encode("latin-1")).decode("latin-1")
    assert PARSERS[parser](left) == PARSERS[parser](sent)


@pytest.mark.parametrize("name", ["a:b", "a/b", "a[b]", "a@b", "a<b>", "(a)", "a?b", "{a}"])
def test_names_beyond_tokens_are_read(name: str) -> None:
    """Where frameworks agree on them and http.cookies finds no other name, they can be declared."""
    field = f"first=1; {name}=2; last=3".encode()
    assert read_pairs(field) == (
        [b"first=1", name.encode() + b"=2", b"last=3"],
        [b"first", name.encode(), b"last"],
        [False] * 3,
    )
    for parse in PARSERS.values():
        assert {*parse(field.decode())} <= {"first", name, "last"}


@with_examples
@given(fields)
def test_what_all_parsers_agree_on_is_kept(field: bytes) -> None:
    """Allowed values stay equal wherever the parsers agree on them in the field as it came.

    No field has control characters but tabs (RFC 9110, section 5.5); a server that lets one in loses the pair.
    """
    assume(not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", field))
    before = [parse(field.decode("latin-1")) for parse in PARSERS.values()]
    after = [parse(gated(field).decode("latin-1")) for parse in PARSERS.values()]
    for name in set.intersection(*(set(reading) for reading in before)):
        if name.encode("latin-1") in DENIED or not all(r[name] == before[0][name] for r in before):
            continue
        assert all(reading.get(name) == before[0][name] for reading in after)


@with_examples
@given(fields)
def test_no_kept_pair_costs_the_ones_before_it(field: bytes) -> None:
    """http.cookies may stop at what it does not know; it must not forget what it has read."""
    read = PARSERS["http.cookies"]("first=1; " + gated(field).decode("latin-1"))
    assert "first" in read


@given(fields)
def test_every_byte_of_a_kept_pair_is_as_it_came(field: bytes) -> None:
    """Pairs come in order, each with the very bytes of the field, trimmed of spaces and tabs."""
    position = 0
    for raw in read_pairs(field)[0]:
        position = field.index(raw, position) + len(raw)
        assert raw == raw.strip(b" \t")


names_of_all_kinds = st.one_of(st.sampled_from(TOKENS), st.text("ab=_-(", max_size=4).map(str.encode))
as_browsers_send = st.lists(
    st.tuples(names_of_all_kinds, st.text("ab=,.!~", max_size=4).map(str.encode)).map(b"=".join), max_size=120
).map(b"; ".join)


@example(b"a=1;b =2")
@example(b"a==1;b =2")
@example(b"a=1; b=2;c =3")
@example(b"; a=b=c")
@example(b"=")
@example(b"a")
@with_examples
@given(st.one_of(as_browsers_send, fields))
def test_a_plain_fields_names_are_those_that_any_reading_finds(field: bytes) -> None:
    """What is read at once is what is read pair by pair, and nothing in it is ambiguous whose name is a token."""
    names = plain_names(field)
    assume(names is not None)
    pieces, each, ambiguous = read_pairs(field)
    assert (field.split(b"; ") if field else [], names) == (pieces, each)
    assert not any(odd for name, odd in zip(each, ambiguous, strict=True) if re.fullmatch(TOKEN, name))


@pytest.mark.parametrize(
    "field", [b"a=1;b =2", b"a==1;b =2", b"a=1;b =2; c==3", b"a=1; b", b"; a=1", b"a=1; ", b'a="1"']
)
def test_what_browsers_do_not_send_is_not_plain(field: bytes) -> None:
    """Another separator, a pair without an equals sign, a quote: read pair by pair."""
    assert plain_names(field) is None


@given(as_browsers_send)
def test_what_browsers_send_is_plain(field: bytes) -> None:
    """Names and values of visible ASCII without a quote, in any number, are read at once."""
    assert plain_names(field) == ([pair.partition(b"=")[0] for pair in field.split(b"; ")] if field else [])


@given(st.lists(st.sampled_from([b"a=1", b"b=", b"xa=2", b"a=3", b"=a"]), max_size=5))
def test_a_pair_of_one_name_is_cut_out(pairs: list[bytes]) -> None:
    """One of them, with its value, and none whose name only ends so."""
    left, value = cut_out(b"; ".join(pairs), b"a=", b"; a=")
    without: list[tuple[bytes, bytes | None]] = [
        (b"; ".join(pairs[:place] + pairs[place + 1 :]), pair[2:])
        for place, pair in enumerate(pairs)
        if pair.startswith(b"a=")
    ]
    assert (left, value) in (without or [(b"; ".join(pairs), None)])


@pytest.mark.parametrize(
    ("field", "left"),
    [
        (b"a=1, _ga=2", b""),
        (b's=ok; {"x"}=1; _ga=2', b"s=ok"),
        (b"=_ga=1", b""),
        (b'b="x; c=2"; s=1', b"s=1"),
        (b'b="x; s=1', b"s=1"),
        (b"s=1;lang = nl ;\ta=b", b"s=1; lang = nl; a=b"),
        (b"a=\xc3\xa9t\xe9; s=1", b"a=\xc3\xa9t\xe9; s=1"),
        (b'cart={"a":1}; s=1', b'cart={"a":1}; s=1'),
        (b"a==1; s=", b"a==1; s="),
        (b"a=hello world; s=1", b"s=1"),
        (b'a="hello \\"world\\""', b'a="hello \\"world\\""'),
        (b"a; s=1", b"s=1"),
        (b"a=1; a=2; _ga=1; _ga=2", b"a=1; a=2"),
        (b"s=1;_ga =2; lang=nl", b"s=1; lang=nl"),
        (b"s==1;_ga =2; lang=nl", b"s==1; lang=nl"),
        (b"s=1;lang =2", b"s=1; lang =2"),
        (b"s=1;x _ga=2; lang=nl", b"s=1; lang=nl"),
        (b"s=1; a =\\x", b"s=1"),
        (b"s=1; a =\xe9", b"s=1"),
        (b's=1; a="b', b"s=1"),
        (b's=1; a=b="x"', b"s=1"),
        (b's=1; a=\xe9="x"', b"s=1"),
        (b's=1; a="\\303\\251"; lang= "x"', b's=1; a="\\303\\251"; lang= "x"'),
        (b's=1; a="\\303\\251; lang= "x"', b"s=1"),
        (b'b="x; c=2; s=1; d="; lang=nl', b"lang=nl"),
        (b'a=1; a=1; a=1; b="; s=1', b"a=1; a=1; a=1; s=1"),
        (b'a=1; a=1; a=1; a=1; a=1; b="x;c=1"; s=1', b"a=1; a=1; a=1; a=1; a=1; s=1"),
    ],
)
def test_what_is_left(field: bytes, left: bytes) -> None:
    """The strings that parsers are known to differ on leave exactly what all of them read alike."""
    assert gated(field) == left


def test_what_is_ambiguous_has_a_name_too() -> None:
    """What stands before the equals sign, without the blanks around it; none where there is no such sign."""
    pieces, names, ambiguous = read_pairs(b' lang; \t__Host-consent \t="x ;s=1')
    assert pieces == [b"lang", b'__Host-consent \t="x', b"s=1"]
    assert names == [b"", b"__Host-consent", b"s"]
    assert ambiguous == [True, True, False]


def test_crumbs_are_joined() -> None:
    """Several Cookie fields become one, joined with a semicolon and a space; a single one stays as it is."""
    assert join_fields([b"a=1", b"b=2; c=3"]) == b"a=1; b=2; c=3"
    assert join_fields([b"a=1;b=2"]) == b"a=1;b=2"


@pytest.mark.parametrize("unit", [b"a=1; ", b'a="x; ', b"a" * 50, b"=" * 50, b'a="\\', b" ", b"a=1 ", b'"'])
def test_a_large_field_is_read_once(unit: bytes) -> None:
    """64 KB of cookies do no harm, whatever they are made of: a quadratic reading would not return."""
    field = unit * (65536 // len(unit))
    assert sum(map(len, read_pairs(field)[0])) <= len(field)
