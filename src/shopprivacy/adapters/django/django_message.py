"""Django's messages as the mail gate sees them. The shop's own message stays as it is: a copy is changed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.message import EmailAlternative

from shopprivacy.mail.draft import Body, Draft, Kind, kind_of, recipients_in
from shopprivacy.mail.purpose import PURPOSE_FIELD


class Passed(EmailMultiAlternatives):
    """A message that was judged already: ``privacy.mail.send`` has handed it over."""


def purpose_values(message: EmailMessage) -> list[str]:
    """Return what the header says of a message's purpose, each time that it stands there."""
    return [
        str(value) for name, value in message.extra_headers.items() if name.lower() == PURPOSE_FIELD.lower()
    ]


def without_purpose(message: EmailMessage) -> EmailMessage:
    """Return a copy that does not name its purpose."""
    made = copy(message)
    made.extra_headers = {
        name: value for name, value in message.extra_headers.items() if name.lower() != PURPOSE_FIELD.lower()
    }
    return made


def draft_of(message: EmailMessage) -> Draft:
    """Return what the gate sees of a message."""
    return Draft(
        recipients_in(str(one) for one in message.recipients()),
        str(message.subject),
        tuple(body for _, body in _bodies(message)),
    )


def copied(message: EmailMessage, draft: Draft) -> EmailMessage:
    """Return a copy with what the gate has changed."""
    made = without_purpose(message)
    alternatives: list[Any] = list(getattr(message, "alternatives", None) or ())
    for (place, before), after in zip(_bodies(message), draft.bodies, strict=True):
        if before == after:
            continue
        if place is None:
            made.body = after.text
        else:
            alternatives[place] = EmailAlternative(after.text, alternatives[place][1])
    if alternatives:
        made.alternatives = alternatives
    given = {name.lower() for name in draft.fields}
    kept = {name: value for name, value in made.extra_headers.items() if name.lower() not in given}
    made.extra_headers = {**kept, **draft.fields}
    return made


def _bodies(message: EmailMessage) -> Iterator[tuple[int | None, Body]]:
    """Yield text and HTML, each with its place among the alternatives; None: it is the message's own body."""
    if message.body:
        kind: Kind = "html" if message.content_subtype == "html" else "plain"
        yield None, Body(kind, str(message.body))
    for place, alternative in enumerate(getattr(message, "alternatives", None) or ()):
        content, (maintype, _, subtype) = alternative[0], str(alternative[1]).partition("/")
        read = kind_of(subtype) if maintype.strip().lower() == "text" else None
        if read is not None:
            yield place, Body(read, str(content))
