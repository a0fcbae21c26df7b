"""The models are imported when a policy is first asked for, and so is what verifies and prunes."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import shopprivacy
from shopprivacy import ledger, policy


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


@pytest.mark.parametrize("package", [shopprivacy, policy, ledger])
def test_every_exported_name_is_there(package: ModuleType) -> None:
    """Each name of ``__all__`` is found, the first time and the second."""
    for name in package.__all__:
        assert getattr(package, name) is getattr(package, name)


def test_other_names_are_not() -> None:
    """A name that is not exported is an AttributeError, as of every module."""
    for module in (shopprivacy, policy, ledger):
        with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
            module.nonsense  # noqa: B018
