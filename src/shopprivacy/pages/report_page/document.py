"""Rendering a report: its templates, its words and how numbers are written in each language."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shopprivacy.analytics.report import NO_REFERRER, Number, Report
from shopprivacy.analytics.routes import NO_ROUTE
from shopprivacy.policy.texts import default_texts

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_PACKAGE: Final = "shopprivacy.pages.report_page"
_SEPARATORS: Final = {"en": (",", "."), "nl": (".", ","), "fr": ("\u202f", ","), "de": (".", ",")}
"""Between thousands, and before decimals."""
_MONTHS_ONLY: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(_PACKAGE).joinpath("texts.toml").read_text(encoding="utf-8"))


LANGUAGES: Final = ("nl", "fr", "de", "en")
"""Languages that a report can be written in."""


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class _Shown:
    """Numbers and names as one language writes them."""

    def __init__(self, report: Report, policy: Policy, language: str) -> None:
        self.report = report
        self.policy = policy
        self.language = language
        group = self.number(report.group)
        self.words = {name: text.replace("{group}", group) for name, text in _words()[language].items()}
        self.texts = policy.text(language) if language in policy.languages else default_texts(language)

    def number(self, count: int) -> str:
        """``12,345``."""
        return f"{count:,}".replace(",", _SEPARATORS[self.language][0])

    def decimal(self, value: float) -> str:
        """``12.3``."""
        return f"{value:.1f}".replace(".", _SEPARATORS[self.language][1])

    def percent(self, share: float) -> str:
        """``12.3 %``."""
        return f"{self.decimal(share * 100)}\u00a0%"

    def figure(self, number: Number) -> str:
        """A number, or that it is too small to be told."""
        return self.words["fewer"] if number.value is None else self.number(number.value)

    def chart(self, name: str) -> dict[str, Any]:
        """A bar for each day: of ``visits``, ``views`` or ``visitors``."""
        numbers: list[Number] = [getattr(day, name) for day in self.report.days]
        bars = [
            {
                "text": self.texts.date(day.date),
                "number": number,
                "shown": self.figure(number) if day.is_known else self.words["no_data"],
                "is_known": day.is_known,
            }
            for day, number in zip(self.report.days, numbers, strict=True)
        ]
        most = max(number.value or 0 for number in numbers)
        return {"name": f"small-{name}", "bars": bars, "most": most or 1}

    def failure(self, key: tuple[str, int]) -> str:
        """A route and the status that it answered with."""
        route, status = key
        return f"{self.words['no_page'] if route == NO_ROUTE else route} \u00b7 {status or '-'}"

    @property
    def heading(self) -> str:
        """The week or month in words."""
        period = self.report.period
        if _MONTHS_ONLY.fullmatch(period.name):
            month = self.texts.dates[f"month_{period.first.month}"]
            return f"{month} {period.first.year}"
        year, week, _ = period.first.isocalendar()
        return self.words["week"].format(week=week, year=year)

    def referrer(self, host: str) -> str:
        """A host, or that there was none."""
        return {NO_REFERRER: self.words["direct"], "-": self.words["address"]}.get(host, host)

    def device(self, name: str) -> str:
        """A kind of device in words."""
        return self.words.get(name, name)

    def language_of(self, code: str) -> str:
        """A language's own name."""
        return default_texts(code).ui["language"] if code in LANGUAGES else code

    def purpose(self, name: str) -> str:
        """A purpose's title."""
        return self.texts.purpose(name).title

    @property
    def notes(self) -> list[str]:
        """What stands at the foot."""
        report = self.report
        counts = {
            "without_event": report.without_event,
            "dropped": report.dropped,
            "unread": report.unread,
        }
        told = [
            self.words[name].replace("{count}", self.figure(count))
            for name, count in counts.items()
            if count.value != 0
        ]
        return [*told, self.words["foot"]]


def report_page(report: Report, policy: Policy, language: str) -> str:
    """Return the report as an HTML document in one of :data:`LANGUAGES`."""
    shown = _Shown(report, policy, language)
    environment = _environment().overlay()
    environment.filters |= {
        "number": shown.number,
        "decimal": shown.decimal,
        "percent": shown.percent,
        "figure": shown.figure,
    }
    style = files(_PACKAGE).joinpath("report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html").render(
        report=report,
        words=shown.words,
        language=language,
        heading=shown.heading,
        shop=policy.controller.name,
        style=Markup(style),  # noqa: S704  # our own file
        visits_by_day=shown.chart("visits"),
        views_by_day=shown.chart("views"),
        visitors_by_day=shown.chart("visitors"),
        failure_name=shown.failure,
        referrer_name=shown.referrer,
        campaign_name=lambda name: name or shown.words["none"],
        device_name=shown.device,
        language_name=shown.language_of,
        purpose_title=shown.purpose,
        has_campaigns=bool(policy.analytics.campaigns),
        notes=shown.notes,
    )
