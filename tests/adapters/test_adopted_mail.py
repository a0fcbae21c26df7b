"""Switching the mail gate on in a Django project that was there before loses no mail and raises nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAILED = [
    "[testserver] Please Confirm Your Email Address -> an@example.nl",
    "[testserver] Password Reset Email -> an@example.nl",
    "Password reset on testserver -> an@example.nl",
    "[Django] ERROR (EXTERNAL IP): Internal Server Error: /fail/ -> admin@shop.example",
    "[Django] Disk -> admin@shop.example",
    "Your invoice -> an@example.nl, bo@example.nl",
]


def use(folder: Path, *arguments: str) -> tuple[list[str], str]:
    """Run the project in a process of its own; return what it mailed, and what it logged."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.adopted", str(folder), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    mailed: list[str] = json.loads(done.stdout)
    return mailed, done.stderr


def test_adoption_loses_no_mail(tmp_path: Path) -> None:
    """allauth's sign-up and reset, Django's reset, error mails, another package's mail; and marketing is held."""
    mailed, logged = use(tmp_path)
    assert mailed == [*MAILED, "marketing: 0"]
    assert "unchecked" not in logged


def test_a_gate_that_fails_loses_no_mail(tmp_path: Path) -> None:
    """What names no purpose goes out all the same, inside a handler of errors too; marketing does not."""
    mailed, logged = use(tmp_path, "broken")
    assert mailed == [*MAILED[3:], "marketing: PolicyError"]
    assert "went out unchecked" in logged
    assert "an@example.nl" not in logged
