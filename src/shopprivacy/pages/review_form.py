"""What must be true of a form that asks for consent, whatever it looks like.

Both answers are one press away, side by side and alike; nothing is chosen beforehand, and nothing but the visitor
chooses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shopprivacy.consent.apply_choices import ANSWER_FIELD
from shopprivacy.pages.document import Element

BUTTONS = {"save": "save", "refuse": "refuse_all", "accept": "accept_all"}
"""What each button sends as ``choice``, and the text that stands on it."""

_CONTROLS = ("button", "input", "select", "textarea")
# HTML standard, section 4.10.18.6: attributes by which a button changes what its form does.
_DIVERTING = ("form", "formaction", "formenctype", "formmethod", "formtarget")
_UNSEEN = ("hidden", "inert", "disabled")


@dataclass(frozen=True, slots=True)
class ExpectedForm:
    """What a form has to hold: where it goes, what it sends unseen, and its boxes with whether each is ticked."""

    action: str
    hidden: Sequence[tuple[str, str]]
    kind: Literal["checkbox", "radio"]
    boxes: Mapping[tuple[str, str], bool]
    words: Mapping[str, str]


def form_problems(root: Element, expected: ExpectedForm) -> Iterator[str]:
    """Yield what is wrong with the one form in ``root`` that asks for consent, each with the fix."""
    forms = root.all("form", action=expected.action)
    if len(forms) != 1 or forms[0].attributes.get("method", "").lower() != "post":
        yield f'there must be one form with method="post" and action="{{{{ action }}}}" ({expected.action})'
        return
    (form,) = forms
    if form.attributes.get("autocomplete") != "off":
        yield 'the form has no autocomplete="off": browsers would bring back ticks that nobody sets now'
    yield from _hidden_problems(form, expected)
    yield from _box_problems(form, expected)
    yield from _button_problems(form, expected)


def _hidden_problems(form: Element, expected: ExpectedForm) -> Iterator[str]:
    sent = [(_name(field), field.attributes.get("value", "")) for field in form.all("input", type="hidden")]
    missing = dict.fromkeys(name for name, value in expected.hidden if (name, value) not in sent)
    if missing:
        yield (
            f"the form does not send {', '.join(missing)}; write {{% for name, value in hidden %}}"
            '<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %} in it'
        )


def _box_problems(form: Element, expected: ExpectedForm) -> Iterator[str]:
    found: dict[tuple[str, str], list[Element]] = {}
    for control in form.all(*_CONTROLS):
        name = _name(control)
        if name != "purpose" and not name.startswith(ANSWER_FIELD):
            continue
        if control.tag == "input" and control.attributes.get("type") == expected.kind:
            found.setdefault((name, control.attributes.get("value", "")), []).append(control)
        else:
            yield f"{_shown(control)} would choose for the visitor; only an <input> of type {expected.kind} may"
    for (name, value), is_ticked in expected.boxes.items():
        boxes = found.get((name, value), [])
        if not boxes:
            yield (
                f'there is no <input type="{expected.kind}" name="{name}" value="{value}">: each purpose must be '
                "open to choose by itself"
            )
        for box in boxes:
            if not is_ticked and "checked" in box.attributes:
                yield f"{_shown(box)} is ticked beforehand, which is no consent (C-673/17); take checked out"
            if is_ticked and "checked" not in box.attributes:
                yield f"{_shown(box)} does not show what holds now; write checked where it does"


def _button_problems(form: Element, expected: ExpectedForm) -> Iterator[str]:
    sending = [control for control in form.all(*_CONTROLS) if _name(control) == "choice"]
    found: dict[str, Element] = {}
    for choice, key in BUTTONS.items():
        buttons = [one for one in sending if one.tag == "button" and one.attributes.get("value") == choice]
        fix = f'<button name="choice" value="{choice}">{{{{ words.{key} }}}}</button>'
        if len(buttons) != 1:
            yield f"there must be one {fix}, not {len(buttons)}"
            continue
        found[choice] = buttons[0]
        if expected.words[key] not in buttons[0].text():
            yield f'the button for {choice} does not say "{expected.words[key]}"; write {fix}'
        for attribute in (*_DIVERTING, "type"):
            if buttons[0].attributes.get(attribute, "submit") != "submit":
                yield f"{_shown(buttons[0])} does not send this form; take {attribute} out"
    for other in sending:
        if other not in found.values() and other.tag != "button":
            yield f"{_shown(other)} would choose for the visitor; only a button may"
    if sending and sending[0] is found.get("accept"):
        yield "accept is the form's first button, which Enter in a box presses; let save stand before it"
    if {"refuse", "accept"} <= found.keys():
        yield from _weight_problems(found["refuse"], found["accept"])


def _weight_problems(refuse: Element, accept: Element) -> Iterator[str]:
    """Yield in what refusing is not as easy as accepting (EDPB Cookie Banner Taskforce 2023, no. 6-18)."""
    if _shape(refuse) != _shape(accept):
        yield (
            f"refuse and accept are not alike: {_shown(refuse)} and {_shown(accept)}; give both the same "
            "attributes and the same elements within"
        )
    row = refuse.parent.children if refuse.parent is accept.parent and refuse.parent else []
    if not row or abs(row.index(refuse) - row.index(accept)) != 1:
        yield "refuse does not stand beside accept; put both into one element with nothing between them"
    for element in (refuse, *refuse.ancestors()):
        if element.tag == "details" or any(name in element.attributes for name in _UNSEEN):
            yield f"refuse cannot be seen at once: it is in {_shown(element)}; take it out of there"


def _shape(element: Element) -> object:
    attributes = {name: value for name, value in element.attributes.items() if name != "value"}
    return element.tag, attributes, [_shape(child) for child in element.children]


def _name(control: Element) -> str:
    return control.attributes.get("name", "")


def _shown(element: Element) -> str:
    attributes = "".join(
        f' {name}="{value}"' if value else f" {name}" for name, value in element.attributes.items()
    )
    return f"<{element.tag}{attributes}>"
