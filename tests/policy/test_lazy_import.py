"""What is not needed for a gate is imported when it is first asked for: the models, the root, what cleans logs."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import shopprivacy
from shopprivacy import analytics, ledger, policy, privacy


def test_importing_the_library_does_not_import_pydantic() -> None:
    """Neither the library, nor its shells for WSGI and ASGI; the first policy does."""
    script = """\
import sys
import shopprivacy.asgi, shopprivacy.wsgi
assert "pydantic" not in sys.modules
from shopprivacy import Policy
assert "pydantic" in sys.modules
assert Policy is shopprivacy.policy.Policy
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("package", [shopprivacy, analytics, ledger, policy, privacy])
def test_every_exported_name_is_there(package: ModuleType) -> None:
    """Each name of ``__all__`` is found, the first time and the second."""
    for name in package.__all__:
        assert getattr(package, name) is getattr(package, name)


def test_other_names_are_not() -> None:
    """A name that is not exported is an AttributeError, as of every module."""
    for module in (shopprivacy, analytics, ledger, policy, privacy):
        with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
            module.nonsense  # noqa: B018
