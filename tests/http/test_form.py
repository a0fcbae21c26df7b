"""Reading bodies of forms: specs/cookies.md, 'Consent', 'Bodies are capped'; strictness keeps forged ones out."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.http.form import UnreadableForm, read_form
from tests.http.heads import head

_URLENCODED = "application/x-www-form-urlencoded"
_PLAIN = st.characters(exclude_categories=["Cs"])


def test_fields_are_read_in_order() -> None:
    """A field may stand there several times; its values keep their order, doubles aside."""
    form = read_form(head(content_type=_URLENCODED), b"purpose=b&purpose=a&purpose=b&choice=save&empty=")
    assert form.all("purpose") == ("b", "a")
    assert form.one("choice") == "save"
    assert form.one("empty") == ""
    assert form.all("none") == ()


def test_a_field_with_two_values_has_not_one() -> None:
    """Where a field that has one value has two different ones, neither counts."""
    form = read_form(head(content_type=_URLENCODED), b"choice=refuse&choice=accept&next=/&next=/")
    assert form.one("choice") is None
    assert form.one("next") == "/"
    assert form.one("none") is None


@pytest.mark.parametrize(
    "content_type", [_URLENCODED, f"{_URLENCODED.upper()};charset=UTF-8", f'{_URLENCODED}; charset="utf-8"']
)
def test_urlencoded_utf8_is_read(content_type: str) -> None:
    """The URL-encoded kind in UTF-8 is read, however its name is spelled."""
    assert read_form(head(content_type=content_type), b"next=%2Fcaf%C3%A9").one("next") == "/café"


@pytest.mark.parametrize(
    "fields",
    [
        {"content-type": None},
        {"content-type": ""},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "text/plain"},
        {"content-type": "application/json"},
        {"content-type": f"{_URLENCODED}; charset=utf-16"},
        {"content-type": f"{_URLENCODED}; charset=utf-8; charset=utf-16"},
        {"content-type": _URLENCODED, "content-encoding": "gzip"},
    ],
)
def test_other_kinds_of_body_are_refused(fields: dict[str, str | None]) -> None:
    """A body of another kind, charset or coding is not read: 415."""
    with pytest.raises(UnreadableForm) as refused:
        read_form(head(fields=fields), b"choice=accept")
    assert refused.value.status == 415
    assert str(refused.value) == "answered with 415"


@pytest.mark.parametrize(
    "body", [b"choice=\xff", b"choice=%FF", b"next=%ED%A0%80", "choice=é".encode(), b"&".join([b"a=1"] * 513)]
)
def test_odd_encodings_and_floods_are_refused(body: bytes) -> None:
    """Bytes that are no ASCII, escapes that are no UTF-8, too many fields: 400."""
    with pytest.raises(UnreadableForm) as refused:
        read_form(head(content_type=_URLENCODED), body)
    assert refused.value.status == 400


@given(st.lists(st.tuples(st.text(_PLAIN, min_size=1, max_size=8), st.text(_PLAIN, max_size=8)), max_size=20))
def test_what_a_browser_encodes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    """Every form that a browser encodes comes out as it was filled in."""
    form = read_form(head(content_type=_URLENCODED), urlencode(pairs).encode())
    for name in {name for name, _ in pairs}:
        assert form.all(name) == tuple(dict.fromkeys(value for key, value in pairs if key == name))


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    """Any bytes are a form or are refused, and nothing else is raised."""
    with suppress(UnreadableForm):
        assert read_form(head(content_type=_URLENCODED), body).values is not None
