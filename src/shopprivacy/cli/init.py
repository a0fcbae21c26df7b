"""``shopprivacy init``: a first policy and a first keyset, from a few questions or from options."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from shopprivacy.cli.first_policy import Answers, policy_text
from shopprivacy.cli.next_steps import next_steps
from shopprivacy.cli.policy import POLICY_FILE
from shopprivacy.cli.questions import answers_from, with_questions
from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.policy.schema import FILE as SCHEMA_FILE


@click.command("init")
@with_questions
@click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SHOPPRIVACY_KEYS",
    help="The keyset file. Default: $SHOPPRIVACY_KEYS, else a file in your own configuration folder.",
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder of the policy. Default: this one.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults for what is not given.")
def init(*, keys: Path | None, directory: Path, yes: bool, **given: Any) -> None:
    """Write a first privacy.toml and a first keyset, and say what to do next.

    Whatever is not given as an option is asked. Nothing is ever overwritten: where a policy stands already, only
    the keyset is made, and a keyset that you name is kept.
    """
    policy = directory / POLICY_FILE
    key_file = keys or default_keys(directory)
    if key_file.exists() and (policy.exists() or keys is None):
        also = f"{click.format_filename(policy)} and " if policy.exists() else ""
        raise click.ClickException(
            f"{also}{click.format_filename(key_file)}: there already, and nothing is overwritten"
            + ("" if policy.exists() else "; name the keyset of this shop with --keys")
        )
    framework = given["framework"] or "other"
    now = datetime.now(UTC)
    if policy.exists():
        click.echo(f"kept  {click.format_filename(policy)}")
    else:
        answers = answers_from(given, ask=not yes)
        framework = answers.framework
        write_policy(policy, answers, now)
        click.echo(f"wrote {click.format_filename(policy)}")
    made = make_keys(key_file, now)
    click.echo(f"{'wrote' if made else 'kept '} {click.format_filename(key_file)}, for your eyes only")
    if key_file.resolve().is_relative_to(directory.resolve()):
        click.echo(
            "Warning: the keyset lies in the policy's folder. Keep it out of version control (.gitignore) and of\n"
            "images, or choose another place with --keys: keys and data do not belong together.",
            err=True,
        )
    click.echo("\nNext:\n")
    for line in next_steps(framework, policy, key_file.resolve()):
        click.echo(line)


def default_keys(directory: Path) -> Path:
    """Return where the keyset goes that nobody named a place for.

    The user's own configuration folder: outside the project, so that no commit, image or backup of the data takes
    the keys along (whoever finds both reads everything).
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", directory.resolve().name) or "shop"
    return Path(click.get_app_dir("shopprivacy")) / f"{name}-keys.json"


def write_policy(path: Path, answers: Answers, now: datetime) -> None:
    """Write a new policy that holds from the day of ``now``. Raises OSError where it cannot."""
    text = policy_text(answers, now.astimezone().date(), _schema_seen_from(path.parent.resolve()))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def make_keys(path: Path, now: datetime, random: Callable[[int], bytes] = secrets.token_bytes) -> bool:
    """Make a keyset with mode 0600 where there is none; say whether one was made.

    Raises KeysetError or OSError where it cannot be written, and KeysetError where what is there cannot be used.
    """
    provider = LocalKeyFile(path)
    if path.exists():
        provider.load()
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    provider.create(Keyset.generate(random, now))
    return True


def _schema_seen_from(directory: Path) -> str | None:
    """Where an editor finds the schema: a path that colleagues share, or None, so that no machine's path is shared."""
    schema = Path(str(files("shopprivacy.policy") / SCHEMA_FILE)).resolve()
    if schema.is_relative_to(directory):
        return f"./{schema.relative_to(directory).as_posix()}"
    return None
