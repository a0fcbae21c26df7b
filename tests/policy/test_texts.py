"""The shipped texts say the same in every language, and a shop can replace them safely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import PolicyError
from shopprivacy.policy.durations import UNITS, Duration, RetentionPeriod
from shopprivacy.policy.texts import LANGUAGES, PurposeText, Texts, default_texts, placeholders, readable

SECTIONS = [field.name for field in fields(Texts) if field.name not in {"language", "purposes", "fields"}]


def every_text(texts: Texts) -> Iterator[tuple[str, str]]:
    """All texts of one language with their paths."""
    for name, text in texts.purposes.items():
        yield f"purposes.{name}.title", text.title
        yield f"purposes.{name}.explanation", text.explanation
    for section in SECTIONS:
        for key, value in getattr(texts, section).items():
            yield f"{section}.{key}", value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    """No language lacks a text that another has, and they stand in the same order."""
    assert [path for path, _ in every_text(default_texts(language))] == [
        path for path, _ in every_text(default_texts("en"))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fills_in_the_same_words(language: str) -> None:
    """A text has the same words in braces in every language."""
    english = dict(every_text(default_texts("en")))
    for path, text in every_text(default_texts(language)):
        assert placeholders(text) == placeholders(english[path]), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_ragged(language: str) -> None:
    """Every text is one line without blanks at its ends, and every explanation is whole sentences."""
    texts = default_texts(language)
    for path, text in every_text(texts):
        assert text == " ".join(text.split(" ")).strip(), path
        assert text.replace("\N{NO-BREAK SPACE}", "").isprintable(), path
        assert "  " not in text, path
    for name, purpose in texts.purposes.items():
        assert purpose.explanation.endswith("."), name
        assert not purpose.title.endswith("."), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusing_is_worded_as_plainly_as_accepting(language: str) -> None:
    """The two buttons are of one length, within a few letters, and say no more than what they do."""
    ui = default_texts(language).ui
    assert abs(len(ui["accept_all"]) - len(ui["refuse_all"])) <= 4
    assert len(ui["accept_all"].split()) == len(ui["refuse_all"].split()) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_are_not_copies(language: str) -> None:
    """A purpose is explained in its own language."""
    others = [default_texts(other) for other in LANGUAGES if other != language]
    for name, purpose in default_texts(language).purposes.items():
        assert all(purpose.explanation != other.purposes[name].explanation for other in others), name


def test_french_keeps_its_blanks_together() -> None:
    """No line may break before a colon, a semicolon, a question mark or inside French quotation marks."""
    for path, text in every_text(default_texts("fr")):
        for mark in (" :", " ;", " ?", " »", "« "):
            assert mark not in text, path


def test_an_unknown_language_names_those_there_are() -> None:
    """Asking for a language that is not shipped is an error that lists the shipped ones."""
    with pytest.raises(ValueError, match='language "es"; there are nl, fr, de, en'):
        default_texts("es")


@pytest.mark.parametrize(
    ("language", "session", "keep", "unknown"),
    [
        ("nl", "tot u uw browser sluit", "7 jaar na uw laatste bestelling", "de gebeurtenis “lease ended”"),
        ("fr", "jusqu’à la fermeture de votre navigateur", "7 ans après votre dernière commande",
         "l’événement «\N{NO-BREAK SPACE}lease ended\N{NO-BREAK SPACE}»"),
        ("de", "bis Sie Ihren Browser schließen", "7 Jahre nach Ihrer letzten Bestellung",
         "dem Ereignis „lease ended“"),
        ("en", "until you close your browser", "7 years after your last order", "the event “lease ended”"),
    ],
)  # fmt: skip
def test_terms_in_words(language: str, session: str, keep: str, unknown: str) -> None:
    """Terms and events read as sentences do; an event without a text is named as it is."""
    texts = default_texts(language)
    assert texts.term("session") == session
    assert texts.keep(RetentionPeriod.parse("7 years after last_order")) == keep
    assert texts.keep(RetentionPeriod.parse("1 year after lease_ended")).endswith(unknown)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_words_for_one_and_many(language: str, unit: str) -> None:
    """A term in any unit can be told in any language."""
    texts = default_texts(language)
    assert texts.term(Duration.parse(f"1 {unit}")).startswith("1 ")
    assert texts.term(Duration.parse(f"13 {unit}")).startswith("13 ")


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("nl", "1 maand", "2 maanden"),
        ("fr", "1 an", "2 ans"),
        ("de", "1 Jahr", "2 Jahre"),
        ("en", "1 day", "2 days"),
    ],
)
def test_one_is_not_many(language: str, one: str, two: str) -> None:
    """One of a unit is told in the singular, two in the plural."""
    unit = {"nl": "months", "fr": "years", "de": "years", "en": "days"}[language]
    texts = default_texts(language)
    assert texts.term(Duration.parse(f"1 {unit}")) == one
    assert texts.term(Duration.parse(f"2 {unit}")) == two


@pytest.mark.parametrize(
    ("language", "first", "leap"),
    [
        ("nl", "1 januari 2026", "29 februari 2024"),
        ("fr", "1er janvier 2026", "29 février 2024"),
        ("de", "1. Januar 2026", "29. Februar 2024"),
        ("en", "1 January 2026", "29 February 2024"),
    ],
)
def test_days_in_words(language: str, first: str, leap: str) -> None:
    """A day is told as the language tells it."""
    texts = default_texts(language)
    assert texts.date(date(2026, 1, 1)) == first
    assert texts.date(date(2024, 2, 29)) == leap


def test_what_nobody_wrote_is_made_readable() -> None:
    """A purpose or category without texts is called by its name, in words."""
    texts = default_texts("en")
    assert texts.purpose("gift_wrapping") == PurposeText("Gift wrapping", "Gift wrapping")
    assert texts.category("shoe_size") == "shoe size"
    assert texts.category("contact") == "e-mail address and telephone number"
    assert readable("") == ""


def test_a_shop_replaces_what_it_wants() -> None:
    """What the shop writes replaces what is shipped; all else stays, and the shipped texts are untouched."""
    shipped = default_texts("nl")
    texts = shipped.merged(
        {
            "purposes": {
                "orders": {"title": "Bestellen"},
                "gift": {"title": "Cadeau", "explanation": "Wij pakken in."},
                "plan": {"title": "Tuinplan"},
                "note": {"explanation": "Wij schrijven op."},
                "bow": {},
            },
            "categories": {"shoe_size": "schoenmaat"},
            "events": {"lease_ended": "het einde van de huur"},
            "fields": {"Customer.phone": "Dan kunnen wij u niet bellen."},
            "ui": {"save": "Bewaren"},
            "decision": {"refused": "U weigerde {title}."},
        }
    )
    assert texts.purpose("orders") == PurposeText("Bestellen", shipped.purpose("orders").explanation)
    assert texts.purpose("gift") == PurposeText("Cadeau", "Wij pakken in.")
    assert texts.purpose("plan") == PurposeText("Tuinplan", "Tuinplan")
    assert texts.purpose("note") == PurposeText("Note", "Wij schrijven op.")
    assert texts.purpose("bow") == PurposeText("Bow", "Bow")
    assert texts.category("shoe_size") == "schoenmaat"
    assert texts.event("lease_ended") == "het einde van de huur"
    assert texts.fields == {"Customer.phone": "Dan kunnen wij u niet bellen."}
    assert texts.ui["save"] == "Bewaren"
    assert texts.ui["accept_all"] == shipped.ui["accept_all"]
    assert texts.decision["refused"] == "U weigerde {title}."
    assert shipped.ui["save"] == "Mijn keuze opslaan"
    assert shipped == default_texts("nl")


def test_replacing_nothing_changes_nothing() -> None:
    """Texts merged with nothing are equal to what they were."""
    assert default_texts("de").merged({}) == default_texts("de")


def test_every_mistake_in_a_replacement_is_told() -> None:
    """Unknown keys, values that are no text and unknown words in braces are all listed, with their paths."""
    with pytest.raises(PolicyError) as refused:
        default_texts("fr").merged(
            {
                "uj": {},
                "ui": {"acept_all": "Oui", "save": 7, "more_info": "{name}", "yes": "{", "no": "{0}"},
                "units": "none",
                "purposes": {"quotes": "Devis", "orders": {"tite": "x", "title": 7, "explanation": ()}},
                "decision": {"refused": "{title!r}", "expired": "{date:%Y}"},
                "events": {"lease_ended": "le {day}"},
            }
        )
    assert str(refused.value).startswith("privacy.fr.toml: 14 problems")
    found = {problem.path: problem.message for problem in refused.value.problems}
    assert found.pop("uj").startswith("unknown section; one of purposes, categories, bases, ")
    assert found.pop("ui.acept_all").startswith(
        "there is no such text; this section has language, privacy_statement, "
    )
    braces = "braces contain one word each; write a literal brace twice"
    assert found == {
        "ui.save": "is not text",
        "ui.more_info": "unknown word in braces {name}; allowed: none",
        "ui.yes": "Single '{' encountered in format string",
        "ui.no": braces,
        "units": "is not a table",
        "purposes.quotes": 'is not a table; write title = "…" and explanation = "…" in it',
        "purposes.orders.tite": "unknown key; one of title, explanation",
        "purposes.orders.title": "is not text",
        "purposes.orders.explanation": "is not text",
        "decision.refused": braces,
        "decision.expired": braces,
        "events.lease_ended": "unknown word in braces {day}; allowed: none",
    }
    assert [problem.path for problem in refused.value.problems][:2] == ["uj", "ui.acept_all"]


def test_a_word_that_does_not_belong_is_told_beside_those_that_do() -> None:
    """The words that the shipped text offers are listed."""
    with pytest.raises(PolicyError) as refused:
        default_texts("en").merged({"dates": {"date": "{day}-{mond}"}})
    (problem,) = refused.value.problems
    assert problem.message == "unknown word in braces {mond}; allowed: {day}, {month}, {year}"


def test_the_words_in_braces_are_found_behind_literal_braces() -> None:
    """A brace that is written twice is text, and ends nothing."""
    assert placeholders("{{so}} {name}, {{}} {day}") == {"name", "day"}


@given(
    st.sampled_from(LANGUAGES), st.dictionaries(st.sampled_from(sorted(default_texts("en").ui)), st.text())
)
def test_a_replacement_is_refused_or_can_be_filled_in(language: str, replacement: dict[str, str]) -> None:
    """Whatever a shop writes either is refused when it is read or can be printed later."""
    shipped = default_texts(language)
    try:
        texts = shipped.merged({"ui": replacement})
    except PolicyError:
        return
    for key in replacement:
        texts.ui[key].format(**dict.fromkeys(placeholders(shipped.ui[key]), "x"))
