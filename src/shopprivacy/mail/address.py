"""Who an address is: the frozen rule that makes one subject of all ways to write it, for each channel.

The rule for e-mail is this library's own and never changes: under another one nobody who objected would be found again.
Vectors in ``tests/vectors/mail-address.json`` hold it.

    e-mail  = trimmed; local part in lower case, then NFC (RFC 6532, section 3.1); domain in lower case where it is
              ASCII, else as IDNA writes it (UTS 46, non-transitional). What cannot be read so is trimmed, in lower
              case, NFC. Nothing is ever dropped: plus-tags and dots stay.
    key     = the first 10 bytes of HMAC-SHA256(key "mail-address", address)
    subject = pseudonym("email", key in lower-case hexadecimal)

Whoever has a link of ours has the key in it and so nothing that could be tried against a list of addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast
from unicodedata import normalize

from shopprivacy.crypto import Keyset, Use, pseudonym
from shopprivacy.errors import MissingExtra, PrivacyError

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

Channel = Literal["email", "post", "phone", "sms", "fax"]
CHANNELS: Final[tuple[Channel, ...]] = ("email", "post", "phone", "sms", "fax")
"""Each is a kind of subject: who wants no catalogue may want the newsletter."""

KEY_BYTES: Final = 10
# Nothing in them can be read in two ways: anybody can post 64 KB of "@" as an address.
_ANGLED: Final = re.compile(r"<([^<>@]*@[^<>]*)>")
_BEFORE: Final = re.compile(r"""(?:mailto:|[\s"'])*""", re.IGNORECASE)
_BARE: Final = re.compile(r"""[^<:\s"']*""")
_AFTER: Final = re.compile(r"""[\s"']*""")
_NO_LETTER_OR_DIGIT: Final = re.compile(r"[\W_]+")


class Letterbox(NamedTuple):
    """Where a catalogue is put: a letterbox, whoever lives behind it.

    Compared without case, blanks and signs: ``1234 ab`` is ``1234AB``.
    """

    country: str
    """Two letters (ISO 3166-1)."""
    postcode: str
    number: str
    addition: str = ""


Address = str | Letterbox
"""What a channel reaches somebody by: for ``post`` a letterbox, for all others text."""


def bare(text: str) -> str:
    """Return an e-mail address without what it is written with: a display name, ``mailto:``, quotes, blanks.

    Whatever makes a subject asks this first, so that a no to ``An <an@example.nl>`` is one to ``an@example.nl``. Text
    with several addresses stays as it is.
    """
    while _BARE.fullmatch(text) is None:
        angled = _ANGLED.findall(text)
        inner = angled[0] if len(angled) == 1 else text
        found = _BEFORE.sub("", inner, count=1)
        if ":" in inner[: len(inner) - len(found)]:
            found = found.partition("?")[0]
        found = _AFTER.sub("", found[::-1], count=1)[::-1]
        if found == text:
            break
        text = found
    return text


def is_address(text: str) -> bool:
    """Whether mail can be sent to it. Text that is none is never written to, while a no of it is kept."""
    return read_address(text) is not None


def read_address(text: str) -> ValidatedEmail | None:
    """Return the parts of an address that mail can be sent to; None: it is none, or several."""
    from email_validator import EmailNotValidError, validate_email  # 20 ms, and no start needs it

    try:
        return validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None


def canonical_email(address: str) -> str:
    """Return the one way to write an e-mail address that its subject is made of."""
    trimmed = address.strip()
    local, _, domain = trimmed.rpartition("@")
    host = ascii_host(domain) if local and domain else None
    return _folded(trimmed) if host is None else f"{_folded(local)}@{host}"


def _folded(text: str) -> str:
    # In this order: NFC before lower case is not stable. ASCII is its own NFC.
    return text.lower() if text.isascii() else normalize("NFC", text.lower())


def ascii_host(domain: str) -> str | None:
    """Return a domain as it stands in a header, in ASCII and lower case; None: IDNA knows none that is written so."""
    if domain.isascii():  # UTS 46 maps ASCII to lower case and nothing else
        return domain.lower()
    import idna  # its tables are large, and most addresses need none

    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def canonical_letterbox(letterbox: Letterbox) -> str:
    """Return the one way to write a letterbox: ``NL 1234AB 7 A``.

    Raises PrivacyError, without the address, where country, postcode or number is missing.
    """
    parts = [_NO_LETTER_OR_DIGIT.sub("", _folded(part)).upper() for part in letterbox]
    if not all(parts[:3]):
        raise PrivacyError("a letterbox needs its country, postcode and number; the addition may be empty")
    return " ".join(parts)


def canonical_number(number: str, country: str) -> str:
    """Return a telephone number as E.164 writes it: ``+31201234567``. ``country`` is where one without +31 is.

    Raises PrivacyError, without the number, where it can be none, and MissingExtra without the extra ``phone``.
    """
    try:
        import phonenumbers
    except ImportError as missing:  # pragma: no cover  # run without it by the core's tests
        raise MissingExtra("phone") from missing
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        raise PrivacyError("this can be no telephone number; write it as +31 20 123 4567") from None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def mail_key(keyset: Keyset, address: str) -> bytes:
    """Return the 10 bytes that stand for an e-mail address in links."""
    text = canonical_email(address).encode("utf-8", "surrogatepass")
    return keyset.derive(Use.MAIL_ADDRESS).mac(text)[:KEY_BYTES]


def subject_of_key(keyset: Keyset, key: bytes) -> str:
    """Return the subject of an e-mail address by its key: all that a link knows."""
    return pseudonym(keyset, "email", key.hex())


def subject_of(keyset: Keyset, address: Address, channel: Channel = "email", *, country: str) -> str:
    """Return the pseudonym of whoever is reached at this address.

    ``country`` is that of the shop, for telephone numbers without one. Raises PrivacyError, without the address, for
    one that is none of this channel's, and ValueError for a channel that is none.
    """
    if channel not in CHANNELS:
        raise ValueError(f"{channel} is not a channel; there are {', '.join(CHANNELS)}")
    # Of what is no text, such as None or bytes, str() would make somebody else, whose no reaches nobody.
    if not isinstance(cast("object", address), Letterbox if channel == "post" else str):
        raise PrivacyError("the address of channel post is a Letterbox, that of every other is text (str)")
    if channel == "email":
        return subject_of_key(keyset, mail_key(keyset, cast("str", address)))
    if channel == "post":
        return pseudonym(keyset, channel, canonical_letterbox(cast("Letterbox", address)))
    return pseudonym(keyset, channel, canonical_number(cast("str", address), country))
