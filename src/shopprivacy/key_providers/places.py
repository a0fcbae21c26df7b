"""Where a keyset is, as a setting or an option says it: a file, ``env:NAME``, or a provider of the shop's own.

A provider is given itself, or, where there is only text, as ``import:MODULE:NAME``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

from shopprivacy.crypto import KeyProvider, Keyset
from shopprivacy.errors import KeysetError
from shopprivacy.key_providers.local import LocalKeyFile

KeyPlace: TypeAlias = str | os.PathLike[str] | KeyProvider
"""The path of a keyset file, ``env:NAME``, ``import:MODULE:NAME``, or a `KeyProvider`."""


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


class ImportedKeys:
    """The `KeyProvider` that ``MODULE:NAME`` names, or what a call of it without arguments returns."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"ImportedKeys({self._name!r})"

    def load(self) -> Keyset:
        """Import it and ask it. Raises KeysetError where there is none, and what it raises itself."""
        module, _, name = self._name.partition(":")
        try:
            found: Any = getattr(import_module(module), name)
        except (ImportError, ValueError, AttributeError) as error:
            raise KeysetError(f"import:{self._name}: {type(error).__name__}: {error}") from None
        provider: KeyProvider = found if hasattr(found, "load") and not isinstance(found, type) else found()
        return provider.load()


_OTHERS: Final[dict[str, Callable[[str], KeyProvider]]] = {"env": EnvironmentKeys, "import": ImportedKeys}


def key_provider(place: KeyPlace) -> KeyProvider:
    """Return what hands over the keyset at a place; nothing is read yet."""
    if not isinstance(place, str | os.PathLike):
        return place
    text = os.fspath(place)
    kind, colon, rest = text.partition(":")
    return _OTHERS[kind](rest) if colon and kind in _OTHERS else LocalKeyFile(text)


def key_file(place: KeyPlace) -> Path | None:
    """Return the keyset's file, where it is one."""
    if not isinstance(place, str | os.PathLike) or not isinstance(key_provider(place), LocalKeyFile):
        return None
    return Path(place)


def changeable(place: KeyPlace) -> LocalKeyFile:
    """Return the file whose keys a command is to change. Raises KeysetError where the keyset is in none."""
    file = key_file(place)
    if file is None:
        named = place if isinstance(place, str | os.PathLike) else type(place).__name__
        raise KeysetError(f"{named}: keys are changed in a keyset file, and handed out from there")
    return LocalKeyFile(file)
