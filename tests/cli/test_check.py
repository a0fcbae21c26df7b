"""``shopprivacy check``: every problem with its key path, and what stands in a policy that has none."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from shopprivacy.cli.places import OpenedStore
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.policy import load
from shopprivacy.policy.enforcement import declared
from shopprivacy.policy.fingerprint import text_of
from shopprivacy.storage.sql import SqlStore
from tests.policy.files import BODY, DEMO, HEAD


def check(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small valid policy, looked at on a day after it began to hold."""
    path = tmp_path / "privacy.toml"
    path.write_text(HEAD + BODY, encoding="utf-8")
    monkeypatch.delenv("SHOPPRIVACY_STORE", raising=False)
    monkeypatch.setattr("shopprivacy.cli.check.today", lambda: date(2026, 11, 24))
    return path


def test_nothing_wrong() -> None:
    """A valid policy is summed up on one screen: version, languages, purposes, cookies."""
    result = check(DEMO)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{DEMO}: no problems, but not all of it is enforced"
    assert len(lines) <= 24
    assert max(map(len, lines[1:])) <= 100
    policy = load(DEMO)
    words = result.output.replace(",", " ").split()
    assert {policy.version, *policy.languages, *policy.purposes, *policy.cookies} <= set(words)


def test_a_small_policy(file: Path) -> None:
    """What a policy does not have is not spoken of."""
    output = check(file).output
    assert "report" not in output
    assert output.rstrip().endswith("cookies    0")


def test_what_is_not_enforced_yet(file: Path) -> None:
    """What a policy declares and this version does not enforce is said, or a shop would rely on it."""
    assert "if asked   " in check(file).output
    assert "not yet" not in check(file).output
    file.write_text('secure = ["/checkout"]\nmode = { page = "report" }\n' + HEAD, encoding="utf-8")
    output = check(file).output
    assert "not yet    declared, and not enforced by this version: secure, mode (page)\n" in output
    assert "if asked" not in output
    assert output.startswith(f"{file}: no problems, but not all of it is enforced\n")
    file.write_text(HEAD, encoding="utf-8")
    assert check(file).output.startswith(f"{file}: no problems\n")


def test_a_gate_that_only_reports(file: Path) -> None:
    """Who sums up a policy whose gate holds nothing back says so."""
    file.write_text('mode = { cookies = "report" }\n' + HEAD, encoding="utf-8")
    assert "mode       report for cookies" in check(file).output


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
    assert check().output.startswith("privacy.toml: no problems")


def test_every_problem_has_its_key_path(file: Path) -> None:
    """All problems are told, each behind the path of its key, and the exit status is 1."""
    file.write_text(HEAD.replace("NL", "XX") + BODY.replace("consent", "toestemming"), encoding="utf-8")
    result = check(file)
    assert result.exit_code == 1
    first, *told = result.output.splitlines()
    assert first == f"{file}: 3 problems"
    paths = ["jurisdiction", "purposes.newsletter.basis", "purposes.statistics.basis"]
    places = [problem.strip().split(": ")[:2] for problem in told[::3]]
    assert sorted(path for _, path in places) == paths
    lines = file.read_text(encoding="utf-8").splitlines()
    for place, path in places:
        name, _, number = place.partition(":")
        assert name == "privacy.toml"
        assert lines[int(number) - 1].startswith(path.rpartition(".")[2])
    assert {line.split(" (")[0].strip() for line in told[1::3]} == {"error invalid"}
    assert all(line.startswith("    fix: ") for line in told[2::3])


def test_one_problem(file: Path) -> None:
    """A file that is no TOML has one problem, which is the file's own."""
    file.write_text("effective = ", encoding="utf-8")
    result = check(file)
    assert result.exit_code == 1
    first, second, third, fourth = result.output.splitlines()
    assert first == f"{file}: 1 problem"
    assert second.startswith("  privacy.toml: is not TOML")
    assert third.startswith("    error unreadable")
    assert fourth == "    fix: fix the file; most editors show the place"


def test_problems_in_texts(file: Path) -> None:
    """A problem of a file with texts names that file, in what it holds and as a whole."""
    texts = file.with_name("privacy.nl.toml")
    texts.write_text("[nonsense]\na = 1", encoding="utf-8")
    assert "  privacy.nl.toml:1: nonsense: unknown section" in check(file).output
    texts.write_text("nonsense", encoding="utf-8")
    assert "  privacy.nl.toml: is not TOML" in check(file).output


def test_json(file: Path) -> None:
    """JSON has the same keys whether or not something is wrong."""
    right = check("--format", "json", file)
    assert right.exit_code == 0
    version = load(file).version
    enforced = {key: str(mark) for key, mark in declared(load(file))}
    assert enforced["purposes.*.keep"] == "decision"
    empty: dict[str, object] = {"problems": [], "accepted": []}
    expected = {"file": str(file), "ok": True, "version": version, "enforced": enforced, **empty}
    assert json.loads(right.output) == expected
    file.write_text(HEAD.replace("NL", "XX") + BODY, encoding="utf-8")
    wrong = check("--format", "json", file)
    assert wrong.exit_code == 1
    found = json.loads(wrong.output)
    assert (found["file"], found["ok"], found["version"], found["enforced"]) == (str(file), False, None, {})
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


# Findings: what could be enforced, but is unlawful or unwise

CARRIER = '[recipients.carrier]\nrole = "processor"\nfor = ["orders"]\ncountry = "NL"\n'


def test_a_warning_is_a_problem(file: Path) -> None:
    """It is told with its id, its ground and what to do, and the exit status is 1, though the policy loads."""
    file.write_text(HEAD + BODY + CARRIER, encoding="utf-8")
    result = check(file)
    assert result.exit_code == 1
    first, told, kind, fix = result.output.splitlines()
    assert first == f"{file}: 1 problem"
    assert told.startswith("  privacy.toml:17: recipients.carrier.agreement: is missing")
    assert kind == "    warning no-agreement (GDPR art. 28(3), 26(1))"
    assert fix == "    fix: sign one, and write its day: recipients.carrier.agreement = DATE"
    found = json.loads(check("--format", "json", file).output)
    assert found["version"] == load(file).version
    assert not found["ok"]


def test_an_accepted_warning(file: Path) -> None:
    """It is told with its reason, and no longer changes the exit status."""
    accepted = '[accepted]\nno-agreement."recipients.carrier.agreement" = "signed, on its way"\n'
    file.write_text(HEAD + BODY + CARRIER + accepted, encoding="utf-8")
    result = check(file)
    assert result.exit_code == 0
    assert result.output.startswith(f"{file}: no problems, but not all of it is enforced\n")
    assert result.output.endswith(
        "\n  accepted: no-agreement at recipients.carrier.agreement: signed, on its way\n"
    )
    found = json.loads(check("--format", "json", file).output)
    assert found["ok"]
    assert found["problems"] == []
    (entry,) = found["accepted"]
    assert (entry["id"], entry["reason"], entry["line"]) == ("no-agreement", "signed, on its way", 17)
    assert check("--format", "github", file).output == ""


def test_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finding is one workflow command at its line, with the escapes that GitHub's documentation asks for."""
    folder = tmp_path / "shop, 100%"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    file = Path("shop, 100%") / "privacy.toml"
    file.write_text(
        HEAD.replace("privacy@shop.example", "100%") + BODY + CARRIER.replace('"NL"', '"nl"'),
        encoding="utf-8",
    )
    (folder / "privacy.nl.toml").write_text("# mine\n[ui]\nno_cookies = 'Zie hieronder'\n", encoding="utf-8")
    result = check("--format", "github", file)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    where = "file=shop%2C 100%25/privacy"
    assert [line.partition("::")[2].partition("::")[0] for line in lines] == [
        f"error {where}.toml,line=4,title=bad-email",
        f"error {where}.toml,line=20,title=invalid",
        f"warning {where}.nl.toml,line=3,title=dangling-reference",
    ]
    assert (
        lines[0]
        .partition("::")[2]
        .partition("::")[2]
        .startswith('controller.email: "100%25" is not an e-mail')
    )
    assert all(line.startswith("::") for line in lines)


def test_github_on_a_file_that_is_not_read(file: Path) -> None:
    """A file that is no TOML, or no text, has its problem on the first line; so has one of texts."""
    for content in (b"effective = ", b"\xff"):
        file.write_bytes(content)
        (line,) = check("--format", "github", file).output.splitlines()
        assert f"file={file},line=1,title=unreadable::" in line
    file.write_text(HEAD + BODY, encoding="utf-8")
    file.with_name("privacy.nl.toml").write_text("nonsense", encoding="utf-8")
    (line,) = check("--format", "github", file).output.splitlines()
    assert (
        f"file={file.with_name('privacy.nl.toml')},line=1,title=unreadable::privacy.nl.toml: is not" in line
    )


# Earlier versions

VIDEO = '[purposes.video]\nbasis = "consent"\n'


@pytest.fixture
def changed(file: Path) -> Path:
    """The small policy with one purpose more, and its earlier version beside it as old.toml."""
    file.with_name("old.toml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    file.write_text(HEAD + BODY + VIDEO, encoding="utf-8")
    return file


def test_since_an_earlier_version(changed: Path) -> None:
    """A meaning that changed under the same date is found; with a new date it is not."""
    old = changed.with_name("old.toml")
    result = check("--since", old, changed)
    assert result.exit_code == 1
    told = f"still says 2026-01-01, but since {old} (2026-01-01) there changed: purposes.video"
    assert f"  privacy.toml:1: effective: {told}\n" in result.output
    assert "undated-change" in result.output
    changed.write_text((HEAD + BODY + VIDEO).replace("2026-01-01", "2026-02-01"), encoding="utf-8")
    assert check("--since", old, changed).exit_code == 0


def test_since_a_version_that_no_shop_could_enforce(changed: Path) -> None:
    """Nobody agreed to it, so nothing is compared; that is told beside the report."""
    changed.with_name("old.toml").write_text("nonsense", encoding="utf-8")
    result = check("--since", changed.with_name("old.toml"), changed)
    assert result.exit_code == 0
    assert result.stderr.startswith("not compared with ")
    assert result.stdout.startswith(f"{changed}: no problems")


def test_since_a_file_that_is_not_there(file: Path) -> None:
    """That is a wrong call."""
    assert check("--since", file.with_name("nowhere.toml"), file).exit_code == 2


@pytest.fixture
def store(file: Path) -> str:
    """The address of a store that has archived the small policy."""
    url = f"sqlite:///{file.with_name('privacy.sqlite3')}"
    policy = load(file)
    opened = SqlStore(url)
    enforced = datetime(2026, 1, 1, tzinfo=UTC)
    opened.archive_policy(ArchivedPolicy(policy.version, policy.effective, enforced, text_of(policy)))
    opened.close()
    return url


def test_what_a_shop_has_enforced(file: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive of a store is compared with: named by an option, by the environment, or lying where shops put it."""
    file.write_text(HEAD + BODY + VIDEO, encoding="utf-8")
    told = "since version 2026-01-01."
    assert told in check("--store", store, file).output
    assert told in CliRunner().invoke(main, ["check", str(file)], env={"SHOPPRIVACY_STORE": store}).output
    assert told not in check(file).output
    monkeypatch.chdir(file.parent)
    assert told in check().output
    opened = SqlStore(store)
    assert told in CliRunner().invoke(main, ["check"], obj=OpenedStore(opened)).output
    opened.close()


def test_policies_in_djangos_database(file: Path) -> None:
    """In a Django project the command that knows the database is named: silence would read as a comparison."""
    assert check(file).stderr == ""
    file.with_name("manage.py").touch()
    assert "python manage.py shopprivacy check does that" in check(file).stderr


def test_the_same_policy_enforced(file: Path, store: str) -> None:
    """What has not changed needs no new date."""
    assert check("--store", store, file).exit_code == 0


@pytest.mark.parametrize(("today", "status"), [(date(2025, 12, 31), 1), (date(2026, 1, 1), 0)])
def test_before_the_day_and_on_it(
    file: Path, store: str, monkeypatch: pytest.MonkeyPatch, today: date, status: int
) -> None:
    """What was enforced before its day may have been agreed to: a change needs another date, and not on the day."""
    monkeypatch.setattr("shopprivacy.cli.check.today", lambda: today)
    file.write_text(HEAD + BODY + VIDEO, encoding="utf-8")
    assert check("--store", store, file).exit_code == status
    file.write_text((HEAD + BODY + VIDEO).replace("2026-01-01", "2026-01-02"), encoding="utf-8")
    assert check("--store", store, file).exit_code == 0


def test_a_store_that_does_not_answer(file: Path) -> None:
    """One that was asked for must; one from the environment is told, and the rest is checked without it."""
    missing = f"sqlite:///{file.with_name('nowhere.sqlite3')}"
    asked = check("--store", missing, file)
    assert asked.exit_code == 2
    assert "there is no store at" in asked.stderr
    found = CliRunner().invoke(main, ["check", str(file)], env={"SHOPPRIVACY_STORE": missing})
    assert found.exit_code == 0
    assert found.stderr.startswith("not compared with the policies enforced so far: there is no store at")
    file.with_name("text.sqlite3").write_text("no database", encoding="utf-8")
    broken = f"sqlite:///{file.with_name('text.sqlite3')}"
    assert check("--store", broken, file).exit_code == 1
    told = CliRunner().invoke(main, ["check", str(file)], env={"SHOPPRIVACY_STORE": broken})
    assert told.exit_code == 0
    assert "not compared with the policies enforced so far: the store did not answer" in told.stderr
    assert list(file.parent.glob("nowhere*")) == []


def test_keys_beside_the_data(file: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of persons in the folder of the database are told, named or beside the keyset; those apart are not."""
    monkeypatch.delenv("SHOPPRIVACY_SUBJECT_KEYS", raising=False)
    keyset, keys, told = file.parent / "keys.json", file.parent / "subject-keys.sqlite3", "keys of persons"
    assert told not in check(file, "--store", store, "--keys", keyset).stderr
    assert told not in check(file, "--store", store, "--keys", "env:").stderr
    keys.touch()
    assert told in check(file, "--store", store, "--keys", keyset).stderr
    opened = SqlStore(store)
    assert told not in CliRunner().invoke(main, ["check", str(file)], obj=OpenedStore(opened)).stderr
    opened.close()
    monkeypatch.setenv("SHOPPRIVACY_SUBJECT_KEYS", str(keys))
    assert told in check(file, "--store", store).stderr
    monkeypatch.setenv("SHOPPRIVACY_SUBJECT_KEYS", str(file.parent / "apart" / "keys.sqlite3"))
    assert told not in check(file, "--store", store, "--keys", keyset).stderr


def test_templates_of_the_shops_own(tmp_path: Path) -> None:
    """They are rendered with this policy, and what they must not change is said on standard error."""
    folder = tmp_path / "templates"
    folder.mkdir()
    assert check(DEMO, "--templates", folder).output == check(DEMO).output
    (folder / "banner.html").write_text("<p>We use cookies.</p>", encoding="utf-8")
    result = check(DEMO, "--templates", folder, "--format", "json")
    assert result.exit_code == 1
    assert 'banner.html (nl): there must be one form with method="post"' in result.stderr
    assert json.loads(result.stdout)
    assert check(DEMO, "--templates", tmp_path / "nowhere").exit_code == 2
