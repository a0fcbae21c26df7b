"""The system check of what servers call: is it behind the gate, and what stands around it (E005, E006, W003, W005)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from traceback import extract_tb

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from shopprivacy.adapters.django.conf import NAME, read_conf
from shopprivacy.adapters.django.gate import PrivacyGate, applications, find_gate, is_ungated, no_start
from shopprivacy.errors import GateOrderError
from shopprivacy.layers import layer_warnings

_HINT = (
    "in wsgi.py: application = privacy_gate(get_wsgi_application()), with "
    "from shopprivacy.adapters.django import privacy_gate; in asgi.py the same"
)
_OUTSIDE = f'{NAME}["OUTSIDE"] takes the dotted paths of classes that set no cookies'


def check_gate(**_: object) -> list[CheckMessage]:
    """What servers call, and what stands around the gate (E005, E006, W003, W005)."""
    named = applications()
    if not named:
        message = "neither WSGI_APPLICATION nor ASGI_APPLICATION is set: the gate cannot be checked"
        return [checks.Warning(message, hint=_HINT, id="shopprivacy.W003")]
    return [message for setting, path in named.items() for message in _application(setting, path)]


def _application(setting: str, path: str) -> Iterator[CheckMessage]:
    # Otherwise it is as startproject has written it, and nobody serves it.
    is_served = hasattr(settings, setting)
    module, _, name = path.rpartition(".")
    if module in sys.modules and name not in vars(sys.modules[module]):
        return  # it is being imported right now, and with it these checks came
    try:
        with no_start():
            application = import_string(path)
    except GateOrderError as error:
        yield _around(setting, error)
        return
    except Exception as error:
        if is_served:
            yield Error(f"{setting}: cannot import {path}: {_description(error)}", id="shopprivacy.E005")
        return
    if find_gate(application) is None and not is_served:
        return
    if is_ungated(application):
        message = f"{setting}: {path} is not behind the privacy gate: no cookie is checked"
        yield Error(message, hint=_HINT, id="shopprivacy.E005")
        return
    try:
        for message in layer_warnings(application, PrivacyGate, read_conf().outside):
            yield checks.Warning(f"{setting}: {message}", hint=_OUTSIDE, id="shopprivacy.W005")
    except ImproperlyConfigured:
        return  # E001 says so
    except GateOrderError as error:
        yield _around(setting, error)


def _around(setting: str, error: GateOrderError) -> CheckMessage:
    return Error(f"{setting}: {error}", hint=_OUTSIDE, id="shopprivacy.E006")


def _description(error: Exception) -> str:
    """Return an error with its place. The message of one that the shop raises may quote what no log should hold."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    if isinstance(error, ImportError):
        return str(error)
    last = extract_tb(error.__traceback__)[-1]
    place = f"{last.filename}, line {last.lineno}"
    message = str(error) if isinstance(error, ImproperlyConfigured) else type(error).__name__
    return f"{message} ({place})"
