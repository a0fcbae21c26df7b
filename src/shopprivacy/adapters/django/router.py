"""Where the ledger's tables live, if they have a database of their own.

DATABASE_ROUTERS = ["shopprivacy.adapters.django.router.LedgerRouter"]
"""

from __future__ import annotations

from typing import Any

from shopprivacy.adapters.django.conf import read_conf

_LABEL = "shopprivacy"


class LedgerRouter:
    """Leads the models of this app, and their tables, to the database that ``SHOPPRIVACY["STORE"]`` names."""

    def db_for_read(self, model: Any, **_: object) -> str | None:  # noqa: ANN401  # a model
        """Return the ledger's database for this app's models; other routers decide about others."""
        return _alias() if model._meta.app_label == _LABEL else None  # noqa: SLF001  # Django's documented name

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool | None:
        """Whether ``migrate --database`` makes tables there; other routers decide about other apps."""
        return db == (_alias() or db) if app_label == _LABEL else None


def _alias() -> str | None:
    store = read_conf().store
    return store if isinstance(store, str) else None
