"""Reading the forms of a page, the way a browser fills and sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class PageForm:
    """A form: where it goes, and what it sends when nothing is changed."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    offered: list[tuple[str, str]] = field(default_factory=list)
    """Boxes and buttons that send nothing unless ticked or pressed."""
    pressed: list[tuple[str, str]] = field(default_factory=list)
    """Boxes that are ticked from the start."""
    radios: set[str] = field(default_factory=set)
    """Names of which only one value can be sent."""

    def filled(self, ticked: Iterable[tuple[str, str]], changes: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return what is sent with some boxes ticked, or a button pressed, and some fields changed.

        Raises:
            KeyError: the form has no such field, or does not offer that value.
        """
        names = {name for name, _ in self.fields}
        extra = [*ticked, *((name, value) for name, value in changes.items() if name not in names)]
        for offer in extra:
            if offer not in self.offered:
                raise KeyError(offer)
        kept = [(name, changes.get(name, value)) for name, value in self.fields]
        replaced = {name for name, _ in extra} & self.radios
        still = [offer for offer in self.pressed if offer not in extra and offer[0] not in replaced]
        return [*kept, *still, *extra]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None:
            self._read_control(self._open, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None

    def _read_control(self, form: PageForm, tag: str, given: Mapping[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "option" and self._select is not None:
            self._read_option(form, self._select, given)
        elif not name:
            return
        elif tag == "button":
            form.offered.append((name, value))
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            form.offered.append((name, value or "on"))
            if given["type"] == "radio":
                form.radios.add(name)
            if "checked" in given:
                form.pressed.append((name, value or "on"))
        elif tag in ("input", "textarea"):
            form.fields.append((name, value))
        elif tag == "select":
            self._select = name

    def _read_option(self, form: PageForm, name: str, given: Mapping[str, str]) -> None:
        known = dict(form.fields)
        if name not in known:
            form.fields.append((name, given.get("value", "")))
        elif "selected" in given:
            form.fields = [(n, given.get("value", "") if n == name else v) for n, v in form.fields]


def read_forms(page: str) -> list[PageForm]:
    """Return the forms of a page in their order."""
    reader = _Forms()
    reader.feed(page)
    return reader.forms
