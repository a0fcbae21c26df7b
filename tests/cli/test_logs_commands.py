"""``shopprivacy logs anonymise`` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from tests.policy.files import BODY, HEAD

LINE = '203.0.113.77 - - [29/Nov/2026:15:20:40 +0100] "GET /a?page=2&q=x HTTP/1.1" 200 5\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two logs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "access.log").write_text(LINE)
    (tmp_path / "other.log").write_text(LINE + "broken\n")
    return tmp_path


def run(*arguments: str) -> Result:
    """Run the command in one process."""
    return CliRunner().invoke(main, ["logs", "anonymise", "--jobs", "1", *arguments])


def test_files_are_cleaned_once(folder: Path) -> None:
    """Each file has its result in the folder beside it, and one that is done is not done again."""
    result = run("access.log", "other.log")
    assert result.exit_code == 0, result.output
    assert "2 lines, 1 of them in no known format" in result.output
    assert (folder / "anonymised" / "access.log").read_text() == LINE.replace(".77", ".0").replace(
        "?page=2&q=x", ""
    )
    again = run("access.log", "other.log")
    assert again.exit_code == 0
    assert again.output.count("done before") == 2


def test_the_policy_beside_it_counts(folder: Path) -> None:
    """What the policy lists stays; --policy names another, and --addresses-only leaves the rest."""
    (folder / "privacy.toml").write_text(f'{HEAD}analytics = {{ query = ["page"] }}\n{BODY}')
    assert run("access.log", "--output", "a").exit_code == 0
    assert "/a?page=2 HTTP" in (folder / "a" / "access.log").read_text()
    (folder / "q.toml").write_text(f'{HEAD}analytics = {{ query = ["q"] }}\n{BODY}')
    assert run("access.log", "--output", "b", "--policy", "q.toml").exit_code == 0
    assert "/a?q=x HTTP" in (folder / "b" / "access.log").read_text()
    assert run("access.log", "--output", "c", "--addresses-only").exit_code == 0
    assert (folder / "c" / "access.log").read_text() == LINE.replace(".77", ".0")


def test_lines_of_an_application(folder: Path) -> None:
    """With --text lines in another format are cleaned; with --addresses-only that is refused."""
    (folder / "app.log").write_text("12:00:01 INFO mail to an@example.nl\n")
    assert run("app.log", "--text").exit_code == 0
    assert (folder / "anonymised" / "app.log").read_text() == "12:00:01 INFO mail to -\n"
    assert run("app.log", "--text", "--addresses-only", "--output", "x").exit_code == 2


def test_mistakes_are_told(folder: Path) -> None:
    """Two files of one name for one folder, and a file that is not there, are refused before anything is written."""
    (folder / "x").mkdir()
    (folder / "x" / "access.log").write_text(LINE)
    assert run("access.log", "x/access.log", "--output", "out").exit_code == 2
    assert run("nowhere.log").exit_code == 2
    assert not (folder / "out").exists()


def test_one_file_that_cannot_be_cleaned_does_not_stop_the_others(folder: Path) -> None:
    """A damaged archive is told at its turn, and the files behind it are cleaned."""
    (folder / "a.gz").write_bytes(b"x")
    result = run("a.gz", "access.log")
    assert result.exit_code == 1
    assert "a.gz is damaged" in result.output
    assert (folder / "anonymised" / "access.log").exists()


def test_a_log_is_not_its_own_result(folder: Path) -> None:
    """With --output naming the folder of the log itself it is refused, not taken for done."""
    for output in (".", str(folder)):
        result = run("access.log", "--output", output)
        assert result.exit_code == 2
        assert "its own result" in result.output


def test_old_events_are_pruned(folder: Path) -> None:
    """Files of events go when the term of their purpose is over; --dry-run only names them."""
    counting = '[purposes.counting]\nbasis = "legitimate_interest"\ninterest = "x"\nkeep = "13 months"\n'
    (folder / "privacy.toml").write_text(f'{HEAD}analytics = {{ purpose = "counting" }}\n{BODY}{counting}')
    events = folder / "privacy-analytics"
    events.mkdir()
    old, young = events / "2020-01-01.exempt.jsonl", events / "2999-01-01.exempt.jsonl"
    for file in (old, young):
        file.write_text("{}\n")
    told = CliRunner().invoke(main, ["logs", "prune", "--dry-run"])
    assert (told.exit_code, old.exists()) == (0, True)
    assert f"{old}\n1 files would be removed" in told.output
    assert CliRunner().invoke(main, ["logs", "prune", "--analytics", str(events)]).exit_code == 0
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize(
    ("analytics", "files", "told"),
    [
        ('{ purpose = "counting" }', None, "there is no such folder of events"),
        ('{ purpose = "counting" }', 1, "purposes.counting.keep is missing"),
        ("{}", 1, "analytics.purpose is missing"),
        ("{}", 0, ""),
    ],
)
def test_events_that_nothing_prunes(folder: Path, analytics: str, files: int | None, told: str) -> None:
    """A folder that is not there, and events that nothing says the term of, are no success."""
    counting = '[purposes.counting]\nbasis = "legitimate_interest"\ninterest = "x"\n'
    (folder / "privacy.toml").write_text(f"{HEAD}analytics = {analytics}\n{BODY}{counting}")
    if files is not None:
        (folder / "privacy-analytics").mkdir()
    for number in range(files or 0):
        (folder / "privacy-analytics" / f"2020-01-0{number + 1}.exempt.jsonl").touch()
    result = run_prune()
    assert (result.exit_code, told in result.output) == (bool(told), True)
    assert "0 files removed" in result.output or files is None


def run_prune() -> Result:
    """Run it beside the policy."""
    return CliRunner().invoke(main, ["logs", "prune"])
