"""The header fields by which mail programs unsubscribe in one click, whole on the wire (RFC 2369, 2919, 8058).

Python's ``email`` encodes a field that it does not know from 76 characters on (RFC 2047), and a mail program finds no
URL in it. A ``ListField`` writes itself, under every policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.policy import Policy
from typing import Final

from shopprivacy.errors import PrivacyError

LIST_UNSUBSCRIBE: Final = "List-Unsubscribe"
LIST_UNSUBSCRIBE_POST: Final = "List-Unsubscribe-Post"
LIST_ID: Final = "List-Id"
POST: Final = "List-Unsubscribe=One-Click"
"""The one value that ``List-Unsubscribe-Post`` may have (RFC 8058, section 3.1)."""
_LONGEST: Final = 998  # RFC 5322, section 2.1.1
# Printable ASCII without what would end the URI or begin another (RFC 2369, section 2).
_RIGHT: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    LIST_UNSUBSCRIBE: (
        re.compile(r"<(https://(?!/)|http://(127\.0\.0\.1|localhost)[:/])[!#-;=?-~]+>", re.ASCII),
        "needs one link with https between < and > (RFC 8058, section 3.1)",
    ),
    LIST_UNSUBSCRIBE_POST: (re.compile(re.escape(POST)), f"must be {POST}"),
    LIST_ID: (
        re.compile(r"<[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+>", re.ASCII),
        "needs a name with a dot in it between < and >, such as newsletter.shop.example",
    ),
}


class ListField(str):
    """The value of one of the three fields, kept as it is: ``message["List-Id"] = ListField("List-Id", value)``.

    ``name`` and ``fold`` are how ``email`` asks a header to write itself.
    """

    name: str

    def __new__(cls, name: str, value: str) -> ListField:
        """Raise PrivacyError for another field, what does not stand on one line, and what is no one-click pair."""
        if name not in _RIGHT:
            raise PrivacyError(f"{name}: is not one of {', '.join(_RIGHT)}")
        if not (value.isascii() and value.isprintable()) or len(name) + len(value) + 2 > _LONGEST:
            raise PrivacyError(f"{name}: this value does not fit on one line of ASCII")
        form, told = _RIGHT[name]
        if form.fullmatch(value) is None:
            raise PrivacyError(f"{name}: {told}")
        made = super().__new__(cls, value)
        made.name = name
        return made

    def __reduce__(self) -> tuple[type[ListField], tuple[str, str]]:
        """Let copies and pickles, in which queues keep messages, be made anew."""
        return ListField, (self.name, str(self))

    def fold(self, *, policy: Policy) -> str:
        """Return the field as it is sent: on one line, however long."""
        return f"{self.name}: {self}{policy.linesep}"


def list_fields(url: str, list_id: str) -> Mapping[str, ListField]:
    """Return the fields of a marketing message by name.

    ``url`` is its unsubscribe link, which a POST alone must act on; ``list_id`` such as ``newsletter.shop.example``.
    Raises PrivacyError for a link that is none with https (or to this machine), and for a list id that is none.
    """
    values = {LIST_UNSUBSCRIBE: f"<{url}>", LIST_UNSUBSCRIBE_POST: POST, LIST_ID: f"<{list_id}>"}
    return {name: ListField(name, value) for name, value in values.items()}
