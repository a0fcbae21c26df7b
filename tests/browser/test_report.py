"""The report on a phone, as chromium lays it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopprivacy.analytics.report import Counted, report_of
from shopprivacy.pages.report_page import report_page
from tests.analytics.test_report import NOVEMBER, policy

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

STEPS = ["GET /products/{slug}", "POST /cart", "GET /checkout", "POST /checkout"]


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_steps_are_readable(chromium: Browser, width: int) -> None:
    """Nothing is wider than the window, and each step stands on one line beside, or above, its numbers."""
    said, day = policy(funnel=STEPS), NOVEMBER.first
    counted = Counted(
        frozenset([day]), {day: 200}, {day: 900}, events={STEPS[0]: 120, STEPS[1]: 40, STEPS[3]: 3}
    )
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.set_content(report_page(report_of(counted, NOVEMBER, said), said, "fr"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        lines = page.locator("tbody code").evaluate_all("all => all.map(one => one.getClientRects().length)")
        assert lines == [1] * len(STEPS)
