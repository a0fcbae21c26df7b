"""What endpoints answer with: header fields exactly as they were written."""

from __future__ import annotations

from shopprivacy.http.response import respond


def test_header_fields_are_sent_as_they_were_written() -> None:
    """In their order, with their repetitions and bytes; the length is all that is added, for an empty body too."""
    fields = [(b"set-cookie", b"b=\xff"), (b"x-a", b"1"), (b"set-cookie", b"a=1")]
    page = respond(409, fields, b"caf\xc3\xa9")
    assert (page.status_code, page.body) == (409, b"caf\xc3\xa9")
    assert page.raw_headers == [*fields, (b"content-length", b"5")]
    assert respond(303, fields).raw_headers == [*fields, (b"content-length", b"0")]
