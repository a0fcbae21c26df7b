"""VAT numbers: companies in the European Union give one, nobody else does."""

from __future__ import annotations

import re

EU_COUNTRIES = ("BE", "NL", "DE", "FR", "LU", "AT", "ES", "IE", "IT", "PL", "PT")
COUNTRIES = (*EU_COUNTRIES, "CH", "GB", "NO")
"""Where the shop delivers to."""

_VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z]{8,12}")


def clean_vat_number(text: str) -> str:
    """Return the number without spaces, dots and dashes, in capitals."""
    return re.sub(r"[\s.\-]", "", text).upper()


def is_vat_number(text: str) -> bool:
    """Say whether a cleaned number has the form of an EU VAT number."""
    return _VAT_NUMBER.fullmatch(text) is not None
