"""Logs that point to nobody: addresses, text and values are cleaned by the rules of the policy.

What cleans is imported when it is first asked for: its patterns take longer to compile than the gate takes to import.
"""

from typing import TYPE_CHECKING

from shopprivacy.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from shopprivacy.analytics.addresses import Addresses
    from shopprivacy.analytics.model import LogRules, rules_of
    from shopprivacy.analytics.text import Text
    from shopprivacy.analytics.values import Values

__all__ = ["Addresses", "LogRules", "Text", "Values", "rules_of"]

if not TYPE_CHECKING:
    __getattr__ = lazy_exports(
        __name__,
        {
            "Addresses": "addresses",
            "LogRules": "model",
            "Text": "text",
            "Values": "values",
            "rules_of": "model",
        },
    )
