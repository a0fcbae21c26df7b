"""The system checks of the mail gate (E014, E015, W010, W011).

| id | what |
|---|---|
| shopprivacy.E014 | the gate is switched on, and the policy lacks ``mail.otherwise`` |
| shopprivacy.E015 | the back end inside the gate is missing, or is the gate itself |
| shopprivacy.W010 | the policy declares marketing by e-mail, and a mailer sends past the gate |
| shopprivacy.W011 | the gate stands before a queue, where an opt-out meanwhile is not seen |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from shopprivacy.adapters.django.conf import NAME, SMTP, read_conf
from shopprivacy.adapters.django.mailers import GATE, QUEUES, behind_queues, mailers
from shopprivacy.adapters.django.root import get_policy
from shopprivacy.errors import PolicyError
from shopprivacy.policy import Policy

_SILENT: Final = ("django.core.mail.backends.", "anymail.backends.test")
"""Those that the shop's developers look at their mail with; only smtp's sends it."""


def check_mail(**_: object) -> list[CheckMessage]:
    """The mail gate: whether it can start, and whether something goes past it."""
    try:
        policy, otherwise = get_policy(), read_conf().email_backend
    except (ImproperlyConfigured, PolicyError, OSError):
        return []  # E001 and E002 say so
    return [
        message for alias, path, inner in mailers(otherwise) for message in _of(policy, alias, path, inner)
    ]


def _inside(setting: str, path: str) -> str:
    """Say where the back end inside the gate is named."""
    if setting == "EMAIL_BACKEND":
        return f'{NAME}["EMAIL_BACKEND"] = "{path}"'
    return f'"OPTIONS": {{"BACKEND": "{path}", …}}'


def _of(policy: Policy, setting: str, path: str, inner: str) -> Iterator[CheckMessage]:
    if path != GATE:
        marketing = [
            name
            for name, one in policy.purposes.items()
            if one.mail == "marketing" and "email" in one.channels
        ]
        is_gate_behind = GATE in behind_queues()
        if marketing and not is_gate_behind and (path == SMTP or not path.startswith(_SILENT)):
            yield checks.Warning(
                f"{setting} sends without the mail gate, so nothing checks whether {marketing[0]} may be sent",
                hint=f'name "{GATE}" there, and {_inside(setting, path)}',
                id="shopprivacy.W010",
            )
        return
    if policy.mail.otherwise is None:
        yield Error(
            f"{setting} is the mail gate, and mail.otherwise is missing in the policy: messages that name no purpose",
            hint='otherwise = "account" in [mail] names a transactional purpose for them',
            id="shopprivacy.E014",
        )
    if inner == GATE:
        yield Error(
            f"{setting}: the mail gate wraps itself",
            hint=f"{_inside(setting, SMTP)} names the backend that sends",
            id="shopprivacy.E015",
        )
        return
    try:
        import_string(inner)
    except ImportError as error:
        yield Error(f"{setting}: the back end inside the mail gate: {error}", id="shopprivacy.E015")
    if inner in QUEUES:
        yield checks.Warning(
            f"{setting}: the mail gate is in front of a queue, and misses opt-outs while a message waits there",
            hint=f'put the queue\'s back end there, and {QUEUES[inner]} = "{GATE}"',
            id="shopprivacy.W011",
        )
