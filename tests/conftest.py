"""One profile for all property tests: the same examples on every machine, and no shrinking for minutes.

And the options that say what the example shops run on, and which tests one worker of pytest-xdist runs together.
"""

from __future__ import annotations

import email.policy
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import forked

# coverage forgets what is imported while it looks for the sources (`sys_modules_saved`). `from email import …` then
# goes on with a forgotten module, pickle imports it anew, and no message can be pickled: its classes are there twice.
for part in [*vars(email).values()]:
    if isinstance(part, ModuleType) and part.__name__.startswith("email."):
        sys.modules[part.__name__] = part

WITH_SHOPS = ("tests/shops/", "tests/browser/")
"""Where a test that names a framework needs its running shop."""

UNMEASURED = (
    *WITH_SHOPS,
    "tests/adapters/",
    "tests/cli/",
    "tests/docs/",
    "tests/fuzz/",
    "tests/logs/",
    "tests/stacks/",
    "tests/gate/test_gate_properties.py",
)
"""Tests whose branches are not counted: that doubles their time, and what stands on floors 0 to 5 has others."""

SLOW = re.compile(
    r"tests/shops/test_gate_taken_out\.py"
    r"|tests/shops/test_statements_ungated\.py"
    r"|tests/shops/test_sealing\.py::test_(promise_is_broken_)?without_sealing"
    r"|tests/(adapters/test_django_store|storage/test_contract)\.py::.*(processes|killed)"
    r"|tests/storage/test_sql\.py::test_processes_that_start_at_once"
    r"|tests/mail/test_race\.py"
    r"|tests/logs/test_back_log\.py::test_killed_by_the_system"
    r"|tests/histories/test_histories\.py::test_faults_are_found"
    r"|tests/fuzz/test_fuzz\.py::test_each_sabotage_is_found"
)
"""Tests that take seconds and rarely fail: many processes, and proofs that other tests can fail."""

settings.register_profile(
    "gates",
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
settings.register_profile(
    "search", parent=settings.get_profile("gates"), derandomize=False, max_examples=2000
)
settings.register_profile(
    "quick", parent=settings.get_profile("gates"), phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("mutants", parent=settings.get_profile("quick"), max_examples=10)
settings.load_profile("gates")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The same suite of the shops on another database, and with more workers: here, where pytest looks first."""
    shops = parser.getgroup("shops", "the example shops in tests/shops")
    shops.addoption(
        "--shop-store",
        choices=("sqlite", "postgres", "mariadb"),
        default="sqlite",
        help="the database of every shop under test, on localhost (default: sqlite)",
    )
    shops.addoption(
        "--shop-workers", type=int, default=1, metavar="N", help="at least N worker processes (default: 1)"
    )


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure branches only where tests must cover them all, and say what is slow."""
    for item in items:
        if SLOW.match(item.nodeid):
            item.add_marker("slow")
        if item.nodeid.startswith(UNMEASURED):
            item.add_marker("no_cover")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Give tests that share a shop to one worker, and those of a module: each worker would start it anew.

    ``--dist loadgroup`` would do, but pytest 9.2 has no place for the group that pytest-xdist 3.8 writes.
    """
    from xdist.scheduler import LoadScopeScheduling

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = _together
    return scheduler


def _together(nodeid: str) -> str:
    module, _, test = nodeid.partition("::")
    shop = re.search(r"\[(?:.*-)?(flask|fastapi|django)(?:-.*)?\]$", test)
    return f"{Path(module).parent}[{shop[1]}]" if shop and module.startswith(WITH_SHOPS) else module


def pytest_unconfigure() -> None:
    """End what test processes are forked from."""
    forked.end()
