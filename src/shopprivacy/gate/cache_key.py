"""What a response that depends on consent says to caches, and when a cache may hand it to visitors who chose alike."""

from __future__ import annotations

from shopprivacy.consent.choices import Choice
from shopprivacy.consent.cookie import shape_of
from shopprivacy.gate.cache_headers import keep_nowhere, keep_private, vary_on
from shopprivacy.gate.request_filter import Passage
from shopprivacy.http.request_head import Fields


def tell_caches(passage: Passage, fields: Fields) -> Fields:
    """Return ``fields`` so that no cache hands the response to a visitor whose consent differs.

    Where the policy names no header that caches key on, only the visitor's browser may keep it.
    """
    key_header = passage.gate.key_header
    varying = [*passage.browser.signal_fields, *([key_header] if key_header else [])]
    fields = vary_on(fields, varying)
    if key_header is None:
        return keep_private(fields)
    computed_by_the_edge = passage.head.header(key_header.lower()) or ""
    return fields if computed_by_the_edge == _shape(passage) else keep_nowhere(fields)


def _shape(passage: Passage) -> str | None:
    """Return the shape that a cache must have computed; None where no cache can know better."""
    choices = passage.choices
    if choices is None:
        return ""
    stands = passage.browser.stands
    if passage.chosen or not all(
        stands(purpose_id, answer, passage.now) for purpose_id, answer in choices.answers.items()
    ):
        return None
    if choices.account and passage.gate.withdrawals(choices.account) != {}:
        return None
    return shape_of(
        {purpose_id: answer.choice is Choice.GRANTED for purpose_id, answer in choices.answers.items()}
    )
