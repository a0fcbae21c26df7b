"""What is left of a policy without the part that cannot be read."""

from __future__ import annotations

from pathlib import Path

from shopprivacy.policy.loader import LoadedFile, read
from tests.policy.files import BODY, HEAD


def reading(folder: Path, text: str) -> LoadedFile:
    """A file with this text, as far as it can be read."""
    file = folder / "privacy.toml"
    file.write_text(text, encoding="utf-8")
    return read(file)


def test_every_entry_that_is_left_out_is_named(tmp_path: Path) -> None:
    """Two broken entries of one table are both named, and the third stands."""
    broken = BODY.replace('"contract"', '"contrat"').replace('"2 years after last_contact"\n', '"2 years"\n')
    rest = reading(tmp_path, HEAD + broken.replace('basis = "consent"\ndata', 'basis = "consant"\ndata'))
    assert rest.policy is not None
    assert set(rest.policy.purposes) == {"statistics"}
    assert rest.unread == {"purposes": frozenset({"orders", "newsletter"})}


def test_an_entry_with_a_name_that_is_none_is_left_out(tmp_path: Path) -> None:
    """The name of an entry is no key that it could do without."""
    rest = reading(tmp_path, HEAD + BODY + '[cookies."a b"]\nessential = true\nlife = "session"\n')
    assert rest.policy is not None
    assert rest.policy.cookies == {}
    assert rest.unread == {"cookies": frozenset({"a b"})}


def test_nothing_is_left_out_for_what_does_not_hang_together(tmp_path: Path) -> None:
    """Where every value can be read, the whole policy is looked at further."""
    rest = reading(tmp_path, HEAD + 'mail = { tracking = "nowhere" }\n' + BODY)
    assert [problem.code for problem in rest.problems] == ["undeclared-name"]
    assert rest.unread == {}
    assert rest.policy is not None
    assert set(rest.policy.purposes) == {"orders", "statistics", "newsletter"}
