"""What a shell leaves for the application is found there, or its absence is an error."""

from __future__ import annotations

import pytest

from shopprivacy import PrivacyError
from shopprivacy.web.gate import Gate
from shopprivacy.web.service import VISIT_KEY, visit_in
from shopprivacy.web.visit import Visit
from tests.web.exchange import KEYSET, NOW, make_policy
from tests.web.heads import head


def test_the_visit_is_found_where_a_shell_left_it() -> None:
    """It is the very one that the gate made."""
    visit = Visit(Gate(make_policy(), KEYSET), head(), NOW)
    assert visit_in({"PATH_INFO": "/", VISIT_KEY: visit}, "is the gate in place?") is visit


@pytest.mark.parametrize("left", [{}, {VISIT_KEY: None}, {VISIT_KEY: "visit"}])
def test_without_one_nobody_is_taken_for_a_visitor(left: dict[str, object]) -> None:
    """The error says what is missing."""
    with pytest.raises(PrivacyError, match=r"did not come through the gate; is the gate in place\?"):
        visit_in(left, "is the gate in place?")
