"""The tests of a shop, and of a store of somebody's own, as their authors type them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import assert_type

import pytest
from flask.testing import FlaskClient

from shopprivacy import Privacy
from shopprivacy.crypto import Keyset
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.policy import load
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.consent import Consented, consent_value, consented
from shopprivacy.testing.ledger_contract import LedgerStoreContract
from shopprivacy.testing.samples import sample_keyset

pytest_plugins = ["shopprivacy.testing.pytest_plugin"]


@pytest.fixture
def privacy() -> Iterator[Privacy]:
    assert_type(sample_keyset(), Keyset)
    made = Privacy(load(Path("privacy.toml")), keyset=sample_keyset(), store=MemoryStore())
    yield made
    made.close()


def test_who_allows_statistics(client: FlaskClient, consented: Consented) -> None:
    assert_type(consented("statistics"), AbstractContextManager[None])
    with consented("statistics", refused=("ads",)):
        client.get("/")
    consented(statistics=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    consented(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_values(client: FlaskClient, privacy: Privacy) -> None:
    assert_type(consent_value(privacy, "statistics", refused=("ads",)), str)
    with consented(client, privacy, "statistics"):
        client.get("/")
    consented(client, "statistics")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    consented("client", privacy)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class TestMyStore(LedgerStoreContract):
    @pytest.fixture
    def store(self) -> LedgerStore:
        return MemoryStore()
