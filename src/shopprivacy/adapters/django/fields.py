"""The one kind of column that Django does not have."""

from __future__ import annotations

from typing import Any

from django.db import models


class ASCIIField(models.CharField):
    """Short text that is compared byte by byte on every database.

    MariaDB compares text without regard to case, and pads it, unless its collation says otherwise; a pseudonym
    would then match one that only looks like it.
    """

    def db_parameters(self, connection: Any) -> dict[str, Any]:  # noqa: ANN401  # as Django declares it
        """Return the column's type and collation on this database."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "ascii_bin"
        return parameters
