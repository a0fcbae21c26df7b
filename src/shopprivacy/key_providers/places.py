"""Where a keyset is, as a setting or an option says it: a file, ``env:NAME``, or a provider of the shop's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, TypeAlias

from shopprivacy.crypto import KeyProvider, Keyset
from shopprivacy.errors import KeysetError
from shopprivacy.key_providers.local import LocalKeyFile

KeyPlace: TypeAlias = str | os.PathLike[str] | KeyProvider
"""The path of a keyset file, ``env:NAME``, or a `KeyProvider`."""

_ENVIRONMENT: Final = "env:"


class EnvironmentKeys:
    """A `KeyProvider` over a variable of the environment that holds the keyset file's text.

    For containers whose secrets come that way. Child processes inherit the environment: a file is the safer place.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def __repr__(self) -> str:
        return f"EnvironmentKeys({self._variable!r})"

    def load(self) -> Keyset:
        """Read the keyset. Raises KeysetError where the variable is not set, or holds none."""
        try:
            return Keyset.from_json(os.environ[self._variable].encode(errors="surrogateescape"))
        except KeyError:
            problem = "is not set"
        except KeysetError as error:
            problem = str(error)
        raise KeysetError(f"the variable {self._variable}: {problem}")


def key_provider(place: KeyPlace) -> KeyProvider:
    """Return what hands over the keyset at a place; nothing is read yet."""
    if not isinstance(place, str | os.PathLike):
        return place
    text = os.fspath(place)
    if text.startswith(_ENVIRONMENT):
        return EnvironmentKeys(text.removeprefix(_ENVIRONMENT))
    return LocalKeyFile(text)


def key_file(place: KeyPlace) -> Path | None:
    """Return the keyset's file, where it is one."""
    text = os.fspath(place) if isinstance(place, str | os.PathLike) else _ENVIRONMENT
    return None if text.startswith(_ENVIRONMENT) else Path(text)


def changeable(place: KeyPlace) -> LocalKeyFile:
    """Return the file whose keys a command is to change. Raises KeysetError where the keyset is in none."""
    file = key_file(place)
    if file is None:
        raise KeysetError(f"{place}: keys are changed in a keyset file, and handed out from there")
    return LocalKeyFile(file)
