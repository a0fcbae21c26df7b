"""``shopprivacy journal``: who is waited for, and giving a journal up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli.program import main
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.storage.sql import SqlStore

EMPTY, LOST, BEHIND, OLD = ("0a" * 16, "ff" * 16, "cc" * 16, "dd" * 16)


def state(name: str) -> JournalState:
    """A journal as it was seen just now, or some time ago."""
    ago = {LOST: timedelta(minutes=2), OLD: timedelta(days=2)}.get(name, timedelta())
    return JournalState(name, datetime.now(UTC) - ago, empty=name in (EMPTY, LOST))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store without journals."""
    with closing(SqlStore(f"sqlite:///{tmp_path / 'shop.sqlite3'}")) as store:
        yield store


def run(tmp_path: Path, *arguments: str) -> Result:
    """Call the command on it."""
    return CliRunner().invoke(
        main, ["journal", *arguments, "--store", f"sqlite:///{tmp_path / 'shop.sqlite3'}"]
    )


def note(store: SqlStore, *names: str) -> None:
    """Give it these journals."""
    with store.writing() as writer:
        for name in names:
            writer.note_journal(state(name))


def test_the_status_of_journals(tmp_path: Path, store: SqlStore) -> None:
    """Each is a line; the exit status says whether marketing mail waits for one."""
    assert (run(tmp_path, "status").exit_code, run(tmp_path, "status").output) == (0, "")
    note(store, EMPTY, OLD)
    assert run(tmp_path, "status").exit_code == 0
    note(store, EMPTY, LOST, BEHIND)
    result = run(tmp_path, "status")
    assert result.exit_code == 1
    told = {line[:32]: line.split("  ")[2] for line in result.output.splitlines()}
    assert told == {
        EMPTY: "empty",
        LOST: "empty, but not seen for 30 seconds",
        BEHIND: "not empty",
        OLD: "not seen for a day",
    }


def test_giving_a_journal_up(tmp_path: Path, store: SqlStore) -> None:
    """It is waited for no longer; another name is refused, with those that there are."""
    assert "there is none" in run(tmp_path, "retire", LOST).output
    note(store, LOST, EMPTY)
    assert run(tmp_path, "retire", LOST).exit_code == 0
    assert [one.name for one in store.journals()] == [EMPTY]
    result = run(tmp_path, "retire", LOST)
    assert (result.exit_code, EMPTY in result.output) == (2, True)
