"""What must be true of the document that a layout makes: it has the content as it came, and loads what it may load."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from shopprivacy.pages.document import Element, read_document

# What a browser runs, where a script's type says so (HTML standard, section 4.12.1).
_RUN = frozenset({"", "module", "text/javascript", "application/javascript"})


def layout_problems(
    document: str, content: str, title: str, language: str, assets: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with a document, each with the fix."""
    if content not in document:
        yield "the content does not stand in it as it came; write {{ content }}, which is HTML and needs no escaping"
        return
    root = read_document(document)
    if [html.attributes.get("lang") for html in root.all("html")] != [language]:
        yield 'the language is missing; write <html lang="{{ language }}">'
    if not any(title in each.text() for each in root.all("title")):
        yield "the title is missing; write {{ title }} in <title>"
    for form in root.all("form"):
        if any(outer.tag == "form" for outer in form.ancestors()):
            yield "a form stands in another form, which browsers drop; end that before {{ content }}"
    for element in root.all():
        yield from _refused(element, assets)


def _refused(element: Element, assets: Collection[str]) -> Iterator[str]:
    """Yield what the page's Content-Security-Policy keeps browsers from using."""
    attributes = element.attributes
    if element.tag == "style" or (
        element.tag == "script" and "src" not in attributes and attributes.get("type", "") in _RUN
    ):
        yield f"browsers ignore an inline <{element.tag}> here; put it into a file of the shop's own"
    for name in ("src", "href") if element.tag == "link" else ("src",):
        origin = _origin(attributes.get(name, ""))
        if origin and not (origin in assets and element.tag != "script"):
            fix = (
                "leave it out"
                if element.tag in {"script", "iframe"}
                else "serve it yourself, or name it in assets"
            )
            yield f"browsers load nothing from {origin} here; {fix}"


def _origin(url: str) -> str:
    """Return scheme and host of an address that names a host, else nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    if not parts.netloc:
        return ""
    return f"{parts.scheme or 'https'}://{parts.netloc}".lower()
