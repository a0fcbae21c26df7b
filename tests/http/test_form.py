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
        {"content-type": "multipart/form-data; boundary=\xe9"},
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


_MULTIPART = "multipart/form-data; boundary=x"


def multipart(*parts: tuple[str, str], end: str = "--x--\r\n") -> bytes:
    """A body of these parts, each the rest of its Content-Disposition field and its content."""
    return "".join(
        [
            *(
                f"--x\r\nContent-Disposition: form-data; {what}\r\n\r\n{content}\r\n"
                for what, content in parts
            ),
            end,
        ]
    ).encode()


def test_multipart_is_read_where_it_is_wanted() -> None:
    """The same fields in order, UTF-8; a file is none of them. Where it is not asked for it is refused."""
    body = multipart(
        ('name="stop"', "b"),
        ("name=stop", "a"),
        ('name="file"; filename="a.txt"', "x"),
        ('name="x"\r\nContent-Type: text/plain; charset=utf-8', "caf\xe9\r\n"),
        ('name="stop"', "b"),
        ('name="empty"', ""),
    )
    form = read_form(head(content_type=f"{_MULTIPART.upper()[:19]};Boundary=x"), body, multipart=True)
    assert form.all("stop") == ("b", "a")
    assert [form.one("x"), form.one("empty"), form.one("file")] == ["caf\xe9\r\n", "", None]
    with pytest.raises(UnreadableForm) as refused:
        read_form(head(content_type=_MULTIPART), body)
    assert refused.value.status == 415


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (_MULTIPART, b""),
        (_MULTIPART, b"stop=a"),
        (_MULTIPART, multipart(('name="stop"', "a"), end="")),
        (_MULTIPART, multipart(("", "a"))),
        (_MULTIPART, multipart(('name="stop"; name="go"', "a"))),
        (_MULTIPART, multipart(("name*=utf-8''stop; name*0=a", "a"))),
        (_MULTIPART, b"--x\r\n\r\na\r\n--x--\r\n"),
        (_MULTIPART, multipart(('name="stop"\r\nContent-Transfer-Encoding: base64', "YQ=="))),
        (_MULTIPART, multipart(('name="stop"', "a")).replace(b"stop", b"\xff")),
        (_MULTIPART, multipart(('name="stop"', "a")).replace(b"\r\na", b"\r\n\xff")),
        (_MULTIPART, multipart(*[('name="a"', "1")] * 513)),
        ("multipart/form-data", multipart(('name="stop"', "a"))),
        ("multipart/form-data; boundary=y", multipart(('name="stop"', "a"))),
        (f"multipart/form-data; boundary={'x' * 5000}", multipart(('name="stop"', "a"))),
        ('multipart/form-data; boundary="\xe9"', multipart(('name="stop"', "a"))),
    ],
)
def test_multipart_that_is_none_is_refused(kind: str, body: bytes) -> None:
    """Not whole, without names or a boundary, in another coding, no UTF-8, too many fields: 400."""
    with pytest.raises(UnreadableForm) as refused:
        read_form(head(content_type=kind), body, multipart=True)
    assert refused.value.status == 400


@given(st.lists(st.tuples(st.text(_PLAIN, min_size=1, max_size=8), st.text(_PLAIN, max_size=8)), max_size=20))
def test_what_a_browser_sends_as_multipart_is_read_back(pairs: list[tuple[str, str]]) -> None:
    """Names as browsers escape them (HTML, section 4.10.22.8) and values as they are, in order."""
    escaped = [(_escaped(name), value) for name, value in pairs]
    body = "".join(
        f'--x0x1y2\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in escaped
    )
    kind = 'multipart/form-data; boundary="x0x1y2"'
    form = read_form(head(content_type=kind), f"{body}--x0x1y2--\r\n".encode(), multipart=True)
    for name in {name for name, _ in escaped}:
        assert form.all(name) == tuple(dict.fromkeys(value for key, value in escaped if key == name))


def _escaped(name: str) -> str:
    plain = "".join(c if c.isprintable() and c not in "\\;" else "_" for c in name)
    return plain.replace('"', "%22")


@given(st.binary(max_size=80), st.booleans())
def test_no_bytes_break_the_reader_of_multipart(body: bytes, framed: bool) -> None:  # drawn
    """Any bytes are a form or are refused, and nothing else is raised."""
    with suppress(UnreadableForm):
        sent = b"--x\r\n" + body + b"\r\n--x--" if framed else body
        assert read_form(head(content_type=_MULTIPART), sent, multipart=True).values is not None
