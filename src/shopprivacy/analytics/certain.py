"""What is personal or secret whatever stands beside it: told by its form, and by its check digits if it has any."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from string import ascii_lowercase
from typing import Final
from urllib.parse import unquote_to_bytes

from stdnum import iban, luhn
from stdnum.be import nn
from stdnum.de import idnr
from stdnum.fr import nir
from stdnum.nl import bsn
from stdnum.pl import pesel

FILES: Final = r"(?:png|jpe?g|gif|webp|avif|svg|ico)"
EMAIL: Final = re.compile(rf"(?<=[^\s@])@(?:[\w-]{{1,63}}\.)+(?!{FILES}\b)[^\W\d_]{{2,24}}(?![^\W\d_])")
"""An address of mail (RFC 5321, 6531): its domain has a dot and ends in letters. ``logo@2x.png`` is a file."""
JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)*")
"""RFC 7519, and itsdangerous over JSON: base64 of ``{"`` to begin with."""
UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
HEX: Final = re.compile(
    r"[0-9a-f]{32,128}|[0-9A-F]{32,128}|(?:[0-9a-f]{2}-)?[0-9a-f]{32}-[0-9a-f]{16}(?:-[0-9a-f]{1,2})?"
    r"|[0-9a-f]{2}(?::[0-9a-f]{2}){15,63}|[0-9A-F]{2}(?::[0-9A-F]{2}){15,63}"
)
"""Digests, with colons in the fingerprint of a certificate, and the ids of a trace (W3C Trace Context §3.2)."""
SHORTEST_IBAN: Final = 15
_IBAN: Final = re.compile(r"[A-Za-z]{2}[0-9]{2}(?:[ .+_-]?[A-Za-z0-9]){11,30}")
_CARD: Final = re.compile(r"[2-6][0-9]{3}([-. ])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}|[0-9]{6}\1[0-9]{5})")
ABROAD: Final = r"00(?:3[0-469]|4[013-9]|3[578][0-9]|42[013]|90|212)"
"""What is dialled before a number of a country in Europe, and of two beside it (ITU-T E.164)."""
_PHONE: Final = re.compile(
    r"\+[0-9](?:[ ().-]{0,2}[0-9]){7,14}|06-[0-9]{8}"
    # Only in groups: bare digits are an order's, or an EAN of the UPC's numbers, which begins with 00, too.
    rf"|{ABROAD}(?=[ (.-])(?! [0-9]{{5}}| 20[0-9]{{2}}-)(?:[ ().-]{{0,3}}[0-9]){{8,12}}"
)
_KEY: Final = re.compile(
    r"(?:sk|pk|rk)_(?:live|test)_\w{8,}|whsec_\w{8,}|(?:live|test)_[A-Za-z0-9]{24,}|gh[opsu]_\w{16,}"
    r"|xox[a-z]-[\w-]{10,}|A[KS]IA[A-Z0-9]{16}|AIza[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}"
)
"""Keys that say by their beginning whose they are: Stripe, Mollie, GitHub, Slack, Amazon, Google, SendGrid."""
_NATIONAL: Final = (bsn.is_valid, nn.is_valid, nir.is_valid, idnr.is_valid, pesel.is_valid)
"""NL, BE, FR, DE, PL."""
_HASHED: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:scrypt|pbkdf2|bcrypt|argon2)[\w-]*[:$]|\$(?:2[abxy]|argon2\w{0,2}|scrypt|[1567y])\$|sha1\$|md5\$"
)
"""Beginnings of hashed passwords, as Werkzeug, Django, passlib and crypt(3) write them."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
MAIL_BYTES: Final = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_ENCODINGS: Final = 16
"""How often a text is decoded: ``%2540`` is an @ encoded twice, and proxies encode once more."""


def has_email(token: str) -> bool:
    """Whether a token holds an address of mail."""
    return "@" in token and EMAIL.search(token) is not None


def is_iban(text: str) -> bool:
    """Whether this is an IBAN (ISO 13616, mod 97), with blanks, dots or hyphens in it or not."""
    if _IBAN.fullmatch(text) is None:
        return False
    bare = re.sub(r"[ .+_-]", "", text)
    # The remainder first: it is quick, and the country's own form is not.
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1 and iban.is_valid(
        bare, check_country=False
    )


def is_grouped_card(text: str) -> bool:
    """Whether this is a card number in groups (ISO 7812, Luhn). Ungrouped it looks like any long number."""
    return _CARD.fullmatch(text) is not None and is_card(text)


def is_card(text: str) -> bool:
    """Whether these 12 to 19 digits pass the test of card numbers; one of ten numbers does."""
    digits = re.sub(r"[ .-]", "", text)
    return digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and luhn.is_valid(digits)


def is_national(text: str) -> bool:
    """Whether these digits pass the test of a national number; about one of ten numbers does."""
    digits = re.sub(r"[ .-]", "", text)
    return digits.isascii() and digits.isdigit() and any(is_valid(digits) for is_valid in _NATIONAL)


def is_phone(text: str) -> bool:
    """Whether this is a telephone number as written between countries (E.164), + and 8 to 15 digits, or ``06-``;
    in groups also behind 00.
    """
    return _PHONE.fullmatch(text) is not None


def is_dialled(text: str) -> bool:
    """Whether this has as many digits as a telephone number (E.164): 8 to 15."""
    return 8 <= sum(character.isdigit() for character in text) <= 15


def is_glued(token: str) -> bool:
    """Whether small letters, or the word IBAN, stand close to an IBAN in capitals, or to a card number in groups."""
    within = token.strip(ascii_lowercase)
    if len(within) < SHORTEST_IBAN or (len(within) == len(token) and not within.startswith("IBAN")):
        return False
    within = within.removeprefix("IBAN")
    return is_grouped_card(within) or (within[2:4].isdigit() and is_iban(within))


def is_key(token: str) -> bool:
    """Whether this is a key that says by its beginning whose it is."""
    return _KEY.fullmatch(token) is not None


def is_hashed_password(token: str) -> bool:
    """Whether something in a token begins as hashed passwords do."""
    return _HASHED.search(token) is not None


def has_base64_email(token: str) -> bool:
    """Whether a part of the token is base64 of readable text with an address of mail in it."""
    return any(_decodes_to_email(part) for part in _BASE64.findall(token))


def _decodes_to_email(part: str) -> bool:
    if (
        part.islower() or part.isupper() or part.isdigit()
    ):  # words and numbers; base64 of text is of both cases
        return False
    bare = part.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = b64decode(bare + "=" * (-len(bare) % 4))
        return MAIL_BYTES.search(text) is not None and text.decode().isprintable()
    except (binascii.Error, UnicodeDecodeError):
        return False


def decoded(token: str) -> str | None:
    """The token with its percent signs decoded, as often as it takes; None where it is not UTF-8 or has no end."""
    for _ in range(_ENCODINGS):
        if "%" not in token:
            return token
        try:
            plain = unquote_to_bytes(token).decode()
        except UnicodeDecodeError:
            return None
        if plain == token:
            return token
        token = plain
    return None
