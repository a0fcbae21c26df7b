"""HTML as a tree, as far as a review of templates asks about it, and only where all browsers read it alike.

What cannot be read for certain is a fault: a review that reads one thing where a browser reads another finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

# HTML standard, section 13.1.2: elements without an end.
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img"),
        *("input", "link", "meta", "source", "track", "wbr"),
    }
)
# Elements in which there is nothing but text, whatever it looks like; in the first two characters may be escaped.
_RAW = frozenset({"title", "textarea", "script", "style", "iframe", "noembed", "noframes", "xmp"})
_ESCAPED = frozenset({"title", "textarea"})
_FOREIGN = frozenset({"svg", "math"})
# Section 13.1.2.4: elements whose end may be left out, so that the end of what is around them ends them too.
_OPTIONAL_END = frozenset(
    {
        *("html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup", "rb", "rt", "rp"),
        *("tr", "td", "th", "tbody", "thead", "tfoot", "colgroup", "caption"),
    }
)
_UNSEEN_TAGS = frozenset(
    {
        *(
            "script",
            "style",
            "template",
            "noscript",
            "dialog",
            "textarea",
            "title",
            "select",
            "iframe",
            "object",
        ),
        *(
            "noembed",
            "noframes",
            "xmp",
            "svg",
            "math",
            "audio",
            "video",
            "canvas",
            "datalist",
            "meter",
            "progress",
        ),
    }
)
# Who sees nothing of it, or cannot use it. A style in an attribute may do anything; that of a style sheet is not read.
_UNSEEN_ATTRIBUTES = ("hidden", "inert", "popover", "style", "disabled")

_BLANK = r"[ \t\n\f\r]"
_NAME = r"[A-Za-z][A-Za-z0-9:._-]*"
_KEY = r"[^\x00-\x20\"'<>/=\x7f-\U0010ffff]+"
_VALUE = r"""\"[^\"]*\"|'[^']*'|[^ \t\n\f\r\"'=<>`][^ \t\n\f\r\"'<>`]*"""
_ATTRIBUTE = re.compile(rf"{_BLANK}+({_KEY})(?:{_BLANK}*={_BLANK}*({_VALUE}))?")
_START = re.compile(rf"<({_NAME})((?:{_BLANK}+{_KEY}(?:{_BLANK}*={_BLANK}*(?:{_VALUE}))?)*){_BLANK}*(/?)>")
_END = re.compile(rf"</({_NAME}){_BLANK}*>")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)|<!(?!--)[^>]*>|<\?[^>]*>", re.DOTALL)
_TEXT = re.compile(r"(?:[^<]|<(?![A-Za-z/!?]))+")


@dataclass(eq=False)
class Element:
    """An element, with the pieces of text and the elements in it. ``start`` is where it begins in the source."""

    tag: str
    attributes: Mapping[str, str]
    parent: Element | None = None
    content: list[Element | str] = field(default_factory=list)
    start: int = 0

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """Return the elements in it, in order, that have one of these tags, if any is named, and these attributes."""
        return [
            element
            for element in self._walk()
            if (not tags or element.tag in tags)
            and all(element.attributes.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]

    def text(self, *, without: str = "") -> str:
        """Return the text that is seen in it, blanks made single, without that of elements with one tag."""
        return " ".join("".join(self._pieces(without)).split())

    def ancestors(self) -> Iterator[Element]:
        """Yield what it stands in, the nearest first."""
        found = self.parent
        while found is not None:
            yield found
            found = found.parent

    def is_unseen(self, shut: Collection[str] = ()) -> Element | None:
        """Return what keeps visitors from seeing or using it, itself or something around it; None where nothing does.

        ``shut`` are tags that keep what is in them from being seen besides.
        """
        for element in (self, *self.ancestors()):
            if element.hides() or element.tag in shut:
                return element
        return None

    def hides(self) -> bool:
        """Whether nothing of what is in it is seen, or can be used."""
        return (
            self.tag in _UNSEEN_TAGS
            or any(name in self.attributes for name in _UNSEEN_ATTRIBUTES)
            or self.attributes.get("aria-hidden", "").lower() == "true"
        )

    def shown(self) -> str:
        """Return its start, for a message."""
        attributes = "".join(
            f' {name}="{value}"' if value else f" {name}" for name, value in self.attributes.items()
        )
        return f"<{self.tag}{attributes}>"

    @property
    def children(self) -> list[Element]:
        """The elements that stand in it directly."""
        return [item for item in self.content if isinstance(item, Element)]

    def _walk(self) -> Iterator[Element]:
        waiting = self.children[::-1]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += element.children[::-1]

    def _pieces(self, without: str) -> Iterator[str]:
        for item in self.content:
            if isinstance(item, str):
                yield item
            else:
                yield " "  # a word ends where an element begins, as most do not stand in the middle of one
                if item.tag != without and not item.hides():
                    yield from item._pieces(without)  # noqa: SLF001  # its own kind
                yield " "


@dataclass(eq=False)
class Document(Element):
    """A document or a fragment. ``faults`` says what browsers read otherwise than it looks, or not all alike."""

    faults: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, html: str) -> None:
        self._html = html
        self.root = Document("", {})
        self._open: Element = self.root
        # Where scripts run, what is in <noscript> is text up to the first thing that looks like its end.
        self._noscript_ends: set[int] = set()

    def read(self) -> None:
        at = 0
        while at < len(self._html):
            at = self._next(at)

    def _next(self, at: int) -> int:
        if text := _TEXT.match(self._html, at):
            self._open.content.append(unescape(text[0]))
            return text.end()
        if start := _START.match(self._html, at):
            return self._start(start)
        if end := _END.match(self._html, at):
            self._end(end[1].lower(), at)
            return end.end()
        if comment := _COMMENT.match(self._html, at):
            return comment.end()
        self._fault(f"browsers do not all read {self._html[at : at + 40]!r} alike; write tags plainly")
        return at + 1

    def _start(self, start: re.Match[str]) -> int:
        tag, is_ended = start[1].lower(), start[3] == "/"
        element = Element(tag, self._attributes(tag, start[2]), self._open, start=start.start())
        self._open.content.append(element)
        is_foreign = any(one.tag in _FOREIGN for one in (element, *element.ancestors()))
        if tag in _VOID or (is_foreign and is_ended):
            return start.end()
        if is_ended:
            self._fault(f"browsers do not take {start[0]} for ended; write </{tag}>")
        if tag in _RAW:
            if is_foreign:
                self._fault(f"browsers read <{tag}> otherwise in <svg> and <math>; take it out of there")
            return self._raw(element, start.end())
        if tag == "plaintext":
            self._fault("<plaintext> never ends; take it out")
        if tag == "noscript":
            self._noscript_ends.add(self._html.lower().find("</noscript", start.end()))
        self._open = element
        return start.end()

    def _attributes(self, tag: str, source: str) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, value in _ATTRIBUTE.findall(source):
            key, plain = name.lower(), value[1:-1] if value[:1] in {'"', "'"} else value
            if key in found:
                self._fault(f"<{tag}> has {key} twice, of which browsers keep the first; take one out")
            found.setdefault(key, unescape(plain))
        return found

    def _raw(self, element: Element, at: int) -> int:
        end = re.compile(rf"</{element.tag}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(self._html, at)
        text = self._html[at : end.start() if end else len(self._html)]
        if end is None or (element.tag == "script" and "<!--" in text):
            self._fault(
                f"it is not certain where <{element.tag}> ends; write </{element.tag}>, and no <!-- in it"
            )
        element.content.append(unescape(text) if element.tag in _ESCAPED else text)
        if end is None:
            return len(self._html)
        closing = _END.match(self._html, end.start())
        if closing is None:  # with attributes, or a slash
            self._fault(f"the end of <{element.tag}> holds more than its name")
        return closing.end() if closing else end.end()

    def _end(self, tag: str, at: int) -> None:
        if tag == "noscript" and at not in self._noscript_ends:
            self._fault("the text in <noscript> looks like its end; remove it")
        for element in (self._open, *self._open.ancestors()):
            if element.tag == tag and element.parent is not None:
                self._open = element.parent
                return
            if element.tag not in _OPTIONAL_END and any(one.tag == tag for one in element.ancestors()):
                self._fault(
                    f"</{tag}> is there before <{element.tag}> has ended; write </{element.tag}> before it"
                )

    def _fault(self, fault: str) -> None:
        self.root.faults.append(fault)


def read_document(html: str) -> Document:
    """Return a document or a fragment of HTML; the root has no tag."""
    reader = _Reader(html)
    reader.read()
    return reader.root
