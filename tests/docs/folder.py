"""The folder of a shop that an example is put into, and Python run there, as its owner would."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile
from tests import forked

POLICY = """\
effective = 2026-01-01
jurisdiction = "NL"
languages = ["en"]
controller = { name = "Shop", address = "Market 1, 1234 AB Town", email = "privacy@shop.example" }

[purposes.statistics]
basis = "consent"

[cookies._ga]
purpose = "statistics"
life = "13 months"
"""


def furnish(folder: Path, policy: str = POLICY) -> None:
    """Put a policy and keys into a folder, as `shopprivacy init` leaves it."""
    (folder / "privacy.toml").write_text(policy, encoding="utf-8")
    LocalKeyFile(folder / "keys.json").create(Keyset.generate(secrets.token_bytes, datetime.now(UTC)))


def environment(folder: Path) -> dict[str, str]:
    """Return what the shop in a folder finds in its environment."""
    return {
        "SHOPPRIVACY_KEYS": str(folder / "keys.json"),
        "SHOP_SECRET": secrets.token_hex(16),
        "PATH": os.environ["PATH"],
    }


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a folder, and return what it prints."""
    done = forked.run(arguments, cwd=folder, env=environment(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
