"""All rules in one table: each kind of warning, what finds it, and the keys of the file it cannot do without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from shopprivacy.lint import (
    rules_analytics,
    rules_data,
    rules_facts,
    rules_logs,
    rules_purposes,
    rules_recipients,
    rules_texts,
)
from shopprivacy.policy import Policy

Found = tuple[str | tuple[str | int, ...], str]
"""Where, as a key path or the steps of one; and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pure function from a policy and a day to what is wrong with it."""

    finds: Callable[[Policy, date], Iterator[Found]]
    reads: tuple[str, ...] = ()
    """Keys of the file without which it would find what is not there: it is not run where one cannot be read."""


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "no-agreement": Rule(rules_recipients.no_agreement),
        "agreement-ended": Rule(rules_recipients.agreement_ended),
        "no-safeguard": Rule(rules_recipients.no_safeguard),
        "privacy-shield": Rule(rules_recipients.privacy_shield),
        "safeguard-ended": Rule(rules_recipients.safeguard_ended),
        "no-adequacy": Rule(rules_recipients.no_adequacy),
        "no-recipients": Rule(rules_recipients.no_recipients, reads=("recipients",)),
        "sale-in-name": Rule(rules_recipients.sale_in_name),
        "marketing-without-consent": Rule(rules_purposes.marketing_without_consent),
        "nobody-can-confirm": Rule(rules_purposes.nobody_can_confirm, reads=("mail",)),
        "no-mail-links": Rule(rules_purposes.no_mail_links, reads=("mail",)),
        "review-overdue": Rule(rules_purposes.review_overdue),
        "late-review": Rule(rules_purposes.late_review, reads=("effective",)),
        "short-tax-term": Rule(rules_purposes.short_tax_term, reads=("jurisdiction",)),
        "tax-term-start": Rule(rules_purposes.tax_term_start),
        "late-deadline": Rule(rules_purposes.late_deadline),
        "child-age": Rule(rules_purposes.child_age, reads=("jurisdiction",)),
        "national-id-column": Rule(rules_data.national_id_column, reads=("purposes",)),
        "special-data": Rule(rules_data.special_data),
        "needless-input": Rule(rules_data.needless_input, reads=("purposes", "data")),
        "tracking-essential": Rule(rules_data.tracking_essential),
        "identifying-before-consent": Rule(rules_data.identifying_before_consent),
        "blank-cookie": Rule(rules_data.blank_cookie),
        "cookie-life": Rule(rules_data.cookie_life),
        "events-without-consent": Rule(
            rules_analytics.events_without_consent, reads=("jurisdiction", "purposes")
        ),
        "events-term": Rule(rules_analytics.events_term, reads=("purposes",)),
        "weak-truncation": Rule(rules_logs.weak_truncation),
        "personal-parameter": Rule(rules_logs.personal_parameter),
        "parameter-pattern": Rule(rules_logs.parameter_pattern),
        "foreign-law": Rule(rules_purposes.foreign_law, reads=("jurisdiction",)),
        "other-country": Rule(rules_purposes.other_country, reads=("jurisdiction", "controller")),
        "unchecked-law": Rule(rules_facts.unchecked_law, reads=("jurisdiction", "recipients")),
        "consent-by-browsing": Rule(rules_texts.consent_by_browsing),
        "dangling-reference": Rule(rules_texts.dangling_reference),
        "two-names": Rule(rules_texts.two_names, reads=("controller",)),
        "dropped-fact": Rule(rules_texts.dropped_fact),
    }
)
"""By the id of what they find."""

OF_SHOPS: Final = frozenset({"sealed-column", "clear-copy", "keys-beside-data"})
"""What is found in a shop's models and places, where they are looked at (`lint.sealed_columns`)."""
WARNINGS: Final = frozenset({*RULES, *OF_SHOPS, "undated-change", "stale-acceptance"})
"""The kinds of findings with which a policy can be enforced. Two more have no rule above: ``undated-change`` compares
with earlier policies, and ``stale-acceptance`` with what the others have found (`lint.run`)."""
