"""VAT numbers: companies in the European Union give one, nobody else does."""

from __future__ import annotations

import re

EU_COUNTRIES = {
    "BE": "België / Belgique / Belgien",
    "NL": "Nederland",
    "DE": "Deutschland",
    "FR": "France",
    "LU": "Luxembourg",
    "AT": "Österreich",
    "ES": "España",
    "IE": "Ireland",
    "IT": "Italia",
}
COUNTRIES = EU_COUNTRIES | {"CH": "Schweiz / Suisse / Svizzera", "GB": "United Kingdom"}
"""Where the shop delivers to, by ISO 3166 code and by the names of their own."""

_VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z]{8,12}")


def clean_vat_number(text: str) -> str:
    """Return the number without spaces, dots and dashes, in capitals."""
    return re.sub(r"[\s.\-]", "", text).upper()


def is_vat_number(text: str) -> bool:
    """Say whether a cleaned number has the form of an EU VAT number."""
    return _VAT_NUMBER.fullmatch(text) is not None
