"""What leaves: whether the bytes of a message still have the header pair whole (RFC 8058, sections 3.1 and 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.header import LIST_UNSUBSCRIBE, LIST_UNSUBSCRIBE_POST, POST

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"^([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.MULTILINE)
_URIS: Final = re.compile(r"\s*<[!-;=?-~]+>\s*(,\s*<[!-;=?-~]+>\s*)*")
_WEB: Final = re.compile(r"<(https?://)(?![/?#:>])", re.IGNORECASE)
_PAIR: Final = (LIST_UNSUBSCRIBE, LIST_UNSUBSCRIBE_POST)
_COVERED: Final = frozenset(name.lower() for name in _PAIR)


class NotOneClick(PrivacyError):
    """A message that no mail program can unsubscribe from in one click. ``faults`` says why, each with what to do."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


def check_wire(message: bytes, *, signed: bool = False) -> None:
    """Look at the bytes of a marketing message, as they are handed over or as they arrived.

    ``signed`` wants a DKIM signature, too, for a message that has left. Where there are any, one of them must cover
    both fields. Raises NotOneClick.
    """
    fields = list(_fields(message))
    faults = [fault for name in _PAIR for fault in _faults(name, fields)]
    signatures = [value for name, value in fields if name == "dkim-signature"]
    if signatures and not any(_covered(value) >= _COVERED for value in signatures):
        known = {name for value in signatures for name in _covered(value)}
        missing = (
            " and ".join(name for name in sorted(_COVERED) if name not in known) or "both fields at once"
        )
        faults.append(
            f"DKIM-Signature: none covers {missing}; add them to the fields that your server signs (h=), since mail "
            "services ignore unsigned fields (RFC 8058, section 4)"
        )
    elif signed and not signatures:
        faults.append("DKIM-Signature: is missing; let your server sign (RFC 8058, section 4)")
    if faults:
        raise NotOneClick(faults)


def _fields(message: bytes) -> Iterator[tuple[str, str]]:
    head = _END_OF_HEAD.split(message, maxsplit=1)[0]
    for name, value in _FIELD.findall(head):
        yield name.decode("ascii").lower(), value.decode("ascii", "replace")


def _faults(name: str, fields: list[tuple[str, str]]) -> Iterator[str]:
    values = [value for key, value in fields if key == name.lower()]
    if len(values) != 1:
        yield f"{name}: {'is missing' if not values else 'has a duplicate'}; a message has it once"
        return
    [value] = values
    if "=?" in value:
        yield f"{name}: is encoded (RFC 2047), so nobody finds its URL; set it with privacy.mail.add_links, last"
    elif "\ufffd" in value:
        yield f"{name}: has other than ASCII in it, which no URL has; set it with privacy.mail.add_links, last"
    elif name == LIST_UNSUBSCRIBE_POST:
        if value.strip() != POST:
            yield f"{name}: must be {POST}"
    elif any("\n" in part.partition(">")[0] for part in value.split("<")[1:]):
        yield f"{name}: is folded inside the URL; set it with privacy.mail.add_links, last"
    elif _URIS.fullmatch(value) is None:
        yield f"{name}: each URL stands between < and >, and commas between them (RFC 2369, section 2)"
    elif [scheme.lower() for scheme in _WEB.findall(value)] != ["https://"]:
        yield f"{name}: needs exactly one URL with https, and none with http (RFC 8058, section 3.1)"


def _covered(signature: str) -> frozenset[str]:
    """Return the fields that a DKIM signature covers (RFC 6376, section 3.5)."""
    tags = re.sub(r"\s", "", signature).lower().split(";")
    return frozenset(name for tag in tags if tag.startswith("h=") for name in tag[2:].split(":"))
