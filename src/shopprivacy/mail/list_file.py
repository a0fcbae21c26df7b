"""Lists of addresses as other systems write them, read leniently: lines, or CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.address import bare, is_address

_QUOTED_NAME: Final = re.compile(r'"[^"]*"\s*(?=<)')
_EXCEL: Final = re.compile(r"sep=(.)", re.IGNORECASE)  # its first line may name the separator
_UNSEEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
"""Characters without a width, which come along when an address is copied from a page or a table."""
_SIGNS: Final = re.compile(r"[<>()\[\]\"'`:=|]+")
"""What stands around an address in other text, such as the formula of a spreadsheet: ``="an@example.nl"``."""
_MORE: Final = "\n"
"""The name of the cells for which the first line has none; no name of a column is this."""
_SEPARATORS: Final = re.compile(r"[;,\s]+")
_ADDRESS_COLUMNS: Final = (
    "email",
    "e-mail",
    "email address",
    "e-mail address",
    "emailaddress",
    "e-mailadres",
    "e-mail-adresse",
    "adresse e-mail",
    "mail",
)


class Listed(NamedTuple):
    """A row of a list."""

    address: str
    """Empty where the row has none."""
    at: datetime | None
    line: int = 0
    """Where the row stands in the file, from 1; of one that is longer the last line."""


def read_list(
    lines: Iterable[str],
    *,
    column: str | None = None,
    where: str | None = None,
    date: str | None = None,
    ends: bool = False,
) -> Iterator[Listed]:
    """Yield the addresses of a list: one on each line, or CSV with a comma, a semicolon or a tab.

    ``column`` has the address, ``date`` when it was entered; ``where`` is ``NAME=VALUE`` and leaves out all other rows.
    A date without a time is the beginning of that day, and of a list of those who said no (``ends``) the end of it.
    Display names, ``mailto:``, a byte order mark and blank lines are no matter. A row with several addresses gives each
    of them where it ``ends`` something; else it is none. Raises PrivacyError, without what stands in the list, for a
    column that there is not, a date that is none, and a quote that swallows the rows behind it.
    """
    if where and "=" not in where:  # it would mean the rows with nothing in that column
        raise PrivacyError("where: write COLUMN=VALUE, such as status=unsubscribed")
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line.strip("\ufeff \t\r\n")]
    told = _EXCEL.fullmatch(numbered[0][1].removeprefix("\ufeff").strip("\r\n")) if numbered else None
    if told:
        numbered = numbered[1:]
    if not numbered:
        return
    first = numbered[0][1].removeprefix("\ufeff")
    separator = told[1] if told else max(";,\t", key=first.count)
    if "@" in first or separator not in first:
        if where or date or (column and column.lower() != first.strip().lower()):
            raise PrivacyError("the list has no line with the names of its columns")
        is_heading = first.strip().lower() in {*_ADDRESS_COLUMNS, (column or "").strip().lower()}
        for number, line in numbered[is_heading:]:
            for found in _addresses_in(line.removeprefix("\ufeff"), ends):
                yield Listed(found, None, number)
        return
    reader = csv.DictReader([first, *(line for _, line in numbered[1:])], restkey=_MORE, delimiter=separator)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    address = _named(names, column) if column else _address_column(names)
    dated = _named(names, date) if date else None
    only, _, value = (where or "").partition("=")
    only_in = _named(names, only) if where else None
    for row in _whole_rows(reader, numbered, address):
        if only_in and (row[only_in] or "").strip().lower() != value.strip().lower():
            continue
        if not any(text.strip() for text in _cells(row)):
            continue
        number = numbered[reader.line_num - 1][0]
        if _MORE in row and "@" not in (row[address] or "") and any("@" in text for text in _cells(row)):
            raise PrivacyError(
                f"line {number}: has more cells than the first line, so nobody knows which is the address; put the "
                "cell that has a separator in it between quotes"
            )
        at = _moment(row[dated] or "", number, ends) if dated else None
        for found in _addresses_in(row[address] or "", ends):
            yield Listed(found, at, number)


def _whole_rows(
    reader: csv.DictReader[str], numbered: Sequence[tuple[int, str]], address: str
) -> Iterator[dict[str, str | None]]:
    """Yield the rows. Raises PrivacyError where a quote that nobody closed has swallowed others."""
    begins = reader.line_num
    try:
        for row in reader:
            if reader.line_num > begins + 1 and (
                _is_broken(
                    [line for _, line in numbered[begins : reader.line_num]], reader.reader.dialect.delimiter
                )
                or "\n" in (row[address] or "").strip()
                or any("@" in cell for cell in _cells(row) if "\n" in cell)
            ):
                break
            begins = reader.line_num
            yield row
        else:
            return
    except csv.Error:  # a cell longer than csv reads: what it swallowed
        pass
    raise PrivacyError(
        f"line {numbered[begins][0]}: a quote is not closed on this line, so nobody knows where the next row begins; "
        "close it, or take it out"
    )


def _is_broken(lines: Sequence[str], separator: str) -> bool:
    try:
        return len([*csv.reader(lines, delimiter=separator, strict=True)]) != 1
    except csv.Error:
        return True


def _cells(row: Mapping[str, str | list[str] | None]) -> list[str]:
    return [text for cell in row.values() if cell for text in ([cell] if isinstance(cell, str) else cell)]


def _addresses_in(text: str, ends: bool) -> Sequence[str]:  # noqa: FBT001  # as its caller was told
    """Return the addresses of a line or cell, and what is meant to be one; else the whole of it.

    Several are no address at all where nothing ``ends``: nobody knows which of them said yes.
    """
    parts = map(bare, _SEPARATORS.split(_QUOTED_NAME.sub("", text)))
    found = [*dict.fromkeys(part for part in parts if "@" in part.strip("@<>"))]
    if not ends:
        return [text.strip()] if len(found) > 1 else found or [bare(text)]
    # Of a slip the address that is mailed ends, too, and the one that stands there: nothing is ever dropped.
    return [*dict.fromkeys(way for one in found or [bare(text)] for way in _ways(one))]


def _ways(text: str) -> Sequence[str]:
    """Return what stands in a list, and what was meant where that can be no address."""
    meant = bare(_UNSEEN.sub("", text).rstrip(".")) or text
    within = [part for part in _SIGNS.split(meant) if "@" in part.strip("@")]
    return [text, meant] if within == [meant] or is_address(meant) else [text, meant, *within]


def _named(names: Sequence[str], wanted: str) -> str:
    name = wanted.strip().lower()
    if (count := names.count(name)) == 1:
        return name
    if count:
        raise PrivacyError(f'the list has {count} columns "{wanted}"; rename those that are not meant')
    raise PrivacyError(f'the list has no column "{wanted}"; it has {len(names)} others')


def _address_column(names: Sequence[str]) -> str:
    found = next((name for name in _ADDRESS_COLUMNS if name in names), None)
    if found is None:
        raise PrivacyError(
            "no column of the list is called email; name the one with the addresses (--column)"
        )
    return _named(names, found)


def _moment(text: str, line: int, ends: bool) -> datetime | None:  # noqa: FBT001  # as its caller was told
    text = text.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time.max if ends else time.min, UTC)
    except ValueError:
        pass  # it has a time
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC it may be before the year 1
        raise PrivacyError(f"line {line}: the date is none that ISO 8601 has, such as 2024-05-31") from None
