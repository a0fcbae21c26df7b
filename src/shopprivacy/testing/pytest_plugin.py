"""The fixture ``consented`` for pytest; name this module in ``pytest_plugins`` of your ``conftest.py``.

It builds on two fixtures of the shop's own: ``client``, its test client, and ``privacy``, its Privacy.

    def test_statistics(client, consented):
        with consented("statistics"):
            client.get("/")
"""

from __future__ import annotations

from functools import partial

import pytest

from shopprivacy.privacy import Privacy
from shopprivacy.testing import consent


@pytest.fixture
def consented(client: consent.WerkzeugClient | consent.CookieClient, privacy: Privacy) -> consent.Consented:
    """Let ``client`` be a visitor who granted the purposes that are named."""
    return partial(consent.consented, client, privacy)
