"""``shopprivacy keys``: the life of the keys. No command shows a secret."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import click

from shopprivacy.cli.places import OpenedStore, keys_option
from shopprivacy.crypto import Key, Keyset, KeyState, Ring, Use
from shopprivacy.key_providers.places import KeyPlace, changeable, key_provider
from shopprivacy.ledger.checkpoint import public_key

RINGS: Final = click.Choice([ring.value for ring in Ring if ring.rotates])


class KeyIdType(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]  # has arguments since click 8.4
    """Eight hexadecimal digits."""

    name = "ID"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """Return the id's bytes, or fail."""
        try:
            return bytes.fromhex(str(value))
        except ValueError:
            self.fail("an id is 8 hexadecimal digits; `shopprivacy keys status` shows them", param, ctx)


KEY_ID: Final = KeyIdType()


@click.group("keys")
def keys() -> None:
    """Make, rotate and retire keys. No command shows a secret."""


@keys.command("status")
@keys_option
def status(keys_file: KeyPlace) -> None:
    """List the keys with their states and dates, and the public key that verifies checkpoints."""
    keyset = key_provider(keys_file).load()
    for ring in Ring:
        for key in keyset.keys(ring):
            since = f"made {key.created:%Y-%m-%d}, so since {key.changed:%Y-%m-%d}"
            click.echo(f"{ring:<9} {key.id.hex()}  {key.state:<12}  {since}")
    click.echo(f"checkpoints are verified by {public_key(keyset.derive(Use.CHECKPOINT)).hex()}")


@keys.command("new")
@click.argument("ring", type=RINGS, required=False)
@click.option("--tenant", default="shop", show_default=True, help="Name of the shop, for a new keyset.")
@keys_option
def new(ring: str | None, tenant: str, keys_file: KeyPlace) -> None:
    """Add a key to RING that protects nothing yet; without RING, make a new keyset file.

    Let every worker load the keyset, then `shopprivacy keys rotate RING`.
    """
    now = datetime.now(UTC)
    file = changeable(keys_file)
    if ring is None:
        file.create(Keyset.generate(secrets.token_bytes, now, tenant))
        click.echo(f"made {keys_file}: keep it apart from the data, and keep a copy in a safe place")
        return
    changed = file.change(lambda keyset: keyset.new(Ring(ring), secrets.token_bytes, now))
    _tell(changed.keys(Ring(ring))[-1])


@keys.command("rotate")
@click.argument("ring", type=RINGS)
@click.option(
    "--to", "to", type=KEY_ID, help="A decrypt-only key of the ring; default: the newest, or a new one."
)
@click.option("--stopped", is_flag=True, help="The shop is stopped, and starts again after `sealed reindex`.")
@keys_option
def rotate(ring: str, to: bytes | None, keys_file: KeyPlace, *, stopped: bool) -> None:
    """Use another key of RING for new values; the old one still opens and verifies.

    A unique sealed column would accept the same value twice, once under each index key. So an index key is replaced
    only while nobody writes: stop the shop, rotate with --stopped, run `shopprivacy sealed reindex`, start the shop.
    """
    if Ring(ring) is Ring.INDEX and not stopped:
        _refuse_unique_columns()
    now = datetime.now(UTC)
    changed = changeable(keys_file).change(lambda keyset: _rotated(keyset, Ring(ring), to, now))
    _tell(changed.primary(Ring(ring)))


@keys.command("disable")
@click.argument("key_id", metavar="ID", type=KEY_ID)
@keys_option
def disable(key_id: bytes, keys_file: KeyPlace) -> None:
    """Take a decrypt-only key out of use, to see whether it is still needed.

    Before a signing key goes, run `shopprivacy ledger checkpoint`: under a later key's signature, the rows that it
    chained still verify.
    """
    _change(keys_file, lambda keyset: keyset.disable(key_id, datetime.now(UTC)), key_id)


@keys.command("enable")
@click.argument("key_id", metavar="ID", type=KEY_ID)
@keys_option
def enable(key_id: bytes, keys_file: KeyPlace) -> None:
    """Bring a disabled key back as decrypt-only."""
    _change(keys_file, lambda keyset: keyset.enable(key_id, datetime.now(UTC)), key_id)


@keys.command("destroy")
@click.argument("key_id", metavar="ID", type=KEY_ID)
@click.confirmation_option(prompt="What only this key can open is lost for ever. Destroy it?")
@keys_option
def destroy(key_id: bytes, keys_file: KeyPlace) -> None:
    """Forget a disabled key for ever; its id and dates stay. Copies of the file still have it."""
    _change(keys_file, lambda keyset: keyset.destroy(key_id, datetime.now(UTC)), key_id)


def _refuse_unique_columns() -> None:
    """Refuse where two rows could get one value while some are indexed under the former key, or where nobody knows."""
    given = click.get_current_context().find_object(OpenedStore)
    if given is None or given.sealed_tables is None:
        what = "this command does not know which sealed columns of the shop are unique"
    elif unique := sorted(table.column.name for table in given.sealed_tables() if table.is_unique):
        what = f"{', '.join(unique)}: unique, and indexed with the old key until `sealed reindex` is done"
    else:
        return
    raise click.UsageError(f"{what}; stop the shop, and rotate with --stopped")


def _rotated(keyset: Keyset, ring: Ring, to: bytes | None, now: datetime) -> Keyset:
    if to is not None:
        return keyset.rotate(to, now)
    current = keyset.primary(ring)
    waiting = [
        key
        for key in keyset.keys(ring)
        if key.state is KeyState.DECRYPT_ONLY and key.created > current.created
    ]
    if not waiting:
        keyset = keyset.new(ring, secrets.token_bytes, now)
        waiting = list(keyset.keys(ring))
    return keyset.rotate(waiting[-1].id, now)


def _change(keys_file: KeyPlace, step: Callable[[Keyset], Keyset], key_id: bytes) -> None:
    changed = changeable(keys_file).change(step)
    _tell(next(key for ring in Ring for key in changed.keys(ring) if key.id == key_id))


def _tell(key: Key) -> None:
    click.echo(f"{key.ring} key {key.id.hex()} is now {key.state}")
