"""``shopprivacy check``: everything that is wrong with a policy, and what it says where nothing is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from shopprivacy.cli.check_formats import FORMATS
from shopprivacy.cli.places import (
    OpenedStore,
    data_option,
    keys_option,
    open_store,
    store_at_hand,
    store_option,
)
from shopprivacy.cli.policy import POLICY_FILE, PolicyFile
from shopprivacy.cli.shop import ShopName, is_shop, policy_of, problems_of
from shopprivacy.consent.choices import BrowserPolicy
from shopprivacy.decision import Action
from shopprivacy.errors import PageError, PrivacyError, Problem
from shopprivacy.key_providers.places import KeyPlace, key_file, key_provider
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.lint import Earlier, lint
from shopprivacy.mail.lists import KIND
from shopprivacy.mail.model import Marketing
from shopprivacy.policy import Basis, Policy
from shopprivacy.policy.fingerprint import text_of
from shopprivacy.policy.loader import read
from shopprivacy.storage.subject_key_places import VARIABLE, beside_keyset, stands_beside

_DJANGO: Final = "manage.py"


class PolicyFileOrShop(PolicyFile):
    """The policy's file, which may be left out before the name of a shop."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path, or the name of a shop as it is."""
        if isinstance(value, str) and not Path(value).exists() and is_shop(value):
            return value
        return super().convert(value, param, ctx)


@click.command("check")
@click.argument("given", metavar="[FILE]", type=PolicyFileOrShop(), default=POLICY_FILE)
@click.argument("shop", metavar="[MODULE:ATTRIBUTE]", type=ShopName(), required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice([*FORMATS]),
    default="text",
    show_default=True,
    help="Text for people, JSON for programs, or commands for GitHub Actions.",
)
@click.option(
    "--since",
    metavar="OLD",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="An earlier version of FILE: if the meaning has changed, its date must have changed too.",
)
@click.option(
    "--templates",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The shop's own templates for banner and pages: refusing must stay as easy as accepting.",
)
@click.option("--live", is_flag=True, help="Post to mail.url, as a mail program does.")
@partial(keys_option, required=False)
@store_option
@data_option
@click.pass_context
def check(
    ctx: click.Context,
    *,
    given: Path | str,
    shop: str | None,
    format_: str,
    since: Path | None,
    templates: Path | None,
    live: bool,
    keys_file: KeyPlace | None,
    store: str,
    data: str | None,
) -> None:
    """Report everything that is wrong with the policy in FILE (default: privacy.toml).

    Name a shop to check its models, too: on SQLAlchemy `shopprivacy check shop:app`, on Django its settings,
    `shopprivacy check config.settings`. It reports columns that are not sealed as the policy says, unencrypted
    copies of sealed ones, and keys that are stored with the data.

    Exit status: 0 nothing is wrong, 1 something is, 2 the file cannot be opened.
    """
    shop = given if isinstance(given, str) else shop
    file = given if isinstance(given, Path) else _default_file(ctx, given)
    reading = read(file)
    kept = _kept(ctx, file, store)
    earlier = [*(_version(since) if since else ()), *(_enforced(kept) if kept else ())]
    of_shop = _in_shop(ctx, shop, reading.policy, keys_file, data or store)
    report = lint(reading, today(), earlier, of_shop)
    for line in FORMATS[format_](file, reading, report):
        click.echo(line)
    if kept and earlier and reading.policy and not reading.problems:
        _tell_nobody_mailed(reading.policy, kept)
    if shop is None:
        _tell_keys_beside_data(ctx, keys_file, store)
    if templates and reading.policy and not reading.problems:
        _check_templates(reading.policy, templates)
    if live and reading.policy and not reading.problems:
        _check_live(reading.policy, keys_file)
    ctx.exit(1 if report.findings else 0)


def _in_shop(
    ctx: click.Context, shop: str | None, policy: Policy | None, keys_file: KeyPlace | None, data: str
) -> Iterable[Problem] | None:
    """What is wrong with the shop's models; None: nobody has named them."""
    if shop is not None:
        return problems_of(shop, policy, keys_file, data)
    given = ctx.find_object(OpenedStore)
    return None if given is None or given.findings is None else given.findings(policy)


def _default_file(ctx: click.Context, shop: str) -> Path:
    default: object = ctx.lookup_default("given") or policy_of(shop)
    default = str(default) if isinstance(default, Path) else default
    found = PolicyFile().convert(default if isinstance(default, str) else POLICY_FILE, None, ctx)
    assert isinstance(found, Path)  # noqa: S101  # its path_type
    return found


def _tell_keys_beside_data(ctx: click.Context, keys_file: KeyPlace | None, store: str) -> None:
    """Tell where a copy of the data would have the keys of persons in it. Django's own check looks at its databases."""
    if ctx.find_object(OpenedStore) is not None or not store_at_hand(store):
        return
    place: str | Path | None = os.environ.get(VARIABLE)
    if not place and keys_file is not None:
        file = key_file(keys_file)
        place = beside_keyset(file) if file and os.path.exists(beside_keyset(file)) else None  # noqa: PTH110  # never raises
    if place and stands_beside(place, store):
        click.echo(
            "the keys of persons are stored with the data, in its folder or its database: anybody who copies that, or "
            f"has a backup of it, has both, and can read what was erased; name another place in {VARIABLE}",
            err=True,
        )


def _check_templates(policy: Policy, templates: Path) -> None:
    from shopprivacy.pages.page import Pages  # what no other command needs
    from shopprivacy.pages.page_context import Site
    from shopprivacy.pages.review import check_pages

    try:
        check_pages(Pages(Site(policy, BrowserPolicy(policy), templates)))
    except PageError as error:
        raise click.ClickException(str(error)) from None


def _check_live(policy: Policy, keys_file: KeyPlace | None) -> None:
    from shopprivacy.cli.check_live import faults_of

    url = policy.mail.url
    if url is None or keys_file is None:
        raise click.UsageError("--live needs mail.url in the policy, and --keys or SHOPPRIVACY_KEYS")
    faults = [*faults_of(url, key_provider(keys_file).load())]
    if faults:
        raise click.ClickException("\n".join([f"nobody can unsubscribe at {url}:", *faults]))
    click.echo(f"a mail program can unsubscribe at {url}")


def today() -> date:
    """The day on the shop's own calendar, as ``shopprivacy init`` writes it into ``effective``."""
    return datetime.now(UTC).astimezone().date()


def _version(file: Path) -> Iterator[Earlier]:
    reading = read(file)
    if reading.policy is None or reading.problems:
        shown = click.format_filename(file)
        click.echo(f"not compared with {shown}, which no shop could have enforced", err=True)
    else:
        yield Earlier(click.format_filename(file), text_of(reading.policy))


def _kept(ctx: click.Context, file: Path, store: str) -> LedgerStore | None:
    """The store, of a shop that has been started. Only one that was asked for on the command line must answer."""
    asked = ctx.get_parameter_source("store")
    if asked is ParameterSource.DEFAULT and not store_at_hand(store):
        if file.with_name(_DJANGO).exists():
            click.echo(
                "not compared with the policies enforced so far, which are in Django's database: "
                f"python {_DJANGO} shopprivacy check does that",
                err=True,
            )
        return None
    try:
        opened = open_store(store)
        opened.archived_policies()
    except (PrivacyError, click.UsageError) as error:
        if asked is ParameterSource.COMMANDLINE:
            raise
        told = error.format_message() if isinstance(error, click.UsageError) else str(error)
        click.echo(f"not compared with the policies enforced so far: {told}", err=True)
        return None
    return opened


def _enforced(kept: LedgerStore) -> Iterator[Earlier]:
    for policy in kept.archived_policies():
        yield Earlier(f"version {policy.version}", policy.canonical)


def _tell_nobody_mailed(policy: Policy, kept: LedgerStore) -> None:
    """Tell for which purposes with consent no address has ever said yes in the present meaning."""
    meanings = {
        policy.purpose_fingerprint(name): name
        for name in Marketing(policy).by("email")
        if policy.purposes[name].basis is Basis.CONSENT
    }
    for row in kept.rows() if meanings else ():
        entry = row.entry
        if entry is not None and entry.action is Action.GRANTED and entry.subject.startswith(KIND):
            meanings.pop(entry.meaning or "", None)
            if not meanings:
                return
    for name in meanings.values():
        click.echo(
            f'nobody would be mailed for "{name}": no address has said yes to it as it is declared now; '
            "`shopprivacy consent import` takes in who confirmed elsewhere",
            err=True,
        )
