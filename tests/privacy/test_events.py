"""Events within a shop's Privacy: their salts are looked after whatever the ledger does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shopprivacy import Privacy
from shopprivacy.storage.salts import SaltFile
from tests.analytics.test_building import policy_with
from tests.gate.exchange import KEYSET
from tests.privacy.shop import Clock, Failing


def shop(clock: Clock, store: Failing, folder: Path, salts: Path) -> Privacy:
    """A shop that tells visitors apart; its thread does not look by itself."""
    made = Privacy(
        policy_with(visitor="statistics"),
        keyset=KEYSET,
        store=store,
        clock=clock,
        analytics=folder / "analytics",
        salts=SaltFile(salts),
    )
    made._feed.stop()
    return made


def visitor(privacy: Privacy) -> str | None:
    """Somebody's visitor of today."""
    return privacy.analytics._visitors(
        privacy.now().date(), "203.0.113.7", "Firefox/128", "phone", "shop.example"
    )


def test_salts_end_while_the_ledger_is_down(clock: Clock, tmp_path: Path) -> None:
    """Over midnight, with a ledger that does not answer: there is a new visitor, and the old salt is in no file."""
    salts, store = tmp_path / "salts.sqlite3", Failing()
    privacy = shop(clock, store, tmp_path, salts)
    before, old = visitor(privacy), salts.read_bytes()
    store.down = True
    clock.time += timedelta(days=1)
    privacy._feed.look()
    assert visitor(privacy) not in {None, before}
    [kept] = [line for line in (old, salts.read_bytes()) if clock.time.date().isoformat().encode() in line]
    assert (clock.time - timedelta(days=1)).date().isoformat().encode() not in kept
    privacy.close()


def test_a_store_of_salts_that_is_down_stops_nothing(
    clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The shop starts and serves; nobody has a visitor; the log names the file once, until it is back."""
    salts = tmp_path / "none" / "salts.sqlite3"
    privacy = shop(clock, Failing(), tmp_path, salts)
    for _ in range(2):
        privacy._feed.look()
    assert visitor(privacy) is None
    assert [str(salts) in message for message in caplog.messages] == [True]
    salts.parent.mkdir()
    privacy._feed.look()
    assert visitor(privacy)
    privacy.close()
