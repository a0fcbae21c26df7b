"""The banner: a form that asks for what was not answered yet, and works without any script.

Refusing is as easy as accepting (EDPB Cookie Banner Taskforce 2023, no. 6-18; CNIL 2020-092): both buttons stand
side by side, look alike and are one press away. Nothing is ticked beforehand (C-673/17 Planet49). The purposes are
named before anything is pressed. Nothing comes from elsewhere, and nothing is inline, so a strict
Content-Security-Policy of the shop lets it through. The template is the shop's to replace; ``review`` holds it to this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import quote

from markupsafe import Markup

from shopprivacy.consent.context import ConsentContext
from shopprivacy.http.csrf import same_origin_target
from shopprivacy.http.language import accepted_language, asked_language
from shopprivacy.http.request_head import RequestHead
from shopprivacy.pages.page_context import BANNER, CONSENT_PATH, Site
from shopprivacy.pages.static_files import BANNER_SCRIPT

TEMPLATE = BANNER

# Beside the form, which works without it. Where a Content-Security-Policy of the shop's keeps it out, only the Back
# button shows a banner that was answered.
_SCRIPT = Markup('<script src="{}" async></script>')

# What can be asked for again by following a link.
_READING = ("GET", "HEAD")


class Banner:
    """Renders the banner for the visitor of a request."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(
        self, consent: ConsentContext, language: str | None = None, target: str | None = None
    ) -> Markup:
        """Return the banner as a fragment of HTML for the start of the body; empty where there is nothing to ask.

        ``language`` is one of the policy's languages; by default it is negotiated with the browser. ``target`` is
        the path that the visitor sees after answering; by default the page of this request, or the front
        page if this request is not a GET, because going there again would not send what was posted.
        """
        undecided = consent.undecided()
        if not undecided:
            return Markup()
        if language not in self._site.policy.languages:
            language = self._negotiated(consent)
        intro = self._intro(consent, undecided, language)
        script = _SCRIPT.format(consent.head.url(BANNER_SCRIPT.url))
        return self.render(consent.head, language, undecided, intro, target) + script

    def render(
        self,
        head: RequestHead,
        language: str,
        undecided: Sequence[str],
        intro: str,
        target: str | None = None,
    ) -> Markup:
        """Return the banner that asks for some purposes, for whatever reason ``intro`` gives."""
        site = self._site
        return site.render(
            TEMPLATE,
            head,
            language,
            action=head.url(CONSENT_PATH),
            intro=intro,
            hidden=self.hidden(head, language, undecided, target),
            purposes=[{"name": name, **asdict(site.purpose(language, name))} for name in undecided],
        )

    def hidden(
        self, head: RequestHead, language: str, undecided: Sequence[str], target: str | None = None
    ) -> Sequence[tuple[str, str]]:
        """Return the fields of the form that nobody sees."""
        return [
            *(("asked", name) for name in undecided),
            ("shown", self._site.wordings.name(language)),
            ("next", same_origin_target(target or _here(head), head.url("/"))),
        ]

    def intros(self, language: str) -> Sequence[str]:
        """Return all the reasons why a visitor may be asked."""
        words = self._site.words(language)
        return words["banner_intro"], self._lapsed(language), words["policy_changed"]

    def _negotiated(self, consent: ConsentContext) -> str:
        languages = self._site.policy.languages
        asked = asked_language(consent.head, languages)
        if asked is None and len(languages) > 1:
            consent.varies("accept-language")  # or a shared cache hands one visitor's language to all
        return asked or accepted_language(consent.head.header("accept-language") or "", languages)

    def _intro(self, consent: ConsentContext, undecided: Sequence[str], language: str) -> str:
        """Return why the visitor is asked: for the first time, after the term of a choice, or about what is new."""
        if consent.choices is None:
            return self._site.words(language)["banner_intro"]
        browser = self._site.browser
        if any(browser.purposes[name].id in consent.choices.answers for name in undecided):
            return self._lapsed(language)
        return self._site.words(language)["policy_changed"]

    def _lapsed(self, language: str) -> Markup:
        kept = self._site.policy.text(language).term(self._site.browser.kept)
        return self._site.say(language, "choice_lapsed", term=kept)


def _here(head: RequestHead) -> str:
    """Return where the request's own page can be read again."""
    if head.method not in _READING:
        return head.url("/")
    path = head.url(quote(head.path, safe="/:@!$&'()*+,;=~-._"))
    return f"{path}?{head.query}" if head.query else path
