"""The databases that a SQL store runs on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import MetaData, create_engine
from tests.servers import new_database


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.services),
        pytest.param("mariadb", marks=pytest.mark.services),
    ],
)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database that no other run has."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite3'}"
        return
    with new_database(request.param) as url:
        yield url


@pytest.fixture
def url(database: str) -> str:
    """The same, without tables."""
    engine, found = create_engine(database), MetaData()
    found.reflect(engine)
    found.drop_all(engine)
    engine.dispose()
    return database
