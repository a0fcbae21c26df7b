"""Blind indexes: finding a sealed value by what it is equal to, without opening any.

    index = the first 16 bytes of HMAC-SHA256(key, content), as 32 hexadecimal digits
    key   = the index ring's key for "blind-index" with the context (field, index name, "normaliser/version")

``content`` is what ``encode`` gives for the normalised value. Whoever sees two index values sees whether the values
are equal, and whoever has the key can try values: few possible values are no secret, so they get no index.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from shopprivacy.crypto import DerivedKey, Keyset, KeyState, Ring, Use
from shopprivacy.errors import MissingExtra, SealRefused
from shopprivacy.sealing.envelope import associated_data, content_of

INDEX_BYTES: Final = 16
INDEX_LENGTH: Final = 2 * INDEX_BYTES
"""Characters of an index value. Its column compares byte by byte."""


class Normaliser(NamedTuple):
    """What counts as equal. Another rule is another version: index values are made anew then."""

    name: str
    version: int
    normalise: Callable[[str, str | None], str]
    """Is given the text and the shop's country, an ISO 3166 code."""

    @property
    def label(self) -> str:
        """Name and version, as they go into the key."""
        return f"{self.name}/{self.version}"


def index_value(key: DerivedKey, content: bytes) -> str:
    """Return the index value of a normalised value's bytes."""
    return key.mac(content)[:INDEX_BYTES].hex()


class BlindIndexes:
    """The index values of one shop. ``country`` is what telephone numbers without one are of."""

    def __init__(self, keyset: Keyset, country: str) -> None:
        self._keyset = keyset
        self._country = country

    def newest(self, value: object, field: str, normaliser: str, name: str) -> str:
        """Return the index value to store. Raises as `normalised` does."""
        content = normalised(value, normaliser, field, self._country)
        return index_value(self._key(field, name, normaliser), content)

    def usable(self, value: object, field: str, normaliser: str, name: str) -> tuple[str, ...]:
        """Return those to look for: one under each key that may be used, the newest first. Raises as `newest` does."""
        content = normalised(value, normaliser, field, self._country)
        states = (KeyState.PRIMARY, KeyState.DECRYPT_ONLY)
        roots = sorted(self._keyset.keys(Ring.INDEX), key=lambda key: key.state is not KeyState.PRIMARY)
        usable = (root.id for root in roots if root.state in states)
        return tuple(index_value(self._key(field, name, normaliser, key_id), content) for key_id in usable)

    def _key(self, field: str, name: str, normaliser: str, key_id: bytes | None = None) -> DerivedKey:
        label = normaliser_called(normaliser, field).label
        return self._keyset.derive(Use.BLIND_INDEX, field, name, label, key_id=key_id)


def normalised(value: object, normaliser: str, field: str, country: str | None) -> bytes:
    """Return the bytes of a value's normal form.

    Raises SealRefused for a value that must not have an index, for one that this normaliser is not for, and for a
    normaliser that does not exist; MissingExtra where ``phone`` lacks its package.
    """
    associated_data(field)  # it is a field's name
    rule = normaliser_called(normaliser, field)
    if isinstance(value, bool | date | dict | list | float):
        kind = type(value).__name__
        del value
        raise SealRefused(
            f"{field}: a {kind} gets no blind index: it has so few values that each would be guessed"
        )
    if isinstance(value, str):
        value = rule.normalise(value, country)
    elif rule is not _EXACT:
        del value
        raise SealRefused(
            f'{field}: the normaliser "{normaliser}" is for text; other values are indexed "exact"'
        )
    try:
        return content_of(value, field)
    finally:
        del value


def normaliser_called(name: str, field: str) -> Normaliser:
    """Return the normaliser of this name. Raises SealRefused where there is none."""
    found = NORMALISERS.get(name)
    if found is None:
        raise SealRefused(f'{field}: there is no normaliser "{name}"; there are {", ".join(NORMALISERS)}')
    return found


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def _email(text: str) -> str:
    """The domain by UTS 46, non-transitional, before anything is folded: ``faß.de`` and ``fass.de`` are two."""
    local, at, domain = text.strip().rpartition("@")
    return f"{_folded(local)}{at}{_domain(domain)}"


def _domain(domain: str) -> str:
    if domain.isascii():  # to these the mapping does the same, and so does folding what it refuses
        return domain.lower()
    import idna  # its tables are large, and most addresses need none

    try:
        return idna.encode(domain, uts46=True, transitional=False).decode()
    except (idna.IDNAError, UnicodeError):
        return _folded(domain)


def _phone(text: str, country: str | None) -> str:
    try:
        import phonenumbers
    except ModuleNotFoundError:
        raise MissingExtra("phone") from None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return _compact(text)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _last_word(text: str) -> str:
    return (_folded(text).split() or [""])[-1]


def _of_text(normalise: Callable[[str], str]) -> Callable[[str, str | None], str]:
    return lambda text, _country: normalise(text)


_EXACT: Final = Normaliser("exact", 1, _of_text(str))
NORMALISERS: Final = {
    rule.name: rule
    for rule in (
        _EXACT,
        Normaliser("folded", 1, _of_text(_folded)),
        Normaliser("email", 1, _of_text(_email)),
        Normaliser("phone", 1, _phone),
        Normaliser("compact", 1, _of_text(_compact)),
        Normaliser("last_word", 1, _of_text(_last_word)),
    )
}
"""By name: as it is; stripped, NFKC and case-folded; an e-mail address; a telephone number in E.164; without blanks in
upper case, as postcodes; the last word, as surnames."""
