"""Reading privacy.toml and telling what is wrong with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy import Controller, Policy, Purpose, load
from shopprivacy.policy.load import read
from tests.policy.files import BASE, BODY, HEAD, SKETCH, loaded, problems, toml
from tests.strategies import declarations, policy_of


def test_a_file_and_python_objects_are_equal(tmp_path: Path) -> None:
    """The same policy from a file, from plain values and from objects is the same policy."""
    from_file = loaded(tmp_path, HEAD + BODY)
    from_objects = Policy(
        effective=date(2026, 1, 1),
        jurisdiction="NL",
        languages=["nl", "en"],
        controller=Controller(name="Shop", address="Street 1", email="privacy@shop.example"),
        data=BASE["data"],
        purposes={name: Purpose(**purpose) for name, purpose in BASE["purposes"].items()},
    )
    assert from_file == Policy(**BASE) == from_objects
    assert from_file.version == from_objects.version


@given(declarations())
def test_every_declaration_survives_toml(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    """What is valid in Python is valid as a file, and means the same."""
    policy = policy_of(values)
    assert loaded(tmp_path_factory.mktemp("policy"), toml(values)) == policy


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("colour = 1", 'colour: unknown key "colour"; one of effective,'),
        ("purpose = {}", 'purpose: unknown key "purpose"; did you mean "purposes"?'),
        ("secure = ['checkout']", 'secure[0]: "checkout" is not a path; it begins with "/"'),
        ("minimum_group = 1", "minimum_group: 1 is too small; at least 2"),
        ("minimum_group = 2.5", "minimum_group: 2.5 is not of the right kind; write a whole number"),
        ("children = { age = 21 }", "children.age: 21 is too large; at most 18"),
        ("secure = { a = 1 }", "secure: a table is not of the right kind; write a list"),
        (
            "ledger = '7 years'",
            'ledger: "7 years" is not of the right kind; write a table with the keys keep',
        ),
        (
            "mode = 'report'",
            'mode: "report" is not of the right kind; write a table with the keys cookies, page',
        ),
        ("ledger = { keep = 7 }", "ledger.keep: is not a term; write a number and a unit in quotes"),
        (
            "ledger = { keep = 'for ever' }",
            'ledger.keep: "for ever" is not a term; write a number and a unit',
        ),
        ("mode = { cookies = 'on' }", 'mode.cookies: unknown mode "on"; one of report, enforce'),
        ("presets = 'flask'", 'presets: "flask" is not of the right kind; write a list'),
        ("presets = ['flsk']", 'presets[0]: unknown preset "flsk"; did you mean "flask"?'),
        ("presets = ['flask', 'flask']", 'presets: "flask" stands there twice; write it once'),
        ("secure = ['/a', '/b', '/b']", 'secure: "/b" stands there twice; write it once'),
        ("sites = ['https://shop.example']", 'sites[0]: "https://shop.example" is not a domain;'),
        ("forbidden = ['iban']", 'forbidden: unknown kind "iban"; one of bank_account, card_number'),
        ("forbidden = [{}]", "forbidden: a table is no kind of data; write names in quotes"),
        ("forbidden = [[]]", "forbidden: a list is no kind of data; write names in quotes"),
        ('"[key]" = 1', '"[key]": unknown key "[key]"'),
        ("forbidden = { card_number = 'hide' }", 'forbidden.card_number: unknown treatment "hide"; one of'),
        (
            "cache = { key_header = 'a b' }",
            'cache.key_header: "a b" is not a header that no client can forge,',
        ),
        ("cache = { key_header = 'X-Key' }", 'cache.key_header: "X-Key" is not a header that no client can'),
        ("cache = { key_header = 'X_Key' }", 'cache.key_header: "X_Key" is not a header that no client can'),
        *(
            (
                f"cache = {{ key_header = '{name}' }}",
                f'cache.key_header: "{name}" already means something to caches;',
            )
            for name in ("Vary", "Cookie", "Host")
        ),
        (
            "prove = {}",
            "prove.every: is missing: a report of `shopprivacy prove` older than this is a finding",
        ),
        ("requests = { channels = [] }", "requests.channels: is empty; name at least one"),
        ("texts = {}", "texts: texts stand in a file for each language beside this one"),
        ("not_personal = ['product.*']", "not_personal: stands in the table data: write it under [data]"),
        (
            "separate = { support = 'contact' }",
            'separate.support: "contact" is not of the right kind; write a',
        ),
        ("data.Contact = ['a.b']", 'data.Contact: "Contact" is not a name here; write lower-case letters'),
        (
            "data.note = ['note']",
            'data.note[0]: "note" is not the name of a field; write it as "Customer.email"',
        ),
        ("data.note = {fields = ['n']}", 'data.note.fields[0]: "n" is not the name of a field;'),
        ("data.note = 'note.text'", "data.note: is not a list of fields; write"),
        ("data.not_personal = ['x']", 'data.not_personal[0]: "x" is not the name of a field;'),
        (
            "data.note = { fields = ['n.t'], only = [{ fild = 'n.t' }] }",
            "data.note.only[0].field: is missing: the",
        ),
        ("purposes.x = {}", "purposes.x.basis: is missing: the one legal basis of GDPR art. 6(1)"),
        ("purposes.x = 1", "purposes.x: 1 is not of the right kind; write a table"),
        (
            "purposes.x.basis = 'toestemming'",
            (
                'purposes.x.basis: unknown basis "toestemming"; one of consent, contract, legal_obligation, '
                "vital_interest, public_task, legitimate_interest"
            ),
        ),
        (
            "purposes.x = { basis = 'consent', keep = 'long' }",
            'purposes.x.keep: "long" does not say how long',
        ),
        (
            "purposes.x = { basis = 'consent', keep = 7 }",
            "purposes.x.keep: is not a term after an event; write",
        ),
        (
            "purposes.x = { basis = 'consent', sell = true }",
            "purposes.x.sell: personal data is not sold; delete it",
        ),
        (
            "purposes.sell = { basis = 'consent' }",
            'purposes.sell: "sell" is no purpose: personal data is not sold',
        ),
        ("purposes.'*' = { basis = 'consent' }", 'purposes."*": "*" is refused: each purpose, category and'),
        (
            "purposes.x = { basis = 'consent', data = ['*'] }",
            'purposes.x.data[0]: "*" is refused: each purpose',
        ),
        (
            "purposes.x = { basis = 'consent', explicit = 'yes' }",
            'purposes.x.explicit: "yes" is not of the right',
        ),
        (
            "purposes.x = { basis = 'consent', channels = ['pigeon'] }",
            'purposes.x.channels[0]: unknown channel "pi',
        ),
        (
            "purposes.x = { basis = 'consent', law = \"a\\tb\" }",
            "purposes.x.law: holds a line break or another",
        ),
        ("purposes.x = { basis = 'consent', law = ' ' }", "purposes.x.law: is empty; write some text"),
        (
            "recipients.x = { role = 'spy', for = ['orders'], country = 'NL' }",
            'recipients.x.role: unknown role "sp',
        ),
        (
            "recipients.x = { role = 'processor', for = [], country = 'NL' }",
            "recipients.x.for: is empty; name at",
        ),
        (
            "recipients.x = { role = 'processor', for_ = ['orders'], country = 'NL' }",
            "recipients.x.for: is missing:",
        ),
        (
            "recipients.x = { role = 'processor', for = ['orders'], country = 'nl' }",
            'recipients.x.country: "nl" is',
        ),
        (
            "cookies.'_ga_*' = { purpose = 'statistics', life = 7 }",
            'cookies."_ga_*".life: is not a term; write a',
        ),
        (
            "cookies.'a b' = { essential = true, life = 'session' }",
            'cookies."a b": "a b" cannot be the name of',
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_fix(tmp_path: Path, line: str, problem: str) -> None:
    """One wrong line gives a problem that names the key, the value and what would be right."""
    found = problems(tmp_path, HEAD + line + "\n" + BODY)
    assert any(text.startswith(problem) for text in found), found


def test_a_problem_is_one_printable_line(tmp_path: Path) -> None:
    """Control characters, and characters that turn the line around, are shown escaped; a long value is cut."""
    found = problems(
        tmp_path,
        HEAD
        + 'mail = { tracking = "a\\nb" }\nsites = ["\\u202Ex"]\nledger = { keep = "\\u001b[1m" }\n"k\\n" = 1\n'
        + f'secure = ["{"a" * 500}"]\n'
        + BODY,
    )
    assert len(found) == 5
    assert all(text.isprintable() and len(text) < 500 for text in found), found


def test_text_that_no_file_can_hold_is_refused() -> None:
    """Bytes that are no text, and a lone surrogate, are refused in Python as well."""
    with pytest.raises(PolicyError, match="name: a bytes cannot be read here"):
        Controller(name=b"\xff", address="x")
    for character in "\ud800\n\t\0\u2028\u2029":
        with pytest.raises(PolicyError) as refused:
            Controller(name=f"a{character}b", address="x")
        (problem,) = refused.value.problems
        assert problem.message == "holds a line break or another control character; write it on one line"
    with pytest.raises(PolicyError) as refused:
        Controller(name=" ", address="x")
    assert refused.value.problems == (Problem("name", "is empty; write some text", "invalid"),)


def test_every_required_key_is_asked_for(tmp_path: Path) -> None:
    """An empty file is told all that it lacks, in words."""
    assert problems(tmp_path, "") == [
        "effective: is missing: the day from which this policy holds, printed on every statement: 2026-01-01",
        (
            "jurisdiction: is missing: the country whose law applies, as two capitals: child age, tax term, authority, "
            "holidays"
        ),
        "languages: is missing: the languages customers are addressed in; the first is the one to fall back on",
        "controller: is missing: who is responsible (GDPR art. 13(1)(a))",
    ]


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (
            HEAD.replace("2026-01-01", '"2026-01-01"'),
            'effective: "2026-01-01" is not of the right kind; write a date',
        ),
        (
            HEAD.replace("2026-01-01", "2026-01-01T10:00:00Z"),
            "effective: 2026-01-01 10:00:00+00:00 is not of the",
        ),
        (HEAD.replace('"NL"', '"NO"'), 'jurisdiction: unknown jurisdiction "NO"; one of '),
        (HEAD.replace('"en"', '"es"'), 'languages[1]: unknown language "es"; one of nl, fr, de, en'),
        (HEAD.replace('"nl", "en"', ""), "languages: is empty; name at least one"),
        (HEAD.replace("privacy@shop.example", "shop"), 'controller.email: "shop" is not an e-mail address'),
    ],
)
def test_mistakes_in_the_head(tmp_path: Path, head: str, problem: str) -> None:
    """The keys that every policy has are told about in the same way."""
    (found,) = problems(tmp_path, head + BODY)
    assert found.startswith(problem)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """What cannot be read does not hide what does not hang together, and is not told twice."""
    found = problems(
        tmp_path,
        HEAD
        + BODY
        + """
[purposes.broken]
basis = "toestemming"
[purposes.fraud]
basis = "legitimate_interest"
keep = "long"
[purposes.tax]
basis = "legal_obligation"
data = ["contac"]
confirm = "maybe"
[cookies.a]
purpose = "broken"
life = "forever"
[cookies.b]
purpose = "nowhere"
life = "1 day"
[cookies.c]
purpose = "orders"
essential = "yes"
life = "1 day"
""",
    )
    assert found == [
        (
            'purposes.broken.basis: unknown basis "toestemming"; one of consent, contract, legal_obligation, '
            "vital_interest, public_task, legitimate_interest"
        ),
        (
            'purposes.fraud.keep: "long" does not say how long and after which event; write it as '
            '"7 years after last_order"'
        ),
        'purposes.tax.confirm: unknown confirm "maybe"; one of double_opt_in',
        (
            'cookies.a.life: "forever" is not a term; write a number and a unit, such as "13 months" '
            "(units: minutes, hours, days, working days, weeks, months, years)"
        ),
        'cookies.c.essential: "yes" is not of the right kind; write true or false, without quotes',
        "purposes.fraud.interest: is missing; say which interest of the shop was weighed (art. 6(1)(f))",
        'purposes.tax.law: is missing; the basis "legal_obligation" needs the law named, such as "AWR art. 52"',
        'purposes.tax.keep: is missing; say how long the data is kept, such as "2 years after last_contact"',
        'purposes.tax.data: category "contac" is not declared; did you mean "contact"?',
        (
            'cookies.b.purpose: purpose "nowhere" is not declared; one of orders, statistics, newsletter, fraud, tax, '
            "broken"
        ),
    ]


def test_an_entry_that_cannot_be_read_hides_no_undeclared_name(tmp_path: Path) -> None:
    """Names in it are told with its own problems, once, and not when these have been mended."""
    found = problems(
        tmp_path,
        HEAD
        + BODY
        + """
[purposes.broken]
basis = "toestemming"
data = ["contac"]
[purposes.worse]
basis = "toestemming"
data = ["*", "contac"]
[cookies.a]
purpose = "nowhere"
recipients = ["nobody"]
life = "forever"
[cookies.b]
purpose = 3
life = "forever"
[recipients.x]
role = "friend"
name = "X"
for = ["broken", "nowhere"]
data = "contac"
""",
    )
    assert [problem.partition(";")[0] for problem in found if "is not declared" in problem] == [
        'purposes.broken.data: category "contac" is not declared',
        'recipients.x.for: purpose "nowhere" is not declared',
        'cookies.a.purpose: purpose "nowhere" is not declared',
        'cookies.a.recipients: recipient "nobody" is not declared',
    ]
    places = [problem.partition(": ")[0] for problem in found]
    assert len(set(places)) == len(places)
    assert {"purposes.broken.basis", "purposes.worse.data[0]", "recipients.x.data", "cookies.b.purpose"} <= {
        *places
    }


def test_a_broken_table_hides_nothing_else(tmp_path: Path) -> None:
    """A whole table of the wrong kind is told, and so is what is wrong elsewhere."""
    found = problems(
        tmp_path, HEAD + "cookies = 1\ndata = []\nrecipients = { x = 1 }\nmail = { tracking = 'x' }\n"
    )
    assert found == [
        "data: a list is not of the right kind; write a table",
        "recipients.x: 1 is not of the right kind; write a table",
        "cookies: 1 is not of the right kind; write a table",
        'mail.tracking: purpose "x" is not declared; none is declared',
    ]


def test_the_sketch_loads_once_it_is_complete(tmp_path: Path) -> None:
    """The sketch the schema grew from names two things that it does not declare; with these it is a policy."""
    sketch = SKETCH.read_text(encoding="utf-8")
    assert [problem.split(";")[0] for problem in problems(tmp_path, sketch)] == [
        'cookies."_ga_*".purpose: purpose "statistics" is not declared',
        'third_parties.analytics.purpose: purpose "statistics" is not declared',
        'separate.support: category "messages" is not declared',
    ]
    complete = sketch.replace("\nvisit ", '\nmessages = ["Message.text"]\nvisit ')
    complete += '[purposes.statistics]\nbasis = "consent"\n'
    assert loaded(tmp_path, complete).asked_in_browser() == ("statistics",)


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    """What is not TOML is told with the file and the line."""
    with pytest.raises(
        PolicyError, match=r"privacy\.toml: 1 problem in the policy\n  is not TOML: .*line 2"
    ) as caught:
        loaded(tmp_path, "effective = 2026-01-01\njurisdiction = NL\n")
    assert caught.value.source == str(tmp_path / "privacy.toml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is named, without a traceback of the operating system's error."""
    with pytest.raises(PolicyError, match=r"nowhere\.toml.*\n  cannot be read: No such file") as caught:
        load(tmp_path / "nowhere.toml")
    assert caught.value.__cause__ is None


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    """TOML is UTF-8; anything else is told with the byte."""
    (tmp_path / "privacy.toml").write_bytes(b'controller = "caf\xe9"')
    with pytest.raises(PolicyError, match="is not UTF-8: byte 17 cannot be read"):
        load(tmp_path / "privacy.toml")


def test_a_byte_order_mark_is_told_with_the_fix(tmp_path: Path) -> None:
    """Editors write it unasked: the message says which setting writes none."""
    (tmp_path / "privacy.toml").write_bytes(b"\xef\xbb\xbf" + (HEAD + BODY).encode())
    with pytest.raises(PolicyError, match=r'byte order mark; save it as "UTF-8", not as "UTF-8 with BOM"'):
        load(tmp_path / "privacy.toml")


def test_brackets_without_end_are_told(tmp_path: Path) -> None:
    """They are a problem of the file, not a traceback."""
    with pytest.raises(PolicyError, match="is nested too deeply") as caught:
        loaded(tmp_path, "x = " + "[" * 3000 + "]" * 3000 + "\n" + HEAD + BODY)
    assert caught.value.source == str(tmp_path / "privacy.toml")


def test_tables_in_each_other_without_end_are_told(tmp_path: Path) -> None:
    """Dotted keys are read without end; a policy that holds them is refused all the same."""
    with pytest.raises(PolicyError, match="nested too deeply"):
        loaded(tmp_path, "data" + ".x" * 3000 + " = 1\n" + HEAD)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xe9", "is not UTF-8: byte 0 cannot be read"),
        (b"\xef\xbb\xbf", 'begins with a byte order mark; save it as "UTF-8", not as "UTF-8 with BOM"'),
        (b"x", "is not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
        (b"x = " + b"[" * 3000, None),
        (b"data" + b".x" * 3000 + b" = 1\n" + HEAD.encode(), None),
    ],
)
def test_what_cannot_be_read_names_its_file(
    tmp_path: Path, content: bytes | None, message: str | None
) -> None:
    """Whatever keeps a file from being read is one problem, of the whole file, with the file's path."""
    file = tmp_path / "privacy.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PolicyError) as caught:
        load(file)
    assert caught.value.source == str(file)
    if message:
        assert caught.value.problems == (Problem("", message, "unreadable"),)


def test_a_reading_names_its_file(tmp_path: Path) -> None:
    """Whether or not it could be read."""
    file = tmp_path / "privacy.toml"
    assert read(file).source == str(file)
    for text in (HEAD + BODY, HEAD + "colour = 1\n" + BODY):
        file.write_text(text, encoding="utf-8")
        assert read(file).source == str(file)


def test_texts_beside_the_file_are_read(tmp_path: Path) -> None:
    """privacy.LANG.toml replaces shipped texts; a path may be a string."""
    (tmp_path / "privacy.nl.toml").write_text('[purposes.statistics]\ntitle = "Tellen"\n', encoding="utf-8")
    loaded(tmp_path, HEAD + BODY)
    policy = load(str(tmp_path / "privacy.toml"))
    assert policy.text("nl").purpose("statistics").title == "Tellen"
    assert policy.text("en").purpose("statistics").title != "Tellen"


def test_mistakes_in_texts_name_their_file(tmp_path: Path) -> None:
    """A mistake in privacy.nl.toml, or one file too many, is told under that file's name."""
    (tmp_path / "privacy.nl.toml").write_text(
        '[purposes.statistiek]\ntitle = "Tellen"\n[x]\n', encoding="utf-8"
    )
    (tmp_path / "privacy.fr.toml").write_text("", encoding="utf-8")
    assert problems(tmp_path, HEAD + BODY) == [
        'privacy.fr.toml: "fr" is not one of languages; it has nl, en',
        (
            "privacy.nl.toml: x: unknown section; one of purposes, categories, bases, decision, statement, units, "
            "events, dates, ui, fields"
        ),
        'privacy.nl.toml: purposes.statistiek: purpose "statistiek" is not declared; did you mean "statistics"?',
    ]


@given(
    st.dictionaries(
        st.text(max_size=5), st.recursive(st.none() | st.booleans() | st.text(max_size=3), st.lists)
    )
)
def test_nonsense_is_always_a_policy_error(values: dict[str, Any]) -> None:
    """Whatever is put in, what comes out is a PolicyError with problems in our own words."""
    with pytest.raises(PolicyError) as caught:
        Policy(**values)
    assert caught.value.problems
    assert "pydantic" not in str(caught.value)
    assert "Input should" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("colour = 1\n", "unknown-key"),
        ("sell = true\n", "sale"),
        ("texts = {}\n", "unknown-key"),
        ("ledger = { keep = 'for ever' }\n", "vague-term"),
        ("ledger = { keep = 7 }\n", "vague-term"),
        ("purposes.ads = { basis = 'consent', keep = 7 }\n", "vague-term"),
        ("purposes.sell = { basis = 'consent' }\n", "sale"),
        ("purposes.ads = { basis = 'consent', data = ['*'] }\n", "blanket-consent"),
        ("accepted = { No = {} }\n", "invalid"),
        ("forms = { a = { required = ['x.y'] } }\n", "undeclared-name"),
        ("mail = { tracking = 'nowhere' }\n", "undeclared-name"),
    ],
)
def test_a_problem_has_the_code_of_its_kind(tmp_path: Path, more: str, code: str) -> None:
    """The code says what kind of mistake it is, wherever in the file it was made."""
    with pytest.raises(PolicyError) as caught:
        loaded(tmp_path, HEAD + more + (BODY if "purposes" not in more else ""))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_every_required_key_has_a_code_or_the_general_one() -> None:
    """In Python as in files; one without a code of its own is plainly invalid."""
    values: dict[str, Any] = {"controller": {}, "purposes": {"a": {}}, "recipients": {"b": {}}}
    with pytest.raises(PolicyError) as caught:
        Policy(**values)
    codes = {problem.path: problem.code for problem in caught.value.problems}
    assert codes == {
        "effective": "no-effective-date",
        "jurisdiction": "no-jurisdiction",
        "languages": "invalid",
        "controller.name": "no-controller",
        "controller.address": "no-contact",
        "purposes.a.basis": "no-basis",
        "recipients.b.role": "invalid",
        "recipients.b.for": "invalid",
        "recipients.b.country": "invalid",
    }


def test_reading_goes_as_far_as_it_can(tmp_path: Path) -> None:
    """The part that can be read is there beside the problems, with what was left out of it."""
    file = tmp_path / "privacy.toml"
    file.write_text(HEAD.replace("NL", "XX") + BODY.replace('"contract"', '"contrat"'), encoding="utf-8")
    reading = read(file)
    assert [problem.path for problem in reading.problems] == ["jurisdiction", "purposes.orders.basis"]
    assert reading.policy is not None
    assert set(reading.policy.purposes) == {"statistics", "newsletter"}
    assert reading.unread == {"jurisdiction": frozenset(), "purposes": frozenset({"orders"})}


def test_texts_that_cannot_be_read_hide_nothing(tmp_path: Path) -> None:
    """A file of texts that is no TOML is a problem under its name, beside those of the policy."""
    (tmp_path / "privacy.nl.toml").write_text("x", encoding="utf-8")
    found = problems(tmp_path, HEAD + "colour = 1\n" + BODY)
    assert found[0].startswith("privacy.nl.toml: is not TOML")
    assert found[1].startswith("colour: unknown key")


def test_what_cannot_be_read_at_all_has_no_part() -> None:
    """Names that are no text leave nothing to look at further."""
    with pytest.raises(PolicyError) as caught:
        Policy(**{**BASE, "purposes": {1: {}}})
    assert caught.value.problems
