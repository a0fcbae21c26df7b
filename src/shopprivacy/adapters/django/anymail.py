"""django-anymail inside the mail gate: batches are sent one by one, services count nothing, what they report counts.

Nothing here needs the package: its messages have attributes of their own, and its signals are heard where it is
installed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from copy import copy
from typing import Any, Final

from django.core.mail import EmailMessage

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.errors import PrivacyError
from shopprivacy.mail.address import bare
from shopprivacy.mail.footer import MailLinks

log = logging.getLogger("shopprivacy.mail")
_MERGED: Final = ("merge_data", "merge_headers", "merge_metadata")
_REPORTED: Final = frozenset({"complained", "unsubscribed"})
_TRACKING: Final = ("track_clicks", "track_opens")


def singles(message: EmailMessage) -> list[EmailMessage]:
    """Return the messages of a batch, each for one recipient; any other message alone."""
    merged = {name: getattr(message, name, None) for name in _MERGED}
    if not any(isinstance(value, Mapping) for value in merged.values()) or message.cc or message.bcc:
        return [message]
    made: list[EmailMessage] = []
    for address in message.to:
        single = copy(message)
        single.to = [address]
        for name, value in merged.items():
            if isinstance(value, Mapping):
                own = {key: data for key, data in value.items() if bare(str(key)) == bare(str(address))}
                setattr(single, name, own)
        made.append(single)
    return made


def has_template(message: EmailMessage) -> bool:
    """Whether the service writes the text of a message, by a template that it keeps."""
    return isinstance(getattr(message, "template_id", None), str | int)


def check_template(message: EmailMessage, declared: Collection[str]) -> None:
    """Raise PrivacyError where nobody has said that a template has both links in it."""
    if str(message.template_id) not in declared:
        raise PrivacyError(
            f"template {message.template_id}: put privacy_unsubscribe and privacy_change_data, which the mail gate "
            'gives it, at its foot, and name it in SHOPPRIVACY["MAIL_TEMPLATES"]'
        )


def add_links(message: EmailMessage, links: MailLinks) -> None:
    """Give a template both links, as ``privacy_unsubscribe`` and ``privacy_change_data``."""
    known = getattr(message, "merge_global_data", None)
    given = known if isinstance(known, Mapping) else {}
    message.merge_global_data = {
        **given,
        "privacy_unsubscribe": links.unsubscribe,
        "privacy_change_data": links.change_data,
    }


def forbid_tracking(message: EmailMessage, backend: Any, *, may_track: Callable[[], bool]) -> None:  # noqa: ANN401
    """Tell a mail service to count no opens and to rewrite no links, unless the recipient allows that.

    A service that cannot be told is not: its own settings say what it does.
    """
    make: Callable[..., object] | None = getattr(backend, "build_message_payload", None)
    if make is None or may_track():
        return
    for name in _TRACKING:
        try:
            make(_trial(name), {})
        except Exception:  # the service does not know it
            if getattr(message, name, None) is True:
                delattr(message, name)
        else:
            setattr(message, name, False)


def _trial(name: str) -> EmailMessage:
    trial = EmailMessage("trial", "trial", "trial@shop.example", ["trial@shop.example"])
    setattr(trial, name, False)
    return trial


def tell_status(sent: EmailMessage, message: EmailMessage) -> None:
    """Give the shop's message what the package says about the copy that was sent."""
    if sent is not message and hasattr(sent, "anymail_status"):
        message.anymail_status = sent.anymail_status


def hear(event: Any, **_: object) -> None:  # noqa: ANN401  # anymail's event
    """Record that somebody complained or unsubscribed at the service: no marketing by e-mail any more.

    Connected to ``anymail.signals.tracking``. Raises StoreDown, and the service then reports again.
    """
    if event.event_type in _REPORTED and event.recipient:
        get_privacy().mail.opted_out(event.recipient, at=event.timestamp)


def listen() -> None:
    """Hear what the service reports, where the package is installed."""
    from anymail.signals import tracking

    tracking.connect(hear, dispatch_uid="shopprivacy")
