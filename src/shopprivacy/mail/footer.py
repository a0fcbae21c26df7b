"""The links at the foot of a marketing message: unsubscribe, and change your details, in text and in HTML."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html import escape
from typing import Final, NamedTuple

from shopprivacy.errors import PrivacyError

_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)


class FooterLink(NamedTuple):
    """A link, and the words that it stands behind."""

    words: str
    url: str


def only_recipient(message: EmailMessage) -> str:
    """Return the one address that a message goes to, in To, Cc or Bcc.

    Raises PrivacyError where there is none or more: each has a link of its own.
    """
    fields = [field for name in ("To", "Cc", "Bcc") for field in message.get_all(name, [])]
    addresses = [address.addr_spec for field in fields for address in field.addresses]
    if len(addresses) != 1:
        raise PrivacyError(
            f"a marketing message goes to one recipient, and this one has {len(addresses)}: send each its own, since "
            "each has an unsubscribe link of its own"
        )
    return str(addresses[0])


def add_footer(message: EmailMessage, links: tuple[FooterLink, ...]) -> None:
    """Put the links at the end of the text and of the HTML of a message; one that stands there already stays alone.

    Raises PrivacyError for a message that has neither.
    """
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    found = [body for body in bodies if isinstance(body, EmailMessage)]
    if not found:
        raise PrivacyError("a marketing message needs a text or HTML for the unsubscribe link to stand in")
    for body in found:
        text = body.get_content()
        missing = [link for link in links if not _stands_in(link.url, text)]
        if missing:
            kind = body.get_content_subtype()
            body.set_content(_with(text, missing, kind), subtype=kind)


def _stands_in(url: str, text: str) -> bool:
    """Whether the whole URL stands there, not just as the beginning of a longer one."""
    return any(
        re.search(re.escape(written) + r"(?![\w/?#&=%~+-]|[.,:;!]\w)", text) is not None
        for written in (url, escape(url))
    )


def _with(text: str, links: list[FooterLink], kind: str) -> str:
    if kind == "plain":
        lines = "\n".join(f"{link.words}: {link.url}" for link in links)
        return f"{text.rstrip()}\n\n{lines}\n"  # not behind "-- ": some programs fold a signature away
    shown = " | ".join(f'<a href="{escape(link.url)}">{escape(link.words)}</a>' for link in links)
    footer = f"<p>{shown}</p>"
    ends = [*_END.finditer(text)]
    at = ends[-1].start() if ends else len(text)
    return text[:at] + footer + text[at:]
