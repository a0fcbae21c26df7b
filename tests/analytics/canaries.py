"""One secret or personal value of each kind, and what must survive beside them: for everything that cleans logs."""

from __future__ import annotations

from base64 import b64encode

EMAIL = "canary.jansen@example.nl"
CANARIES = {
    "e-mail": EMAIL,
    "e-mail in percent": EMAIL.replace("@", "%40"),
    "e-mail in percent twice": EMAIL.replace("@", "%2540"),
    "e-mail in base64": b64encode(EMAIL.encode()).decode(),
    "e-mail in full width": EMAIL.replace("@", "\uff20"),
    "e-mail as a character reference": EMAIL.replace("@", "&#64;"),
    "e-mail as a named reference, escaped twice": EMAIL.replace("@", "&amp;commat;"),
    "e-mail in quoted-printable": EMAIL.replace("@", "=40"),
    "e-mail in an escape of JSON": EMAIL.replace("@", "\\u0040"),
    "e-mail in an escape of Python": EMAIL.replace("@", "\\x40"),
    "e-mail in percent of old scripts": EMAIL.replace("@", "%u0040"),
    "e-mail with a character without width": EMAIL.replace("ple.nl", "\u200bple.nl"),
    "e-mail in hexadecimal digits": EMAIL.encode().hex(),
    "e-mail in hexadecimal digits of UTF-16": EMAIL.encode("utf-16-le").hex().upper(),
    "e-mail with blanks": EMAIL.replace("@", " @ "),
    "e-mail with a name in quotes": '"canary jansen"@example.nl',
    "e-mail at an address": "canary.jansen@[203.0.113.77]",
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "signed": "eyJlIjoiY2FuYXJ5In0.Zx8aBw.uTqkCkwP2b0mEXjq8Jm2rUuP3iA",
    "random": "Xk3vQ9sTz7Lw2RbY5NcJ8mHfD4gPaE1uKo6iVtBx0qZ",
    "IBAN": "NL91ABNA0417164300",
    "IBAN in groups": "nl91 abna 0417 1643 00",
    "card in groups": "4111 1111 1111 1111",
    "card with hyphens": "4111-1111-1111-1111",
    "card in full width": "\uff14111 1111 1111 1111".replace("1", "\uff11"),
    "telephone": "+31612345678",
    "telephone in groups": "+31 6 12 34 56 78",
    "telephone as it is dialled": "0031 6 12345678",
    "host of a provider": "203-0-113-77.provider.nl",
    "host in reverse": "77.113.0.203.dsl.provider.nl",
    "IPv4": "203.0.113.77",
    "IPv6": "2001:db8:85a3:8d3:1319:8a2e:370:7348",
    "hashed password": "scrypt:32768:8:1$Zx8aBwCd$5f1d7ee1c2a3",
}
"""By kind: what may stand anywhere in a line, and is in no log."""

BEHIND_NAMES = {
    "password": "password={}",
    "password in JSON": '"password": "{}"',
    "token": "token={}",
    "cookie": "Cookie: session={}; cart=1",
    "cookie in a list": "[(b'cookie', b'session={}')]",
    "Basic": "Authorization: Basic {}",
    "Bearer": "with Bearer {}",
    "csrf": "csrfmiddlewaretoken={}",
    "tracker": "_ga={}",
    "dictionary": "{{'access_token': '{}'}}",
    "API key": "X-API-Key: {}",
}
"""By kind: names behind which any value goes."""
SECRET = "Hunter2-geheim9"

USEFUL = (
    "15:20:40",
    "2026-01-05T12:00:00.123+01:00",
    "100254718",
    "8712345678906",
    "1764428400123",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "11f6ad8ec52a2984abaafd7c3b516503785c2072",
    "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    "vaas-delta-handgemaakt-keramiek-groot",
    "iphone-15-pro-max-256gb-titanium-blauw-2024",
    "3.11.7",
    "v1.2.3.4",
    "std::move",
    "django.core.handlers.exception.response_for_exception",
    "/usr/lib/python3.11/site-packages/django/core/handlers/exception.py",
    "getElementsByClassNameAndSetHttpHeaders",
    "logo@2x.png",
    "core@3.4.1",
    "Chrome/120.0.0.0",
    "static/main-0123456789abcdef0123456789abcdef.js",
    "user@host",
    "max_tokens=5",
    "123456782",
    "4111111111111111",
    "0031612345678",
    "0012345678905",
    "0031 100254718",
    "deadbeefdeadbeefdeadbeefdeadbeef",
    "2026-01-05.backup.nl",
    "%d%%",
    "a=b=c==",
    "50%",
    "Ünïcödé",
    "中文",
    "O'Neill",
)
"""What a log is read for."""
