"""Packages that Django shops use, met by sealed fields: each in a project and a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.services  # of packages that nothing else here needs
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("use", ["allauth", "history", "serializer", "fixtures"])
def test_packages(tmp_path: Path, use: str) -> None:
    """allauth signs up and logs in by a sealed address; history, serialiser and fixtures keep it sealed."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.sealed_packages", str(tmp_path), use],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
