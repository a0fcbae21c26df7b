"""The example shops, driven over HTTP as a browser would."""

import pytest

pytest.register_assert_rewrite("tests.shops.gate_promises", "tests.shops.actions", "tests.shops.visitor")
