"""Comments that a program reads: what stands behind a key of a TOML file, such as ``keep = "long"  # vague-term``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path


def marked(file: Path, mark: str) -> Mapping[str, frozenset[str]]:
    """The keys that bear each mark, as dotted paths; ``mark`` is the regular expression of one.

    A mark behind ``[table]`` is borne by the table. One in a line ``# finds: mark`` is borne by the file, and its key
    is empty. Several stand behind one key with commas between them.
    """
    place = r"\[(?P<table>.+?)\]|(?P<key>[a-z_0-9]+) *=.*?"
    line = re.compile(rf"(?:(?:{place})  # |# finds: )(?P<marks>{mark}(?:, {mark})*)")
    table = re.compile(r"\[(.+?)\]")
    keys: defaultdict[str, set[str]] = defaultdict(set)
    within = ""
    for text in file.read_text(encoding="utf-8").splitlines():
        if opened := table.match(text):
            within = opened[1]
        if found := line.fullmatch(text):
            key = f"{within}.{found['key']}".lstrip(".") if found["key"] else found["table"] or ""
            for one in found["marks"].split(", "):
                keys[one].add(key)
    return {one: frozenset(where) for one, where in keys.items()}
