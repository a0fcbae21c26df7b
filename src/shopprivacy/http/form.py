"""The body of a form, read strictly: what cannot be read for certain is not a choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from shopprivacy.http.media_type import read_media_type
from shopprivacy.http.multipart import read_multipart
from shopprivacy.http.request_head import RequestHead

LIMIT = 16 * 1024
"""Bytes of a body that are read at most."""

_FIELDS_LIMIT = 512
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class UnreadableForm(Exception):
    """The body is no form that counts. ``status`` is the HTTP status that says so. Never leaves this package."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"answered with {status}")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with its values in order."""

    values: Mapping[str, tuple[str, ...]]

    def names(self) -> Iterable[str]:
        """Return the names of the fields, in order."""
        return self.values

    def one(self, name: str) -> str | None:
        """Return a field's only value; None where it is missing, or a duplicate has another value."""
        found = set(self.values.get(name, ()))
        return found.pop() if len(found) == 1 else None

    def all(self, name: str) -> tuple[str, ...]:
        """Return a field's values, in order, without doubles."""
        return tuple(dict.fromkeys(self.values.get(name, ())))


def read_form(head: RequestHead, body: bytes, *, multipart: bool = False) -> Form:
    """Return the fields of a URL-encoded body (URL standard, section 5.1), UTF-8; with ``multipart`` of that kind, too.

    Raises UnreadableForm: with 415 for other kinds of body (no form of this library's own is sent as multipart) and
    for compressed ones, with 400 for what is not ASCII, not UTF-8 once decoded, not whole, or too many fields.
    """
    kind = read_media_type(head.header("content-type") or "")
    encoding = (head.header("content-encoding") or "identity").strip(" \t").lower()
    if kind is None or kind.name not in ((_URLENCODED, _MULTIPART) if multipart else (_URLENCODED,)):
        raise UnreadableForm(415)
    if kind.parameters.get("charset", "utf-8").lower() != "utf-8" or encoding != "identity":
        raise UnreadableForm(415)
    try:
        if kind.name == _URLENCODED:
            pairs: Sequence[tuple[str, str]] = parse_qsl(
                body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_LIMIT
            )
        else:
            pairs = read_multipart(body, kind.parameters.get("boundary", ""))
    except ValueError:  # UnicodeDecodeError is one
        raise UnreadableForm(400) from None
    if len(pairs) > _FIELDS_LIMIT:
        raise UnreadableForm(400)
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    return Form(values)
