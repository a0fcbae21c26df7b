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
from shopprivacy.policy.loader import read
from tests.policy.files import BASE, BODY, HEAD, SKETCH, coded, loaded, problems, toml
from tests.policy.mistakes import AT_ONCE, BROKEN_TABLES, HEADS, LINES, UNREADABLE_ENTRIES
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


@pytest.mark.parametrize(("line", "code", "path"), LINES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, line: str, code: str, path: str) -> None:
    """One wrong line gives a problem that says what kind of mistake it is and where; ``wording.txt`` has the words."""
    assert (code, path) in coded(tmp_path, HEAD + line + "\n" + BODY)


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
        assert problem.message == "contains a line break or another control character; write it on one line"
    with pytest.raises(PolicyError) as refused:
        Controller(name=" ", address="x")
    assert refused.value.problems == (Problem("name", "is empty; write some text", "invalid"),)


@pytest.mark.parametrize(("head", "code", "path"), HEADS)
def test_mistakes_in_the_head(tmp_path: Path, head: str, code: str, path: str) -> None:
    """The keys that every policy has are told about in the same way."""
    assert coded(tmp_path, head + BODY) == [(code, path)]


def test_every_required_key_is_asked_for(tmp_path: Path) -> None:
    """An empty file is told all that it lacks."""
    assert coded(tmp_path, "") == [
        ("no-effective-date", "effective"),
        ("no-jurisdiction", "jurisdiction"),
        ("invalid", "languages"),
        ("no-controller", "controller"),
    ]


def test_all_problems_at_once(tmp_path: Path) -> None:
    """What cannot be read does not hide what does not hang together, and is not told twice."""
    assert coded(tmp_path, AT_ONCE) == [
        ("invalid", "purposes.broken.basis"),
        ("vague-term", "purposes.fraud.keep"),
        ("invalid", "purposes.tax.confirm"),
        ("vague-term", "cookies.a.life"),
        ("invalid", "cookies.c.essential"),
        ("no-interest", "purposes.fraud.interest"),
        ("no-law", "purposes.tax.law"),
        ("no-term", "purposes.tax.keep"),
        ("undeclared-name", "purposes.tax.data"),
        ("undeclared-name", "cookies.b.purpose"),
    ]


def test_an_entry_that_cannot_be_read_hides_no_undeclared_name(tmp_path: Path) -> None:
    """Names in it are told with its own problems, once, and not when these have been fixed."""
    found = coded(tmp_path, UNREADABLE_ENTRIES)
    assert [path for code, path in found if code == "undeclared-name"] == [
        "purposes.broken.data",
        "recipients.x.for",
        "cookies.a.purpose",
        "cookies.a.recipients",
    ]
    places = [path for _, path in found]
    assert len(set(places)) == len(places)
    assert {"purposes.broken.basis", "purposes.worse.data[0]", "recipients.x.data", "cookies.b.purpose"} <= {
        *places
    }


def test_a_broken_table_hides_nothing_else(tmp_path: Path) -> None:
    """A whole table of the wrong kind is told, and so is what is wrong elsewhere."""
    assert coded(tmp_path, BROKEN_TABLES) == [
        ("invalid", "data"),
        ("invalid", "recipients.x"),
        ("invalid", "cookies"),
        ("undeclared-name", "mail.tracking"),
    ]


def test_the_sketch_loads_once_it_is_complete(tmp_path: Path) -> None:
    """The sketch the schema grew from names two things that it does not declare; with these it is a policy."""
    sketch = SKETCH.read_text(encoding="utf-8")
    assert coded(tmp_path, sketch) == [
        ("undeclared-name", 'cookies."_ga_*".purpose'),
        ("undeclared-name", "third_parties.analytics.purpose"),
        ("undeclared-name", "separate.support"),
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
    assert coded(tmp_path, HEAD + BODY) == [
        ("invalid", "privacy.fr.toml"),
        ("invalid", "privacy.nl.toml: x"),
        ("undeclared-name", "privacy.nl.toml: purposes.statistiek"),
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
    found = coded(tmp_path, HEAD + "colour = 1\n" + BODY)
    assert found == [("unreadable", "privacy.nl.toml"), ("unknown-key", "colour")]


def test_what_cannot_be_read_at_all_has_no_part() -> None:
    """Names that are no text leave nothing to look at further."""
    with pytest.raises(PolicyError) as caught:
        Policy(**{**BASE, "purposes": {1: {}}})
    assert caught.value.problems
