"""The banner: a form that asks for what was not answered yet, and works without any script.

Refusing is as easy as accepting (EDPB Cookie Banner Taskforce 2023, no. 6-18; CNIL 2020-092): both buttons stand
side by side, look alike and are one press away. Nothing is ticked beforehand (C-673/17 Planet49). The purposes are
named before anything is pressed. Nothing comes from elsewhere, and nothing is inline, so a strict
Content-Security-Policy of the shop lets it through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from markupsafe import Markup

from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.http.csrf import same_origin_target
from shopprivacy.http.language import accepted_language, asked_language
from shopprivacy.http.request_head import RequestHead
from shopprivacy.pages.page_context import (
    CHOICES_PATH,
    CONSENT_PATH,
    COOKIES_PATH,
    Site,
    in_language,
    join,
)

# "Save" comes before the other buttons: pressing Enter in a box presses a form's first button (HTML standard,
# section 4.10.21.2), and that must not be one that throws the ticks away. Browsers bring ticks back when a page is
# loaded again, unless the form switches that off.
_BANNER = Markup("""\
<div class="sp-banner" role="region" aria-labelledby="sp-title" lang="{lang}">
<link rel="stylesheet" href="{stylesheet}">
<form method="post" action="{action}" autocomplete="off">
<h2 id="sp-title">{ui[banner_title]}</h2>
<p>{intro} <b>{titles}</b></p>
{hidden}
<details>
<summary>{ui[choose]}</summary>
<div class="sp-purposes">
{purposes}
</div>
<div class="sp-buttons"><button name="choice" value="save">{ui[save]}</button></div>
</details>
<p class="sp-links"><span>{ui[change_any_time]} <a href="{choices}">{ui[cookie_settings]}</a></span>
<a href="{cookies}">{ui[cookies_title]}</a></p>
<div class="sp-buttons sp-answer">
<button name="choice" value="refuse">{ui[refuse_all]}</button>
<button name="choice" value="accept">{ui[accept_all]}</button>
</div>
</form>
</div>
""")
_PURPOSE = Markup("""\
<div><label class="sp-option"><input type="checkbox" name="purpose" value="{name}">
<span><b>{title}</b><br>{explanation}</span></label></div>""")
# What can be asked for again by following a link.
_READING = ("GET", "HEAD")
_HIDDEN = Markup("""<input type="hidden" name="{name}" value="{value}">""")


def hidden(*fields: tuple[str, str]) -> Markup:
    """Return the fields of a form that nobody sees."""
    return join(_HIDDEN.format(name=name, value=value) for name, value in fields)


class Banner:
    """Renders the banner for a visit."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(
        self, visit: ConsentContext, language: str | None = None, target: str | None = None
    ) -> Markup:
        """Return the banner as a fragment of HTML for the end of the body; empty where there is nothing to ask.

        ``language`` is one of the policy's languages; left out, it is negotiated with the browser. ``target`` is
        the path that the visitor sees after answering; left out, the page of this request, or the front
        page where this request is no GET: going there again would send nothing that was posted.
        """
        undecided = visit.undecided()
        if not undecided:
            return Markup()
        site, head = self._site, visit.head
        if language not in site.policy.languages:
            language = self._negotiated(visit)
        return _BANNER.format(
            ui=site.words(language),
            lang=language,
            stylesheet=head.url(site.stylesheet_url),
            action=head.url(CONSENT_PATH),
            intro=self._intro(visit, undecided, language),
            titles=site.titles(language, undecided),
            hidden=hidden(
                *(("asked", name) for name in undecided),
                ("shown", site.wordings.name(language)),
                ("next", same_origin_target(target or _here(head), head.url("/"))),
            ),
            purposes=join(self._purposes(undecided, language)),
            choices=in_language(head.url(CHOICES_PATH), language),
            cookies=in_language(head.url(COOKIES_PATH), language),
        )

    def _negotiated(self, visit: ConsentContext) -> str:
        languages = self._site.policy.languages
        asked = asked_language(visit.head, languages)
        if asked is None and len(languages) > 1:
            visit.varies("accept-language")  # or a shared cache hands one visitor's language to all
        return asked or accepted_language(visit.head.header("accept-language") or "", languages)

    def _intro(self, visit: ConsentContext, undecided: Sequence[str], language: str) -> str:
        """Return why the visitor is asked: for the first time, after the term of a choice, or about what is new."""
        if visit.choices is None:
            return self._site.words(language)["banner_intro"]
        browser = self._site.browser
        if any(browser.purposes[name].tag in visit.choices.answers for name in undecided):
            kept = self._site.policy.text(language).term(browser.kept)
            return self._site.say(language, "choice_lapsed", term=kept)
        return self._site.words(language)["policy_changed"]

    def _purposes(self, names: Iterable[str], language: str) -> Iterator[Markup]:
        for name in names:
            text = self._site.purpose(language, name)
            yield _PURPOSE.format(name=name, title=text.title, explanation=text.explanation)


def _here(head: RequestHead) -> str:
    """Return where the request's own page can be read again."""
    if head.method not in _READING:
        return head.url("/")
    path = head.url(quote(head.path, safe="/:@!$&'()*+,;=~-._"))
    return f"{path}?{head.query}" if head.query else path
