"""Names and values as configurations, command lines, other languages and other formats write them."""

# ruff: noqa: E501  # tables
from __future__ import annotations

from collections.abc import Iterator

import pytest

from shopprivacy import personal_names
from shopprivacy.analytics import Text, names
from tests.analytics.canaries import CANARIES

TEXT = Text()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("password    = hunter2 host        = db", "password    = - host        = db"),
        ("password:\t\thunter2", "password:\\x09\\x09-"),
        ("password := hunter2, n := 5", "password := -, n := 5"),
        ("password=>hunter2, n=>5", "password=>-, n=>5"),
        ("password=<hunter2> n=<5>", "password=<-> n=<5>"),
        ("password = SecretStr('hunter2'), n=5", "password = -, n=5"),
        ("SET PASSWORD = PASSWORD('hunter2')", "SET PASSWORD = -"),
        ("mysql --password hun=ter2,x --host db", "mysql --password - --host db"),
        ("pg --db-password 'hunter 2' --token --verbose", "pg --db-password - --token --verbose"),
        ("db.password: hunter2, db.host: h", "db.password: -, db.host: h"),
        ("INFO accounts.password: 5 done shop.auth: reset", "INFO accounts.password: 5 done shop.auth: reset"),
        (";password=hunter2;n=5", ";password=-;n=5"),
        ("Server=db ;Pwd=hunter2", "Server=db ;Pwd=-"),
        ("GET /an@example.nl/password: hunter2 404", "GET /-/password: - 404"),
        ("at https://an:geheim@h/query: 'q=jan' /an@example.nl/args: 5", "at https://h/query: '' /-/args: 5"),
        ("at https://an:geheim@h/token: /x/: 5", "at https://h/token: - 5"),
        ("user%5Bpassword%5D=hunter2 cart%5Bcount%5D=2", "user%5Bpassword%5D=- cart%5Bcount%5D=2"),
        ('<wsse:Password Type="http://x.example/y#PasswordText">hunter2</wsse:Password>', '<wsse:Password Type="http://x.example/y">-</wsse:Password>'),
        ("<ns:token a='an@example.nl'>hunter2</ns:token> <Session at 0x7f>, 5", "<ns:token a='-'>-</ns:token> <Session at 0x7f>, 5"),
        ("<password><![CDATA[hun<ter2]]></password>", "<password>-</password>"),
    ],
)  # fmt: skip
def test_a_secret_goes_whatever_joins_it_to_its_name(text: str, cleaned: str) -> None:
    """In columns, calls, options, forms, XML and the signs of other languages; what is beside it stays; twice is once."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (r'{"body": "{\"password\": \"hun ter2\", \"n\": 5}"}', r'{"body": "{\"password\": \"-\", \"n\": 5}"}'),
        (r'{"a": "{\"b\": \"{\\\"token\\\": \\\"hunter2\\\"}\"}"}', r'{"a": "{\"b\": \"{\\\"token\\\": \\\"-\\\"}\"}"}'),
        (r'"{\"password\":\"hun\\\"ter2\",\"n\":5}"', r'"{\"password\":\"-\",\"n\":5}"'),
        (r'"{\"first_name\": \"Jan Jansen\", \"card\": \"4111111111111111\"}"', r'"{\"first_name\": \"-\", \"card\": \"-\"}"'),
        (r'"{\"token\": null, \"pin\": 1234, \"order\": \"100254718\"}"', r'"{\"token\": -, \"pin\": -, \"order\": \"100254718\"}"'),
    ],
)  # fmt: skip
def test_a_secret_goes_in_json_within_json(text: str, cleaned: str) -> None:
    """A body that is a string of another one, with its quotes escaped, is cleaned as the other is; twice is once."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


def test_an_address_within_a_key_with_dots_is_cut() -> None:
    """As statistics and caches have them; versions and the numbers of a registry stay."""
    text = "throttle.203.0.113.77 hits.203.0.113.77.count lib.1.2.3.4 oid 1.3.6.1.4.1.311 a.1.3.6.1.4.1.311 pkg.10.20.30"
    assert TEXT.clean(text) == text.replace(".77", ".0")


@pytest.mark.parametrize(
    "around",
    [
        "{}/",
        "x ({}?) y",
        "is it {}?] y",
        "+{}+",
        "mijn+rekening+{}+graag",
        "*{}*",
        "**{}**,",
        "{}/;",
        "x {}:/ y",
    ],
)
@pytest.mark.parametrize("kind", ["e-mail", "JWT", "IBAN", "IPv4", "IPv6"])
def test_no_mark_beside_it_hides_a_value(around: str, kind: str) -> None:
    """A slash, a bracket behind a question mark, and blanks as a form writes them are no part of it; twice is once."""
    cleaned = TEXT.clean(around.format(CANARIES[kind]))
    assert CANARIES[kind] not in cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("postgres://shop:a/b#c?d@db/shop", "postgres://db/shop"),
        ("amqp://shop:a@b/c@mq:5672", "amqp://mq:5672"),
        ("redis://db:6379/0 https://shop.nl:8443/@jan/x", "redis://db:6379/0 https://shop.nl:8443/@jan/x"),
    ],
)
def test_no_sign_in_a_databases_password_leaves_a_part_of_it(text: str, cleaned: str) -> None:
    """Clients of databases take a slash, a question mark or an @ for a part of the password."""
    assert TEXT.clean(text) == cleaned


@pytest.mark.parametrize("unit", [";a=", "%41=", "x=%41.", "a=+", 'password:\\"', "--password ", "2a02:"])
def test_names_without_end_end(unit: str) -> None:
    """However often a client writes a sign and a name, the text is cleaned, and twice is once."""
    cleaned = TEXT.clean((unit * 3000)[:8000])
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize("before", ["ban", "cache", "rate:login", "rl:5"])
@pytest.mark.parametrize("behind", ["login", "block", "10/m"])
def test_an_ipv6_address_within_a_key_is_cut(before: str, behind: str) -> None:
    """Between the colons of a key of a cache no part of an address survives that points to one; twice is once."""
    for address in ("2a02:a44f:1:2:3:4:5:7348", "2a02:a44f:1::7348"):
        cleaned = TEXT.clean(f"{before}:{address}:{behind}")
        assert cleaned.startswith(before)
        assert cleaned.endswith(behind)
        assert "7348" not in cleaned
        assert TEXT.clean(cleaned) == cleaned


def spelled(name: str) -> Iterator[str]:
    """A name as people write it."""
    first, *others = name.split("_")
    humps = first + "".join(map(str.capitalize, others))
    yield from (name, name.upper(), name.replace("_", "-"), name.replace("_", "."), humps, humps.capitalize())
    yield from (f"{name}2", f"{name}_2", f"{name}-2", f"shop_{name}", f"{name}_confirm")


def test_the_quick_look_misses_no_name() -> None:
    """What looks at the end of a word alone lets no name pass that the lists know, in whatever spelling."""
    listed = {*personal_names.SECRETS, *personal_names.PERSONAL}
    numbers = {*personal_names.CARDS, *personal_names.PHONES, *personal_names.NATIONAL}
    words = [spelling for name in listed for spelling in spelled(name) if names.is_out(spelling)]
    assert [word for word in words if not names.is_named(word)] == []
    assert len(words) > len(listed) * 9
    words = [spelling for name in numbers for spelling in spelled(name) if names.is_number(spelling)]
    assert [word for word in words if not names.is_context(word)] == []
    assert len(words) > len(numbers) * 9
