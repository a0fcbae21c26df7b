"""Names of fields, parameters and cookies whose values point to a person: closed lists, read as people write names.

``access_token``, ``X-CSRF-Token``, ``accessToken``, ``HTTP_COOKIE`` and ``new_password2`` are meant by their last word;
``max_tokens`` and ``session_length`` are not. In English, Dutch, German, French and Polish.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

PASSWORDS: Final = frozenset(
    {
        "password", "passwords", "passwd", "pwd", "pass", "pass_word", "passphrase", "passcode", "pgpassword",
        "wachtwoord", "passwort", "kennwort", "motdepasse", "mot_de_passe", "passe", "mdp", "haslo", "hasło",
    }
)  # fmt: skip
CODES: Final = frozenset(
    {
        "otp", "totp", "pin", "pin_code", "pincode", "cvc", "cvv", "verification_code", "security_code", "sms_code",
        "access_code", "login_code", "auth_code", "authorization_code", "backup_code", "recovery_code",
        "one_time_code", "2fa_code",
    }
)  # fmt: skip
"""Short secrets, often of digits alone."""
SECRETS: Final = frozenset(
    {
        *PASSWORDS, *CODES, "secret", "secrets", "token", "jwt", "credential", "credentials", "signature", "nonce",
        "verifier", "auth", "authorization", "cookie", "cookies", "session", "sessionid", "session_id", "session_key",
        "sessid", "phpsessid", "jsessionid", "sid", "csrf", "xsrf", "csrftoken", "csrfmiddlewaretoken", "consent_id",
        "api_key", "apikey", "access_key", "private_key", "secret_key", "encryption_key", "signing_key",
        "password_hash", "auth_hash", "user_hash", "security_answer", "iban", "bank_account", "account_number",
        "kontonummer", "rekeningnummer", "numer_konta", "national_id", "passport_number", "passport_no",
        "paspoortnummer", "document_number",
    }
)  # fmt: skip
"""The last words of names behind which a secret stands."""
WHOLE: Final = frozenset({"tokens", "input", "input_value"})
"""Such names where no word stands before them; in the last two a validator repeats what somebody typed."""

PERSONAL: Final = frozenset(
    {
        "email", "e_mail", "mail", "email_address", "mail_address", "emailadres", "e_mailadres", "courriel",
        "first_name", "firstname", "last_name", "lastname", "full_name", "fullname", "surname", "given_name",
        "family_name", "middle_name", "maiden_name", "user_name", "username", "customer_name", "client_name",
        "contact_name", "billing_name", "shipping_name", "recipient_name", "card_holder", "cardholder",
        "account_holder", "holder_name", "voornaam", "achternaam", "klantnaam", "vorname", "nachname", "kundenname",
        "prenom", "prénom", "nom_de_famille", "imie", "imię", "nazwisko",
        "address", "street_address", "address_line", "adres", "adresse", "anschrift", "street", "street_name",
        "straat", "straatnaam", "strasse", "straße", "rue", "ulica", "house_number", "huisnummer", "hausnummer",
        "postcode", "postal_code", "post_code", "zip", "zip_code", "zipcode", "plz", "postleitzahl", "code_postal",
        "kod_pocztowy",
        "birth_date", "birthdate", "date_of_birth", "birthday", "dob", "geboortedatum", "geburtsdatum",
        "date_de_naissance", "data_urodzenia",
    }
)  # fmt: skip
"""The last words of names of what a form asks somebody about."""
_WORDS: Final = frozenset(
    {
        "email", "e_mail", "mail", "courriel", "address", "adres", "adresse", "anschrift", "street", "straat",
        "strasse", "straße", "rue", "ulica", "zip",
    }
)  # fmt: skip
"""Those of them that text has for other things, too: ``mail: sent``."""
_ASKED: Final = PERSONAL - _WORDS

PHONES: Final = frozenset(
    {
        "phone", "phones", "phone_number", "phonenumber", "phone_no", "tel", "tél", "telephone", "téléphone",
        "telefoon", "telefoonnummer", "telefon", "telefonnummer", "telefonu", "mobile", "mobile_number", "mobiel",
        "mobil", "mobilnummer", "gsm", "handy", "handynummer", "portable", "komorka", "komórka", "fax", "msisdn",
    }
)  # fmt: skip
CARDS: Final = frozenset(
    {
        "card", "card_number", "card_no", "cardnumber", "creditcard", "kaart", "kaartnummer", "karte",
        "kartennummer", "carte", "pan", "visa", "mastercard", "maestro", "amex",
    }
)  # fmt: skip
NATIONAL: Final = frozenset(
    {
        "bsn", "bsn_number", "bsn_nummer", "burgerservicenummer", "sofinummer", "sofi_nummer",
        "rrn", "nrn", "niss", "insz", "rijksregister", "rijksregisternummer", "rijksregister_nummer",
        "nir", "numero_secu", "numero_de_secu", "securite_sociale", "sociale",
        "steuerid", "steuer_id", "idnr", "personalausweis", "personalausweisnummer", "personalausweis_nummer",
        "pesel", "ssn", "social_security_number", "socialsecurity_number", "nationalid", "national_id",
        "national_number", "national_registration_number", "national_register_number", "nationalregister_number",
    }
)  # fmt: skip
"""Of the number by which a state knows a person (NL, BE, FR, DE, LU, PL, and in English)."""

CLICK_IDS: Final = frozenset(
    {
        "gclid", "dclid", "wbraid", "gbraid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "mc_eid", "_gl",
        "yclid", "igshid", "srsltid", "epik", "ScCid", "rdt_cid", "mkt_tok", "_hsenc", "vero_id", "IDE", "muc_ads",
    }
)  # fmt: skip
"""Parameters and cookies by which advertisers know a visitor again."""
COUNTERS: Final = ("_ga", "_gid", "_gat")
"""Beginnings of cookies under which Google counts visits, as the law of a country may allow without asking."""
TRACKERS: Final = ("_gac_", "_gcl_", "_fbp", "_fbc", "_hj", "_uet", "_clck", "_clsk", "_pin_", "_ttp")
"""The same of services that follow each visitor, as no law allows: Google's advertisements, Meta, Hotjar, Microsoft,
Pinterest, TikTok."""

SAID_AGAIN: Final = frozenset(
    {
        "confirm", "confirmation", "repeat", "again", "retype", "verify", "value",
        "herhaal", "herhaling", "bevestiging", "bevestigen", "wiederholen", "wiederholung", "bestätigung",
        "bestaetigung", "répéter", "powtórz", "powtorz", "potwierdzenie",
    }
)  # fmt: skip
"""Last words of fields in which a form asks for the same once more: ``password_confirm`` is a password."""
_GLUED: Final = (
    *(name for name in PASSWORDS if len(name) > 5 and "_" not in name),
    "token",
    "sessionid",
    "apikey",
)
"""What stands behind a word without a sign between: ``newpassword``, ``accesstoken``."""
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(4096)
def endings(name: str) -> frozenset[str]:
    """The last word of a name, the last two and the last three, in lower case, without digits behind them.

    What only says that it is asked for once more does not count.
    """
    plain = _HUMP.sub("_", name.strip(" \"'")).lower().replace("-", "_").replace(".", "_").strip("_")
    words = plain.rstrip("0123456789").rstrip("_").split("_")
    while len(words) > 1 and words[-1] in SAID_AGAIN:
        words.pop()
    return frozenset("_".join(words[-many:]) for many in (1, 2, 3))


def is_secret(name: str) -> bool:
    """Whether what stands behind this name is in no log."""
    ends = endings(name)
    return (
        not SECRETS.isdisjoint(ends)
        or max(ends, key=len) in WHOLE
        or min(ends, key=len).endswith(_GLUED)
        or follows_visitors(name)
        or name.startswith(COUNTERS)
    )


def is_personal(name: str) -> bool:
    """Whether this is the name of what a form asks somebody about."""
    return not PERSONAL.isdisjoint(endings(name))


def is_asked(name: str) -> bool:
    """Whether this is such a name and nothing else, so that an answer stands behind it in any text."""
    return not _ASKED.isdisjoint(endings(name))


def is_password(name: str) -> bool:
    """Whether a password stands behind this name."""
    return not PASSWORDS.isdisjoint(endings(name))


def is_code(name: str) -> bool:
    """Whether a short secret stands behind this name, often of digits."""
    return not CODES.isdisjoint(endings(name))


def is_phone(name: str) -> bool:
    """Whether a telephone number stands behind this name."""
    return not PHONES.isdisjoint(endings(name))


def is_card(name: str) -> bool:
    """Whether a card number stands behind this name."""
    return not CARDS.isdisjoint(endings(name))


def is_national(name: str) -> bool:
    """Whether the number by which a state knows a person stands behind this name."""
    return not NATIONAL.isdisjoint(endings(name))


def follows_visitors(name: str) -> bool:
    """Whether a cookie or parameter of this name is known to follow a visitor for an advertiser."""
    return name in CLICK_IDS or name.startswith(TRACKERS)
