"""The preference page: every purpose that a browser decides about, how it stands, and a form to change it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from markupsafe import Markup

from shopprivacy.consent.apply_choices import ANSWER_FIELD
from shopprivacy.consent.choices import Answer, AskedPurpose, Choice, ConsentStatus
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.pages.banner import hidden
from shopprivacy.pages.details import Details
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import CHOICES_PATH, Site, in_language, join
from shopprivacy.signals import DNT_FIELD, GPC_FIELD, objects

if TYPE_CHECKING:
    from starlette.responses import Response

SAVED = "saved"
"""The query field that tells the page that a choice was just saved."""

_FORM = Markup("""\
<h2>{ui[browser_heading]}</h2>
<p>{ui[browser_intro]}</p>
<form method="post" action="{action}" autocomplete="off">
{hidden}
{purposes}
<div class="sp-buttons"><button name="choice" value="save">{ui[save]}</button></div>
<div class="sp-buttons sp-answer">
<button name="choice" value="refuse">{ui[refuse_all]}</button>
<button name="choice" value="accept">{ui[accept_all]}</button>
</div>
</form>""")
# "No" stands first: Lynx ticks the first of a row of radio buttons where none is ticked.
_PURPOSE = Markup("""\
<fieldset aria-describedby="status-{name}">
<legend>{title}</legend>
<p>{explanation}</p>
<p id="status-{name}">{status}</p>
<div class="sp-buttons">
<label class="sp-option"><input type="radio" name="{field}" value="refuse"{refused}> {ui[no]}</label>
<label class="sp-option"><input type="radio" name="{field}" value="allow"{allowed}> {ui[yes]}</label>
</div>
<details>
<summary>{ui[more_info]}</summary>
{details}
</details>
</fieldset>""")
_CHECKED = Markup(" checked")
_PARAGRAPH = Markup("<p>{text}</p>")
_NOTE = Markup("""<p class="sp-note">{text}</p>""")
_SAVED = Markup("""<p class="sp-note" role="status">{text}</p>""")
_ALWAYS_ON = Markup("""<h2>{ui[always_on]}</h2>\n<p>{titles}</p>""")
_TIME = Markup("""<time datetime="{date}">{text}</time>""")


class Preferences:
    """Renders the preference page."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self._site = site
        self._pages = pages
        self._details = Details(site)
        self._country = jurisdiction(site.policy.jurisdiction)

    def reply(self, visit: ConsentContext, language: str) -> Response:
        """Return the page for a visitor."""
        words = self._site.words(language)
        main = join(self._parts(visit, language))
        return self._pages.page(visit.head, language, CHOICES_PATH, words["preferences_title"], main)

    def _parts(self, visit: ConsentContext, language: str) -> Iterator[Markup]:
        words = self._site.words(language)
        if (SAVED, "1") in parse_qsl(visit.head.query):
            yield _SAVED.format(text=words["choice_saved"])
        yield _PARAGRAPH.format(text=words["preferences_intro"])
        if not self._site.browser.purposes:
            yield _PARAGRAPH.format(text=words["nothing_to_choose"])
        else:
            yield from self._signals(visit, language)
            yield self._form(visit, language)
        if always_on := self._details.always_on():
            yield _ALWAYS_ON.format(ui=words, titles=self._site.titles(language, always_on))

    def _signals(self, visit: ConsentContext, language: str) -> Iterator[Markup]:
        """Say which signal was heeded, and what it closed."""
        closed = [
            name
            for name, purpose in self._site.browser.purposes.items()
            if purpose.signalled and visit.statuses[name] is ConsentStatus.DENIED
        ]
        for field, key in ((GPC_FIELD, "gpc_notice"), (DNT_FIELD, "dnt_notice")):
            if field in self._site.browser.signal_fields and objects((field,), visit.head.header) and closed:
                titles = self._site.titles(language, closed)
                yield _NOTE.format(text=self._site.say(language, key, purposes=titles))

    def _form(self, visit: ConsentContext, language: str) -> Markup:
        purposes = self._site.browser.purposes
        return _FORM.format(
            ui=self._site.words(language),
            action=visit.head.url(CHOICES_PATH),
            hidden=hidden(
                ("by", "answer"),
                *(("asked", name) for name in purposes),
                ("shown", self._site.wordings.name(language)),
                ("next", in_language(visit.head.url(CHOICES_PATH), language, **{SAVED: "1"})),
            ),
            purposes=join(self._purpose(visit, language, purpose) for purpose in purposes.values()),
        )

    def _purpose(self, visit: ConsentContext, language: str, purpose: AskedPurpose) -> Markup:
        text = self._site.purpose(language, purpose.name)
        status = visit.statuses[purpose.name]
        live = purpose.is_allowed(status)
        return _PURPOSE.format(
            ui=self._site.words(language),
            name=purpose.name,
            title=text.title,
            explanation=text.explanation,
            status=self._status(visit, language, purpose),
            field=ANSWER_FIELD + purpose.name,
            allowed=_CHECKED if live else "",
            refused=_CHECKED if status is ConsentStatus.DENIED else "",
            details=self._details.of(purpose.name, language),
        )

    def _status(self, visit: ConsentContext, language: str, purpose: AskedPurpose) -> Markup:
        """Return in words how a purpose stands, and since when if that was the visitor's own choice here."""
        status, answer = _status_of(visit, purpose)
        if status is None:
            return self._site.say(language, "cookie_exempt", law=self._details.exempting_law(purpose.name))
        said = self._site.words(language)[status]
        if answer is None:
            return self._site.say(language, "your_choice", status=said)
        day = self._country.day(datetime.fromtimestamp(answer.at, UTC))
        time = _TIME.format(date=day.isoformat(), text=self._site.policy.text(language).date(day))
        return self._site.say(language, "your_choice_since", status=said, date=time)


def _status_of(visit: ConsentContext, purpose: AskedPurpose) -> tuple[str | None, Answer | None]:
    """Return the key of the status and the answer that brought it about.

    No key: nobody was asked, because a law exempts the purpose. No answer: it lapsed, or something overtook it, a
    signal of the browser or a withdrawal by the same account elsewhere.
    """
    status = visit.statuses[purpose.name]
    answer = visit.choices.answers.get(purpose.tag) if visit.choices else None
    if status in {ConsentStatus.UNDECIDED, ConsentStatus.UNKNOWN}:
        if answer is not None:
            return "status_expired", None
        return "status_unasked" if purpose.by_consent else None, None
    if status is ConsentStatus.GRANTED:
        return "status_granted", answer
    if answer is None or answer.choice is Choice.GRANTED:
        by_signal = purpose.signalled and objects(visit.gate.browser.signal_fields, visit.head.header)
        return "status_objected" if by_signal else "status_withdrawn", None
    if not purpose.by_consent:
        return "status_objected", answer
    return "status_refused" if answer.choice is Choice.REFUSED else "status_withdrawn", answer
