"""One profile for all property tests: the same examples on every machine, and no shrinking for minutes."""

from __future__ import annotations

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
settings.load_profile("gates")
