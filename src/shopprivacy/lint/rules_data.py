"""Rules about data: national numbers, special categories (GDPR art. 9), and inputs that no purpose needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.policy import Basis, Policy
from shopprivacy.policy.vocabulary import covers

Found = tuple[tuple[str, ...], str]

_NATIONAL: Final = re.compile(
    r"(^|_)(bsn|burgerservicenummer|sofinummer|sofi_nummer|rrn|nrn|niss|insz|rijksregister(_?nummer)?|"
    r"national_?(id|number|register_?number|registration_?number)|nir|numero_?(de_?)?secu(rite_?sociale)?|"
    r"ssn|social_?security_?number|steuer_?id|personal_?ausweis(_?nummer)?)$"
)
"""Names of columns that hold the number by which a state knows a person (NL, BE, FR, DE, LU, and in English)."""


def national_id_column(policy: Policy, _today: date) -> Iterator[Found]:
    """A column for the national number that no purpose with a law permits."""
    permitted = {
        category
        for purpose in policy.purposes.values()
        if "national_id" in purpose.permits
        for category in purpose.data
    }
    for name, category in policy.data.items():
        for field in category.fields:
            column = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field.rpartition(".")[2]).lower()
            if _NATIONAL.search(column) and name not in permitted:
                yield ("data", name), f'"{field}" looks like the national number; no purpose permits it'


def special_data(policy: Policy, _today: date) -> Iterator[Found]:
    """Art. 9: special categories need explicit consent, or a law."""
    for name, purpose in policy.purposes.items():
        allowed = purpose.law or (purpose.basis is Basis.CONSENT and purpose.explicit)
        special = [c for c in purpose.data if c in policy.data and policy.data[c].special]
        if special and not allowed:
            message = (
                f"uses {', '.join(special)} (special, art. 9) without explicit consent and without a law"
            )
            yield ("purposes", name, "data"), message


def needless_input(policy: Policy, _today: date) -> Iterator[Found]:
    """An input that must be filled although no purpose of the form uses it."""
    for name, form in policy.forms.items():
        used = tuple(
            field
            for purpose in form.purposes
            if purpose in policy.purposes
            for category in policy.purposes[purpose].data
            if category in policy.data
            for field in policy.data[category].fields
        )
        needless = [field for field in form.required if form.purposes and not covers(used, field)]
        if needless:
            message = f"demands {', '.join(needless)}, which {', '.join(form.purposes)} does not use"
            yield ("forms", name, "required"), message
