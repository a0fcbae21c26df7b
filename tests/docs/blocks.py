"""The code blocks of the documentation, as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted({*DOCS.rglob("*.md"), *ROOT.glob("*.md")} - set((DOCS / "_build").rglob("*")))

_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\S+|\{code-block\} \S+)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_CAPTION = re.compile(r"\A:caption: (.+)\n\n")
_FILE_COMMENT = re.compile(r"\A# (\S+\.py)\n")


@dataclass(frozen=True)
class Block:
    """One fenced block. ``caption`` names the file it belongs in, or is empty."""

    language: str
    caption: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        body = re.sub(f"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        caption = _CAPTION.match(body) or _FILE_COMMENT.match(body)
        yield Block(
            match["language"].removeprefix("{code-block} "),
            caption[1] if caption else "",
            _CAPTION.sub("", body),
        )


def files_in(page: Path) -> dict[str, str]:
    """Return the Python files that a page shows under their names."""
    return {block.caption: block.text for block in blocks(page) if block.caption.endswith(".py")}
