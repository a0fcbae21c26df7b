"""What a pruning takes away, and what of it stands in a database's files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from shopprivacy.testing.samples import sample_subject


def pruned_and_kept() -> tuple[list[str], list[str]]:
    """Subjects to prune and subjects to keep: so many that SQLite splits pages, and moves what stands there."""
    subjects = [sample_subject(str(number)) for number in range(600)]
    return subjects[::2], subjects[1::2]


def found_in(folder: Path, name: str, subjects: Collection[str]) -> set[str]:
    """Those subjects whose pseudonym stands in the database's file, its log, or anything beside it of that name."""
    content = b"".join(file.read_bytes() for file in folder.glob(f"{name}*"))
    return {subject for subject in subjects if subject.partition(":")[2].encode() in content}
