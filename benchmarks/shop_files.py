"""The files of a shop that is configured as shops are: its policy in TOML, and its keyset."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.gate import KEYSET, POLICY
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.policy.fingerprint import text_of


def write_files(folder: Path) -> tuple[Path, Path]:
    """Write the benchmarks' policy and keyset into ``folder``, and return the two files."""
    policy, keys = folder / "privacy.toml", folder / "keys.json"
    declared: dict[str, object] = json.loads(text_of(POLICY))
    declared.pop("effective")
    lines = [f"{name} = {_toml(value)}\n" for name, value in declared.items()]
    policy.write_text(f"effective = {POLICY.effective.isoformat()}\n" + "".join(lines))
    LocalKeyFile(keys).create(KEYSET)
    return policy, keys


def _toml(value: object) -> str:
    # Strings, numbers, booleans and lists of them are written alike in JSON and TOML.
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
