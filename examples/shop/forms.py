"""Reading the shop's forms: trimmed, of bounded length, with every mistake told at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from examples.shop.vat import EU_COUNTRIES, clean_vat_number, is_vat_number

PASSWORD_LENGTH = 10
_EMAIL = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,180}\.[^@\s<>,;:\".]{2,63}")


@dataclass(slots=True)
class Form:
    """A filled-in form. Reading a field notes what is wrong with it; ``mistakes`` holds (text key, field)."""

    given: Mapping[str, str]
    mistakes: list[tuple[str, str]] = field(default_factory=list)

    def optional(self, name: str, longest: int = 200) -> str:
        """Return the field without white space around it, or an empty text."""
        value = self.given.get(name, "").replace("\r\n", "\n").strip()
        if len(value) > longest:
            self.mistakes.append(("error_long", name))
            return ""
        return value

    def required(self, name: str, longest: int = 200) -> str:
        """Return the field; an empty one is a mistake."""
        value = self.optional(name, longest)
        if not value and ("error_long", name) not in self.mistakes:
            self.mistakes.append(("error_required", name))
        return value

    def email(self) -> str:
        """Return the field ``email`` in lower case; what cannot be an address is a mistake."""
        value = self.required("email").lower()
        if value and not _EMAIL.fullmatch(value):
            self.mistakes.append(("error_email", "email"))
        return value

    def new_password(self) -> str:
        """Return the field ``password`` untouched; a short one is a mistake."""
        value = self.given.get("password", "")
        if not PASSWORD_LENGTH <= len(value) <= 1000:
            self.mistakes.append(("error_password", "password"))
        return value

    def choice(self, name: str, offered: Collection[str]) -> str:
        """Return the field; a value that the form does not offer is a mistake."""
        value = self.given.get(name, "")
        if value not in offered:
            self.mistakes.append(("error_choice", name))
        return value

    def number(self, name: str, least: int, most: int) -> int:
        """Return the field as a whole number; one out of range is a mistake."""
        value = self.given.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        self.mistakes.append(("error_choice", name))
        return least

    def vat_number(self, company: str, country: str) -> str:
        """Return the VAT number: companies in the EU must give one, others must not."""
        value = clean_vat_number(self.optional("vat_number", 30))
        expected = bool(company) and country in EU_COUNTRIES
        if expected and not value:
            self.mistakes.append(("error_vat_missing", "vat_number"))
        elif expected and not is_vat_number(value):
            self.mistakes.append(("error_vat_invalid", "vat_number"))
        elif value and not expected:
            self.mistakes.append(("error_vat_refused", "vat_number"))
        return value

    def explain(self, texts: Mapping[str, str]) -> list[str]:
        """Return the mistakes as sentences in the language of ``texts``."""
        return [texts[key].format(field=texts.get(name, name)) for key, name in self.mistakes]
