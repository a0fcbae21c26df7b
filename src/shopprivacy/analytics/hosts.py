"""Hosts that are named after addresses: by whoever owns a machine, by providers, and in the reverse zones of the DNS.

Providers write the octets from the first to the last, or from the last to the first, and nothing says which: cut, one
of the two would keep the octet that points to the customer. So all four go, but behind ``ip``, which clouds write
before private addresses in their own order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from shopprivacy.analytics.addresses import NOTHING

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"
_FILES: Final = (
    r"png|jpe?g|gif|webp|avif|svg|ico|m?js|css|map|html?|json|xml|ya?ml|txt|csv|log|pdf|py|whl|rpm|deb|jar|noarch"
    r"|tar|t?gz|xz|bz2|zip|7z|exe|msi|dmg|apk|so|dll|sql|bak|md"
)
"""Endings of names of files, which have numbers in them, too."""
_BEHIND: Final = (
    r"(?!\.(?:[0-9]{1,5}|[a-f])\.)"
    rf"(?=(?:-[A-Za-z][A-Za-z0-9-]{{0,40}})?(?:\.[A-Za-z0-9][A-Za-z0-9-]{{0,62}})+\.(?!(?:{_FILES})\b)[A-Za-z]{{2,24}}(?![A-Za-z0-9]))"
    r"(?![\w.-]{0,80}\.(?:tar|min)\.)"
)
"""The rest of a host's name: two labels at least, and the last no ending of a file."""
_REVERSED: Final = re.compile(
    r"(?<![0-9.])(?:[0-9]{1,3}\.){4}(?=in-addr\.arpa\b)|(?<![0-9A-Fa-f.])(?:[0-9A-Fa-f]\.){13,32}(?=ip6\.arpa\b)",
    re.IGNORECASE,
)
"""RFC 1035 §3.5, RFC 3596 §2.5: an address's octets, or halves of them, from the last to the first."""
_MARKED: Final = {
    mark: re.compile(
        rf"({mark}(?<![A-Za-z0-9]{mark})-?)"
        r"([0-9]{1,3})([.-])([0-9]{1,3})\3([0-9]{1,3})\3([0-9]{1,3})(?![A-Za-z0-9])"
    )
    for mark in ("ip", "IP")  # without regard to case it would take ten times as long
}
_FOUR: Final = re.compile(
    rf"(?<![0-9])(?:(?<![0-9][._-])|(?<=[A-Za-z][0-9][._-]))(?<!\bip)(?<!\bIP)(?<!\bip-)(?<!\bIP-)"
    rf"{_OCTET}([._-]){_OCTET}\1{_OCTET}\1{_OCTET}{_BEHIND}"
)
_SIX: Final = re.compile(
    r"(?<![0-9A-Za-z.])[23][0-9A-Fa-f]{3}-(?:(?:[0-9A-Fa-f]{1,4}-){6}|(?:[0-9A-Fa-f]{1,4}-){0,5}-(?:[0-9A-Fa-f]{1,4}-){0,5})"
    rf"[0-9A-Fa-f]{{1,4}}{_BEHIND}"
)
"""An IPv6 address with hyphens for its colons; two where zeros are left out."""
_HEXADECIMAL: Final = re.compile(
    r"(?<![\w.-])[A-Za-z]{0,3}?[0-9A-Fa-f]{8}(?=\.(?:[\w-]{1,63}\.)*"
    r"(?:dip|dyn|dynamic|static|[av]?dsl|cable|pool|ppp|rev|cust|customer|clients?|ftth|fiber|fibre|broadband|dialup)"
    r"[0-9-]{0,3}(?:\.[A-Za-z0-9-]{1,63})+)"
)
"""An IPv4 address in hexadecimal, which a word beside it tells from a digest."""


def without_marked(text: str, cut: Callable[[str], str | None]) -> str:
    """The text with the addresses cut that stand behind ``ip``; ``cut`` cuts one, and is None where it is none."""

    def marked(found: re.Match[str]) -> str:
        begin, first, mark, *others = found.groups()
        address = cut(".".join((first, *others)))
        return found[0] if address is None else begin + address.replace(".", mark)

    for mark, host in _MARKED.items():
        if mark in text:
            text = host.sub(marked, text)
    return text


def without_addresses(token: str) -> str:
    """The token without the addresses that the name of a host in it is made of."""
    if token.count(".") < 2:
        return token
    if "arpa" in token.lower():
        token = _REVERSED.sub(f"{NOTHING}.", token)
    token = _FOUR.sub(NOTHING, token)
    token = _HEXADECIMAL.sub(NOTHING, token)
    return _SIX.sub(NOTHING, token) if token.count("-") > 3 else token
