"""Logs that point to nobody: addresses, text and values are cleaned by the rules of the policy."""

from shopprivacy.analytics.addresses import Addresses
from shopprivacy.analytics.model import LogRules, rules_of
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.values import Values

__all__ = ["Addresses", "LogRules", "Text", "Values", "rules_of"]
