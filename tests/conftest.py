"""One profile for all property tests: the same examples on every machine, and no shrinking for minutes.

And the options that say what the example shops run on.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "gates",
    derandomize=True,
    deadline=None,
    max_examples=60,
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
