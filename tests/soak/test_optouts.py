"""The command finds what was lost, and loses nothing on a small scale."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopprivacy.ledger.entry import CollectionMethod
from tests.soak.optouts import lost, opened, with_journals, without_journals
from tests.soak.worker import PURPOSE, address
from tests.soak.worker import opened as opened_shop


def test_what_is_missing_is_found(tmp_path: Path) -> None:
    """What was acknowledged and stands nowhere is lost; what stands in a journal alone is not."""
    journal = tmp_path / "journal.sqlite3"
    with opened("sqlite", tmp_path) as database:
        shop = opened_shop(database.url, str(journal))
        with database.hanging():
            shop.mail.opted_out(address(1), PURPOSE, how=CollectionMethod.ONE_CLICK_MAIL)
            assert shop.ledger.head().count == 0
        assert lost(database, [1, 2], [journal]) == [2]
        shop.close()
        shop.ledger.store.close()  # type: ignore[attr-defined]


@pytest.mark.services  # not for what it needs: whoever lost a database does not ask again for five seconds
def test_a_few_opt_outs(tmp_path: Path) -> None:
    """Two workers on two machines that are killed and cut off, and whose disks are full."""
    assert with_journals("sqlite", 40, 2, "1", tmp_path, longest=0.2) == []


@pytest.mark.services
def test_a_few_workers_without_a_journal(tmp_path: Path) -> None:
    """All are killed, and the campaign goes on."""
    assert without_journals("sqlite", 40, 4, "1", tmp_path) == []
