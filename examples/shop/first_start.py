"""What a shop makes for itself before it serves: folders, a secret for its own cookies, a log-in for the operator."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from examples.shop.clock import Clock
from examples.shop.options import Options
from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.policy import load

OPERATOR = "operator"
OWNER_ALONE = 0o077
"""The umask of a shop: database, logs and clock are for its owner's eyes only."""


def prepare(options: Options) -> None:
    """Make folder, secrets and keyset where they do not exist yet, set the clock, and read the policy once.

    Raises:
        PrivacyError: policy or keyset cannot be used; the message says what would be right.
    """
    os.umask(OWNER_ALONE)
    load(options.policy)  # before anything is written: a shop without a valid policy does not start
    (options.data / "outbox").mkdir(parents=True, exist_ok=True)
    _write_once(options.data / "secret.txt", token_urlsafe(32))
    _write_once(options.data / "operator.txt", f"{OPERATOR}:{token_urlsafe(12)}\n")
    if options.clock is not None:
        Clock(options.data, movable=True).set(options.clock)
    if not options.keys.exists():
        LocalKeyFile(options.keys).create(Keyset.generate(token_bytes, started_at(options)))
    LocalKeyFile(options.keys).load()


def read_secret(options: Options) -> str:
    """Return the secret that signs the shop's own session cookie and links."""
    return (options.data / "secret.txt").read_text()


def operator_password(options: Options) -> str:
    """Return the operator's password."""
    return (options.data / "operator.txt").read_text().strip().partition(":")[2]


def started_at(options: Options) -> datetime:
    """Return the moment in the shop at which it starts."""
    return options.clock or datetime.now(UTC)


def _write_once(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # for its owner's eyes only
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
