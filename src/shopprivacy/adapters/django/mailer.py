"""Messages of Python's own ``email``, sent as the shop sends its own: by Django's mail."""

from __future__ import annotations

from collections.abc import Iterator
from email import message as standard
from email.mime.base import MIMEBase
from typing import Any, Final

import django
from django.utils.module_loading import import_string

from shopprivacy.adapters.django.django_message import Passed
from shopprivacy.adapters.django.mailers import GATE, is_behind_queue
from shopprivacy.mail.draft import text_parts
from shopprivacy.mail.header import LIST_UNSUBSCRIBE

_TAKEN: Final = frozenset({"subject", "from", "to", "cc", "bcc", "reply-to", "mime-version"})


def send_by_django(message: standard.EmailMessage) -> None:
    """Send a message that the mail gate needs not judge again: with its HTML, pictures, header fields and attachments.

    Marketing waits in no queue behind which the gate would judge it: what it is for is not known there any more, and so
    it would leave whoever opts out meanwhile. Raises what the back end raises.
    """
    bodies = {id(part): (part, body.text) for part, body in text_parts(message) if body}
    made = Passed(
        subject=str(message["Subject"] or ""),
        from_email=message["From"] and str(message["From"]),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        bcc=_addresses(message, "Bcc"),
        reply_to=_addresses(message, "Reply-To"),
        headers={name: value for name, value in message.items() if not _is_taken(name)},
    )
    for number, (part, text) in enumerate(bodies.values()):
        if not number:
            made.body, made.content_subtype = text, part.get_content_subtype()
        elif part.get_content_subtype() == "plain":
            made.attach(None, text, "text/plain")
        else:
            made.attach_alternative(text, part.get_content_type())
    for part in _leaves(message):
        if id(part) in bodies or part.get_payload() is None:
            continue
        if part["Content-ID"] or part.get_content_maintype() == "text":
            made.attach(_as_it_is(part))
        else:
            made.attach(part.get_filename(), part.get_content(), part.get_content_type())
    if message[LIST_UNSUBSCRIBE] and is_behind_queue():
        import_string(GATE)().send_messages([made])
    else:
        made.send()


def _leaves(part: Any) -> Iterator[Any]:  # noqa: ANN401  # parts of a message
    if part.get_content_maintype() != "multipart":
        yield part
        return
    for inner in part.iter_parts():
        yield from _leaves(inner)


def _as_it_is(part: standard.MIMEPart) -> Any:  # noqa: ANN401  # what each Django takes
    """Return a part with its own header fields, by which HTML shows a picture."""
    if django.VERSION[0] >= 6:
        return part
    made = MIMEBase(part.get_content_maintype(), part.get_content_subtype())
    del made["Content-Type"], made["MIME-Version"]
    for name, value in part.items():
        made[name] = str(value)
    made.set_payload(part.get_payload())
    return made


def _addresses(message: standard.EmailMessage, name: str) -> list[str]:
    return [str(address) for field in message.get_all(name, []) for address in field.addresses]


def _is_taken(name: str) -> bool:
    return name.lower() in _TAKEN or name.lower().startswith("content-")
