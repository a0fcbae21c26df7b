"""``shopprivacy report``: one file for a week or a month."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from tests.policy.files import DEMO, HEAD


def report(*arguments: str, policy: Path = DEMO) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["report", "--policy", str(policy), *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the events of one day; the command runs beside it."""
    monkeypatch.chdir(tmp_path)
    events = tmp_path / "events"
    events.mkdir()
    line = '{"time":"2026-11-23T10:00:00Z","event":"page","route":"/","entry":true,"device":"phone"}\n'
    (events / "2026-11-23.exempt.jsonl").write_text(line * 25)
    return events


@pytest.mark.parametrize(
    ("period", "name"), [(["--week", "2026-W48"], "2026-W48"), (["--month", "2026-11"], "2026-11")]
)
def test_a_report_is_written(folder: Path, period: list[str], name: str) -> None:
    """Into a file named by the period; without a store it says that consent is left out."""
    result = report("--analytics", str(folder), *period)
    assert (result.exit_code, "no consent rates" in result.output) == (0, True)
    html = (folder.parent / f"report-{name}.html").read_text(encoding="utf-8")
    assert '<html lang="nl">' in html
    assert "<dd>30</dd>" in html


def test_last_week_by_default(folder: Path) -> None:
    """Without a period it is the week before this one; a language and a file can be named."""
    result = report("--analytics", str(folder), "--language", "de", "--output", "x.html")
    assert result.exit_code == 0
    assert '<html lang="de">' in (folder.parent / "x.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--week", "2026-48"], 2, "2026-W48"),
        (["--month", "2026-13"], 2, "2026-11"),
        (["--month", "2026-11", "--week", "2026-W48"], 2, "not both"),
        (["--month", "2026-11", "--analytics", "nowhere"], 1, "nowhere"),
    ],
)
def test_what_cannot_be_done(folder: Path, arguments: list[str], status: int, told: str) -> None:
    """A period that is none, two of them, and a folder that is not there."""
    result = report(*(["--analytics", str(folder)] if "--analytics" not in arguments else []), *arguments)
    assert (result.exit_code, told in result.output) == (status, True)


def test_a_shop_that_counts_nothing(tmp_path: Path) -> None:
    """The key that would have events written is named."""
    file = tmp_path / "privacy.toml"
    file.write_text(HEAD, encoding="utf-8")
    result = report("--month", "2026-11", policy=file)
    assert (result.exit_code, "analytics.purpose" in result.output) == (1, True)
