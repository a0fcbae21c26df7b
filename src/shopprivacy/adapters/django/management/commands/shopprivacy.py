"""``python manage.py shopprivacy``: the command line of the library, on the shop's own policy, keys and store."""

from __future__ import annotations

import os
import sys
from argparse import REMAINDER
from typing import Any

import click
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.utils import ConnectionDoesNotExist

from shopprivacy.adapters.django.conf import NAME, Conf, read_conf
from shopprivacy.adapters.django.root import subject_keys_of
from shopprivacy.adapters.django.sealed.columns import shop_findings
from shopprivacy.adapters.django.sealed.tables import sealed_tables
from shopprivacy.adapters.django.store import DjangoStore
from shopprivacy.cli.places import OpenedStore
from shopprivacy.cli.policy import PolicyFile
from shopprivacy.cli.program import main
from shopprivacy.cli.shop import from_here
from shopprivacy.privacy.configuration import DEFAULT_JOURNAL
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.storage.subject_key_places import open_subject_keys


class Command(BaseCommand):
    """Passes what follows on: ``python manage.py shopprivacy ledger verify``."""

    help = "The command line of shopprivacy, with policy, keys, journal and store of the setting SHOPPRIVACY."
    requires_system_checks: tuple[str, ...] = ()  # `check` and `init` are there to fix what these find

    def add_arguments(self, parser: CommandParser) -> None:
        """Take everything as it comes."""
        parser.add_argument("arguments", nargs=REMAINDER, help="for example: ledger verify")

    def handle(self, *, arguments: list[str], **_: object) -> None:
        """Run the command. Raises CommandError with its message and exit status."""
        conf = read_conf()
        store = conf.store if not isinstance(conf.store, str) else DjangoStore(conf.store)
        try:
            status = main.main(
                arguments or ["--help"],
                prog_name="manage.py shopprivacy",
                standalone_mode=False,
                obj=OpenedStore(store, _subject_keys(conf), sealed_tables, shop_findings),
                default_map=_defaults(main, conf),
            )
        except click.ClickException as error:
            raise CommandError(error.format_message(), returncode=error.exit_code) from None
        except ConnectionDoesNotExist as error:
            raise CommandError(f"{NAME} names a database that is not in DATABASES: {error}") from None
        except click.Abort:
            raise CommandError("aborted") from None
        if isinstance(status, int) and status:
            sys.exit(status)


def _subject_keys(conf: Conf) -> SubjectKeyStore | None:
    place = subject_keys_of(conf)
    return None if place is None else open_subject_keys(place)


def _defaults(command: click.Command, conf: Conf) -> dict[str, Any]:
    """Return the places that the setting names, as defaults of a command and of those below it."""
    if isinstance(command, click.Group):
        return {name: _defaults(below, conf) for name, below in command.commands.items()}
    policy = from_here(conf.policy)
    places = {
        "keys_file": conf.keys,
        "policy": policy,
        "journal": conf.journal or conf.policy.with_name(DEFAULT_JOURNAL),
        "analytics": conf.analytics,
    }
    found: dict[str, Any] = {}
    for parameter in command.params:
        place = policy if isinstance(parameter.type, PolicyFile) else places.get(str(parameter.name))
        if place is not None:
            found[str(parameter.name)] = (
                str(place) if isinstance(place, str | os.PathLike) else place
            )  # a provider of keys
    return found
