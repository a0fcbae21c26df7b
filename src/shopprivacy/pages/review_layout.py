"""What must be true of the document that a layout makes: it has the content as it came, and loads what it may load."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from shopprivacy.pages.document import Document, Element, read_document
from shopprivacy.pages.review_fragment import forms_to_us, leaving

# What a browser runs, where a script's type says so (HTML standard, section 4.12.1).
_RUN = frozenset({"", "module", "text/javascript", "application/javascript"})

# In which the content would be closed, or would be pressed as a whole.
_AROUND = ("details", "a", "button", "label")


def layout_problems(
    document: str, content: str, title: str, language: str, assets: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with a document, each with the fix."""
    if document.count(content) != 1:
        yield (
            "the content is not in it unchanged, and once; write {{ content }}, which is HTML and needs no "
            "escaping"
        )
        return
    root = read_document(document)
    yield from root.faults
    yield from _content_problems(root, content, document.index(content))
    if [html.attributes.get("lang") for html in root.all("html")] != [language]:
        yield 'the language is missing; write <html lang="{{ language }}">'
    if not any(title in each.text() for each in root.all("title")):
        yield "the title is missing; write {{ title }} in <title>"
    for form in root.all("form"):
        if any(outer.tag == "form" for outer in form.ancestors()):
            yield "a form is inside another form, which browsers drop; end that before {{ content }}"
    for element in root.all():
        yield from leaving(element)
        yield from _refused(element, assets)


def _content_problems(root: Document, content: str, at: int) -> Iterator[str]:
    """Yield what keeps the content from being seen and used, and what could be taken for it."""
    inside = [element for element in root.all() if at <= element.start < at + len(content)]
    came = [(each.tag, each.attributes, at + each.start) for each in read_document(content).all()]
    if [(each.tag, each.attributes, each.start) for each in inside] != came:
        yield "browsers would not read the content as HTML there; write {{ content }} between elements"
    for element in inside:
        if element.parent not in inside and (unseen := element.parent and element.parent.is_unseen(_AROUND)):
            yield f"the content cannot be seen at once: it is in {unseen.shown()}; take it out of there"
    for element in root.all("html", "body"):
        if element.hides() or len(root.all(element.tag)) > 1:
            yield f"{element.shown()} would hide the content, or is a duplicate; write it once, without that"
    ids = {element.attributes["id"] for element in inside if "id" in element.attributes}
    for element in root.all():
        if element not in inside and element.attributes.get("form") in ids:
            yield f"{element.shown()} would belong to the content's form; take form out"
    for element in forms_to_us(root, is_ours=True):
        if element not in inside and "post" in (
            *(one.attributes.get("method", "").lower() for one in (element, *element.ancestors())),
            *(one.attributes.get("formmethod", "").lower() for one in (element, *element.all())),
        ):
            yield f"{element.shown()} would post to where consent is given; only the content may"


def _refused(element: Element, assets: Collection[str]) -> Iterator[str]:
    """Yield what the page's Content-Security-Policy keeps browsers from using."""
    attributes = element.attributes
    if element.tag == "style" or (
        element.tag == "script" and "src" not in attributes and attributes.get("type", "") in _RUN
    ):
        yield f"browsers ignore an inline <{element.tag}> here; put it into a file of the shop's own"
    if "srcdoc" in attributes:
        yield f"{element.shown()} contains a page that nobody has reviewed; remove srcdoc"
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
