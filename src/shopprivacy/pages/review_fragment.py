"""What must be true of everything that is shown: browsers read it as it was reviewed, and one form posts to us."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

from shopprivacy.pages.document import Document, Element
from shopprivacy.pages.page_context import CHOICES_PATH, CONSENT_PATH

# Where a fragment may stand: a page of the shop's, and one of ours, whose address a form without one posts to.
_ELSEWHERE, _OURS = "https://shop.example/privacy/x", f"https://shop.example{CHOICES_PATH}"
_RUNS = ("script", "base", "iframe", "object", "embed", "frame", "frameset")


def fragment_problems(root: Document) -> Iterator[str]:
    """Yield what would let a banner or a page with a form be another one in the browser, each with the fix."""
    yield from root.faults
    for element in root.all():
        if element.tag in _RUNS:
            yield f"{element.shown()} would change what was reviewed; take it out"
        yield from leaving(element)
        for name in element.attributes:
            if name.startswith("on"):
                yield f"{element.shown()} would run a script where visitors choose; take {name} out"
        if "form" in element.attributes:
            yield f"{element.shown()} would belong to a form elsewhere; take form out"


def leaving(element: Element) -> Iterator[str]:
    """Yield that an element leads visitors away by itself, wherever it stands (HTML standard, section 4.2.5.3)."""
    if element.tag == "meta" and element.attributes.get("http-equiv", "").strip().lower() == "refresh":
        yield f"{element.shown()} would lead visitors away before they have chosen; take it out"


def forms_to_us(root: Element, *, is_ours: bool) -> list[Element]:
    """Return the forms, and the controls with an address of their own, that post to where consent is given.

    ``is_ours`` says that the page has our own address, so that a form without one posts there.
    """
    return [
        element
        for element in root.all()
        for name in ("action" if element.tag == "form" else "formaction",)
        if (element.tag == "form" or name in element.attributes)
        and _is_for_us(element.attributes.get(name, ""), is_ours=is_ours)
    ]


def _is_for_us(address: str, *, is_ours: bool) -> bool:
    """Whether an address is one of ours, as browsers (URL standard, section 4.4) and servers read it."""
    plain = "".join(address.split()).replace("\\", "/")
    try:
        parts = urlsplit(urljoin(_OURS if is_ours else _ELSEWHERE, plain))
    except ValueError:  # browsers send nothing there
        return False
    path = normpath(unquote(parts.path))
    return path.endswith((CHOICES_PATH, CONSENT_PATH))
