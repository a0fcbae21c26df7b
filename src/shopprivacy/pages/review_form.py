"""What must be true of a form that asks for consent, whatever it looks like.

Both answers are one press away, side by side and alike; nothing is chosen beforehand, and nothing but the visitor
chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shopprivacy.consent.apply_choices import ANSWER_FIELD
from shopprivacy.pages.document import Document, Element
from shopprivacy.pages.review_fragment import forms_to_us, fragment_problems

BUTTONS = {"save": "save", "refuse": "refuse_all", "accept": "accept_all"}
"""What each button sends as ``choice``, and the text that stands on it."""

# What the server reads of a form.
_READ = frozenset({"asked", "by", "shown", "next", "purpose", "choice"})
# HTML standard, section 4.10.18.6: attributes by which a button changes what its form does.
_DIVERTING = ("form", "formaction", "formenctype", "formmethod", "formtarget")
# By which a form is sent in a way that the server does not read, and by which a control keeps one from being sent.
_ENCODING = ("enctype", "accept-charset")
_HINDERING = ("required", "pattern", "dirname")
_LABELS = ("aria-label", "aria-labelledby")


@dataclass(frozen=True, slots=True)
class ExpectedForm:
    """What a form has to hold: where it goes, what it sends unseen, and its boxes with whether each is ticked."""

    action: str
    hidden: Sequence[tuple[str, str]]
    kind: Literal["checkbox", "radio"]
    boxes: Mapping[tuple[str, str], bool]
    words: Mapping[str, str]

    def needs_boxes(self, form: Element) -> bool:
        """Whether there is something to choose: of one purpose alone refuse and accept say all that a box could."""
        return len(self.boxes) > 1 or any(_type(field) == self.kind for field in form.all("input"))


def form_problems(root: Document, expected: ExpectedForm, *, is_ours: bool) -> Iterator[str]:
    """Yield what is wrong with the one form in ``root`` that asks for consent, each with the fix.

    ``is_ours`` says that it stands on a page of ours.
    """
    yield from fragment_problems(root)
    forms = root.all("form", action=expected.action)
    if (
        len(forms) != 1
        or forms[0].attributes.get("method", "").lower() != "post"
        or forms_to_us(root, is_ours=is_ours) != forms
    ):
        yield (
            f'there must be one form with method="post" and action="{{{{ action }}}}" ({expected.action}), and '
            "nothing else that posts to where consent is given"
        )
        return
    (form,) = forms
    if any(outer.tag == "form" for outer in form.ancestors()) or form.all("form"):
        yield "a form is inside another form, which browsers drop; remove one"
    if form.attributes.get("autocomplete") != "off":
        yield 'the form has no autocomplete="off": browsers would restore old ticks'
    for element, names in [(form, _ENCODING), *((one, _HINDERING) for one in form.all())]:
        for name in names:
            if name in element.attributes:
                yield f"{element.shown()} keeps the form from being sent as it is; take {name} out"
    yield from _hidden_problems(form, expected)
    yield from _box_problems(form, expected)
    yield from _button_problems(form, expected)


def _hidden_problems(form: Element, expected: ExpectedForm) -> Iterator[str]:
    fields = [field for field in form.all("input") if _type(field) == "hidden"]
    sent = Counter((_name(field), field.attributes.get("value", "")) for field in fields)
    wanted = Counter(expected.hidden)
    missing = dict.fromkeys(name for name, _ in wanted - sent)
    if missing:
        yield (
            f"the form does not send {', '.join(missing)}; write {{% for name, value in hidden %}}"
            '<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %} in it'
        )
    for name, value in sent - wanted:
        if not _is_answer(name):  # which is said of boxes and buttons
            yield f'the form sends {name}="{value}" unasked; take that <input type="hidden"> out'
    for field in fields:
        if around := _disabled(field):
            yield f"{field.shown()} is not sent, because of {around.shown()}; take disabled out"
    for element in form.all():
        name = _name(element)
        if element not in fields and name in _READ and not _is_answer(name):
            yield f"{element.shown()} would send {name}, which is not the visitor's to say; take it out"


def _box_problems(form: Element, expected: ExpectedForm) -> Iterator[str]:
    found: dict[tuple[str, str], list[Element]] = {}
    for control in form.all():
        name = _name(control)
        if name == "choice" or not _is_answer(name):
            continue
        if control.tag == "input" and _type(control) == expected.kind:
            found.setdefault((name, control.attributes.get("value", "")), []).append(control)
        else:
            yield f"{control.shown()} would choose for the visitor; only an <input> of type {expected.kind} may"
    for key in found.keys() - expected.boxes.keys():
        yield f"{found[key][0].shown()} is for no purpose that is asked for; take it out"
    for (name, value), is_ticked in expected.boxes.items():
        boxes = found.get((name, value), [])
        if not boxes and expected.needs_boxes(form):
            yield (
                f'there is no <input type="{expected.kind}" name="{name}" value="{value}">: each purpose must be '
                "possible to choose separately"
            )
        if len(boxes) > 1:
            yield f"{boxes[1].shown()} is a duplicate: one may say what the other does not; take one out"
        for box in boxes:
            if not is_ticked and "checked" in box.attributes:
                yield f"{box.shown()} is ticked beforehand, which is not consent (C-673/17); remove checked"
            if is_ticked and "checked" not in box.attributes:
                yield f"{box.shown()} does not show the present choice; write checked on it"
            if unseen := box.is_unseen():
                yield f"{box.shown()} cannot be used: it is in {unseen.shown()}; take it out of there"


def _button_problems(form: Element, expected: ExpectedForm) -> Iterator[str]:
    sending = [control for control in form.all() if _name(control) == "choice"]
    found: dict[str, Element] = {}
    for choice, key in BUTTONS.items():
        if choice == "save" and not expected.needs_boxes(form):
            continue
        buttons = [one for one in sending if one.tag == "button" and one.attributes.get("value") == choice]
        fix = f'<button name="choice" value="{choice}">{{{{ words.{key} }}}}</button>'
        if len(buttons) != 1:
            yield f"there must be one {fix}, not {len(buttons)}"
            continue
        found[choice] = button = buttons[0]
        said = expected.words[key]
        if button.text() != " ".join(said.split()):
            yield f'the button for {choice} does not say "{said}", and nothing else; write {fix}'
        for attribute in _LABELS:
            if attribute in button.attributes:
                yield f"{button.shown()} says something else to who cannot see; take {attribute} out"
        for attribute in (*_DIVERTING, "type"):
            if button.attributes.get(attribute, "submit") != "submit":
                yield f"{button.shown()} does not send this form; take {attribute} out"
        if choice != "refuse" and (unseen := button.is_unseen()):
            yield f"{choice} cannot be seen: it is in {unseen.shown()}; take it out of there"
    for other in sending:
        if other not in found.values():
            yield f"{other.shown()} would choose for the visitor; only a button for save, refuse or accept may"
    if sending and sending[0] is found.get("accept") and expected.needs_boxes(form):
        yield "accept is the form's first button, which Enter in a box presses; put save before it"
    if {"refuse", "accept"} <= found.keys():
        yield from _weight_problems(found["refuse"], found["accept"])


def _weight_problems(refuse: Element, accept: Element) -> Iterator[str]:
    """Yield in what refusing is not as easy as accepting (EDPB Cookie Banner Taskforce 2023, no. 6-18)."""
    if _shape(refuse) != _shape(accept):
        yield (
            f"refuse and accept are not alike: {refuse.shown()} and {accept.shown()}; give both the same "
            "attributes and the same elements within"
        )
    row = refuse.parent.children if refuse.parent is accept.parent and refuse.parent else []
    if not row or abs(row.index(refuse) - row.index(accept)) != 1:
        yield "refuse is not beside accept; put both into one element with nothing between them"
    if unseen := refuse.is_unseen(shut=("details",)):
        yield f"refuse cannot be seen at once: it is in {unseen.shown()}; take it out of there"


def _shape(element: Element) -> object:
    attributes = {name: value for name, value in element.attributes.items() if name != "value"}
    return element.tag, attributes, [_shape(child) for child in element.children]


def _name(control: Element) -> str:
    return control.attributes.get("name", "")


def _type(control: Element) -> str:
    return control.attributes.get("type", "").lower()


def _is_answer(name: str) -> bool:
    """Whether the field of this name is the visitor's own to fill in."""
    return name in {"purpose", "choice"} or name.startswith(ANSWER_FIELD)


def _disabled(control: Element) -> Element | None:
    return next((one for one in (control, *control.ancestors()) if "disabled" in one.attributes), None)
