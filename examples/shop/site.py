"""Where links in mails lead."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin, urlsplit

from shopprivacy import Privacy, PrivacyError

_THIS_MACHINE: Final = ("127.0.0.1", "localhost")


def site_of(privacy: Privacy, root: str) -> str:
    """Return the shop's address, with a / at the end: that of ``mail.url``, or ``root`` while it runs on this machine.

    ``root`` is what a request says, and any client can say any host: in a mail it would lead a customer there.
    """
    if urlsplit(root).hostname in _THIS_MACHINE:
        return root
    if privacy.policy.mail.url is None:
        raise PrivacyError("mail.url: is missing, so no mail can have a link to the shop")
    return urljoin(privacy.policy.mail.url, "..")
