"""A disk that is full, by the limit that the system sets on a process's files: nothing acknowledged is lost."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_ledger
from tests import forked
from tests.servers import new_database

_PROCESS = """
import resource, sys
from pathlib import Path
from shopprivacy import Privacy, StoreDown
from shopprivacy.testing.samples import sample_keyset
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from tests.privacy.shop import POLICY

url, journal = sys.argv[1:]
privacy = Privacy(POLICY, keyset=sample_keyset(), store=SqlStore(url), journal=JournalFile(journal))
privacy._feed.stop()
for customer in range(10):
    privacy.grant(customer, "newsletter")


def withdraw(customers):
    for customer in customers:
        try:
            privacy.withdraw(customer, "newsletter")
        except StoreDown:
            print("refused", customer, flush=True)
        else:
            print("done", customer, privacy.subject(customer), flush=True)


withdraw(range(3))
written = Path(journal + "-wal").stat().st_size
usual = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (written, usual[1]))
withdraw(range(3, 7))
resource.setrlimit(resource.RLIMIT_FSIZE, usual)
withdraw(range(7, 10))
"""


@pytest.mark.parametrize(
    "database",
    [
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.services),
        pytest.param("mariadb", marks=pytest.mark.services),
    ],
)
def test_a_full_journal_loses_nothing(database: str, tmp_path: Path) -> None:
    """What was acknowledged is in the ledger; on SQLite, whose files are as full, nothing is acknowledged meanwhile."""
    if database == "sqlite":
        _lost_nothing(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path, refused={"3", "4", "5", "6"})
        return
    with new_database(database) as url:
        _lost_nothing(url, tmp_path, refused=set())


def _lost_nothing(url: str, folder: Path, *, refused: set[str]) -> None:
    journal = folder / "journal.sqlite3"
    ended = forked.run(["-c", _PROCESS, url, str(journal)], cwd=Path.cwd())
    assert ended.returncode == 0, ended.stderr
    told = [line.split() for line in ended.stdout.splitlines()]
    assert {customer for what, customer, *_ in told if what == "refused"} == refused
    acknowledged = {rest[0] for what, _, *rest in told if what == "done"}
    assert len(acknowledged) == 10 - len(refused)
    with closing(SqlStore(url)) as store:
        book = sample_ledger(store, journal=JournalFile(journal))
        assert book.bring_up_to_date() == 0
        withdrawn = {
            row.entry.subject for row in store.rows() if row.entry and row.entry.action == "withdrawn"
        }
        assert acknowledged <= withdrawn
    kept = {one.record.body["subject"] for one in JournalFile(journal).records()}
    assert len(kept & acknowledged) >= 6, "before, and after there was room again"
