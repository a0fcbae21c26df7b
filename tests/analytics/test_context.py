"""What hangs on what stands behind a token: values of names, numbers behind words, credentials, versions."""

# ruff: noqa: E501  # tables
from __future__ import annotations

import pytest

from shopprivacy.analytics import Text

TEXT = Text()

TABLE = [
    # what somebody has answered in a form, and a word behind a word
    ("email: sent, street: one-way, username is long", "email: sent, street: one-way, username is long"),
    ("email=karel username='jan p' \"street\": 12, 'zip': '1234 AB'", "email=- username='-' \"street\": \"-\", 'zip': '-'"),
    ("address=203.0.113.77:443 address=localhost:8000 address='unix:/run/x'", "address=203.0.113.0 address=localhost:8000 address='unix:/run/x'"),
    ("address='203.0.113.77' email=", "address='203.0.113.0' email="),
    ("birth_date=datetime.date(1980, 1, 2), n=1", "birth_date=-, n=1"),
    ("email = form.email.data", "email = form.email.data"),
    # values of secrets that go on
    ("password=SecretStr('x y'), n=1", "password=-, n=1"),
    ("password=b'x y' token=u\"z\" secret=b.c", "password=- token=- secret=-"),
    ("iban=NL91 ABNA 0417 1643 00 x; iban: NL91 ABNA 0417 1643 00; iban=abcd efgh", "iban=- x; iban: -; iban=- efgh"),
    ('Authorization: Digest username="an", response="6629", x', "Authorization: -"),
    ('cookie=a="b c"; d=e', "cookie=-"),
    ("iban=éééé x", "iban=- x"),
    # without a sign
    ("session abc123DEF456ghi789. token 15 token expired token RS256", "session -. token 15 token expired token RS256"),
    ("password Hunter2 password 'Hunter22' password required", "password - password '-' password required"),
    ("cvc 123 otp 482193 cvc 123456789", "cvc - otp - cvc 123456789"),
    ("<password>a b</password><n>1</n> <ns:Token>x</ns:Token> a.token>b", "<password>-</password><n>1</n> <ns:Token>-</ns:Token> a.token>b"),
    # numbers behind words
    ("phone 0612345678, tel. 06 12 34 56 78 x, phone 12 cases, phone=+31612345678", "phone -, tel. - x, phone 12 cases, phone=-"),
    ("tel: (020) 1234567", "tel: -"),
    ("mobile=06 12 34 56 78, mobile=an@example.nl mobile=12", "mobile=-, mobile=- mobile=12"),
    ("pesel 44051401359 pesel=44051401358 rijksregisternummer 85.07.30-033.28", "pesel - pesel=44051401358 rijksregisternummer -"),
    ('"card": {"number": "4111111111111111"} visa 4111 1111 1111 1111 12/27', '"card": {"number": "-"} visa - 12/27'),
    ("card 1-2-3-4", "card 1-2-3-4"),
    # versions
    ("version=1.2.3.4 app_version: 1.2.3.4 Version 1.2.3.4", "version=1.2.3.4 app_version: 1.2.3.0 Version 1.2.3.4"),
    # within a token
    ("throttle_anon_203.0.113.77 geo/203.0.113.77.json key:203.0.113.77:x lib-1.2.3.4.tar.gz v1.2.3.4", "throttle_anon_203.0.113.0 geo/203.0.113.0.json key:203.0.113.0:x lib-1.2.3.4.tar.gz v1.2.3.4"),
    ("anon_2001:db8:1:2::3 x-12:34:56:78", "anon_2001:db8:1:: x-12:34:56:78"),
    ("a|an@example.nl+b@c an@example.nl/x=1", "a|- -/x=1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cleaned"), TABLE)
def test_table(text: str, cleaned: str) -> None:
    """Each value goes as far as it reaches, and what is beside it stays; twice is once."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned
