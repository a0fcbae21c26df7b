"""The published vectors, and the canonical bytes read a second time, from the page of the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "ledger.json").read_text(encoding="utf-8")
)
KEYSET = json.loads((Path(__file__).parent.parent / "vectors" / "keyset.json").read_text(encoding="utf-8"))


def second_parts(parts: list[str]) -> bytes:
    """Count, then length and UTF-8 of each part: written from docs/formats/ledger.md."""
    out = len(parts).to_bytes(4, "big")
    for part in parts:
        out += len(part.encode()).to_bytes(4, "big") + part.encode()
    return out
