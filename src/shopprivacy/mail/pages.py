"""The pages behind the links in mail: what ends a subscription, and what confirms a sign-up.

No page here says anything about the person: a forwarded mail shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from shopprivacy.http.page import Page
from shopprivacy.http.request_head import RequestHead
from shopprivacy.mail.model import ALL, Marketing

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

STOP: Final = "stop"
"""The field of our form that names what else to end."""
RESUME: Final = "resume"
"""The field that names what to begin again: that asks for the address, in ``ADDRESS``."""
ADDRESS: Final = "address"
YES: Final = "yes"
SHOWN: Final = "shown"
UNSUBSCRIBE_TEMPLATE: Final = "unsubscribe.html"
CONFIRM_TEMPLATE: Final = "confirm.html"
ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
"""What a mail program posts (RFC 8058, section 3.1), and our button."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a form: its field, and what stands on it."""

    name: str
    value: str
    label: str


class MailPages:
    """Makes the pages of one shop, before they are rendered. ``can_mail`` says whether links can be mailed now."""

    def __init__(self, policy: Policy, marketing: Marketing, can_mail: Callable[[], bool]) -> None:
        self._policy = policy
        self._marketing = marketing
        self._can_mail = can_mail

    # The unsubscribe link

    def ask_to_end(self, head: RequestHead, language: str, purpose: str | None) -> Page:
        """Say what would end; one button ends it. None is all marketing."""
        words, texts = self._words(language), self._policy.text(language)
        return self._unsubscribe(
            head,
            language,
            title=words["unsubscribe_title"],
            text=words["unsubscribe_text_all"]
            if purpose is None
            else texts.ui["unsubscribe_text"].format(title=texts.purpose(purpose).title),
            buttons=[Button(*ONE_CLICK, words["unsubscribe_button"])],
        )

    def ended(self, head: RequestHead, language: str, purposes: Sequence[str | None]) -> Page:
        """Say what has ended, and offer to end the rest, or to begin again."""
        words, texts = self._words(language), self._policy.text(language)
        everything = None in purposes
        others = [] if everything else [n for n in self._marketing.by("email") if n not in purposes]
        stop = texts.ui["unsubscribe_stop"]
        buttons = [Button(STOP, name, stop.format(title=texts.purpose(name).title)) for name in others]
        if not everything:
            buttons.append(Button(STOP, ALL, words["unsubscribe_all"]))
        titles = [texts.purpose(name).title for name in purposes if name is not None]
        return self._unsubscribe(
            head,
            language,
            title=words["unsubscribed_title"],
            text=words["unsubscribed_all"]
            if everything
            else texts.ui["unsubscribed_text"].format(title=", ".join(titles)),
            done=True,
            more=words["unsubscribe_more"] if buttons else "",
            buttons=buttons,
            resume=[
                Button(RESUME, name, texts.purpose(name).title)
                for name in (self._marketing.by("email") if everything else purposes)
                if name is not None
            ],
        )

    def unknown(self, head: RequestHead, language: str, path: str) -> Page:
        """Say that a link cannot be read, and offer to mail somebody their own."""
        words = self._words(language)
        return self._unsubscribe(
            head,
            language,
            status=404,
            title=words["link_invalid_title"],
            text=words["link_invalid"],
            resume=[Button("send", "link", words["link_send"])],
            path=path,
        )

    def sent(self, head: RequestHead, language: str, path: str | None = None) -> Page:
        """Say that a mail is on its way, whether it is or not."""
        words = self._words(language)
        title, text = words["link_sent_title"], words["link_sent"]
        return self._unsubscribe(head, language, title=title, text=text, done=True, path=path)

    def _unsubscribe(
        self,
        head: RequestHead,
        language: str,
        *,
        title: str,
        text: str,
        status: int = 200,
        done: bool = False,
        more: str = "",
        buttons: Sequence[Button] = (),
        resume: Sequence[Button] = (),
        path: str | None = None,
    ) -> Page:
        values = {
            "title": title,
            "text": text,
            "done": done,
            "action": f"{head.url(path or head.path)}?lang={language}",
            "more": more,
            "buttons": buttons,
            "resume": resume,
            "can_mail": self._can_mail(),
        }
        return Page(UNSUBSCRIBE_TEMPLATE, values, status, path=path, language=language)

    # The link that confirms a sign-up

    def confirmation(
        self, head: RequestHead, language: str, purpose: str, *, asked_again: bool = False
    ) -> Page:
        """Ask for the consent that a sign-up is: a box, and a button."""
        texts = self._policy.text(language)
        words = texts.purpose(purpose)
        values = {
            "title": texts.ui["confirm_title"],
            "text": texts.ui["confirm_again" if asked_again else "confirm_text"],
            "done": False,
            "purpose": words,
            "box": texts.ui["confirm_box"].format(title=words.title),
            "action": f"{head.url(head.path)}?lang={language}",
            "shown": self.disclosed(language, purpose),
        }
        return Page(CONFIRM_TEMPLATE, values, 422 if asked_again else 200, language=language)

    def disclosed(self, language: str, purpose: str) -> str:
        """Return what the form says was read."""
        return f"{language}.{self._policy.text(language).purpose_hash(purpose)[:16]}"

    def confirmed(self, language: str, purpose: str) -> Page:
        """Say that it counts."""
        texts = self._policy.text(language)
        text = texts.ui["confirmed"].format(title=texts.purpose(purpose).title)
        values = {"title": texts.ui["confirmed_title"], "text": text, "purpose": None, "done": True}
        return Page(CONFIRM_TEMPLATE, values, language=language)

    def void(self, language: str, path: str) -> Page:
        """Say that a link confirms nothing any more."""
        words = self._words(language)
        told = {"title": words["confirm_void_title"], "text": words["confirm_void"]}
        values = {**told, "purpose": None, "done": False}
        return Page(CONFIRM_TEMPLATE, values, 404, path=path, language=language)

    def _words(self, language: str) -> Mapping[str, str]:
        return self._policy.text(language).ui


def sample_pages(policy: Policy, head: RequestHead, language: str) -> Iterator[Page]:
    """Yield the pages of a shop as somebody would see each of them; none where the shop has no such links."""
    marketing = Marketing(policy)
    if policy.mail.url is None and not marketing.purposes:
        return
    by_mail = marketing.by("email")
    for can_mail in (True, False):
        made = MailPages(policy, marketing, partial(bool, can_mail))
        for purpose in (None, *by_mail):
            yield made.ask_to_end(head, language, purpose)
            yield made.ended(head, language, [purpose])
        yield made.unknown(head, language, head.path)
    yield made.sent(head, language)
    for purpose in by_mail:
        for asked_again in (False, True):
            yield made.confirmation(head, language, purpose, asked_again=asked_again)
        yield made.confirmed(language, purpose)
    yield made.void(language, head.path)
