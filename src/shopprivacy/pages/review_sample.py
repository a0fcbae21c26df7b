"""What must be true of a shop's own template where the library's shows how: its forms send the same, and say the same.

An unsubscribe page without its button keeps somebody subscribed, and a sign-up whose box is ticked beforehand is no
consent (GDPR art. 7(3) and 4(11), C-673/17 Planet49).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shopprivacy.http.page import Page
from shopprivacy.pages.document import Document, Element
from shopprivacy.pages.review_fragment import fragment_problems

_CONTROLS: Final = ("button", "input", "select", "textarea")
# What a form does, and what a control sends or keeps from being sent (HTML standard, section 4.10.18). What else an
# element has is about how it looks.
_OF_FORMS: Final = ("accept-charset", "action", "autocomplete", "enctype", "method", "novalidate", "target")
_OF_CONTROLS: Final = (
    *("checked", "dirname", "disabled", "formaction", "formenctype", "formmethod", "formtarget", "maxlength"),
    *("minlength", "multiple", "name", "pattern", "readonly", "required", "type", "value"),
)
_TEXTS: Final = ("text", "more", "box")
"""The values of a page that its visitor must read, and which a purpose's texts join."""


def sample_problems(shown: Document, ours: Document, page: Page) -> Iterator[str]:
    """Yield what is wrong with a page as the shop shows it, beside the same page as the library does."""
    yield from fragment_problems(shown)
    yield from _form_problems(shown, ours)
    purpose = page.values.get("purpose")
    texts = [str(page.values.get(name) or "") for name in _TEXTS]
    texts += [str(getattr(purpose, name, "")) for name in ("title", "explanation")]
    read = shown.text()
    for text in texts:
        if " ".join(text.split()) not in read:
            yield f'visitors must read "{text}"; put it back'


def _form_problems(shown: Document, ours: Document) -> Iterator[str]:
    theirs = shown.all("form")
    for form in theirs:
        if form.all("form"):
            yield "a form is inside another form, which browsers drop; remove one"
    for form in ours.all("form"):
        same = next((one for one in theirs if _form(one) == _form(form) and _sent(one) == _sent(form)), None)
        if same is None:
            yield f"there must be one {_told(form)}, and nothing else in it that is sent"
            continue
        theirs.remove(same)
        # Whoever begins again may look for it; what ends something is seen at once.
        shut = () if form.all("input", type="email") else ("details",)
        for control in same.all(*_CONTROLS):
            if control.attributes.get("type") != "hidden" and (unseen := control.is_unseen(shut)):
                yield f"{control.shown()} cannot be used: it is in {unseen.shown()}; take it out of there"
    for form in theirs:
        if form.attributes.get("method", "").lower() == "post":
            yield f"{form.shown()} posts something else than this page asks; take it out"


def _form(form: Element) -> object:
    found = {name: form.attributes[name] for name in _OF_FORMS if name in form.attributes}
    return {**found, "method": found.get("method", "").lower()}


def _sent(form: Element) -> object:
    """What a form can send, in whatever order, with what its buttons say."""
    return sorted(_control(control) for control in form.all(*_CONTROLS))


def _control(control: Element) -> tuple[str, ...]:
    attributes = (f"{name}={control.attributes[name]}" for name in _OF_CONTROLS if name in control.attributes)
    return control.tag, control.text() if control.tag == "button" else "", *attributes


def _told(form: Element) -> str:
    """Return a form and what is in it, for a message."""
    controls = (
        f"{control.shown()}{control.text()}</button>" if control.tag == "button" else control.shown()
        for control in form.all(*_CONTROLS)
    )
    return f"{form.shown()} with {', '.join(controls)}"
