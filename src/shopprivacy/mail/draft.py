"""A message as the gate sees it: to whom, what it says, and the header fields that it is to have.

Each door makes one of the messages of its own package, and writes back what the gate has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import InvalidHeaderDefect
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, Message, MIMEPart
from email.policy import SMTP
from typing import Any, Final, Literal, NamedTuple

from shopprivacy.errors import PrivacyError

Kind = Literal["plain", "html"]
_TO: Final = frozenset({"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"})
"""The fields that ``smtplib`` and ``aiosmtplib`` take recipients from; ``Resent-`` ones where there are any."""
_AS_IT_IS: Final = SMTP.clone(refold_source="none")
"""Header fields that nobody changes stay as they were written: written anew, a long value is encoded (RFC 2047)."""
_read_header: Final = HeaderRegistry()


class Body(NamedTuple):
    """One way in which a message says what it says."""

    kind: Kind
    text: str

    def __repr__(self) -> str:
        """Without the text, which is personal."""
        return f"Body({self.kind!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """What the gate reads and changes. It has no repr: all of it is personal."""

    recipients: tuple[str, ...]
    """Everybody it goes to, seen or not; with their names, or without."""
    subject: str
    bodies: tuple[Body, ...]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Header fields that take the place of any of the same name."""
    has_unread: bool = False
    """Whether a body is in a charset that nobody knows: nothing of it can be read or changed."""


def kind_of(subtype: str) -> Kind | None:
    """Return how a body of ``text/…`` is read, in any case and with parameters; None: it is a calendar or the like.

    AMP for e-mail (``x-amp-html``) and what a watch shows are HTML that some programs show in its place.
    """
    subtype = subtype.partition(";")[0].strip().lower()
    if subtype == "plain":
        return "plain"
    return "html" if subtype == "html" or subtype.endswith("-html") else None


def recipients_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses in texts that should hold one each. Each text that holds none stands for itself.

    A text with a comma in it may be two addresses to whoever sends it, and text that is no list of addresses may be
    read in two ways: then there are two.
    """
    return tuple(address for text in texts for address in _addresses(text))


def _addresses(text: Any) -> list[str]:  # noqa: ANN401  # text, or a header that was read already
    said = " ".join(str(text).split())
    try:
        header: Any = text if hasattr(text, "addresses") else _read_header("To", said)
    except (
        Exception
    ):  # IndexError for "an@" in some Pythons, AttributeError, TypeError and UnicodeError for others
        return [said]
    found = [str(address.addr_spec) for address in header.addresses if address.addr_spec != "<>"]  # none
    if found != [said] and any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects):
        found.append(said)
    return found


def editable(message: Message) -> EmailMessage:
    """Return a copy of a message that can be written in, whatever made it. Raises nothing for any that can be sent."""
    parts: Iterable[object] = message.walk()
    if isinstance(message, EmailMessage) and all(isinstance(part, MIMEPart) for part in parts):
        return deepcopy(message)
    return message_from_bytes(message.as_bytes(), _class=EmailMessage, policy=_AS_IT_IS)


def draft_of(message: EmailMessage) -> Draft:
    """Return what the gate sees of a message."""
    fields = [value for name, value in message.raw_items() if name.lower() in _TO]
    parts = [*text_parts(message)]
    bodies = tuple(body for _, body in parts if body)
    return Draft(
        recipients_in(fields), str(message["Subject"] or ""), bodies, has_unread=len(bodies) < len(parts)
    )


def write(draft: Draft, message: EmailMessage) -> None:
    """Write what the gate has changed into a message."""
    read = [(part, body) for part, body in text_parts(message) if body]
    for (part, before), after in zip(read, draft.bodies, strict=True):
        if before != after:
            part.set_content(after.text, subtype=part.get_content_subtype())
    for name, value in draft.fields.items():
        del message[name]
        message[name] = value


def text_parts(message: MIMEPart) -> Iterator[tuple[MIMEPart, Body | None]]:
    """Yield each part of a message that is shown as text, and what it says; None: nobody knows its charset."""
    if message.is_attachment() or message.get_filename():
        return
    if message.get_content_maintype() == "multipart":
        parts = [*message.iter_parts()]
        is_related = message.get_content_subtype() == "related"  # what comes behind the first belongs to it
        for part in parts[:1] if is_related else parts:
            yield from text_parts(part)
        return
    kind = kind_of(message.get_content_subtype()) if message.get_content_maintype() == "text" else None
    if kind is None or message.get_payload() is None:
        return
    try:
        yield message, Body(kind, message.get_content())
    except (LookupError, ValueError):  # no charset of Python's
        yield message, None


def only_recipient(draft: Draft) -> str:
    """Return the one address that a message goes to.

    Raises PrivacyError where there is none or more: each has a link of its own.
    """
    if len(draft.recipients) != 1:
        raise PrivacyError(
            f"a marketing message goes to one recipient, and this one has {len(draft.recipients)}: send one to each, "
            "because each has an unsubscribe link of its own"
        )
    return draft.recipients[0]
