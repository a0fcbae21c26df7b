"""Rules about logs: what would survive in them although it points to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.policy import Policy

Found = tuple[str | tuple[str | int, ...], str]

_USUAL: Final = {"ipv4": 24, "ipv6": 48}
_PERSONAL: Final = re.compile(
    r".*mail.*|(.*[_.-])?(pass|auth|pwd|jwt|sid|cookie)|.*(token|passw(or)?d|wachtwoord|secret|signature|session(_?id)?|csrf|api_?key|otp)s?"
    r"|(first_|last_|user_?|full_?)?name|phone|tel|telefoon|mobile|address|adres|postcode|zip|birth_?da(te|y)|iban|bsn"
    r"|gclid|dclid|wbraid|gbraid|fbclid|msclkid|ttclid|twclid|li_fat_id|mc_eid|_ga|_gl",
    re.IGNORECASE,
)


def weak_truncation(policy: Policy, _today: date) -> Iterator[Found]:
    """More bits of an address than leave it in a crowd."""
    for key, usual in _USUAL.items():
        bits: int = getattr(policy.analytics, key)
        if bits > usual:
            yield ("analytics", key), f"keeps {bits} bits of an address, more than {usual}"


def personal_parameter(policy: Policy, _today: date) -> Iterator[Found]:
    """Parameters that carry a person's data, a secret, or the id of a click on an advertisement."""
    for index, name in enumerate(policy.analytics.query):
        if _PERSONAL.fullmatch(name):
            yield ("analytics", "query", index), f'keeps "{name}" in logs'
