"""The Django shop's ``manage.py``, on the data of a shop that has been started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import forked
from tests.shops.actions import answer_banner
from tests.shops.conftest import SHOPS
from tests.shops.running import REPOSITORY, running
from tests.shops.visitor import Visitor


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shop that was there for one visitor, who accepted and then refused."""
    folder = tmp_path_factory.mktemp("commands")
    with running(SHOPS["django"], folder, clock=None) as shop:
        visitor = Visitor(shop)
        answer_banner(visitor, "accept")
        answer_banner(visitor, "refuse")
        own = {"SHOP_DATA": str(shop.data), "SHOP_KEYS": str(shop.keys), "SHOP_STORE": shop.store}
        return {**os.environ, **own}


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a command and return what it prints."""
    done = forked.run(["-m", "examples.django_app.manage", *arguments], cwd=REPOSITORY, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_wrong(environment: dict[str, str]) -> None:
    """The system checks, those of the library among them, find nothing; the migrations are complete."""
    assert "no issues (0 silenced)" in manage(environment, "check")
    assert "No changes detected" in manage(environment, "makemigrations", "--check", "--dry-run")


@pytest.mark.stateful
def test_the_policy_is_checked(environment: dict[str, str]) -> None:
    """``manage.py shopprivacy check`` checks the shop's policy, against what its own database has archived."""
    assert "demo.toml: no problems" in manage(environment, "shopprivacy", "check")


@pytest.mark.stateful
def test_the_ledger_is_the_shops(environment: dict[str, str]) -> None:
    """``manage.py shopprivacy`` verifies what the visitor chose."""
    told = manage(environment, "shopprivacy", "ledger", "verify")
    count = int(told.partition(" ")[0])
    assert count > 1
    assert "none was changed" in told
    assert Path(environment["SHOP_DATA"], "privacy-journal.sqlite3").exists()


def test_the_shop_needs_no_sqlalchemy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLAlchemy is not installed the Django shop runs, and records choices in its own database."""
    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError(name='sqlalchemy')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with running(SHOPS["django"], tmp_path, clock=None) as shop:
        answer_banner(Visitor(shop), "accept")
        assert shop.rows("SELECT action FROM shopprivacy_ledger WHERE action = 'granted'")
