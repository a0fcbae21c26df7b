"""The questions of ``shopprivacy init``: each is an option, and is asked where the option is not given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from shopprivacy.cli.first_policy import FRAMEWORK_PRESETS, Answers
from shopprivacy.errors import PolicyError
from shopprivacy.jurisdiction import jurisdictions
from shopprivacy.policy import Controller
from shopprivacy.policy.texts import LANGUAGES

Given = Mapping[str, Any]
"""Answers by the key of their question; None: not given."""


class ControllerText(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]  # has arguments since click 8.4
    """A text that a policy takes for one key of its controller."""

    def __init__(self, key: str) -> None:
        self.name = key

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text without blanks around it, or fail in the policy's words."""
        value = value.strip()
        try:
            # As a name first: every text stands on one line, an e-mail address too.
            Controller(name=value, address="-", phone="-")
            Controller(**{"name": "-", "address": "-", "phone": "-", self.name: value})
        except PolicyError as error:
            self.fail(error.problems[0].message, param, ctx)
        return value


class LanguageList(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]
    """Language codes with commas between them."""

    name = "languages"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return each language once, in the order given, or fail."""
        if isinstance(value, tuple):
            return value
        languages = tuple(dict.fromkeys(re.findall(r"[^\s,]+", value.lower())))
        unknown = [language for language in languages if language not in LANGUAGES]
        if unknown or not languages:
            self.fail(f"give some of {', '.join(LANGUAGES)}, with commas between them", param, ctx)
        return languages


COUNTRY_LANGUAGES: Final = {
    "NL": "nl,en",
    "BE": "nl,fr,de,en",
    "FR": "fr,en",
    "DE": "de,en",
    "LU": "fr,de,en",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the option that answers it beforehand. ``default`` sees the answers before it."""

    key: str
    text: str
    type: click.ParamType[Any]
    help: str
    default: Callable[[Given], str | bool] | None = None

    def option(self, command: Callable[..., None]) -> Callable[..., None]:
        """Give ``command`` this question's option."""
        if self.type is click.BOOL:
            return click.option(f"--{self.key}/--no-{self.key}", default=None, help=self.help)(command)
        return click.option(f"--{self.key}", type=self.type, help=self.help)(command)

    def answer(self, before: Given, *, ask: bool) -> object:
        """Ask until the answer can be used, or take the default."""
        default = self.default(before) if self.default else None
        if not ask:
            return default
        if self.type is click.BOOL:
            return click.confirm(self.text, default=bool(default))
        return click.prompt(self.text, type=self.type, default=default)


def _choice(values: list[str]) -> click.ParamType[Any]:
    return click.Choice(values, case_sensitive=False)


QUESTIONS: Final = (
    Question("shop", "Legal name of the shop", ControllerText("name"), "Legal name of the shop."),
    Question("address", "Postal address", ControllerText("address"), "Postal address."),
    Question(
        "email",
        "E-mail address for questions about privacy",
        ControllerText("email"),
        "E-mail address for customers.",
    ),
    Question(
        "jurisdiction",
        "Country whose law applies",
        _choice(list(jurisdictions())),
        "Country whose law applies.",
    ),
    Question(
        "languages",
        "Languages of your customers",
        LanguageList(),
        "Languages of customers, with commas: nl,en. Default: those of the country, and English.",
        lambda before: COUNTRY_LANGUAGES.get(before["jurisdiction"], "en"),
    ),
    Question(
        "framework",
        "Framework",
        _choice(list(FRAMEWORK_PRESETS)),
        "What the shop is built on. Default: other.",
        lambda _: "other",
    ),
    Question(
        "mode",
        "Only report at first, or enforce at once",
        _choice(["report", "enforce"]),
        "Whether cookies are only reported or blocked. Default: report.",
        lambda _: "report",
    ),
    *(
        Question(key, f"{text}?", click.BOOL, f"{text}, with consent. Default: no.", lambda _: False)
        for key, text in (
            ("statistics", "Measure what visitors look at"),
            ("advertising", "Show or measure advertising"),
            ("personalisation", "Make suggestions from what someone looked at"),
            ("newsletter", "Send a newsletter"),
        )
    ),
)


def with_questions(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option of every question."""
    for question in reversed(QUESTIONS):
        command = question.option(command)
    return command


def answers_from(given: Given, *, ask: bool) -> Answers:
    """Complete what was given, by asking or by defaults.

    Raises UsageError where nobody is asked and something has no default.
    """
    answers: dict[str, Any] = {}
    missing = [
        f"--{question.key}"
        for question in QUESTIONS
        if question.default is None and given[question.key] is None
    ]
    if missing and not ask:
        raise click.UsageError(f"with --yes, {', '.join(missing)} must be given: nobody can guess them")
    for question in QUESTIONS:
        answer = given[question.key]
        if answer is None:
            answer = question.answer(answers, ask=ask)
        answers[question.key] = answer
    answers["languages"] = LanguageList().convert(answers["languages"], None, None)
    return Answers(**answers)
