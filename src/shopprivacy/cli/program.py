"""The group that every command belongs to, and what all of them have in common: how errors are told.

Exit status 0: done, nothing wrong. 1: something is wrong, and one message says what. 2: the command was called wrongly.
"""

from __future__ import annotations

import click

from shopprivacy.cli.check import check
from shopprivacy.cli.consent_import import consent
from shopprivacy.cli.init import init
from shopprivacy.cli.journal import journal
from shopprivacy.cli.keys import keys
from shopprivacy.cli.ledger import ledger
from shopprivacy.cli.logs import logs
from shopprivacy.cli.mail import mail
from shopprivacy.cli.policy import explain_command
from shopprivacy.cli.report import report
from shopprivacy.cli.sealed import sealed
from shopprivacy.cli.subjects import subjects
from shopprivacy.cli.suppress import suppress
from shopprivacy.errors import PrivacyError


class Program(click.Group):
    """Tells the library's errors, and files that cannot be used, as one message without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except PrivacyError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            if error.filename is None:  # a broken pipe: click ends quietly
                raise
            raise click.ClickException(f"{click.format_filename(error.filename)}: {error.strerror}") from None


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shopprivacy")
def main() -> None:
    """Keep the promises of a webshop's privacy statement: declared in privacy.toml, enforced everywhere."""


main.add_command(init)
main.add_command(check)
main.add_command(explain_command)
main.add_command(keys)
main.add_command(ledger)
main.add_command(suppress)
main.add_command(consent)
main.add_command(mail)
main.add_command(journal)
main.add_command(logs)
main.add_command(report)
main.add_command(subjects)
main.add_command(sealed)
