"""Which of the Django project's databases a test may come near: drivers of the others may not be installed."""

from __future__ import annotations

import pytest

import tests.adapters.django_shop.set_up  # noqa: F401  # before anything that has models

# isort: split
from django.db import connections


def only(monkeypatch: pytest.MonkeyPatch, *aliases: str) -> None:
    """Let Django know no other databases than these: its TestCase looks at each, used or not."""
    for other in {*connections} - {*aliases}:
        monkeypatch.delitem(connections.settings, other)
