"""Logs that point to nobody: formatters for ``logging.config.dictConfig``, and all handlers taken over at once.

formatters = {"line": {"()": "shopprivacy.logs.TextFormatter", "format": "%(asctime)s %(levelname)s %(message)s"}}
"""

from shopprivacy.logs.cleaner import LogCleaner
from shopprivacy.logs.formatters import CleanedFormatter, JsonFormatter, TextFormatter
from shopprivacy.logs.masked import masked
from shopprivacy.logs.sinks import Sink
from shopprivacy.logs.take_over import check_logs, take_over_logs

__all__ = [
    "CleanedFormatter",
    "JsonFormatter",
    "LogCleaner",
    "Sink",
    "TextFormatter",
    "check_logs",
    "masked",
    "take_over_logs",
]
