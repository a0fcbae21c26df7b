"""``shopprivacy check``: every problem with its key path, and what stands in a policy that has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from shopprivacy.policy import load
from tests.policy.files import BODY, DEMO, HEAD


def check(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small valid policy."""
    path = tmp_path / "privacy.toml"
    path.write_text(HEAD + BODY, encoding="utf-8")
    return path


def test_nothing_wrong() -> None:
    """A valid policy is summed up on one screen: version, languages, purposes, cookies."""
    result = check(DEMO)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{DEMO}: nothing wrong"
    assert len(lines) <= 24
    assert max(map(len, lines[1:])) <= 100
    policy = load(DEMO)
    words = result.output.replace(",", " ").split()
    assert {policy.version, *policy.languages, *policy.purposes, *policy.cookies} <= set(words)
    assert "report for page" in result.output


def test_a_small_policy(file: Path) -> None:
    """What a policy does not have is not spoken of."""
    output = check(file).output
    assert "report" not in output
    assert output.rstrip().endswith("cookies    0")


def test_kinds_of_cookies(file: Path) -> None:
    """Cookies are told apart by whether visitors are asked for them."""
    more = """
[cookies.cart]
purpose = "orders"
essential = true
life = "1 day"
[cookies.count]
purpose = "orders"
exempt = "Tw 11.7a(3)(b)"
life = "1 day"
[cookies._ga]
purpose = "statistics"
life = "1 day"
"""
    file.write_text(HEAD + BODY + more, encoding="utf-8")
    output = check(file).output
    assert "essential: cart" in output
    assert "exempt from consent: count" in output
    assert "with consent: _ga" in output


def test_the_default_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the policy of the working directory is checked."""
    monkeypatch.chdir(file.parent)
    assert check().output.startswith("privacy.toml: nothing wrong")


def test_every_problem_has_its_key_path(file: Path) -> None:
    """All problems are told, each behind the path of its key, and the exit status is 1."""
    file.write_text(HEAD.replace("NL", "XX") + BODY.replace("consent", "toestemming"), encoding="utf-8")
    result = check(file)
    assert result.exit_code == 1
    first, *told = result.output.splitlines()
    assert first == f"{file}: 3 problems"
    paths = ["jurisdiction", "purposes.newsletter.basis", "purposes.statistics.basis"]
    assert sorted(problem.split(":")[0].strip() for problem in told[::3]) == paths
    assert {line.split(" (")[0].strip() for line in told[1::3]} == {"error invalid"}
    assert all(line.startswith("    fix: ") for line in told[2::3])


def test_one_problem(file: Path) -> None:
    """A file that is no TOML has one problem, which is the file's own."""
    file.write_text("effective = ", encoding="utf-8")
    result = check(file)
    assert result.exit_code == 1
    first, second, third, fourth = result.output.splitlines()
    assert first == f"{file}: 1 problem"
    assert second.startswith("  is not TOML")
    assert third.startswith("    error unreadable")
    assert fourth == "    fix: mend the file; most editors show the place"


def test_problems_in_texts(file: Path) -> None:
    """A problem of a file with texts names that file, in what it holds and as a whole."""
    texts = file.with_name("privacy.nl.toml")
    texts.write_text("[nonsense]\na = 1", encoding="utf-8")
    assert "  privacy.nl.toml: nonsense: unknown section" in check(file).output
    texts.write_text("nonsense", encoding="utf-8")
    assert "  privacy.nl.toml: is not TOML" in check(file).output


def test_json(file: Path) -> None:
    """JSON has the same keys whether or not something is wrong."""
    right = check("--format", "json", file)
    assert right.exit_code == 0
    version = load(file).version
    expected = {"file": str(file), "ok": True, "version": version, "problems": [], "accepted": []}
    assert json.loads(right.output) == expected
    file.write_text(HEAD.replace("NL", "XX") + BODY, encoding="utf-8")
    wrong = check("--format", "json", file)
    assert wrong.exit_code == 1
    found = json.loads(wrong.output)
    assert (found["file"], found["ok"], found["version"]) == (str(file), False, None)
    (problem,) = found["problems"]
    assert problem.pop("message").startswith('unknown jurisdiction "XX"')
    assert problem.pop("source")
    assert "jurisdiction" in problem.pop("fix")
    assert problem == {"id": "invalid", "severity": "error", "path": "jurisdiction", "line": 2}


def test_wrong_calls(tmp_path: Path) -> None:
    """A file that cannot be opened and an unknown format are wrong calls: exit status 2, nothing on stdout."""
    for arguments in ([tmp_path], [tmp_path / "missing.toml"], ["--format", "yaml"]):
        result = check(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
    assert "`shopprivacy init` writes a first policy" in check(tmp_path / "missing.toml").stderr
