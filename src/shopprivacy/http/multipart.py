"""The fields of a multipart body (RFC 7578), as mail programs may post them (RFC 8058, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shopprivacy.http.media_type import read_disposition

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_PLAIN: Final = frozenset({b"7bit", b"8bit", b"binary"})


class _Parts:
    """Gathers what the parser finds: the header of each part, and its content."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.is_whole = False
        self._header: dict[bytes, bytes] = {}
        self._name, self._value, self._content = bytearray(), bytearray(), bytearray()

    def calls(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._header.clear,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _end_header(self) -> None:
        self._header[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end_part(self) -> None:
        # Not parse_options_header: in some versions of the parser that reads a field of mail.
        kind = read_disposition(self._header.get(b"content-disposition", b"").decode("latin-1"))
        coding = self._header.get(b"content-transfer-encoding", b"7bit").strip().lower()
        if kind is None or kind.name != "form-data" or "name" not in kind.parameters or coding not in _PLAIN:
            raise ValueError("a part is not a field of a form")
        if "filename" not in kind.parameters:  # nothing here takes a file
            name = kind.parameters["name"].encode("latin-1").decode()
            self.pairs.append((name, self._content.decode()))
        self._content.clear()

    def _end(self) -> None:
        self.is_whole = True


def read_multipart(body: bytes, boundary: str) -> Sequence[tuple[str, str]]:
    """Return names and values in order, of all parts but files.

    Raises ValueError for what is no such body, or not the whole of it, and for names and values that are no UTF-8.
    """
    from python_multipart.multipart import MultipartParser  # few requests have such a body

    parts = _Parts()
    parser = MultipartParser(boundary.encode("ascii"), parts.calls())
    parser.write(body)
    parser.finalize()
    if not parts.is_whole:
        raise ValueError("the last boundary is missing")
    return parts.pairs
