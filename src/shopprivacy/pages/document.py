"""HTML as a tree, as far as a review of templates asks about it. Forgives what browsers forgive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

# HTML standard, section 13.1.2: elements without an end.
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img"),
        *("input", "link", "meta", "source", "track", "wbr"),
    }
)
_UNSEEN = frozenset({"script", "style", "template"})


@dataclass(eq=False)
class Element:
    """An element, with the pieces of text and the elements in it."""

    tag: str
    attributes: Mapping[str, str]
    parent: Element | None = None
    content: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """Return the elements in it, in order, that have one of these tags, if any is named, and these attributes."""
        return [
            element
            for element in self._walk()
            if (not tags or element.tag in tags)
            and all(element.attributes.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]

    def text(self, *, without: str = "") -> str:
        """Return the text that is shown in it, blanks made single, without that of elements with one tag."""
        return " ".join("".join(self._pieces(without)).split())

    def ancestors(self) -> Iterator[Element]:
        """Yield what it stands in, the nearest first."""
        found = self.parent
        while found is not None:
            yield found
            found = found.parent

    @property
    def children(self) -> list[Element]:
        """The elements that stand in it directly."""
        return [item for item in self.content if isinstance(item, Element)]

    def _walk(self) -> Iterator[Element]:
        for child in self.children:
            yield child
            yield from child._walk()  # noqa: SLF001  # its own kind

    def _pieces(self, without: str) -> Iterator[str]:
        for item in self.content:
            if isinstance(item, str):
                yield item
            else:
                yield " "  # a word ends where an element begins, as most do not stand in the middle of one
                if item.tag not in _UNSEEN and item.tag != without:
                    yield from item._pieces(without)  # noqa: SLF001  # its own kind
                yield " "


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self._open = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.content.append(element)
        if tag not in _VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for element in (self._open, *self._open.ancestors()):
            if element.tag == tag and element.parent is not None:
                self._open = element.parent
                return

    def handle_data(self, data: str) -> None:
        self._open.content.append(data)


def read_document(html: str) -> Element:
    """Return a document or a fragment of HTML; the root has no tag."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root
