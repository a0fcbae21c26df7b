"""Names whose values are in no log: secrets, and what follows a visitor. A closed list, read as people write names.

``access_token``, ``X-CSRF-Token``, ``accessToken``, ``HTTP_COOKIE`` and ``new_password2`` are meant by their last word;
``max_tokens`` and ``session_length`` are not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

SECRETS: Final = frozenset(
    {
        "password", "passwd", "pwd", "passphrase", "passcode", "wachtwoord", "passwort", "kennwort", "mot_de_passe",
        "pass", "pass_word", "passwords", "pgpassword", "auth", "secrets",
        "secret", "token", "jwt", "otp", "totp", "credential", "credentials", "signature", "nonce", "verifier",
        "authorization", "cookie", "cookies", "session", "sessionid", "session_id", "session_key", "sessid",
        "phpsessid", "jsessionid", "sid", "csrf", "xsrf", "csrftoken", "csrfmiddlewaretoken", "consent_id",
        "api_key", "apikey", "access_key", "private_key", "secret_key", "encryption_key", "signing_key",
        "password_hash", "iban", "bank_account", "account_number", "cvc", "cvv", "national_id",
    }
)  # fmt: skip
"""The last words of such names."""
WHOLE: Final = frozenset({"tokens"})
"""Such names where no word stands before them."""

TRACKERS: Final = (
    "_ga",
    "_gid",
    "_gcl",
    "_gac",
    "_fbp",
    "_fbc",
    "_hj",
    "_uet",
    "_clck",
    "_clsk",
    "_pin_",
    "_ttp",
)
"""Beginnings of cookies that follow a visitor."""

CLICK_IDS: Final = frozenset(
    {
        "gclid",
        "dclid",
        "wbraid",
        "gbraid",
        "fbclid",
        "msclkid",
        "ttclid",
        "twclid",
        "li_fat_id",
        "mc_eid",
        "muc_ads",
    }
)
"""Parameters and cookies by which advertisers know a visitor again."""

WHOLE_LINES: Final = frozenset({"authorization", "cookie", "cookies"})
"""Those whose values may hold blanks: a header's whole value goes."""

CARD: Final = frozenset(
    {
        "card",
        "card_number",
        "card_no",
        "cardnumber",
        "creditcard",
        "kaart",
        "kaartnummer",
        "karte",
        "carte",
        "pan",
    }
)
BSN: Final = frozenset({"bsn", "bsn_number", "bsn_nummer", "burgerservicenummer"})
SCHEMES: Final = frozenset({"basic", "bearer", "digest", "negotiate"})
"""Schemes of authentication (RFC 9110 §11), behind which credentials stand."""
VERSIONS: Final = frozenset({"version", "versie", "versions"})
"""Behind these, four numbers with dots are no address."""

CONTEXT: Final = CARD | BSN | SCHEMES | VERSIONS
"""Words that say what the number or text behind them is."""

QUERIES: Final = frozenset({"query", "query_string", "querystring", "args", "request_args"})
"""Names of what stands behind the question mark."""
AGENTS: Final = frozenset({"user_agent", "useragent", "http_user_agent", "agent"})

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


_ENDINGS: Final = frozenset(name[-3:] for name in SECRETS | WHOLE | CLICK_IDS | QUERIES)


_CONTEXT_ENDINGS: Final = frozenset(name[-3:] for name in CONTEXT)


def is_context(name: str) -> bool:
    """Whether this name says what the number or text behind it is; quick where it does not."""
    lower = name.lower()
    likely = lower.rstrip("0123456789")[-3:] in _CONTEXT_ENDINGS
    return likely and (lower in CONTEXT or is_card(name) or is_bsn(name))


def is_named(name: str) -> bool:
    """Whether a secret or a query stands behind this name; quick where none does, as for nearly all words."""
    likely = name.lower().rstrip("0123456789")[-3:] in _ENDINGS or name[0] == "_"
    return likely and (is_secret(name) or is_query(name))


@lru_cache(4096)
def last_words(name: str) -> tuple[str, str]:
    """The last word of a name and the last two, in lower case, with underscores, without digits behind them."""
    words = (
        _HUMP.sub("_", name.strip(" \"'")).lower().replace("-", "_").replace(".", "_").strip("_").split("_")
    )
    last = words[-1].rstrip("0123456789")
    return last, f"{words[-2]}_{last}" if len(words) > 1 else last


def is_secret(name: str) -> bool:
    """Whether what stands behind this name is in no log."""
    last, two = last_words(name)
    return last in SECRETS or two in SECRETS or two in WHOLE or name in CLICK_IDS or name.startswith(TRACKERS)


def is_card(name: str) -> bool:
    """Whether a card number stands behind this name."""
    return not CARD.isdisjoint(last_words(name))


def is_bsn(name: str) -> bool:
    """Whether a citizen service number stands behind this name."""
    return not BSN.isdisjoint(last_words(name))


def takes_line(name: str) -> bool:
    """Whether the value of this secret may hold blanks."""
    return last_words(name)[0] in WHOLE_LINES


def is_query(name: str) -> bool:
    """Whether a query string stands behind this name."""
    last, two = last_words(name)
    return last in QUERIES or two in QUERIES


def is_agent(name: str) -> bool:
    """Whether a user agent stands behind this name."""
    last, two = last_words(name)
    return last in AGENTS or two in AGENTS
