"""One shop's Privacy, on a store that can be switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopprivacy import Privacy
from shopprivacy.storage.journal import JournalFile
from tests.gate.exchange import KEYSET
from tests.privacy.shop import POLICY, Clock, Failing, Full


@pytest.fixture
def clock() -> Clock:
    """A clock at NOW."""
    return Clock()


@pytest.fixture
def privacy(clock: Clock, tmp_path: Path) -> Iterator[Privacy]:
    """One shop's Privacy on a store that can be switched off."""
    made = Privacy(
        POLICY, keyset=KEYSET, store=Failing(), journal=JournalFile(tmp_path / "journal"), clock=clock
    )
    yield made
    made.close()


@pytest.fixture
def journal(tmp_path: Path) -> Full:
    """A journal on a disk that can fill up."""
    return Full(tmp_path / "full")
