"""Reads HTML strictly: every tag closed, every id once, every reference met, nothing inline, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"br", "input", "link", "meta"}
_LOADS_OR_SENDS = {"href", "src", "action", "srcset", "data", "formaction"}


@dataclass
class Element:
    """An element with its text, the text of its children included."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text in it, white space made single; a space that may not break is text."""
        return re.sub(r"[ \t\n]+", " ", "".join(self.pieces)).strip(" ")

    def all(self, tag: str | None = None, **attributes: str) -> list[Element]:
        """Return the elements in it, in document order, that have this tag and these attributes."""
        return [
            element
            for element in self._walk()
            if tag in {None, element.tag}
            and all(element.attributes.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]

    def one(self, tag: str | None = None, **attributes: str) -> Element:
        """Return the only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def _walk(self) -> Iterator[Element]:
        for child in self.children:
            yield child
            yield from child._walk()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"{tag}: a duplicate attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        element = self.open.pop()
        assert element.tag == tag, f"<{element.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.pieces.append(data)


def read_html(source: str) -> Element:
    """Return the document or fragment. Fails where a strict Content-Security-Policy or a validator would."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    assert reader.open == [reader.root], f"not closed: {[element.tag for element in reader.open[1:]]}"
    elements = reader.root.all()
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    assert len(set(ids)) == len(ids), "a duplicate id"
    for element in elements:
        assert element.tag not in {"style", "iframe", "img"}, f"<{element.tag}>"
        assert element.tag != "script" or ("src" in element.attributes and not element.text), (
            "an inline script"
        )
        for name, value in element.attributes.items():
            assert name != "style", "an inline style"
            assert not name.startswith("on"), f"an inline script: {name}"
            if name in _LOADS_OR_SENDS:
                assert value.startswith("mailto:") or (
                    value.startswith("/") and not value.startswith("//")
                ), value
            if name in {"aria-labelledby", "aria-describedby", "for"}:
                assert value in ids, f"nothing has the id {value}"
        if element.tag == "input" and element.attributes["type"] != "hidden":
            assert any(element in label.all() for label in reader.root.all("label")), (
                "an input without a label"
            )
    return reader.root
