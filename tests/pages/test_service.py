"""What a shell leaves for the application is found there, or its absence is an error."""

from __future__ import annotations

import pytest

from shopprivacy import PrivacyError
from shopprivacy.consent.context import CONSENT_KEY, consent_in
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from tests.gate.exchange import KEYSET, NOW, make_policy
from tests.http.heads import head


def test_the_visit_is_found_where_a_shell_left_it() -> None:
    """It is the very one that the gate made."""
    visit = Passage(Gate(make_policy(), KEYSET), head(), NOW)
    assert consent_in({"PATH_INFO": "/", CONSENT_KEY: visit}, "is the gate in place?") is visit


@pytest.mark.parametrize("left", [{}, {CONSENT_KEY: None}, {CONSENT_KEY: "visit"}])
def test_without_one_nobody_is_taken_for_a_visitor(left: dict[str, object]) -> None:
    """The error says what is missing."""
    with pytest.raises(PrivacyError, match=r"did not come through the gate; is the gate in place\?"):
        consent_in(left, "is the gate in place?")
