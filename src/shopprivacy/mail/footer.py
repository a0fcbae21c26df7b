"""The links at the foot of a marketing message: unsubscribe, and change your details, in text and in HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.draft import Draft, Kind
from shopprivacy.mail.header import list_fields

_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class FooterLink(NamedTuple):
    """A link, and the words that it stands behind."""

    words: str
    url: str

    def __repr__(self) -> str:
        """Without the link: who has it can use it."""
        return f"FooterLink({self.words!r})"


class MailLinks(NamedTuple):
    """Both links of one marketing message."""

    unsubscribe: str
    change_data: str

    def __repr__(self) -> str:
        """Without the links: who has one can use it."""
        return "MailLinks()"


def with_list_fields(draft: Draft, links: MailLinks, purpose: str) -> Draft:
    """Return a marketing message with the header fields for one click."""
    host = urlsplit(links.unsubscribe).hostname or ""
    return replace(draft, fields={**draft.fields, **list_fields(links.unsubscribe, f"{purpose}.{host}")})


def with_footer(draft: Draft, links: MailLinks, words: Mapping[str, str]) -> Draft:
    """Return a marketing message with its links at the end of all that it says; ``words`` are a policy's ``ui``.

    Raises PrivacyError for one without text and HTML, and one whose text nobody can read.
    """
    if not draft.bodies or draft.has_unread:
        raise PrivacyError(
            "a marketing message needs text or HTML that the unsubscribe link can be added to, in a charset that "
            "Python knows, such as UTF-8"
        )
    footer = (
        FooterLink(words["mail_unsubscribe"], links.unsubscribe),
        FooterLink(words["mail_change_data"], links.change_data),
    )
    return replace(
        draft,
        bodies=tuple(body._replace(text=with_links(body.text, footer, body.kind)) for body in draft.bodies),
    )


def with_links(text: str, links: tuple[FooterLink, ...], kind: Kind) -> str:
    """Return a text, ``plain`` or ``html``, with the links at its end; one that stands there already stays alone."""
    shown = text if kind == "plain" else _COMMENT.sub(lambda found: " " * len(found[0]), text)
    missing = [link for link in links if not _stands_in(link.url, shown)]
    return _with(text, shown, missing, kind) if missing else text


def _stands_in(url: str, text: str) -> bool:
    """Whether the whole URL stands there, not just as the beginning of a longer one."""
    return any(
        re.search(re.escape(written) + r"(?![\w/?#&=%~+-]|[.,:;!]\w)", text) is not None
        for written in (url, escape(url))
    )


def _with(text: str, shown: str, links: list[FooterLink], kind: Kind) -> str:
    if kind == "plain":
        lines = "\n".join(f"{link.words}: {link.url}" for link in links)
        return f"{text.rstrip()}\n\n{lines}\n"  # not behind "-- ": some programs fold a signature away
    written = " | ".join(f'<a href="{escape(link.url)}">{escape(link.words)}</a>' for link in links)
    ends = [*_END.finditer(shown)]
    at = ends[-1].start() if ends else len(text) if text.rstrip() == shown.rstrip() else len(shown.rstrip())
    return f"{text[:at]}<p>{written}</p>{text[at:]}"
