"""Looking at what servers call: whether it is behind the gate, and what stands around the gate (E005, E006, W003)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from traceback import extract_tb

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from shopprivacy.adapters.django.conf import NAME
from shopprivacy.adapters.django.gate import applications, check_application, find_gate, only_looking
from shopprivacy.errors import GateOrderError

_HINT = (
    "in wsgi.py: application = privacy_gate(get_wsgi_application()), with "
    "from shopprivacy.adapters.django import privacy_gate; in asgi.py the same"
)


def check_gate(**_: object) -> list[CheckMessage]:
    """What servers call, and what stands around the gate (E005, E006, W003)."""
    named = applications()
    if not named:
        message = "neither WSGI_APPLICATION nor ASGI_APPLICATION is set: the gate cannot be looked for"
        return [checks.Warning(message, hint=_HINT, id="shopprivacy.W003")]
    return [message for setting, path in named.items() for message in _application(setting, path)]


def _application(setting: str, path: str) -> Iterator[CheckMessage]:
    # Otherwise it is as startproject has written it, and nobody serves it.
    is_served = hasattr(settings, setting)
    module, _, name = path.rpartition(".")
    if module in sys.modules and name not in vars(sys.modules[module]):
        return  # it is being imported right now, and with it these checks came
    try:
        with only_looking():
            application = import_string(path)
    except GateOrderError as error:
        yield _around(setting, error)
        return
    except Exception as error:
        if is_served:
            yield Error(f"{setting}: cannot import {path}: {_told(error)}", id="shopprivacy.E005")
        return
    if find_gate(application) is None:
        if is_served:
            message = f"{setting}: {path} is not behind the privacy gate: no cookie is checked"
            yield Error(message, hint=_HINT, id="shopprivacy.E005")
        return
    try:
        check_application(application)
    except ImproperlyConfigured:
        return  # E001 says so
    except GateOrderError as error:
        yield _around(setting, error)


def _around(setting: str, error: GateOrderError) -> CheckMessage:
    hint = f'{NAME}["OUTSIDE"] takes the dotted paths of classes that set no cookies'
    return Error(f"{setting}: {error}", hint=hint, id="shopprivacy.E006")


def _told(error: Exception) -> str:
    """Return an error with its place. The words of one that the shop raises may quote what no log should hold."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    if isinstance(error, ImportError):
        return str(error)
    last = extract_tb(error.__traceback__)[-1]
    place = f"{last.filename}, line {last.lineno}"
    said = str(error) if isinstance(error, ImproperlyConfigured) else type(error).__name__
    return f"{said} ({place})"
