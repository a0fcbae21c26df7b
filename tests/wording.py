"""The words in which mistakes in a policy and reasons of a decision are told: ``wording.txt``, where tests read them.

    python -m tests.wording

writes the file anew; what has changed in it is then looked at as any text that shops read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shopprivacy.decision import Code
from shopprivacy.errors import PolicyError
from shopprivacy.policy.texts import LANGUAGES
from tests.decision.examples import example
from tests.policy.files import BODY, HEAD, loaded
from tests.policy.mistakes import AT_ONCE, BROKEN_TABLES, HEADS, LINES, UNREADABLE_ENTRIES

WORDING: Final = Path(__file__).with_name("wording.txt")


def _files() -> Iterator[tuple[str, str]]:
    """Each file with a mistake, and the line that it is shown by."""
    for line, _, _ in LINES:
        yield line, f"{HEAD}{line}\n{BODY}"
    for head, _, _ in HEADS:
        (line,) = set(head.splitlines()) - set(HEAD.splitlines())
        yield line, head + BODY
    yield "(an empty file)", ""
    yield "(many mistakes at once)", AT_ONCE
    yield "(entries that cannot be read)", UNREADABLE_ENTRIES
    yield "(tables that are none)", BROKEN_TABLES


def _plain(text: str) -> str:
    """Return text with all its blanks alike."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def wording() -> str:
    """Return what the file should hold: each mistake and each reason, and below it what is told."""
    told = []
    with TemporaryDirectory() as folder:
        for line, text in _files():
            try:
                loaded(Path(folder), text)
            except PolicyError as error:
                told.append("\n".join([line, *(f"    {problem}" for problem in error.problems)]))
    for code in Code:
        reasons = (f"    {language}: {_plain(example(code).reason_in(language))}" for language in LANGUAGES)
        told.append("\n".join([f"(reason: {code.value})", *reasons]))
    return "\n\n".join(told) + "\n"


if __name__ == "__main__":
    WORDING.write_text(wording(), encoding="utf-8")
