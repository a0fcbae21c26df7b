"""``shopprivacy mail check``: whether a message can be unsubscribed from in one click."""

from __future__ import annotations

from typing import BinaryIO

import click

from shopprivacy.mail.wire import NotOneClick, check_wire


@click.group("mail")
def mail() -> None:
    """Look at messages."""


@mail.command("check")
@click.argument("file", type=click.File("rb"))
@click.option("--signed", is_flag=True, help="It has left: a DKIM signature must cover the two fields.")
def check_message(file: BinaryIO, *, signed: bool) -> None:
    """Tell whether the marketing message in FILE (.eml; - is standard input) has its header fields whole (RFC 8058).

    Exit status: 0 it has, 1 it has not.
    """
    try:
        check_wire(file.read(), signed=signed)
    except NotOneClick as error:
        raise click.ClickException(
            "\n".join(["mail programs cannot unsubscribe from it:", *error.faults])
        ) from None
    click.echo("nothing wrong")
