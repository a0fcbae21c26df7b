"""The report as one HTML document: no script, nothing loaded from elsewhere, readable without colours."""

from shopprivacy.pages.report_page.document import LANGUAGES, report_page

__all__ = ["LANGUAGES", "report_page"]
