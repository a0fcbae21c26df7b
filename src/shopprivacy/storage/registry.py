"""How a back end finds the class that keeps what a domain asks for.

A domain says in a Protocol what it needs of a store (`shopprivacy.ledger.store.LedgerStore` is the ledger's). A back
end is a package with one file for each domain, which registers its class for that Protocol. The files are found
because they are there: a new domain moves into a back end with one file, and changes none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from shopprivacy.errors import PrivacyError
from shopprivacy.jobs import Job

Place = TypeVar("Place")
Store = TypeVar("Store")


class Registry(Generic[Place]):
    """The stores of one back end by the Protocols that they keep to.

    ``package`` has the back end's files. ``Place`` is what a store is opened with: an engine, the alias of a database.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._stores: dict[type, Callable[[Place], object]] = {}

    def register(self, protocol: type[Store], open_store: Callable[[Place], Store]) -> None:
        """Let ``open_store`` open what keeps to ``protocol``. Raises ValueError where another one does already."""
        if protocol in self._stores:
            raise ValueError(f"{self._package} has two stores for {_name(protocol)}")
        self._stores[protocol] = open_store

    def load(self) -> None:
        """Import the back end's files, so that every domain's store is registered and its tables are declared."""
        import_all(self._package)

    def open(self, protocol: type[Store], place: Place) -> Store:
        """Open what keeps to ``protocol``. Raises PrivacyError where this back end has nothing that does."""
        self.load()
        open_store = self._stores.get(protocol)
        if open_store is None:
            raise PrivacyError(f"{self._package} has no store for {_name(protocol)}")
        return cast("Store", open_store(place))


@runtime_checkable
class Backend(Protocol):
    """Where the state of several domains is kept: `SqlStore`, `MemoryStore`, Django's."""

    def store_for(self, protocol: type[Store]) -> Store:
        """Return what keeps to ``protocol`` here. Raises PrivacyError where nothing does."""
        ...


def store_for(store: object, protocol: type[Store]) -> Store:
    """Return what keeps to ``protocol`` in the same place as ``store``, which may be a shop's own.

    Raises PrivacyError, which names the method to write, where a shop's own store keeps the ledger alone.
    """
    if isinstance(store, Backend):
        return store.store_for(protocol)
    raise PrivacyError(
        f"{_name(type(store))} keeps no {_name(protocol)}: give it a method "
        f"store_for(protocol) that returns what does"
    )


def jobs_of(store: object) -> Sequence[Job]:
    """Return what a store does now and then, its ``jobs``; a shop's own store needs none."""
    return getattr(store, "jobs", ())


def import_all(package: str) -> None:
    """Import every module of a package."""
    for found in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{found.name}")


def _name(kind: Any) -> str:  # noqa: ANN401  # a class, or a Protocol, which is no type to every type checker
    return f"{kind.__module__}.{kind.__qualname__}"
