"""From the path of a key to its line: in any TOML, however its keys and values are written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.lint.lines import line_of, lines_of
from shopprivacy.policy.wording import key_path

FILE = """\
# the shop
effective = 2026-01-01 10:00:00   # a blank within a value
controller = { name = "Shop", address = "Street { 1 } # = [" }
languages = [
    "nl",  # ]
    "en",
]
data.contact = ["customer.email"]
[data.vat]
fields = ["customer.vat"]
only = [{ field = "a.b" },
        { field = "c.d", in = ["EU"] }]
[[data.more.only]]
field = "e.f"
[[data.more.only]]
field = "g.h"
[data.more.only.inner]
deep = 1
[cookies."_ga_*"]
life = '''
"13 months" [not.a.table]
'''
text = \"""
x = 1 \\"\"" [y]
\"""
'cookies'.'a b' . "\\u0063" = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", 1),
        ("effective", 2),
        ("controller", 3),
        ("controller.address", 3),
        ("controller.email", 3),
        ("languages", 4),
        ("languages[0]", 5),
        ("languages[1]", 6),
        ("languages[2]", 4),
        ("data", 8),
        ("data.contact[0]", 8),
        ("data.vat", 9),
        ("data.vat.keep", 9),
        ("data.vat.only[0].field", 11),
        ("data.vat.only[1].in[0]", 12),
        ("data.more.only[0]", 13),
        ("data.more.only[0].field", 14),
        ("data.more.only[1].field", 16),
        ("data.more.only[1].inner.deep", 18),
        ('cookies."_ga_*".life', 20),
        ('cookies."_ga_*".text', 23),
        ('cookies."_ga_*".cookies."a b".c', 26),
        ("datax", 1),
        ("nowhere.at.all", 1),
    ],
)
def test_a_key_is_found(path: str, line: int) -> None:
    """A key has the line it begins on; one that is not written has that of the table it belongs to, else the first."""
    assert line_of(FILE, path) == line


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "[" * 2000, "x = " + "[" * 3000 + "]" * 3000])
def test_what_is_not_toml_has_no_lines(text: str) -> None:
    """There the first line stands for the file."""
    assert lines_of(text) == {}
    assert line_of(text, "a") == 1


STRINGS = (
    '"# [x] {y} = , \\" \'"',
    "'\\ \" # ]}'",
    '""',
    "''",
    '"""one\n[two]\nx = 3 \\""" four"""""',
    "'''one\n[[two]]\n\"three\" ''five'''''",
    "1979-05-27 07:32:00",
    "1.5e3",
    "true",
)
"""Values in which something looks like a key, a table, or the end of the value."""
KEYS = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True), st.text(max_size=3))


class Writer:
    """Writes TOML in which every whole number is the number of the line it stands on."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""

    def document(self) -> str:
        """Pairs, then tables and arrays of tables, with pairs in each."""
        self.pairs()
        for name in self.draw(st.lists(KEYS, max_size=3, unique=True)):
            header = f"{self.key('t' + name)}{self.space()}.{self.space()}{self.key('u')}"
            array = self.draw(st.booleans())
            start, end = ("[[", "]]") if array else ("[", "]")
            for _ in range(self.draw(st.integers(1, 2)) if array else 1):
                self.text += f"{start}{self.space()}{header}{self.space()}{end}{self.comment()}\n"
                self.pairs()
        return self.text

    def pairs(self) -> None:
        """Some keys with their values, each on a line of its own."""
        for name in self.draw(st.lists(KEYS, max_size=3, unique=True)):
            dotted = "".join(f".{self.key(key)}" for key in self.draw(st.lists(KEYS, max_size=2)))
            self.text += f"{self.space()}{self.key('k' + name)}{dotted}{self.space()}={self.space()}"
            self.value(2)
            self.text += f"{self.comment()}\n"

    def value(self, depth: int) -> None:
        """A value; lists over several lines, tables on one."""
        kind = self.draw(st.sampled_from(["number", "string", *(["list", "table"] if depth else [])]))
        if kind == "number":
            self.text += str(self.text.count("\n") + 1)
        elif kind == "string":
            self.text += self.draw(st.sampled_from(STRINGS))
        elif kind == "list":
            self.text += "["
            for _ in range(self.draw(st.integers(0, 3))):
                self.text += self.draw(st.sampled_from(["", " ", "\n", " # ] ,\n  "]))
                self.value(depth - 1)
                self.text += self.draw(st.sampled_from([",", " ,", "\n,"]))
            self.text += self.draw(st.sampled_from(["", "\n", " # end\n"])) + "]"
        else:
            self.text += "{"
            for index in range(self.draw(st.integers(0, 2))):
                self.text += f"{', ' if index else ' '}{self.key(f'i{index}')} = "
                self.value(depth - 1)
            self.text += " }"

    def key(self, name: str) -> str:
        """A key, quoted where it must be, and sometimes where it need not."""
        bare = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
        plain = "'" not in name and name.isprintable()
        style = self.draw(st.sampled_from(["bare"] * bare + ["'"] * plain + ['"']))
        return (
            name
            if style == "bare"
            else f"'{name}'"
            if style == "'"
            else json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
        )

    def space(self) -> str:
        """Blanks, or none."""
        return self.draw(st.sampled_from(["", " ", "\t"]))

    def comment(self) -> str:
        """What may end a line."""
        return self.draw(st.sampled_from(["", "  # [a] = 'b", "\n\n"]))


@st.composite
def documents(draw: st.DrawFn) -> str:
    """TOML texts."""
    return Writer(draw).document()


def leaves(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every key and every entry of a list, with its path."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, entry in inside:
        yield (*path, key), entry
        yield from leaves(entry, (*path, key))


@given(documents())
def test_every_key_of_any_document_is_found(text: str) -> None:
    """The lines are those of the keys that the standard library reads, and of no others."""
    found = lines_of(text)
    read = {key_path(path): value for path, value in leaves(tomllib.loads(text))}
    assert set(found) == set(read)
    for path, value in read.items():
        if type(value) is int:
            assert found[path] == value, path
