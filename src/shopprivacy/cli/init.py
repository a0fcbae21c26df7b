"""``shopprivacy init``: a first policy and a first keyset, from a few questions or from options."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from shopprivacy.cli.django_project import Addition, additions
from shopprivacy.cli.django_settings import UnlikeProject
from shopprivacy.cli.first_policy import Answers, policy_text
from shopprivacy.cli.next_steps import indented, next_steps
from shopprivacy.cli.policy import POLICY_FILE
from shopprivacy.cli.questions import answers_from, with_questions
from shopprivacy.crypto import Keyset
from shopprivacy.errors import PrivacyError
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.key_providers.places import key_provider
from shopprivacy.policy.problems import SCHEMA_FILE


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
@click.option(
    "--add-lines/--no-add-lines",
    default=None,
    help="Django: add the lines that put the gate in place to the ends of settings, wsgi.py and asgi.py. Default: no.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults for what is not given.")
def init(*, keys: Path | None, directory: Path, add_lines: bool | None, yes: bool, **given: Any) -> None:
    """Write a first privacy.toml and a first keyset, and say what to do next.

    What is not given as an option is asked. Nothing is ever overwritten: if there is a policy already, only
    the keyset is made, and a keyset that you name is kept. In a Django project lines may be added to files. What could
    not be done is named at the end, with status 1.
    """
    policy = directory / POLICY_FILE
    if keys and not isinstance(key_provider(keys), LocalKeyFile):
        raise click.UsageError(
            f"{keys}: init makes a keyset file, and this names none: unset SHOPPRIVACY_KEYS, or name a file with --keys"
        )
    key_file = keys or default_keys(directory)
    only_lines = policy.exists() and add_lines
    if key_file.exists() and (policy.exists() or keys is None) and not only_lines:
        also = f"{click.format_filename(policy)} and " if policy.exists() else ""
        raise click.ClickException(
            f"{also}{click.format_filename(key_file)}: there already, and nothing is overwritten"
            + (
                "; to begin again, move them away first"
                if policy.exists()
                else "; name the keyset of this shop with --keys"
            )
        )
    answers = None if policy.exists() else answers_from(given, ask=not yes)
    framework = answers.framework if answers else given["framework"] or "other"
    lines, unlike = _lines_to_add(framework, directory, add=add_lines, ask=not yes)
    now = datetime.now(UTC)
    if answers:
        write_policy(policy, answers, now)
    click.echo(f"{'wrote' if answers else 'kept '} {click.format_filename(policy)}")
    try:
        made = make_keys(key_file, now)
    except (PrivacyError, OSError) as error:
        raise click.ClickException(
            f"{click.format_filename(key_file)}: {_reason(error)}; the policy is written, what is left is the keyset"
            f"{' and the lines for the gate' if lines else ''}: run init again, with --keys in another place"
        ) from None
    click.echo(f"{'wrote' if made else 'kept '} {click.format_filename(key_file)}, readable only by you")
    if key_file.resolve().is_relative_to(directory.resolve()):
        click.echo(
            "Warning: the keyset lies in the policy's folder. Keep it out of version control (.gitignore) and of\n"
            "images, or choose another place with --keys: keys and data do not belong together.",
            err=True,
        )
    left = _write_lines(lines)
    click.echo("\nNext:\n")
    for line in next_steps(
        framework, policy, key_file.resolve(), gated=bool(lines or (add_lines and not unlike))
    ):
        click.echo(line)
    if unlike:
        raise click.ClickException(
            f"no lines were added: {unlike}; put them in place yourself, as step 2 says"
        )
    if left:
        raise click.ClickException(f"not all lines were added; left: {_names(left)}")


def _write_lines(lines: tuple[Addition, ...]) -> tuple[Addition, ...]:
    """Add lines, saying where and why not; return what is left to do by hand."""
    left = []
    for addition in lines:
        name = click.format_filename(addition.path)
        try:
            addition.write()
        except OSError as error:
            click.echo(f"not added to {name} ({_reason(error)}); put this at its end yourself:\n")
            left.append(addition)
        else:
            click.echo(f"added to {name}:\n")
        click.echo("\n".join(indented(addition.text)) + "\n")
    return tuple(left)


def _names(lines: Iterable[Addition]) -> str:
    return " and ".join(click.format_filename(addition.path) for addition in lines)


def _reason(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _lines_to_add(
    framework: str, directory: Path, *, add: bool | None, ask: bool
) -> tuple[tuple[Addition, ...], UnlikeProject | None]:
    """Return what is to be added to a Django project, where that is wanted, and why it cannot be.

    Raises UsageError for another framework.
    """
    if add and framework != "django":
        raise click.UsageError("--add-lines knows the files of Django projects only: --framework django")
    if framework != "django" or not (add or (add is None and ask)):
        return (), None
    try:
        found = additions(directory, POLICY_FILE)
    except UnlikeProject as unlike:
        return (), unlike if add else None
    wanted = add or (found and click.confirm(f"Add the lines for the gate to {_names(found)}?"))
    return found if wanted else (), None


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
